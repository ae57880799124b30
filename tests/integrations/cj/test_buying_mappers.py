"""Purchases, bills, freight and parcels: CJ's samples in, our dataclasses out, and our drafts as CJ takes them."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from integrations.bought import BatchOutcome, PurchaseDraft, Route, TrialItem, WantedItem
from integrations.cj import buying_mappers, freight_mappers, limits, tracking_mappers
from integrations.cj.parsing import UnreadableRecord
from integrations.errors import Invalid
from integrations.sold import AddressData
from orders.machines import PackageStatus

from . import payloads

CREATE, DETAIL = "/shopping/order/createOrderV3", "/shopping/order/getOrderDetail"
CONFIRM, PARENT = "/shopping/order/addCartConfirm", "/shopping/order/saveGenerateParentOrder"
SINGAPORE = AddressData(
    name="Ann Lee",
    phone="+65 6587 9973",
    lines=("79 Anson Road", "#01-01"),
    city="Singapore",
    state="Singapore",
    zip_code="079906",
    country_code="SG",
)
DRAFT = PurchaseDraft(
    reference="PO-1-1",
    address=SINGAPORE,
    items=(WantedItem(variant_id="V1", quantity=2, line_reference="L-1"),),
    route="CJPacket Ordinary",
    from_country="CN",
    country_name="Singapore",
    platform="shopee",
)


def order(**changes: Any) -> dict[str, Any]:
    return buying_mappers.to_order(replace(DRAFT, **changes))


def recipient(**changes: Any) -> dict[str, Any]:
    return order(address=replace(SINGAPORE, **changes))


# What we ask for


def test_a_draft_travels_in_cjs_words_and_within_its_limits():
    assert limits.check(
        CREATE, order(declared_value=Decimal("12.50"), tax_id="T1", consignee_id="P1", remark="Gift")
    ) == {
        "orderNumber": "PO-1-1",
        "shippingCustomerName": "Ann Lee",
        "shippingPhone": "+65 6587 9973",
        "shippingCountryCode": "SG",
        "shippingCountry": "Singapore",
        "shippingProvince": "Singapore",
        "shippingCity": "Singapore",
        "shippingZip": "079906",
        "shippingAddress": "79 Anson Road, #01-01",
        "taxId": "T1",
        "consigneeID": "P1",
        "remark": "Gift",
        "shopAmount": "12.50",
        "logisticName": "CJPacket Ordinary",
        "fromCountryCode": "CN",
        "platform": "shopee",
        "shopLogisticsType": 2,
        "products": [{"vid": "V1", "quantity": 2, "storeLineItemId": "L-1"}],
    }


def test_a_label_of_the_marketplace_names_the_warehouse_or_leaves_it_to_cj():
    chosen = order(label="marketplace", warehouse_id="{201e67f6}")
    assert (chosen["shopLogisticsType"], chosen["storageId"]) == (1, "201e67f6")
    left_to_cj = order(label="marketplace")
    assert left_to_cj["shopLogisticsType"] == 3
    assert "storageId" not in left_to_cj
    by_cj = order(warehouse_id="201e67f6")
    assert by_cj["shopLogisticsType"] == 2
    assert "storageId" not in by_cj
    with pytest.raises(Invalid) as caught:
        order(label="own")
    assert caught.value.field == "label"


def test_an_address_that_is_partly_hidden_goes_only_under_the_marketplaces_label():
    with pytest.raises(Invalid) as caught:
        recipient(masked=True)
    assert caught.value.field == "address"
    hidden = order(label="marketplace", address=replace(SINGAPORE, masked=True, name="A****e"))
    assert hidden["shippingCustomerName"] == "A****e"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"state": ""}, {"shippingProvince": "Singapore", "shippingCity": "Singapore"}),
        ({"city": "", "district": "Da'an", "state": "Taipei"}, {"shippingCity": "Da'an", "shippingCounty": "Da'an"}),
        ({"city": "", "town": "Bukit"}, {"shippingCity": "Bukit", "shippingCounty": "Bukit"}),
        ({"city": "", "state": ""}, {"shippingProvince": "Singapore", "shippingCity": "Singapore"}),
        (
            {"district": "Outram", "town": "Tanjong"},
            {"shippingCounty": "Outram", "shippingAddress": "79 Anson Road, #01-01, Tanjong"},
        ),
        (
            {"lines": ("a" * 150, "b" * 60, "c" * 60)},
            {"shippingAddress": "a" * 150, "shippingAddress2": f"{'b' * 60}, {'c' * 60}"},
        ),
    ],
)
def test_every_part_of_an_address_has_a_place_and_required_ones_are_filled(changes, expected):
    found = recipient(**changes)
    assert {name: found[name] for name in expected} == expected


def test_a_line_that_is_too_long_is_refused_not_cut():
    with pytest.raises(Invalid, match="shippingAddress"):
        limits.check(CREATE, recipient(lines=("a" * 201,)))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, (None, "")),
        ({"ioss_kind": 1, "ioss_number": "IM1"}, (1, "")),
        ({"ioss_kind": 2, "ioss_number": "IM0123456789"}, (2, "IM0123456789")),
        ({"ioss_kind": 3, "ioss_number": "IM0123456789"}, (3, "CJ-IOSS")),
    ],
)
def test_the_ioss_number_is_that_of_whoever_declares(changes, expected):
    found = order(**changes)
    assert (found["iossType"], found["iossNumber"]) == expected
    limits.check(CREATE, found)


def test_ones_own_ioss_needs_its_number():
    with pytest.raises(Invalid) as caught:
        order(ioss_kind=2)
    assert caught.value.field == "ioss_number"


@pytest.mark.parametrize(
    ("name", "theirs"), [("shopee", "shopee"), ("TikTok", "tiktok"), ("lazada", "Lazada"), ("amazon", ""), ("", "")]
)
def test_a_marketplace_is_named_as_cj_spells_it_or_not_at_all(name, theirs):
    assert order(platform=name)["platform"] == theirs


def test_cjs_spellings_are_those_of_its_document():
    assert len(buying_mappers.PLATFORMS) == 24
    assert all(key == name.lower() for key, name in buying_mappers.PLATFORMS.items())


# What CJ says of an order


def test_a_created_order_is_read_with_its_reasons_and_amounts():
    made = buying_mappers.to_created(payloads.data(CREATE, "amounts as text, one reason to hold it back"))
    assert (made.external_id, made.reference, made.stage) == ("210823100016290555", "PO-1-1", "created")
    assert (made.amount, made.product_amount, made.freight) == (Decimal("4.25"), Decimal("0.57"), Decimal("3.68"))
    assert made.items == (WantedItem(variant_id="1392053744945991680", quantity=2, line_reference="L-1"),)
    assert [code for code, _reason in made.intercepted] == ["1001"]
    assert made.route_missing is True
    assert made.aliases == {"orderId": "210823100016290555"}
    assert made.oddities == ()


def test_the_documents_sample_of_a_created_order_tells_no_amount_and_no_status():
    made = buying_mappers.to_created(payloads.data(CREATE))
    assert (made.external_id, made.reference, made.stage, made.amount) == ("123434", "", "created", None)
    assert made.route_missing is False
    assert made.items is None  # a variant without id: not all of the goods can be read
    assert "productList:unreadable" in made.oddities


def test_an_order_on_its_way_is_read_in_full_times_in_utc():
    found = buying_mappers.to_purchase(payloads.data(DETAIL, "a parcel on its way, ids as numbers"))
    assert (found.external_id, found.reference, found.stage) == ("210823100016290555", "PO-1-1", "shipped")
    assert found.aliases == {
        "orderId": "210823100016290555",
        "cjOrderId": "DP2511111145580643400",
        "cjOrderCode": "SD25080109282603297001",
    }
    assert (found.country_code, found.tracking_number) == ("SG", "CJPKL7160102171YQ")
    assert (found.amount, found.freight) == (Decimal("4.25"), None)
    assert found.warehouse_id == "201e67f6ba4644c0a36d63bf4989dd70"
    assert found.items == (WantedItem(variant_id="1392053744945991680", quantity=2),)
    assert found.sent_at == datetime(2021, 8, 24, 13, 21, 7, tzinfo=UTC)
    assert (found.paid_at, found.created_at) == (
        datetime(2021, 8, 23, 12, tzinfo=UTC),
        datetime(2021, 8, 23, 11, 31, 45, tzinfo=UTC),
    )
    assert found.is_temporary is False


def test_an_order_that_is_not_connected_yet_is_temporary():
    found = buying_mappers.to_purchase(payloads.data(DETAIL, "not yet connected with CJ's goods"))
    assert (found.is_temporary, found.amount, found.items) == (True, None, ())


def test_the_documents_rows_of_list_and_detail_are_read():
    (row,) = payloads.data("/shopping/order/list")["list"]
    listed = buying_mappers.to_purchase(row)
    assert (listed.external_id, listed.reference, listed.items) == ("1377085655003308032", "50166125936666", None)
    detail = buying_mappers.to_purchase(payloads.data(DETAIL))
    assert (detail.amount, detail.product_amount, detail.freight) == (Decimal("4.25"), Decimal("0.57"), Decimal("3.68"))
    assert detail.facts["lines"][0]["abnormalType"] == [6, 9]


@pytest.mark.parametrize(
    ("status", "stage"),
    [
        ("CREATED", "created"),
        ("IN_CART", "carted"),
        ("UNPAID", "unpaid"),
        ("UNSHIPPED", "paid"),
        ("SHIPPED", "shipped"),
        ("DELIVERED", "delivered"),
        ("CANCELLED", "cancelled"),
        ("OTHER", "other"),
        ("TRASH", "other"),
        ("", "other"),
        (None, "other"),
        (300, "other"),
    ],
)
def test_a_status_is_a_stage_and_one_we_do_not_know_is_never_taken_for_another(status, stage):
    assert buying_mappers.to_purchase({"orderId": "1", "orderStatus": status}).stage == stage


def test_an_order_without_an_id_is_unreadable():
    for data in (None, [], {}, {"orderId": ""}, {"orderId": "{}"}, "true"):
        with pytest.raises(UnreadableRecord):
            buying_mappers.to_purchase(data)


# Cart and bill


def test_who_is_in_neither_list_of_the_cart_is_left_out():
    said = {"successCount": 1, "addSuccessOrders": ["A", "Z"], "interceptOrders": ["B"]}
    assert buying_mappers.to_carted(said, ["A", "B", "C"]) == BatchOutcome(
        done=("A",), intercepted=("B",), left_out=("C",)
    )
    assert buying_mappers.to_carted(None, ["A"]) == BatchOutcome(left_out=("A",))


def test_a_confirmation_is_believed_only_where_its_count_is_right():
    said = payloads.data(CONFIRM, "one of three held back")
    whole = BatchOutcome(done=("A", "C"), intercepted=("B",), batch_id="1958000000000000001")
    assert buying_mappers.to_confirmed(said, ["A", "B", "C"]) == whole
    assert buying_mappers.to_confirmed({**said, "successCount": 1}, ["A", "B", "C"]) == replace(
        whole, done=(), left_out=("A", "C")
    )
    assert buying_mappers.to_confirmed({**said, "submitSuccess": False}, ["A", "B", "C"]).done == ()
    assert buying_mappers.to_confirmed({**said, "shipmentsId": ""}, ["A", "B", "C"]).done == ()
    assert buying_mappers.to_confirmed(None, ["A"]) == BatchOutcome(left_out=("A",))


def test_a_bill_takes_the_largest_amount_and_names_what_it_leaves_out():
    bill = buying_mappers.to_bill(payloads.data(PARENT), "1958")
    assert bill is not None
    assert (bill.batch_id, bill.payment_id, bill.amount, bill.currency) == (
        "1958",
        "PAY123456789",
        Decimal("99.99"),
        "USD",
    )
    assert bill.expires_at == datetime(2024, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert bill.covered == ("ORDER003", "ORDER004")
    assert bill.unmatched == ("ORDER001", "ORDER002")
    assert bill.unmatched_items == ("PROD001", "PROD002")
    assert (bill.amounts["orderMoney"], bill.amounts["actualPayment"]) == (Decimal("99.99"), Decimal("89.99"))
    assert {"iossNumber", "iossType", "canDeduct"} & set(bill.amounts) == set()


@pytest.mark.parametrize("largest", ["orderMoney", "payableAmount", "actualPayment"])
def test_whichever_amount_is_the_largest_counts(largest):
    data = payloads.data(PARENT)
    holder = data if largest == "orderMoney" else data["paymentInformation"]
    holder[largest] = "120.50"
    bill = buying_mappers.to_bill(data, "1958")
    assert bill is not None
    assert bill.amount == Decimal("120.50")


def test_a_bill_without_a_number_to_pay_by_or_without_an_amount_is_none():
    assert buying_mappers.to_bill(payloads.data(PARENT, "nothing matched"), "1958") is None
    assert buying_mappers.unmatched_orders(payloads.data(PARENT, "nothing matched")) == ("SD1",)
    assert buying_mappers.to_bill({"payId": "PAY1"}, "1958") is None


def test_the_balance_is_exact_and_never_guessed():
    balance = buying_mappers.to_balance(payloads.data("/shopping/pay/getBalance"))
    assert (balance.amount, balance.frozen, balance.bonus) == (Decimal("87247.32"), None, None)
    with pytest.raises(UnreadableRecord):
        buying_mappers.to_balance({"amount": None})


def test_carriers_of_a_warehouse_are_named_as_the_label_needs_them():
    found = buying_mappers.to_carriers(payloads.data("/warehouse/detail"))
    assert found
    assert all(len(each) == 2 and all(each) for each in found)
    assert buying_mappers.to_carriers({"id": "1", "logisticsBrandList": None}) == []
    with pytest.raises(UnreadableRecord):
        buying_mappers.to_carriers({"logisticsBrandList": []})


# Freight


def test_the_total_is_the_price_where_there_is_one_and_zero_is_no_price():
    routes = freight_mappers.to_routes(
        payloads.data("/logistic/freightCalculate", "seen totals and a price that is missing")
    )
    assert routes == [
        Route(
            name="CJPacket Ordinary",
            price=Decimal("7.01"),
            days_low=7,
            days_high=12,
            taxes=Decimal(0),
            clearance=Decimal(0),
            facts={"logisticPrice": "4.71", "logisticPriceCn": "30.54"},
        )
    ]
    (sample,) = freight_mappers.to_routes(payloads.data("/logistic/freightCalculate"))
    assert (sample.name, sample.price, sample.taxes) == ("USPS+", Decimal("4.71"), None)


@pytest.mark.parametrize(
    ("said", "days"),
    [
        ("2-5", (2, 5)),
        ("13", (13, 13)),
        ("3-7 Days", (3, 7)),
        ("12~50", (12, 50)),
        ("9-4", (4, 9)),
        ("soon", (None, None)),
    ],
)
def test_days_are_read_as_they_are_written(said, days):
    assert freight_mappers.days_of(said) == days
    assert freight_mappers.days_of(None) == (None, None)


def test_a_carrier_tells_what_it_asks_of_an_address():
    (route,) = freight_mappers.to_routes_with_tips(payloads.data("/logistic/freightCalculateTip"))
    assert (route.name, route.price, route.days_low, route.days_high) == ("CJPacket Postal", Decimal("4.09"), 12, 50)
    (tip,) = route.facts["tips"]
    assert (tip["field"], tip["code"], tip["blocks"]) == ("phone", "1001", True)
    assert tip["pattern"].startswith("^[")
    refused = {**payloads.data("/logistic/freightCalculateTip")[0], "errorEn": "too heavy"}
    assert freight_mappers.to_routes_with_tips([refused]) == []


def test_a_trial_adds_up_only_what_is_known_of_every_piece():
    known = TrialItem(sku="A", quantity=2, weight_g=Decimal("100.4"), volume_cm3=Decimal("30"))
    asked = freight_mappers.to_trial(from_country="CN", address=SINGAPORE, items=[known, replace(known, sku="B")])
    assert (asked["weight"], asked["wrapWeight"], asked["volume"]) == (402, 402, Decimal(120))
    asked = freight_mappers.to_trial(from_country="CN", address=SINGAPORE, items=[known, replace(known, weight_g=None)])
    assert asked["weight"] is None
    limits.check("/logistic/freightCalculateTip", {"reqDTOS": [asked]})


def test_suppliers_templates_are_routes_by_spu():
    info = {"id": "1", "logisticsName": "Own van", "postage": "3.50", "startCountryCode": "CN", "destCountryCode": "US"}
    found = freight_mappers.to_templates([{"skuList": ["CJ1", "CJ2"], "logisticsInfoList": [info]}])
    assert set(found) == {"CJ1", "CJ2"}
    (route,) = found["CJ1"]
    assert (route.name, route.price, route.facts["destCountryCode"]) == ("Own van", Decimal("3.50"), "US")
    assert freight_mappers.to_templates(payloads.data("/logistic/getSupplierLogisticsTemplate")) == {}


# Parcels


def test_every_documented_number_has_a_status_of_our_packages():
    assert set(tracking_mappers.PACKAGE_STATUSES) == set(range(15))
    assert set(tracking_mappers.PACKAGE_STATUSES.values()) - {""} <= set(PackageStatus.values)
    assert set(tracking_mappers.NUMBERS.values()) == set(range(15))


def test_a_text_is_a_number_where_it_stands_for_one_only():
    case = "delivered, out and unheard-of"
    rows = payloads.data("/logistic/trackInfo", case)
    delivered, out, strange, first_leg = (tracking_mappers.to_track(row) for row in rows[:4])
    assert (delivered.status, delivered.package_status, delivered.days) == (12, "delivered", "13")
    assert delivered.delivered_at == datetime(2021, 6, 17, 7, 4, 4, tzinfo=UTC)
    assert (out.status, out.package_status, out.delivered_at) == (10, "out_for_delivery", None)
    assert (strange.status, strange.package_status, strange.platform_status) == (None, "", "Lost in space")
    assert (first_leg.status, first_leg.package_status) == (4, "in_transit")
    with pytest.raises(UnreadableRecord):
        tracking_mappers.to_track(rows[4])


def test_a_parcel_in_transit_is_not_delivered_whatever_time_is_named():
    for path in ("/logistic/trackInfo", "/logistic/getTrackInfo"):
        (sample,) = (tracking_mappers.to_track(row) for row in payloads.data(path))
        assert (sample.status, sample.package_status, sample.delivered_at) == (None, "in_transit", None)
        assert (sample.last_mile_carrier, sample.last_mile_number) == ("CJPacket", "926112903032124")


def test_a_message_tells_every_event_and_cjs_number_of_the_order():
    params = {
        "orderId": 210823100016290555,
        "logisticName": "CJPacket Ordinary",
        "trackingNumber": "number12345678",
        "trackingStatus": 12,
        "logisticsTrackEvents": '[{"status":12,"activity":" Delivered, PO Box","location":" NENANA,AK 99760",'
        '"eventTime":"2024-01-18 07:59:22","statusDesc":"Delivered"},{"status":"99","activity":"?"}]',
    }
    told = tracking_mappers.to_track_told(params)
    assert (told.tracking_number, told.status, told.package_status) == ("number12345678", 12, "delivered")
    assert told.delivered_at == datetime(2024, 1, 18, 7, 59, 22, tzinfo=UTC)
    first, odd = told.checkpoints
    assert (first.text, first.place, first.status) == ("Delivered, PO Box", "NENANA,AK 99760", 12)
    assert (odd.status, odd.at, odd.text) == (None, None, "?")
    assert tracking_mappers.order_of_message(params) == "210823100016290555"
