"""Each write about orders and parcels, its answer cut off before it acts and after: sent once, and found by reading."""

import pytest

from integrations import clock
from integrations.errors import OutcomeUnknown
from integrations.models import ApiCall
from integrations.shopee.order_gateway import ShopeeOrders, gateway_for
from integrations.sold import Arrangement, PackageLineData
from tests.support_shopee_orders import (
    DROPOFF,
    advance,
    arranged,
    buy,
    buyer_asks_to_cancel,
    lose,
    parcel,
    parcel_of,
    unknown,
)

from .selling import books, calls

BEFORE_AND_AFTER = pytest.mark.parametrize("when", ["before", "after"])
ONE, TWO = [unknown("A-1")], [unknown("A-1"), unknown("B-1")]


@pytest.fixture
def shop(merchant) -> str:
    return merchant.shops.get(region="MY").external_id


@pytest.fixture
def channel(merchant) -> ShopeeOrders:
    return gateway_for(merchant)


def the(channel, shop, bought):
    (found,) = channel.orders(shop, [bought["order_sn"]]).orders
    return found


def lost(simulator, endpoint, when, write):
    """Lose the answer of a write: it was sent once, and nobody says that it failed."""
    lose(simulator, endpoint, when)
    before = calls(simulator)[endpoint]
    with pytest.raises(OutcomeUnknown) as caught:
        write()
    assert not caught.value.retryable
    assert calls(simulator)[endpoint] - before == 1
    assert ApiCall.objects.filter(endpoint=endpoint).latest("pk").is_write
    return when == "after"


@BEFORE_AND_AFTER
def test_shipping_is_arranged_once(simulator, channel, shop, when):
    ref = parcel_of(buy(simulator, shop, lines=ONE))
    done = lost(simulator, "logistics.ship_order", when, lambda: channel.arrange(shop, ref, DROPOFF))
    assert parcel(channel, shop, ref).arranged is done
    assert parcel(channel, shop, ref).can_ship is not done
    channel.arrange(shop, ref, DROPOFF)  # who asks again without looking does no harm either
    assert parcel(channel, shop, ref).arranged
    assert len(books(simulator, "arranged")) == 1


@BEFORE_AND_AFTER
def test_a_pick_up_is_arranged_again_once(simulator, channel, shop, when):
    ref = parcel_of(buy(simulator, shop, lines=ONE))
    pickup = next(way for way in channel.ways(shop, ref) if way.kind == "pickup")
    place, slots = pickup.places[0].external_id, pickup.places[0].slots
    how = [Arrangement(kind="pickup", place_id=place, slot_id=slot.external_id) for slot in slots[:2]]
    channel.arrange(shop, ref, how[0])
    clock.sleep(61)
    assert parcel(channel, shop, ref).tracking_number
    advance(simulator, ref.package_id, "LOGISTICS_PICKUP_RETRY")
    endpoint = "logistics.update_shipping_order"
    done = lost(simulator, endpoint, when, lambda: channel.rearrange(shop, ref, how[1]))
    assert parcel(channel, shop, ref).arranged is done
    assert len(books(simulator, "rearranged")) == int(done)


@BEFORE_AND_AFTER
def test_an_order_is_split_and_put_together_once(simulator, channel, shop, when):
    bought = buy(simulator, shop, lines=TWO)
    parts = [
        [PackageLineData(line_id=line.external_id, quantity=line.quantity)] for line in the(channel, shop, bought).lines
    ]
    done = lost(simulator, "order.split_order", when, lambda: channel.split(shop, bought["order_sn"], parts))
    assert the(channel, shop, bought).is_split is done
    if not done:
        channel.split(shop, bought["order_sn"], parts)
    assert len(books(simulator, "splits")) == 1
    done = lost(simulator, "order.unsplit_order", when, lambda: channel.unsplit(shop, bought["order_sn"]))
    assert the(channel, shop, bought).is_split is not done
    assert len(books(simulator, "unsplits")) == int(done)


@BEFORE_AND_AFTER
@pytest.mark.parametrize("reason", ["OUT_OF_STOCK", "CUSTOMER_REQUEST"])
def test_an_order_is_cancelled_once(simulator, channel, shop, when, reason):
    bought = buy(simulator, shop, lines=ONE)
    write = lambda: channel.cancel(shop, bought["order_sn"], reason=reason)  # noqa: E731
    done = lost(simulator, "order.cancel_order", when, write)
    assert the(channel, shop, bought).stage == ("cancelled" if done else "open")
    assert len(books(simulator, "seller_cancellations")) == int(done)


@BEFORE_AND_AFTER
@pytest.mark.parametrize(("accept", "stage"), [(True, "cancelled"), (False, "open")])
def test_a_buyer_is_answered_once(simulator, channel, shop, when, accept, stage):
    bought = buy(simulator, shop, lines=ONE)
    buyer_asks_to_cancel(simulator, bought["order_sn"])
    write = lambda: channel.answer_cancellation(shop, bought["order_sn"], accept=accept)  # noqa: E731
    done = lost(simulator, "order.handle_buyer_cancellation", when, write)
    assert the(channel, shop, bought).stage == (stage if done else "cancelling")
    assert len(books(simulator, "cancellation_answers")) == int(done)


@BEFORE_AND_AFTER
def test_a_note_is_read_back(simulator, channel, shop, when):
    bought = buy(simulator, shop, lines=ONE)
    done = lost(simulator, "order.set_note", when, lambda: channel.write_note(shop, bought["order_sn"], "Fragile"))
    assert the(channel, shop, bought).note == ("Fragile" if done else "")


@BEFORE_AND_AFTER
def test_whether_documents_were_requested_is_seen_by_asking_for_them(simulator, channel, shop, when):
    ref = arranged(channel, shop, buy(simulator, shop, lines=ONE))
    endpoint = "logistics.create_shipping_document"
    done = lost(simulator, endpoint, when, lambda: channel.request_documents(shop, [ref]))
    (told,) = channel.documents_ready(shop, [ref])
    assert (told.done, told.text) == ((True, "pending") if done else (False, "failed"))
    assert len(books(simulator, "documents")) == int(done)


@BEFORE_AND_AFTER
def test_a_download_is_a_read_and_repeated(simulator, channel, shop, when):
    ref = arranged(channel, shop, buy(simulator, shop, lines=ONE))
    channel.request_documents(shop, [ref])
    clock.sleep(21)
    lose(simulator, "logistics.download_shipping_document", when)
    assert channel.download_document(shop, ref).content_type == "application/pdf"
    assert calls(simulator)["logistics.download_shipping_document"] == 2


@BEFORE_AND_AFTER
def test_first_mile_numbers_of_a_lost_answer_stay_unused(simulator, channel, shop, when):
    def make():
        return channel.first_mile_numbers(shop, declared_on="2027-01-05", count=2, seller={})

    done = lost(simulator, "first_mile.generate_first_mile_tracking_number", when, make)
    assert len(books(simulator, "first_mile_numbers")) == (2 if done else 0)
    assert len(make()) == 2
    assert books(simulator, "first_mile_bindings") == []


@BEFORE_AND_AFTER
def test_a_parcel_is_bound_once(simulator, channel, shop, when):
    ref = arranged(channel, shop, buy(simulator, shop, lines=ONE))
    (number,) = channel.first_mile_numbers(shop, declared_on="2027-01-05", count=1, seller={})

    def bind():
        return channel.bind_first_mile(shop, number, [ref], method="pickup", region="CN")

    done = lost(simulator, "first_mile.bind_first_mile_tracking_number", when, bind)
    assert channel.first_mile_of(shop, number).platform_status == ("ORDER_RECEIVED" if done else "NOT_AVAILABLE")
    assert [one.done for one in bind()] == [True]
    assert len(books(simulator, "first_mile_bindings")) == 1
