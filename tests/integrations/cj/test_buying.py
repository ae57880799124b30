"""Buying from CJ against the simulator: each step once, lost answers, what a success does not say."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from integrations import gateways, lanes
from integrations.bought import Buyer, PurchaseData, TrialItem, WaybillFile
from integrations.cj.buying import CJBuyer
from integrations.cj.gateway import gateway_for
from integrations.contracts import ProductFilter
from integrations.errors import (
    Duplicate,
    Invalid,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    TooPoor,
    Unavailable,
    UnexpectedReply,
)
from integrations.models import ApiCall, Lane
from tests.support_cj_orders import ADDRESS, CREATE, DETAIL, LABEL, LIST, Shopping

CART, CONFIRM = "/shopping/order/addCart", "/shopping/order/addCartConfirm"
PARENT, PAY = "/shopping/order/saveGenerateParentOrder", "/shopping/pay/payBalanceV2"
DELETE, MOVE = "/shopping/order/deleteOrder", "/shopping/order/changeWarehouse"
UPLOAD, UPDATE = "/shopping/order/uploadWaybillInfo", "/shopping/order/updateWaybillInfo"
FREIGHT, TRACK = "/logistic/freightCalculate", "/logistic/trackInfo"


@pytest.fixture
def shop(simulator, account) -> Shopping:
    return Shopping(simulator, account)


@pytest.fixture
def cj(shop) -> CJBuyer:
    return shop.buyer


def storage_of(shop: Shopping, variant_id: str, country: str = "CN") -> str:
    """Return a warehouse that holds the variant."""
    rows = gateway_for(shop.account).variant_stock(variant_id)
    return next(row.warehouse_id for row in rows if row.warehouse_id and row.country_code == country)


def labelled(shop: Shopping, **changes: Any) -> PurchaseData:
    """Return an order that travels under the marketplace's label."""
    item = shop.item()
    warehouse = storage_of(shop, item.variant_id)
    return shop.placed(items=(item,), label="marketplace", warehouse_id=warehouse, **changes)


def test_an_account_buys_by_its_platforms_buyer(account):
    buyer: Buyer = gateways.buyer_for(account)
    assert isinstance(buyer, CJBuyer)
    assert gateways.buys_from() == ["cj"]


# The way from a draft to a parcel


def test_an_order_goes_from_the_draft_to_the_door_and_money_moves_once(shop, cj):
    draft = shop.draft()
    made = cj.place(draft)
    assert (made.reference, made.stage, made.items) == (draft.reference, "created", draft.items)
    before = cj.balance()
    shipment = shop.confirmed(made)
    bill = cj.bill(shipment)
    theirs = shop.order(draft.reference)
    assert bill.amount >= bill.amounts["payableAmount"] == Decimal(theirs["amount"])
    assert bill.covered == (theirs["code"],)
    assert cj.balance() == before
    assert shop.booked("payments") == []

    cj.pay(shipment, bill.payment_id)
    (payment,) = shop.booked("payments")
    assert (payment["by"], payment["order_numbers"]) == ("payBalanceV2", [draft.reference])
    assert before.amount - cj.balance().amount == Decimal(payment["amount"])

    shop.advance(made, "dispatched")
    sent = cj.find(draft.reference)
    assert sent is not None
    assert (sent.stage, sent.external_id) == ("shipped", made.external_id)
    (parcel,) = cj.track([sent.tracking_number, "NOBODY"])
    assert (parcel.tracking_number, parcel.package_status) == (sent.tracking_number, "in_transit")
    shop.advance(made, "10")
    assert cj.track([sent.tracking_number])[0].package_status == "out_for_delivery"
    shop.advance(made, "delivered")
    (parcel,) = cj.track([sent.tracking_number])
    assert (parcel.status, parcel.package_status) == (12, "delivered")
    assert parcel.delivered_at is not None
    assert cj.purchases([made.external_id])[0].stage == "delivered"


def test_all_names_of_an_order_lead_to_it(shop, cj):
    made = shop.placed()
    shop.confirmed(made)
    theirs = shop.order(made.reference)
    names = [made.reference, made.external_id, theirs["code"], theirs["cj_order_id"]]
    found = [cj.find(name) for name in names]
    assert [each.external_id for each in found if each] == [made.external_id] * 4
    assert found[0] is not None
    assert found[0].aliases == {
        "orderId": made.external_id,
        "cjOrderCode": theirs["code"],
        "cjOrderId": theirs["cj_order_id"],
    }


def test_an_order_of_foreign_goods_is_temporary_until_it_is_connected(shop, cj):
    account = shop.account.external_id
    shop.change(account={"account": account, "foreign_skus": True})
    made = shop.placed(items=(replace(shop.item(), variant_id="MY-OWN-1"),))
    found = cj.find(made.reference)
    assert found is not None
    assert found.is_temporary is True
    shop.advance(made, "connected")
    real = cj.find(made.reference)
    assert real is not None
    assert real.is_temporary is False
    assert real.external_id != made.external_id
    assert cj.find(made.external_id) is None
    assert cj.purchases([made.external_id]) == []


def test_the_parts_of_a_split_order_are_found_by_their_codes(shop, cj):
    made = shop.placed(items=(shop.item(quantity=2), shop.item(1)))
    shop.paid(made)
    shop.change(split={"id": made.external_id, "parts": 2})
    (split,) = shop.booked("splits")
    parts = [cj.find(child["code"]) for child in split["children"]]
    assert [part.external_id for part in parts if part] == [child["order_id"] for child in split["children"]]
    assert {part.stage for part in parts if part} == {"paid"}
    pieces = sorted((item.variant_id, item.quantity) for part in parts if part for item in part.items or ())
    assert sum(quantity for _variant, quantity in pieces) == 3
    (whole,) = cj.purchases([made.external_id])
    assert (whole.stage, whole.platform_status) == ("other", "OTHER")


def test_an_order_that_is_held_back_says_why_and_stays_out_of_the_cart(shop, cj):
    held = shop.placed(address=replace(ADDRESS, phone="call me"))
    assert [code for code, _reason in held.intercepted] == ["1001"]
    well = shop.placed()
    shop.change(next_orders={"times": 1, "logistics_miss": True})
    lost = shop.placed()
    assert lost.route_missing is True
    outcome = cj.add_to_cart([held.external_id, well.external_id, lost.external_id, "210000000000000000"])
    assert outcome.done == (well.external_id,)
    assert outcome.intercepted == (held.external_id,)
    assert outcome.left_out == (lost.external_id, "210000000000000000")
    assert [entry["order_number"] for entry in shop.booked("carts")] == [well.reference]


def test_an_order_held_back_in_the_cart_is_not_confirmed(shop, cj):
    well, held = shop.placed(), shop.placed()
    ids = [well.external_id, held.external_id]
    assert cj.add_to_cart(ids).done == tuple(ids)
    shop.change(order={"id": held.external_id, "intercept": [{"code": 1001, "message": "phone"}]})
    outcome = cj.confirm(ids)
    assert (outcome.done, outcome.intercepted, outcome.left_out) == ((well.external_id,), (held.external_id,), ())
    assert shop.order(held.reference)["status"] == "IN_CART"
    (confirmed,) = shop.booked("confirmations")
    assert (confirmed["shipment_id"], confirmed["order_numbers"]) == (outcome.batch_id, [well.reference])


def test_a_confirmation_that_counts_fewer_is_checked_in_the_list(shop, cj):
    first, second = shop.placed(), shop.placed()
    cj.add_to_cart([first.external_id])
    outcome = cj.confirm([first.external_id, second.external_id])
    assert (outcome.done, outcome.left_out) == ((first.external_id,), (second.external_id,))
    again = cj.confirm([first.external_id])  # counts 0, and tells the same shipment
    assert (again.done, again.batch_id) == ((first.external_id,), outcome.batch_id)
    assert len(shop.booked("confirmations")) == 1


def test_a_confirmation_keeps_its_shipment_where_the_list_can_not_be_read(shop, cj):
    first, second = shop.placed(), shop.placed()
    cj.add_to_cart([first.external_id])
    shop.fail(LIST, times=5, status=502)
    outcome = cj.confirm([first.external_id, second.external_id])
    assert outcome.done == ()
    assert outcome.left_out == (first.external_id, second.external_id)
    assert outcome.batch_id == shop.order(first.reference)["shipment_id"]


# Nothing is bought twice


def test_a_reference_can_be_used_once_and_is_found_again(shop, cj):
    draft = shop.draft()
    made = cj.place(draft)
    with pytest.raises(Duplicate, match="adopted"):
        cj.place(replace(draft, items=(shop.item(1),)))
    found = cj.find(draft.reference)
    assert found is not None
    assert (found.external_id, found.items) == (made.external_id, draft.items)
    cj.delete(made.external_id)
    with pytest.raises(Duplicate):
        cj.place(draft)
    assert len(shop.booked("orders")) == 1


Step = Callable[[Shopping], Callable[[], Any]]


def _place(shop: Shopping) -> Callable[[], Any]:
    draft = shop.draft()
    return lambda: shop.buyer.place(draft)


def _cart(shop: Shopping) -> Callable[[], Any]:
    made = shop.placed()
    return lambda: shop.buyer.add_to_cart([made.external_id])


def _confirm(shop: Shopping) -> Callable[[], Any]:
    made = shop.placed()
    shop.buyer.add_to_cart([made.external_id])
    return lambda: shop.buyer.confirm([made.external_id])


def _bill(shop: Shopping) -> Callable[[], Any]:
    shipment = shop.confirmed(shop.placed())
    return lambda: shop.buyer.bill(shipment)


def _pay(shop: Shopping) -> Callable[[], Any]:
    shipment = shop.confirmed(shop.placed())
    bill = shop.buyer.bill(shipment)
    return lambda: shop.buyer.pay(shipment, bill.payment_id)


def _delete(shop: Shopping) -> Callable[[], Any]:
    made = shop.placed()
    return lambda: shop.buyer.delete(made.external_id)


def _move(shop: Shopping) -> Callable[[], Any]:
    made = labelled(shop)
    return lambda: shop.buyer.change_warehouse(made.external_id, made.warehouse_id or _storage(shop, made))


def _storage(shop: Shopping, made: PurchaseData) -> str:
    return str(shop.order(made.reference)["storage_id"])


def _upload(shop: Shopping) -> Callable[[], Any]:
    made = labelled(shop)
    shop.paid(made)
    carrier = shop.buyer.carriers_of(_storage(shop, made))[0][1]
    order = shop.buyer.find(made.reference)
    assert order is not None
    return lambda: shop.buyer.upload_waybill(order, carrier=carrier, tracking_number="SPX1", file=LABEL)


def _update(shop: Shopping) -> Callable[[], Any]:
    made = labelled(shop)
    shop.paid(made)
    carrier = shop.buyer.carriers_of(_storage(shop, made))[0][1]
    order = shop.buyer.find(made.reference)
    assert order is not None
    shop.buyer.upload_waybill(order, carrier=carrier, tracking_number="SPX1", file=LABEL)
    return lambda: shop.buyer.upload_waybill(order, carrier=carrier, tracking_number="SPX2", file=LABEL, again=True)


WRITES: list[tuple[str, Step, str]] = [
    (CREATE, _place, "orders"),
    (CART, _cart, "carts"),
    (CONFIRM, _confirm, "confirmations"),
    (PARENT, _bill, "parent_orders"),
    (PAY, _pay, "payments"),
    (DELETE, _delete, "deletions"),
    (MOVE, _move, "warehouse_changes"),
    (UPLOAD, _upload, "labels"),
    (UPDATE, _update, "label_updates"),
]
TROUBLES: list[dict[str, Any]] = [
    {"cut": True, "when": "before"},
    {"cut": True, "when": "after"},
    {"status": 502, "when": "before"},
    {"status": 502, "when": "after"},
    {"code": 1600000, "when": "after"},
    {"mutate": "not_json", "when": "after"},
]


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda one: "-".join(str(each) for each in one.values()))
@pytest.mark.parametrize(("path", "step", "kind"), WRITES, ids=[kind for _path, _step, kind in WRITES])
def test_a_write_whose_answer_is_lost_is_unknown_and_was_sent_once(shop, path, step, kind, trouble):
    act = step(shop)
    calls, entries = shop.calls(path), len(shop.booked(kind))
    shop.fail(path, **trouble)
    with pytest.raises(OutcomeUnknown) as caught:
        act()
    assert caught.value.retryable is False
    assert shop.calls(path) == calls + 1
    assert len(shop.booked(kind)) - entries == (1 if trouble["when"] == "after" else 0)
    assert len(shop.booked("payments")) <= 1


def test_a_creation_whose_answer_names_no_order_is_unknown_and_found_by_its_reference(shop, cj):
    draft = shop.draft()
    shop.fail(CREATE, mutate="null_data", when="after")
    with pytest.raises(OutcomeUnknown):
        cj.place(draft)
    found = cj.find(draft.reference)
    assert found is not None
    assert (found.reference, found.stage) == (draft.reference, "created")
    assert len(shop.booked("orders")) == 1


def test_a_write_that_was_refused_is_not_unknown(shop, cj):
    shop.fail(CREATE, code=1600200)
    with pytest.raises(RateLimited):
        shop.placed()
    assert shop.booked("orders") == []
    assert shop.calls(CREATE) == 1


# Bills and payments


def test_a_bill_stays_the_same_until_the_price_changes(shop, cj):
    made = shop.placed()
    shipment = shop.confirmed(made)
    bill = cj.bill(shipment)
    assert cj.bill(shipment) == bill
    shop.change(vids=[made.items[0].variant_id], fields={"price": "99.00"})
    dearer = cj.bill(shipment)
    assert dearer.payment_id != bill.payment_id
    assert dearer.amount > bill.amount
    with pytest.raises(Rejected, match="new bill"):
        cj.pay(shipment, bill.payment_id)
    assert shop.booked("payments") == []


def test_a_bill_says_which_orders_it_leaves_out(shop, cj):
    well, odd = shop.placed(), shop.placed()
    shipment = shop.confirmed(well, odd)
    shop.change(order={"id": odd.external_id, "unmatched": True})
    bill = cj.bill(shipment)
    assert bill.covered == (shop.order(well.reference)["code"],)
    assert bill.unmatched == (shop.order(odd.reference)["code"],)
    assert len(bill.unmatched_items) == 1
    shop.change(order={"id": well.external_id, "unmatched": True})
    with pytest.raises(Rejected, match=shop.order(odd.reference)["code"]):
        cj.bill(shipment)
    with pytest.raises(Rejected):
        cj.bill("1111111111111111111")


def test_too_little_balance_pays_nothing_and_has_a_kind_of_its_own(shop, cj):
    shipment = shop.confirmed(shop.placed())
    bill = cj.bill(shipment)
    shop.change(balance={"account": shop.account.external_id, "amount": "0.01"})
    with pytest.raises(TooPoor, match="Top it up"):
        cj.pay(shipment, bill.payment_id)
    shop.change(account={"account": shop.account.external_id, "balance_blocked": True})
    with pytest.raises(Rejected, match="restricted") as caught:
        cj.pay(shipment, bill.payment_id)
    assert caught.value.code == "1604001"
    assert shop.booked("payments") == []
    assert cj.balance().amount == Decimal("0.01")


def test_a_second_payment_is_refused_and_takes_no_money(shop, cj):
    shipment = shop.confirmed(shop.placed())
    bill = cj.bill(shipment)
    cj.pay(shipment, bill.payment_id)
    balance = cj.balance()
    with pytest.raises(Rejected, match="paid already"):
        cj.pay(shipment, bill.payment_id)
    assert cj.balance() == balance
    assert len(shop.booked("payments")) == 1
    with pytest.raises(NotFound):
        cj.pay("1111111111111111111", bill.payment_id)


def test_an_orders_code_never_stands_for_a_shipment(shop, cj):
    made = shop.placed()
    bill = cj.bill(shop.confirmed(made))
    calls = shop.calls(PAY) + shop.calls(PARENT)
    for name in (shop.order(made.reference)["code"], shop.order(made.reference)["cj_order_id"], bill.payment_id):
        with pytest.raises(Invalid) as caught:
            cj.pay(name, bill.payment_id)
        assert caught.value.field == "batch_id"
        with pytest.raises(Invalid):
            cj.bill(name)
    assert shop.calls(PAY) + shop.calls(PARENT) == calls


# Reading


def test_what_is_not_there_is_none_and_what_can_not_be_read_is_no_none(shop, cj):
    made = shop.placed()
    assert cj.find("NOBODY") is None
    shop.fail(DETAIL, code=1600300, message="The maximum number of features is 20")
    with pytest.raises(Rejected) as caught:
        cj.find(made.reference)
    assert type(caught.value) is Rejected
    shop.fail(DETAIL, mutate="null_data")
    with pytest.raises(UnexpectedReply):
        cj.find(made.reference)
    shop.fail(DETAIL, status=502, times=3)
    with pytest.raises(Unavailable):
        cj.find(made.reference)
    found = cj.find(made.reference)
    assert found is not None
    assert found.external_id == made.external_id


def test_many_orders_are_read_in_batches_each_once_in_the_order_asked(shop, cj):
    made = [shop.placed() for _ in range(7)]
    cj.delete(made[3].external_id)
    ids = [each.external_id for each in made]
    calls = shop.calls(LIST)
    found = cj.purchases([ids[5], *ids, "210000000000000000"])
    assert [each.external_id for each in found] == [ids[5], *ids[:5], ids[6]]
    assert [each.stage for each in found].count("cancelled") == 1
    assert {each.reference for each in found} == {each.reference for each in made}
    assert shop.calls(LIST) == calls + 1
    assert shop.calls(DETAIL) == 1  # the one that the list does not show
    assert cj.purchases([]) == []


def test_a_list_of_more_than_one_page_is_read_to_its_end(shop, cj, monkeypatch):
    made = [shop.placed().external_id for _ in range(5)]
    monkeypatch.setattr("integrations.cj.listing.PAGE_SIZE", 2)
    assert [each.external_id for each in cj.purchases(made)] == made
    assert shop.calls(LIST) == 3
    assert shop.calls(DETAIL) == 0


def test_a_shipment_of_more_than_one_page_is_read_to_its_end(shop, cj, monkeypatch):
    made = [shop.placed() for _ in range(5)]
    ids = [each.external_id for each in made]
    shipment = shop.confirmed(*made)
    monkeypatch.setattr("integrations.cj.listing.PAGE_SIZE", 2)
    again = cj.confirm(ids)
    assert (again.done, again.batch_id, again.left_out) == (tuple(ids), shipment, ())


def test_orders_are_found_where_the_list_shows_cancelled_ones_by_default(shop, cj):
    shop.change(switches={"list_default": "always"})
    few = [shop.placed().external_id for _ in range(2)]
    assert [each.stage for each in cj.purchases(few)] == ["created"] * 2
    many = [*few, *(shop.placed().external_id for _ in range(8))]
    cj.add_to_cart(many[:3])
    cj.delete(many[9])
    found = cj.purchases([*many, "210000000000000000"])
    assert [each.external_id for each in found] == many
    assert [each.stage for each in found] == [*["carted"] * 3, *["created"] * 6, "cancelled"]


def test_one_odd_order_does_not_keep_the_others_from_being_read(shop, cj):
    well, odd = shop.placed(), shop.placed()
    shop.fail(LIST, mutate="null_data")
    with pytest.raises(UnexpectedReply):
        cj.purchases([well.external_id])
    shop.change(switches={"list_default": "always"})
    shop.fail(DETAIL, mutate="null_data", match={"orderId": odd.external_id})
    first, second = cj.purchases([well.external_id, odd.external_id])
    assert (first.stage, first.oddities) == ("created", ())
    assert (second.external_id, second.stage, second.oddities) == (odd.external_id, "other", ("detail:unreadable",))


def test_parcels_nobody_knows_are_absent_and_a_failure_is_none_of_them(shop, cj):
    assert cj.track(["NOBODY"]) == []
    assert cj.track([]) == []
    assert shop.calls(TRACK) == 1
    shop.fail(TRACK, status=502, times=3)
    with pytest.raises(Unavailable):
        cj.track(["NOBODY"])


# Freight


def test_routes_name_their_price_and_no_route_is_an_empty_list(shop, cj):
    item = shop.item()
    routes = cj.routes(from_country="CN", address=ADDRESS, items=[item])
    assert "CJPacket Ordinary" in {route.name for route in routes}
    assert all(route.price > 0 and route.days_low and route.days_high for route in routes)
    assert cj.routes(from_country="CN", address=replace(ADDRESS, country_code="KP"), items=[item]) == []
    france = cj.routes(from_country="CN", address=replace(ADDRESS, country_code="FR"), items=[item])
    assert any(route.clearance is not None for route in france)
    assert all(route.price >= Decimal(str(route.facts["logisticPrice"])) for route in france)


def test_a_failure_to_calculate_is_never_no_route(shop, cj):
    def ask() -> Any:
        return cj.routes(from_country="CN", address=ADDRESS, items=[shop.item()])

    shop.change(switches={"freight": "down"})
    with pytest.raises(Unavailable):
        ask()
    shop.change(switches={"freight": "ok"})
    shop.fail(FREIGHT, mutate="null_data")
    with pytest.raises(UnexpectedReply):
        ask()
    with pytest.raises(NotFound):
        cj.routes(from_country="CN", address=ADDRESS, items=[replace(shop.item(), variant_id="NOTHING")])
    with pytest.raises(Invalid) as caught:
        cj.routes(from_country="China", address=ADDRESS, items=[shop.item()])
    assert caught.value.field == "from_country"
    assert ask()


def test_goods_of_unknown_weight_have_no_route_for_nothing(shop, cj):
    gateway = gateway_for(shop.account)
    listed = [summary.external_id for summary in gateway.search(ProductFilter(), cursor=None, size=40).items]
    products = [fetched.product for fetched in gateway.products(listed) if fetched.product]
    weightless = next(one for one in products if one.variants and not any(each.weight_g for each in one.variants))
    item = replace(shop.item(), variant_id=weightless.variants[0].external_id)
    with pytest.raises(Rejected, match="weight"):
        cj.routes(from_country="CN", address=ADDRESS, items=[item])


def test_tips_and_templates_are_read(shop, cj):
    gateway = gateway_for(shop.account)
    variant = gateway.variant(shop.item().variant_id)
    item = TrialItem(sku=variant.sku, variant_id=variant.external_id, quantity=1)
    routes = cj.routes_with_tips(from_country="CN", address=ADDRESS, items=[item])
    assert [tip["code"] for tip in routes[0].facts["tips"]] == ["1001"]
    assert cj.supplier_templates([variant.sku]) == {}


@pytest.mark.parametrize(
    ("product_type", "facts", "expected"),
    [
        ("ORDINARY_PRODUCT", {}, ""),
        ("", {"customizationVersion": 0}, ""),
        ("", {"customizationVersion": "0"}, ""),
        ("", {"customizationVersion": "5"}, "pictures"),
        ("SUPPLIER_SHIPPED_PRODUCT", {"customizationVersion": 3}, "pictures"),
        ("SUPPLIER_SHIPPED_PRODUCT", {}, "self_shipped"),
        ("SUPPLIER_PRODUCT", {}, ""),
    ],
)
def test_goods_made_with_pictures_and_goods_that_suppliers_ship_are_told(product_type, facts, expected):
    client: Any = None  # nothing is called
    assert CJBuyer(client).peculiarity(product_type, facts) == expected


# Labels of the marketplace


def test_a_label_goes_up_once_the_order_is_paid_and_another_takes_its_place(shop, cj):
    made = labelled(shop)
    assert shop.order(made.reference)["logistics_type"] == 1
    carriers = cj.carriers_of(f"{{{_storage(shop, made)}}}")
    with pytest.raises(Rejected, match="DP number"):
        cj.upload_waybill(made, carrier=carriers[0][1], tracking_number="SPX1", file=LABEL)
    shop.paid(made)
    cj.upload_waybill(made, carrier=carriers[0][1], tracking_number="SPX1", file=LABEL)
    with pytest.raises(Rejected) as caught:
        cj.upload_waybill(made, carrier=carriers[0][1], tracking_number="SPX2", file=LABEL)
    assert caught.value.code == "804"
    cj.upload_waybill(made, carrier=carriers[0][1], tracking_number="SPX2", file=LABEL, again=True)
    (label,), (update,) = shop.booked("labels"), shop.booked("label_updates")
    assert (label["track_number"], label["content_type"]) == ("SPX1", "application/pdf")
    assert label["bytes"] == len(LABEL.content)
    assert update["track_number"] == "SPX2"
    found = cj.find(made.reference)
    assert found is not None
    assert found.tracking_number == "SPX2"


def test_a_label_of_a_carrier_the_warehouse_does_not_serve_is_refused(shop, cj):
    made = labelled(shop)
    shop.paid(made)
    with pytest.raises(Rejected, match="carriers") as caught:
        cj.upload_waybill(made, carrier="Pigeon", tracking_number="SPX1", file=LABEL)
    assert caught.value.code == "806"
    with pytest.raises(Invalid) as empty:
        cj.upload_waybill(made, carrier="Pigeon", tracking_number="SPX1", file=WaybillFile(content=b"", name="a.pdf"))
    assert empty.value.field == "file"
    assert shop.booked("labels") == []


def test_cj_chooses_the_warehouse_where_none_is_named(shop, cj):
    made = shop.placed(label="marketplace")
    found = cj.find(made.reference)
    assert found is not None
    assert found.warehouse_id
    assert shop.order(made.reference)["logistics_type"] == 3


def test_an_order_moves_to_another_warehouse_by_its_code(shop, cj):
    made = labelled(shop)
    cj.change_warehouse(made.external_id, _storage(shop, made))
    (moved,) = shop.booked("warehouse_changes")
    assert (moved["order_number"], moved["to"]) == (made.reference, _storage(shop, made))
    sent = next(row for row in ApiCall.objects.filter(endpoint=MOVE))
    assert shop.order(made.reference)["code"] in sent.request
    with pytest.raises(NotFound, match="warehouse"):
        cj.change_warehouse(made.external_id, "nowhere")
    with pytest.raises(NotFound):
        cj.change_warehouse("210000000000000000", _storage(shop, made))
    by_cj = shop.placed()
    with pytest.raises(Rejected) as caught:
        cj.change_warehouse(by_cj.external_id, _storage(shop, made))
    assert caught.value.code == "1603001"
    assert len(shop.booked("warehouse_changes")) == 1


# Taking back


def test_only_what_is_not_paid_can_be_taken_back(shop, cj):
    made, paid = shop.placed(), shop.placed()
    shop.paid(paid)
    cj.delete(made.external_id)
    with pytest.raises(Rejected, match="paid is not deleted"):
        cj.delete(paid.external_id)
    with pytest.raises(NotFound):
        cj.delete("210000000000000000")
    assert [entry["order_number"] for entry in shop.booked("deletions")] == [made.reference]
    assert cj.purchases([made.external_id])[0].stage == "cancelled"


# Limits and lanes


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reference": "x" * 51}, "reference"),
        ({"address": replace(ADDRESS, phone="1" * 21)}, "address.phone"),
        ({"address": replace(ADDRESS, name="")}, "address.name"),
        ({"address": replace(ADDRESS, country_code="SGP")}, "address.country_code"),
        ({"address": replace(ADDRESS, lines=())}, "address.lines"),
        ({"address": replace(ADDRESS, masked=True)}, "address"),
        ({"route": ""}, "route"),
        ({"remark": "x" * 501}, "remark"),
        ({"tax_id": "x" * 21}, "tax_id"),
        ({"consignee_id": "x" * 21}, "consignee_id"),
        ({"ioss_kind": 5}, "ioss_kind"),
        ({"ioss_kind": 2, "ioss_number": "x" * 21}, "ioss_number"),
        ({"label": "marketplace", "warehouse_id": "x" * 41}, "warehouse_id"),
        ({"items": ()}, "items"),
    ],
)
def test_a_draft_beyond_a_limit_is_not_sent_and_names_the_drafts_field(shop, cj, changes, field):
    with pytest.raises(Invalid) as caught:
        shop.placed(**changes)
    assert caught.value.field == field
    assert shop.calls(CREATE) == 0


def test_a_wrong_line_is_named_by_its_place(shop, cj):
    with pytest.raises(Invalid) as caught:
        shop.placed(items=(shop.item(), shop.item(1, quantity=0)))
    assert caught.value.field == "items[1].quantity"


@pytest.mark.parametrize(
    ("changes", "kind", "code"),
    [
        ({"route": "Pigeon"}, NotFound, "1605000"),
        ({"route": "USPS+"}, Rejected, "1605001"),
        ({"address": replace(ADDRESS, country_code="XX")}, Rejected, "1605002"),
    ],
)
def test_cjs_refusals_say_what_to_do_next(shop, changes, kind, code):
    with pytest.raises(kind) as caught:
        shop.placed(**changes)
    assert caught.value.code == code
    assert len(str(caught.value)) > 40
    assert shop.booked("orders") == []


def test_money_and_taking_back_go_first_and_orders_before_the_catalogue(shop, cj):
    with lanes.use(Lane.CATALOGUE):
        cj.routes(from_country="CN", address=ADDRESS, items=[shop.item()])
        made, other = shop.placed(), shop.placed()
        shop.paid(made)
        cj.delete(other.external_id)
        cj.find(made.reference)
    with lanes.use(Lane.URGENT):
        cj.balance()
    used = {row.endpoint: row.lane for row in ApiCall.objects.order_by("pk") if row.endpoint.startswith("/shopping")}
    assert used == {
        CREATE: Lane.ORDERS,
        CART: Lane.ORDERS,
        CONFIRM: Lane.ORDERS,
        PARENT: Lane.ORDERS,
        PAY: Lane.URGENT,
        DELETE: Lane.URGENT,
        DETAIL: Lane.ORDERS,
        "/shopping/pay/getBalance": Lane.URGENT,
    }
    assert ApiCall.objects.get(endpoint=FREIGHT).lane == Lane.CATALOGUE
