"""Shipping arranged once, as chosen, and never for what must not leave."""

from dataclasses import asdict

import pytest
from django.utils import timezone

from accounts.errors import Refused
from integrations.models import SyncJob
from integrations.sold import Arrangement
from orders.models import Label, Order, Package
from orders.services import arranging, shipping
from tests.factories_orders import make_order, make_package
from tests.orders.shipping_world import SHIP, Shipping, again, arrange_there


def asked(world: Shipping, package: Package, how: Arrangement | None = None) -> Package:
    arranging.request_arrangement([package], how=how, by="ann")
    world.work(0)
    return again(package)


def test_a_parcel_is_arranged_and_its_label_wanted(shipping_world):
    package = asked(shipping_world, shipping_world.ready())
    (booked,) = shipping_world.noted("arranged")
    assert booked["package_number"] == package.external_id
    assert booked["way"] == package.way["kind"] == "pickup"
    assert booked["details"] == {"address_id": int(package.way["place_id"]), "pickup_time_id": package.way["slot_id"]}
    assert package.arranged_at is not None
    assert (package.announced, package.arrange_asked_at, package.problem) == ("", None, "")
    assert package.label.status == Label.Status.WANTED


def test_it_is_handed_over_as_a_person_chose(shipping_world):
    ways = {"pickup": ["address_id", "pickup_time_id"], "dropoff": []}
    package = asked(shipping_world, shipping_world.ready(ways=ways), Arrangement(kind="dropoff"))
    assert [entry["way"] for entry in shipping_world.noted("arranged")] == ["dropoff"]
    assert package.way == asdict(Arrangement(kind="dropoff"))


def test_what_nobody_has_said_is_asked_for_at_the_package(shipping_world):
    package = asked(shipping_world, shipping_world.ready(ways={"dropoff": ["branch_id", "sender_real_name"]}))
    assert package.problem.startswith("Say where the parcel is handed over.")
    assert (package.arranged_at, package.announced, package.arrange_asked_at) == (None, "", None)
    assert shipping_world.noted("arranged") == []
    shipping.request_due(shipping_world.shop.account)
    assert not SyncJob.objects.filter(key__startswith="arrange:", state="queued").exists()


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_answer_is_looked_for(shipping_world, when):
    package = shipping_world.ready()
    shipping_world.lose_at_shopee(SHIP, when)
    package = asked(shipping_world, package)
    assert (package.announced, package.arranged_at) == ("arrange", None)
    shipping_world.work(120)
    package = again(package)
    assert (package.announced, package.problem) == ("", "")
    assert package.arranged_at is not None
    assert len(shipping_world.noted("arranged")) == 1
    assert shipping_world.noted("arrange_refusals") == []
    assert shipping_world.failed_jobs() == []


def test_what_somebody_else_has_arranged_is_done(shipping_world):
    package = shipping_world.ready()
    arrange_there(shipping_world, package)
    package = asked(shipping_world, package)
    assert package.arranged_at is not None
    assert len(shipping_world.noted("arranged")) == 1
    assert shipping_world.noted("arrange_refusals") == []


def test_one_refused_parcel_does_not_stop_the_others(shipping_world):
    bad, good = shipping_world.ready(ways={"dropoff": ["branch_id"]}), shipping_world.ready()
    table = arranging.request_arrangement([bad, good], by="ann")
    assert (len(table.taken), table.refused, len(table.jobs)) == (2, [], 1)
    shipping_world.work(0)
    assert [entry["package_number"] for entry in shipping_world.noted("arranged")] == [good.external_id]
    assert again(bad).problem != ""
    assert again(good).problem == ""


def test_an_order_that_is_cancelled_meanwhile_is_not_arranged(shipping_world):
    package = shipping_world.ready()
    arranging.request_arrangement([package], by="ann")
    Order.objects.filter(pk=package.order_id).update(cancel_requested_at=timezone.now())
    shipping_world.work(0)
    package = again(package)
    assert package.problem.endswith("asks to cancel: answer first.")
    assert shipping_world.noted("arranged") == []


def test_a_pick_up_that_failed_is_arranged_anew(shipping_world):
    package = asked(shipping_world, shipping_world.ready())
    before = package.way["slot_id"]
    shipping_world.pass_time(61)
    shipping_world.move(package, "LOGISTICS_PICKUP_RETRY")
    shipping.refresh(shipping_world.shop.pk)
    package = asked(shipping_world, again(package))
    (booked,) = shipping_world.noted("rearranged")
    assert booked["package_number"] == package.external_id
    assert booked["pickup_time_id"] == package.way["slot_id"] != before
    assert len(shipping_world.noted("arranged")) == 1
    assert package.problem == ""


@pytest.mark.django_db
class TestWhatMustNotLeave:
    def refused(self, words: str, order: dict | None = None, **columns: object) -> None:
        package = make_package(make_order(**(order or {})), **columns)
        with pytest.raises(Refused, match=words):
            arranging.request_arrangement([package])
        assert again(package).arrange_asked_at is None
        assert not SyncJob.objects.exists()

    def test_by_its_order(self):
        self.refused("The marketplace sends .* itself", {"ships": "platform"})
        self.refused("is held or cancelled", {"status": Order.Status.ON_HOLD})
        self.refused("asks to cancel", {"cancel_requested_at": timezone.now()})
        self.refused("the marketplace says “COMPLETED”", {"stage": "completed", "platform_status": "COMPLETED"})

    def test_by_itself(self):
        self.refused("not there any more", is_gone=True)
        self.refused("is held: wet", status=Package.Status.ON_HOLD, hold_reason="wet")
        self.refused("has left already", status=Package.Status.IN_TRANSIT)
        self.refused("is arranged already", arranged_at=timezone.now())

    def test_a_table_tells_each_row(self):
        good, bad = make_package(make_order()), make_package(make_order(), is_gone=True)
        table = arranging.request_arrangement([good, bad], by="ann")
        assert (table.taken, [package for package, _why in table.refused]) == ([good], [bad])
        assert [job.key for job in table.jobs] == [f"arrange:{good.order.shop_id}"]
