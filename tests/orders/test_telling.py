"""The marketplace told once that the supplier has sent a parcel, in the way that it takes."""

import pytest

from accounts.errors import Refused
from orders.models import FirstMileBatch, Package, PurchaseOrder
from orders.services import first_mile, shipping, telling
from tests.factories_orders import make_line, make_order, make_package, make_purchase, make_sold_variant
from tests.orders.shipping_world import BIND, OWN, SHIP, Shipping, again, arrange_there


def due(world: Shipping, package: Package) -> Package:
    shipping.request_due(world.shop.account)
    world.work()
    return again(package)


def test_the_suppliers_number_is_told_once(shipping_world):
    package = due(shipping_world, shipping_world.sent(ways=OWN))
    number = package.purchase.tracking_number
    (booked,) = shipping_world.noted("arranged")
    assert (booked["way"], booked["details"]) == ("non_integrated", {"tracking_number": number})
    assert package.tracking_number == number != ""
    assert package.told_at == package.purchase.told_at is not None
    assert (package.status, package.order.status) == (Package.Status.PICKED_UP, "shipped")
    package = due(shipping_world, package)
    telling.tell(package.pk)
    with pytest.raises(Refused, match=r"was told of .* already"):
        telling.request_telling([package])
    assert len(shipping_world.noted("arranged")) == 1
    assert shipping_world.noted("arrange_refusals") == []


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_answer_is_looked_for(shipping_world, when):
    package = shipping_world.sent(ways=OWN)
    shipping_world.lose_at_shopee(SHIP, when)
    package = due(shipping_world, package)
    assert len(shipping_world.noted("arranged")) == 1
    assert shipping_world.noted("arrange_refusals") == []
    assert package.told_at is not None
    assert (package.announced, package.problem) == ("", "")
    assert shipping_world.failed_jobs() == []


def test_a_number_that_changes_afterwards_is_for_a_person(shipping_world):
    package = due(shipping_world, shipping_world.sent(ways=OWN))
    told = package.tracking_number
    PurchaseOrder.objects.update(tracking_number="CJPKL999YQ")
    telling.tell(package.pk)
    assert again(package).problem == (
        f"The supplier's tracking number is CJPKL999YQ now, but the marketplace was told {told}: change it there."
    )
    assert len(shipping_world.noted("arranged")) == 1


def test_where_no_number_is_taken_it_becomes_the_first_mile(shipping_world):
    package = due(shipping_world, shipping_world.sent())
    number = package.purchase.tracking_number
    assert package.problem.startswith("carrier_id must be one of 1001 (SF Express)")
    assert (package.told_at, package.first_mile) == (None, None)
    warehouse = shipping_world.transit_warehouse()
    wish = {"method": "dropoff", "number": number, "carrier_id": "1001", "place_id": warehouse}
    first_mile.request_binding([package], **wish, by="ann")
    shipping_world.work()
    package = again(package)
    (bound,) = shipping_world.noted("first_mile_bindings")
    assert (bound["number"], bound["package_number"], bound["method"]) == (number, package.external_id, "dropoff")
    assert package.first_mile.number == number
    assert package.told_at is not None
    assert (package.announced, package.problem) == ("", "")
    assert len(shipping_world.noted("arranged")) == 1


def test_where_nothing_fits_a_person_has_to_see_to_it(shipping_world):
    shipping_world.simulator.control(
        "change", platform="shopee", first_mile={"shop_id": int(shipping_world.shop.external_id), "right": False}
    )
    package = due(shipping_world, shipping_world.sent())
    assert package.problem == (
        f"The marketplace takes no number of another carrier for {package}: ship it under its own label."
    )
    assert (package.told_at, package.announced) == (None, "")
    assert shipping_world.noted("arranged") == []


def test_what_somebody_else_has_arranged_is_for_a_person(shipping_world):
    package = shipping_world.sent()
    arrange_there(shipping_world, package)
    package = due(shipping_world, package)
    assert "was arranged by somebody else" in package.problem
    assert package.told_at is None


def test_a_shop_that_may_not_use_first_mile_is_told_so_at_the_package(shipping_world):
    package = shipping_world.ready()
    shipping_world.arranged(package)
    no_right = {"shop_id": int(shipping_world.shop.external_id), "right": False}
    shipping_world.simulator.control("change", platform="shopee", first_mile=no_right)
    first_mile.request_binding([package], method="pickup", by="ann")
    shipping_world.work()
    package = again(package)
    assert "may not use first mile" in package.problem
    assert (package.first_mile, package.announced) == (None, "")


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_binding_is_made_once_and_can_be_taken_back(shipping_world, when):
    package = shipping_world.ready()
    shipping_world.arranged(package)
    shipping_world.lose_at_shopee(BIND, when)
    first_mile.request_binding([package], method="pickup", by="ann")
    shipping_world.work()
    package = again(package)
    assert (package.announced, package.problem) == ("", "")
    assert [entry["number"] for entry in shipping_world.noted("first_mile_bindings")] == [package.first_mile.number]
    assert first_mile.follow(shipping_world.shop.pk) == 1
    assert FirstMileBatch.objects.get().platform_status == "ORDER_RECEIVED"
    with pytest.raises(Refused, match=r"is under number .* already"):
        first_mile.request_binding([package], method="pickup")
    first_mile.request_unbinding([package], by="ann")
    shipping_world.work()
    assert again(package).first_mile is None
    assert len(shipping_world.noted("first_mile_unbindings")) == 1
    assert shipping_world.failed_jobs() == []


@pytest.mark.django_db
class TestTheWish:
    def test_what_is_not_sent_is_not_told(self):
        order = make_order()
        make_line(order, make_sold_variant())
        purchase = make_purchase(order, status="paid", tracking_number="N1")
        package = make_package(order, purchase=purchase)
        with pytest.raises(Refused, match="has not sent"):
            telling.request_telling([package])
        PurchaseOrder.objects.update(status="shipped", label="marketplace")
        with pytest.raises(Refused, match="is not sent by the supplier's carrier"):
            telling.request_telling([package])

    @pytest.mark.parametrize(
        ("wish", "field"),
        [
            ({"method": "drone"}, "method"),
            ({"method": "dropoff"}, "number"),
            ({"method": "dropoff", "number": "SF-1"}, "number"),
        ],
    )
    def test_a_first_mile_is_asked_for_in_words_that_are_known(self, wish, field):
        with pytest.raises(Refused) as refusal:
            first_mile.request_binding([make_package(make_order())], **wish)
        assert refusal.value.field == field
        assert not FirstMileBatch.objects.exists()
