"""The marketplace's label handed to the supplier: once, under a carrier that its warehouse knows, after payment."""

import pytest
from django.utils import timezone

from accounts.errors import Refused
from orders.models import Label, Package, PurchaseOrder
from orders.services import arranging, waybills
from tests.factories_orders import make_line, make_order, make_package, make_purchase, make_sold_variant
from tests.orders.shipping_world import CARRIER, UPLOAD, Shipping, again


def arranged(world: Shipping, package: Package) -> Package:
    arranging.request_arrangement([package], by="ann")
    world.work()
    return again(package)


@pytest.mark.parametrize(
    ("wanted", "known", "found"),
    [
        ("YunExpress", ["CJPacket", "YunExpress"], "YunExpress"),
        ("yunexpress", ["YunExpress"], "YunExpress"),
        ("J&T Express", ["Flash Express", "J&T"], "J&T"),
        ("Shopee Xpress (DHL)", ["DHL", "UPS"], "DHL"),
        ("DHL or UPS", ["DHL", "UPS"], ""),
        ("DHLX", ["DHL"], ""),
        ("Standard Express", ["YunExpress"], ""),
        ("", ["YunExpress"], ""),
        ("YunExpress", [], ""),
    ],
)
def test_the_carrier_is_found_by_its_name_or_not_at_all(wanted, known, found):
    assert waybills.fitting_carrier(wanted, [(str(number), name) for number, name in enumerate(known)]) == found


def test_a_carrier_that_the_warehouse_does_not_know_is_chosen_by_a_person(shipping_world):
    package = shipping_world.ready()
    PurchaseOrder.objects.update(label_carrier="", route="Standard Express")
    package = arranged(shipping_world, package)
    assert package.problem == (
        "The warehouse does not know the carrier “Standard Express”. "
        "Choose one of its own: CJPacket, YunExpress, 4PX, China Post."
    )
    assert shipping_world.booked("labels") == []
    waybills.choose_carrier(package.purchase, "yunexpress", "ann")
    shipping_world.work()
    assert [entry["carrier"] for entry in shipping_world.booked("labels")] == [CARRIER]
    assert again(package).problem == ""
    assert again(package).purchase.label_carrier == CARRIER


def test_a_carrier_that_only_the_plan_names_is_the_labels(shipping_world):
    package = shipping_world.ready()
    PurchaseOrder.objects.update(label_carrier="", route="yunexpress")
    package = arranged(shipping_world, package)
    assert package.carrier_name == "Standard Express"  # which the warehouse does not know
    assert [entry["carrier"] for entry in shipping_world.booked("labels")] == [CARRIER]
    assert (package.problem, package.purchase.label_carrier) == ("", CARRIER)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_upload_is_looked_for(shipping_world, when):
    package = shipping_world.ready()
    shipping_world.lose(UPLOAD, when)
    package = arranged(shipping_world, package)
    assert len(shipping_world.booked("labels")) == 1
    assert shipping_world.booked("label_updates") == []
    assert (package.announced, package.problem) == ("", "")
    assert package.purchase.label_number == package.tracking_number
    assert package.purchase.label_sha256 == package.label.sha256
    assert shipping_world.failed_jobs() == []


def test_the_same_label_is_never_handed_in_twice(shipping_world):
    package = arranged(shipping_world, shipping_world.ready())
    waybills.request_upload(package.purchase, by="ann")
    shipping_world.work()
    waybills.upload(package.purchase_id)
    assert len(shipping_world.booked("labels")) == 1
    assert shipping_world.booked("label_updates") == []
    assert waybills.request_uploads(shipping_world.account) is None


@pytest.mark.django_db
class TestTheWish:
    def package(self, **columns: object) -> Package:
        order = make_order()
        make_line(order, make_sold_variant())
        purchase = make_purchase(order, **({"status": "paid", "label": "marketplace"} | columns))
        return make_package(order, purchase=purchase, arranged_at=timezone.now())

    def test_only_what_is_paid_and_there_is_handed_in(self):
        for columns, words in (
            ({"label": "supplier"}, "is not sent under the marketplace's label"),
            ({"status": "awaiting_payment"}, "is “Awaiting payment”: the supplier takes a label when it is paid"),
            ({"status": "shipped"}, "is “Shipped”: the supplier takes a label when it is paid"),
            ({}, r"The label of OFG\d+ is not there yet"),
        ):
            with pytest.raises(Refused, match=words):
                waybills.request_upload(self.package(**columns).purchase)

    def test_two_packages_have_a_label_too_many(self):
        package = self.package()
        Label.objects.create(package=package, status=Label.Status.READY)
        make_package(package.order, purchase=package.purchase)
        with pytest.raises(Refused, match="travels in 2 packages"):
            waybills.request_upload(package.purchase)
