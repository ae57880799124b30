"""Labels: waited for, loaded, made anew when they fail or stand for another number."""

import hashlib
import io
from datetime import timedelta

import pytest
from django.utils import timezone
from pypdf import PdfReader

from accounts.errors import Refused
from integrations.models import SyncJob
from orders.models import Label, Package
from orders.services import arranging, labels, shipping
from tests.factories_orders import make_order, make_package
from tests.orders.shipping_world import CREATE_LABEL, Shipping, again

READY = Label.Status.READY
RESULT, DOWNLOAD = "logistics.get_shipping_document_result", "logistics.download_shipping_document"
NUMBERS = "logistics.get_mass_tracking_number"


def labelled(world: Shipping, *packages: Package) -> list[Label]:
    arranging.request_arrangement(packages, by="ann")
    world.work()
    return [again(package).label for package in packages]


def paths(world: Shipping, name: str) -> int:
    path = f"/api/v2/{name.replace('.', '/')}"
    return sum(call["path"] == path for call in world.simulator.look("calls", limit=100_000)["calls"])


def test_a_label_is_loaded_and_handed_to_the_supplier(shipping_world):
    package = shipping_world.ready()
    (label,) = labelled(shipping_world, package)
    package = again(package)
    assert (label.status, label.content_type, label.pages) == (READY, "application/pdf", 1)
    assert len(PdfReader(io.BytesIO(bytes(label.content))).pages) == 1
    assert label.sha256 == hashlib.sha256(bytes(label.content)).hexdigest()
    assert (
        label.tracking_number == package.tracking_number == shipping_world.at_shopee(package)["tracking_number"] != ""
    )
    assert package.status == Package.Status.READY_FOR_PICKUP
    (handed,) = shipping_world.booked("labels")
    assert (handed["track_number"], handed["sha256"]) == (label.tracking_number, label.sha256)
    assert package.order.status == "ready_to_ship"
    assert shipping_world.failed_jobs() == []


def test_many_labels_share_calls(shipping_world):
    found = labelled(shipping_world, *(shipping_world.ready() for _each in range(3)))
    assert {label.status for label in found} == {READY}
    assert paths(shipping_world, CREATE_LABEL) == 1
    assert paths(shipping_world, RESULT) <= 2
    assert paths(shipping_world, DOWNLOAD) == 3


def test_a_number_that_takes_long_is_asked_for_less_and_less_often(shipping_world):
    shipping_world.pace(tracking_seconds=7_200)
    (label,) = labelled(shipping_world, shipping_world.ready())
    assert label.status == READY
    polls = paths(shipping_world, NUMBERS) + paths(shipping_world, "logistics.get_tracking_number")
    assert 4 <= polls <= 14  # every five minutes it would have been 24


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("path", [CREATE_LABEL, RESULT, DOWNLOAD])
def test_a_lost_answer_costs_a_moment(shipping_world, path, when):
    shipping_world.lose_at_shopee(path, when)
    (label,) = labelled(shipping_world, shipping_world.ready())
    assert label.status == READY
    assert len(shipping_world.booked("labels")) == 1
    assert shipping_world.failed_jobs() == []


def test_a_document_that_fails_is_made_again_and_in_the_end_for_a_person(shipping_world):
    shipping_world.pace(failing_documents=1)
    package = shipping_world.ready()
    (label,) = labelled(shipping_world, package)
    assert (label.status, label.problem) == (READY, "")
    shipping_world.pace(failing_documents=20)
    other = shipping_world.ready()
    (label,) = labelled(shipping_world, other)
    assert (label.status, label.content) == (Label.Status.FAILED, None)
    assert label.problem != ""
    shipping_world.pace(failing_documents=0)
    labels.request_labels([other], by="ann")
    shipping_world.work()
    assert again(other).label.status == READY
    assert len(shipping_world.booked("labels")) == 2


def test_packed_labels_are_unpacked_and_those_for_a_browser_are_kept(shipping_world):
    shipping_world.pace(document_format="zip")
    (packed,) = labelled(shipping_world, shipping_world.ready())
    assert (packed.content_type, packed.pages) == ("application/pdf", 1)
    shipping_world.pace(document_format="html")
    package = shipping_world.ready()
    (shown,) = labelled(shipping_world, package)
    assert (shown.content_type, shown.pages) == ("text/html", None)
    assert again(package).problem.startswith("The marketplace's label is “text/html”, but the supplier takes PDF")
    assert len(shipping_world.booked("labels")) == 1


def test_another_number_makes_another_label_and_corrects_the_suppliers(shipping_world):
    package = shipping_world.ready()
    (first,) = labelled(shipping_world, package)
    shipping_world.move(package, "NEW_TRACKING_NUMBER")
    shipping.refresh(shipping_world.shop.pk)
    shipping_world.work()
    label = again(package).label
    assert label.status == READY
    assert label.tracking_number == again(package).tracking_number != first.tracking_number
    (mended,) = shipping_world.booked("label_updates")
    assert (mended["track_number"], mended["sha256"]) == (label.tracking_number, label.sha256)
    assert len(shipping_world.booked("labels")) == 1
    shipping.refresh(shipping_world.shop.pk)
    shipping_world.work()
    assert len(shipping_world.booked("label_updates")) == 1


@pytest.mark.django_db
class TestTheWish:
    def test_there_is_no_label_before_shipping_is_arranged(self):
        with pytest.raises(Refused, match=r"Arrange the shipping of .* first"):
            labels.request_labels([make_package(make_order())])
        assert not Label.objects.exists()
        assert not SyncJob.objects.exists()

    def test_nor_after_it_has_left(self):
        package = make_package(make_order(), arranged_at=timezone.now(), status=Package.Status.IN_TRANSIT)
        with pytest.raises(Refused, match="has left already"):
            labels.request_labels([package])

    def test_what_is_there_stays_and_what_failed_begins_anew(self):
        there, failed = (make_package(make_order(), arranged_at=timezone.now()) for _each in range(2))
        Label.objects.create(package=there, status=READY, content=b"x")
        Label.objects.create(package=failed, status=Label.Status.FAILED, attempts=3, problem="no")
        labels.request_labels([there, failed])
        assert (there.label.status, bytes(Label.objects.get(package=there).content)) == (READY, b"x")
        label = Label.objects.get(package=failed)
        assert (label.status, label.attempts, label.problem) == (Label.Status.WANTED, 0, "")


def test_what_does_not_come_for_days_is_for_a_person(shipping_world):
    shipping_world.pace(tracking_seconds=None)
    package = shipping_world.ready()
    arranging.request_arrangement([package], by="ann")
    shipping_world.work(0)
    Label.objects.update(requested_at=timezone.now() - timedelta(days=3))
    labels.fetch(shipping_world.shop.pk)
    label = again(package).label
    assert label.status == Label.Status.FAILED
    assert label.problem.startswith("The marketplace has not made it within two days.")
