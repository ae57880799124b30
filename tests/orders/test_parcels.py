"""Packages split, put together and read at the marketplace, whatever is lost on the way."""

import pytest

from accounts.errors import Refused
from integrations.gateways import order_channel_for
from integrations.models import SyncJob
from orders.models import Package, PurchaseLine, PurchaseOrder
from orders.services import parcels, shipping
from tests.factories_orders import make_line, make_order, make_package
from tests.orders.shipping_world import again, arrange_there

SPLIT, UNSPLIT = "order.split_order", "order.unsplit_order"


def parts_of(order):
    return [{line.external_id: line.quantity} for line in order.lines.order_by("pk")]


def held(order):
    return [
        sorted(piece.line.sku for piece in package.lines.select_related("line")) for package in parcels.living(order)
    ]


def test_an_order_is_split_and_put_together_again(shipping_world):
    order = shipping_world.order("A-1", "B-1")
    parcels.request_split(order, parts_of(order), by="ann")
    shipping_world.work()
    assert held(order) == [["A-1"], ["B-1"]]
    order.refresh_from_db()
    assert order.is_split
    parcels.request_merge(order, by="ann")
    shipping_world.work()
    assert held(order) == [["A-1", "B-1"]]
    order.refresh_from_db()
    assert not order.is_split
    assert len(shipping_world.noted("splits")) == len(shipping_world.noted("unsplits")) == 1
    assert shipping_world.failed_jobs() == []
    assert Package.objects.filter(order=order, is_gone=False).count() == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_split_is_looked_for_and_made_once(shipping_world, when):
    order = shipping_world.order("A-1", "B-1")
    shipping_world.lose_at_shopee(SPLIT, when)
    parcels.request_split(order, parts_of(order), by="ann")
    shipping_world.work()
    assert held(order) == [["A-1"], ["B-1"]]
    assert len(shipping_world.noted("splits")) == 1
    assert shipping_world.failed_jobs() == []


def test_a_refused_split_is_said_at_the_package(shipping_world):
    order = shipping_world.order("A-1", "B-1")
    parcels.request_split(order, parts_of(order), by="ann")
    arrange_there(shipping_world, shipping_world.package(order))
    shipping_world.pass_time(61)
    shipping_world.work()
    assert shipping_world.package(order).problem != ""
    assert held(order) == [["A-1", "B-1"]]
    assert shipping_world.noted("splits") == []
    assert SyncJob.objects.get(key=f"parcels:{order.pk}").state == SyncJob.State.FAILED


def test_goods_of_two_purchases_are_sent_apart_by_themselves(shipping_world):
    order = shipping_world.order("A-1", "B-1")
    one = shipping_world.paid(order)
    two = PurchaseOrder.objects.create(
        order=order, account=one.account, reference="BO-second", status="paid", label="marketplace"
    )
    line = order.lines.get(sku="B-1")
    PurchaseLine.objects.filter(purchase=one, line=line).update(purchase=two)
    parcels.assign(order)
    shipping.request_due(shipping_world.shop.account)
    shipping_world.work(0)
    by_package = {
        tuple(goods): package.purchase_id for goods, package in zip(held(order), parcels.living(order), strict=True)
    }
    assert by_package == {("A-1",): one.pk, ("B-1",): two.pk}
    assert parcels.findings(order) == []
    assert len(shipping_world.noted("splits")) == 1


@pytest.mark.django_db
class TestWhatCannotBeSplit:
    @pytest.fixture
    def order(self):
        order = make_order()
        self.one, self.two = make_line(order, external_id="1", quantity=2), make_line(order, external_id="2")
        make_package(order)
        return order

    @pytest.mark.parametrize(
        ("parts", "words"),
        [
            ([{"1": 2, "2": 1}], "at least two packages"),
            ([{"1": 2, "2": 1}, {}], "at least two packages"),
            ([{"1": 2}, {"2": 1, "9": 1}], "has no line “9”"),
            ([{"1": 1}, {"2": 1}], "hold 1 pieces of .* but 2 are wanted"),
            ([{"1": 2}, {"1": 1, "2": 1}], "hold 3 pieces of .* but 2 are wanted"),
        ],
    )
    def test_parts_that_do_not_hold_each_piece_once(self, order, parts, words):
        with pytest.raises(Refused, match=words) as refusal:
            parcels.request_split(order, parts)
        assert refusal.value.field == "parts"
        assert not SyncJob.objects.exists()

    def test_a_bundle(self, order):
        order.lines.update(bundle_id="B")
        with pytest.raises(Refused, match="one bundle can't be sent apart"):
            parcels.request_split(order, [{"1": 2}, {"2": 1}])

    def test_what_is_held_or_arranged(self, order):
        order.packages.update(announced="arrange")
        with pytest.raises(Refused, match="is arranged already"):
            parcels.request_split(order, [{"1": 2}, {"2": 1}])
        order.status = "on_hold"
        with pytest.raises(Refused, match="is held or cancelled"):
            parcels.request_merge(order)

    def test_one_package_is_not_put_together(self, order):
        with pytest.raises(Refused, match="travels in one package"):
            parcels.request_merge(order)


@pytest.mark.django_db
def test_sizes_are_measured_and_nonsense_is_refused():
    package = make_package(make_order())
    parcels.measure(package, weight_g=350, length_mm=200)
    package = again(package)
    assert (package.weight_g, package.length_mm, package.width_mm) == (350, 200, None)
    with pytest.raises(Refused, match="above 0") as refusal:
        parcels.measure(package, height_mm=0)
    assert refusal.value.field == "height_mm"
    with pytest.raises(Refused, match="has no “color”") as refusal:
        parcels.measure(package, color=1)
    assert refusal.value.field == "color"
    assert again(package).height_mm is None


def test_a_package_that_is_held_here_stays_held_until_it_leaves(shipping_world):
    package = shipping_world.ready()
    Package.objects.filter(pk=package.pk).update(status=Package.Status.ON_HOLD, hold_reason="look inside")
    shipping_world.read(package.order.external_id)
    parcels.read([again(package)], order_channel_for(shipping_world.shop.account), shipping_world.shop)
    assert again(package).status == Package.Status.ON_HOLD
