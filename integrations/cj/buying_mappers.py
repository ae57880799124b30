"""Purchases: our dataclasses → CJ's order, and CJ's answers about orders and bills → our dataclasses. Pure.

What can't be read is empty and noted in `oddities`; only an order without a usable id is `UnreadableRecord`. Amounts
are USD, bare times UTC (cj.md §5, §7).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from integrations.bought import Balance, BatchOutcome, Bill, PurchaseData, PurchaseDraft, WantedItem
from integrations.errors import Invalid
from integrations.sold import AddressData

from .parsing import (
    Notes,
    UnreadableRecord,
    first,
    flag,
    ident,
    integer,
    mapping,
    money,
    rows,
    storable,
    text,
    when,
)

# enum order_status. CJ's own "OTHER", and whatever it may add, is "other": a person looks.
STAGES = {
    "CREATED": "created",
    "IN_CART": "carted",
    "UNPAID": "unpaid",
    "UNSHIPPED": "paid",
    "SHIPPED": "shipped",
    "DELIVERED": "delivered",
    "CANCELLED": "cancelled",
}
# The kinds of `PurchaseData.aliases` are CJ's own words for its many names of one order (cj.md §6).
DP_NUMBER, SD_CODE, SHIPMENT = "cjOrderId", "cjOrderCode", "shipmentOrderId"
CHOSEN_WAREHOUSE, SENT_BY_CJ, ANY_WAREHOUSE = 1, 2, 3  # enum shop_logistics_type
OWN_IOSS, CJ_IOSS = 2, 3  # enum ioss_type
CJ_IOSS_NUMBER = "CJ-IOSS"
ADDRESS_LENGTH = 200

# cj.json, `platforms`: CJ's spelling of the marketplaces that it knows.
PLATFORMS = {
    name.lower(): name
    for name in (
        *("shopify", "Temu", "Temu_us_local", "tiktok", "tiktok_us_cross", "tiktok_us", "Woocommerce", "ebay"),
        *("prestashop", "shein", "nuvemshop", "mercado", "bigcommerce", "allvalue", "aliexpress", "api", "shoplazza"),
        *("magento", "squarespace", "Shipstation", "wix", "Lazada", "etsy", "shopee"),
    )
}
_FACTS = (
    "actualPayment",
    "cjPayUrl",
    "disputeId",
    "fromCountryCode",
    "iossAmount",
    "iossTaxHandlingFee",
    "logisticsTimeliness",
    "orderOriginalAmount",
    "orderWeight",
    "platformOrderId",
    "storageName",
    "totalDiscountAmount",
)
_AMOUNTS_TO_PAY = ("orderMoney", "payableAmount", "actualPayment")  # they differ; the largest is approved (cj.md §7)


# What we ask for


def to_order(draft: PurchaseDraft) -> dict[str, Any]:
    """Return the order to create; Invalid, naming the draft's field, where it can't be said in CJ's words."""
    return {
        "orderNumber": draft.reference,
        **_recipient(draft),
        "taxId": draft.tax_id,
        "consigneeID": draft.consignee_id,
        "remark": draft.remark,
        "shopAmount": draft.declared_value,
        "logisticName": draft.route,
        "fromCountryCode": draft.from_country,
        "platform": PLATFORMS.get(draft.platform.lower(), ""),
        **_ioss(draft),
        **_label(draft),
        "products": [
            {"vid": item.variant_id, "quantity": item.quantity, "storeLineItemId": item.line_reference}
            for item in draft.items
        ],
    }


def _recipient(draft: PurchaseDraft) -> dict[str, str]:
    """Return the address. City and province are asked for where the country has none: then the wider name stands in."""
    address = draft.address
    if address.masked and draft.label == "supplier":
        raise Invalid(
            _("The marketplace hides parts of the address: CJ can't write it on a label of its own."), field="address"
        )
    country = draft.country_name or address.country_code
    state = address.state or address.city or country
    street, more = _street(address)
    return {
        "shippingCustomerName": address.name,
        "shippingPhone": address.phone,
        "shippingCountryCode": address.country_code,
        "shippingCountry": country,
        "shippingProvince": state,
        "shippingCity": address.city or address.district or address.town or state,
        "shippingCounty": address.district or address.town,
        "shippingZip": address.zip_code,
        "shippingAddress": street,
        "shippingAddress2": more,
    }


def _street(address: AddressData) -> tuple[str, str]:
    """Return the two lines that CJ has for the street; nothing of the address is left out."""
    lines = [line.strip() for line in address.lines if line.strip()]
    if address.town and address.district:
        lines.append(address.town)
    whole = ", ".join(lines)
    return (whole, "") if len(whole) <= ADDRESS_LENGTH else (lines[0], ", ".join(lines[1:]))


def _ioss(draft: PurchaseDraft) -> dict[str, Any]:
    if draft.ioss_kind == CJ_IOSS:
        return {"iossType": CJ_IOSS, "iossNumber": CJ_IOSS_NUMBER}
    if draft.ioss_kind == OWN_IOSS and not draft.ioss_number:
        raise Invalid(_("To declare with your own IOSS, its number is needed."), field="ioss_number")
    return {"iossType": draft.ioss_kind, "iossNumber": draft.ioss_number if draft.ioss_kind == OWN_IOSS else ""}


def _label(draft: PurchaseDraft) -> dict[str, Any]:
    if draft.label == "supplier":
        return {"shopLogisticsType": SENT_BY_CJ}
    if draft.label != "marketplace":
        raise Invalid(
            _("label must be supplier or marketplace, but is %(value)s.") % {"value": draft.label}, field="label"
        )
    warehouse = ident(draft.warehouse_id)
    if not warehouse:
        return {"shopLogisticsType": ANY_WAREHOUSE}
    return {"shopLogisticsType": CHOSEN_WAREHOUSE, "storageId": warehouse}


# What CJ says of an order


def to_created(data: object) -> PurchaseData:
    """Read the answer to an order's creation; it may leave its status out."""
    said = {name: value for name, value in mapping(data).items() if value not in (None, "")}
    return to_purchase({"orderStatus": "CREATED"} | said)


def to_purchase(data: object) -> PurchaseData:
    """Read an order as the list shows it, or in full."""
    row, notes = mapping(data), Notes()
    order_id = ident(row.get("orderId"))
    if not order_id:
        raise UnreadableRecord("order", data)
    status = text(row.get("orderStatus"), 64, notes, "orderStatus")
    return PurchaseData(
        external_id=order_id,
        reference=text(first(row, "orderNum", "orderNumber"), 100, notes, "orderNum"),
        stage=STAGES.get(status.upper(), "other"),
        platform_status=status,
        aliases=_aliases(row),
        country_code=text(row.get("shippingCountryCode"), 8, notes, "shippingCountryCode").upper(),
        amount=amount(first(row, "orderAmount", "totalDiscountAmount"), notes, "orderAmount"),
        product_amount=amount(row.get("productAmount"), notes, "productAmount"),
        freight=amount(row.get("postageAmount"), notes, "postageAmount"),
        route=text(row.get("logisticName"), 200, notes, "logisticName"),
        tracking_number=text(row.get("trackNumber"), 100, notes, "trackNumber"),
        tracking_url=text(row.get("trackingUrl"), 1000, notes, "trackingUrl"),
        warehouse_id=ident(row.get("storageId")),
        items=_items(first(row, "productList", "productInfoList"), notes),
        is_temporary=flag(row.get("isComplete")) is False,
        intercepted=_reasons(row.get("interceptOrderReasons")),
        route_missing=flag(row.get("logisticsMiss")) is True,
        paid_at=when(row.get("paymentDate"), notes, "paymentDate"),
        created_at=when(row.get("createDate"), notes, "createDate"),
        sent_at=when(row.get("outWarehouseTime"), notes, "outWarehouseTime"),
        facts=_facts(row),
        oddities=notes.all(),
    )


def names_of(purchase: PurchaseData) -> set[str]:
    """Return every name by which an answer knows its order."""
    return {purchase.external_id, purchase.reference, *purchase.aliases.values()} - {""}


def amount(value: object, notes: Notes | None = None, field: str = "") -> Decimal | None:
    """Return an amount in USD; None where none is told. Of a range the upper end."""
    found = money(value, notes, field)
    return found.high if found else None


def _aliases(row: Mapping[str, Any]) -> dict[str, str]:
    found = {kind: ident(row.get(kind), 100) for kind in ("orderId", DP_NUMBER, SD_CODE, SHIPMENT)}
    return {kind: value for kind, value in found.items() if value}


def _items(value: object, notes: Notes) -> tuple[WantedItem, ...] | None:
    """Return the goods; None where they are not told, or not all of them can be read."""
    listed = rows(value)
    if listed is None:
        return None
    found: list[WantedItem] = []
    for each in listed:
        row = mapping(each)
        variant, quantity = ident(first(row, "vid", "variantId")), integer(row.get("quantity"))
        if not variant or not quantity:
            notes.add("productList", "unreadable")
            return None
        line = text(row.get("storeLineItemId"), 125)
        found.append(WantedItem(variant_id=variant, quantity=quantity, line_reference=line))
    return tuple(found)


def _reasons(value: object) -> tuple[tuple[str, str], ...]:
    found = [mapping(each) for each in rows(value) or ()]
    return tuple((text(row.get("code"), 40), text(row.get("message"), 500)) for row in found[:20] if row)


def _facts(row: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: storable(row[name]) for name in _FACTS if row.get(name) not in (None, "", [], {})}
    lines = [_line_facts(mapping(each)) for each in rows(first(dict(row), "productList", "productInfoList")) or ()]
    return kept | ({"lines": lines[:100]} if any(lines) else {})


def _line_facts(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what CJ says of one line besides: its own number, its price, how far custom goods are."""
    names = ("vid", "variantId", "lineItemId", "sellPrice", "productionOrderStatus", "abnormalType")
    return {name: storable(row[name]) for name in names if row.get(name) not in (None, "", [])}


# Cart, bill, balance


def to_carted(data: object, asked: Sequence[str]) -> BatchOutcome:
    """Read what became of orders that were put into the cart."""
    row = mapping(data)
    done, held = _ids(row.get("addSuccessOrders")), _ids(row.get("interceptOrders"))
    return BatchOutcome(
        done=tuple(each for each in asked if each in done and each not in held),
        intercepted=tuple(each for each in asked if each in held),
        left_out=tuple(each for each in asked if each not in done and each not in held),
    )


def to_confirmed(data: object, asked: Sequence[str]) -> BatchOutcome:
    """Read what became of orders that were confirmed.

    CJ names those held back and only counts the others: where the count is not theirs, all of them are left out.
    """
    row = mapping(data)
    held = _ids(row.get("interceptOrders"))
    others = tuple(each for each in asked if each not in held)
    batch_id = ident(row.get("shipmentsId"))
    is_told = (
        batch_id and flag(row.get("submitSuccess")) is not False and integer(row.get("successCount")) == len(others)
    )
    return BatchOutcome(
        done=others if is_told else (),
        intercepted=tuple(each for each in asked if each in held),
        left_out=() if is_told else others,
        batch_id=batch_id,
    )


def to_bill(data: object, batch_id: str) -> Bill | None:
    """Read a parent order; None where it names nothing to be paid. What it leaves out stands beside its success."""
    row = mapping(data)
    amounts = _amounts(row)
    due = [amounts[name] for name in _AMOUNTS_TO_PAY if name in amounts]
    payment_id = ident(row.get("payId"))
    if not payment_id or not due:
        return None
    return Bill(
        batch_id=batch_id,
        payment_id=payment_id,
        amount=max(due),
        expires_at=_expiry(row),
        covered=tuple(_ids(row.get("successOrders"))),
        unmatched=unmatched_orders(data),
        unmatched_items=tuple(_ids(row.get("unMatchProductCodes"))),
        amounts=amounts,
    )


def unmatched_orders(data: object) -> tuple[str, ...]:
    """Return the codes of the orders that a parent order leaves out."""
    row = mapping(data)
    return tuple(dict.fromkeys([*_ids(row.get("unMatchOrderCodes")), *_ids(row.get("interceptOrders"))]))


def to_balance(data: object) -> Balance:
    """Read the balance; UnreadableRecord where it names no amount."""
    row = mapping(data)
    spendable = amount(row.get("amount"))
    if spendable is None:
        raise UnreadableRecord("balance", data)
    return Balance(
        amount=spendable, frozen=amount(row.get("freezeAmount")), bonus=amount(row.get("noWithdrawalAmount"))
    )


def to_carriers(data: object) -> list[tuple[str, str]]:
    """Read whose labels a storage serves, as (id, name)."""
    row = mapping(data)
    if not ident(row.get("id")):
        raise UnreadableRecord("storage", data)
    brands = [mapping(each) for each in rows(row.get("logisticsBrandList")) or ()]
    named = [(text(first(one, "id", "name"), 100), text(first(one, "name", "id"), 100)) for one in brands]
    return [each for each in named if all(each)]


def _ids(value: object) -> dict[str, None]:
    """Return a list of names, each once, in order."""
    found = dict.fromkeys(ident(each, 200) for each in rows(value) or ())
    found.pop("", None)
    return found


def _amounts(row: Mapping[str, Any]) -> dict[str, Decimal]:
    """Return every amount that a parent order names."""
    named = {"orderMoney": row.get("orderMoney"), **mapping(row.get("paymentInformation"))}
    named = {name: value for name, value in named.items() if name not in ("iossType", "iossNumber", "canDeduct")}
    return {name[:100]: found for name, value in named.items() if (found := amount(value)) is not None}


def _expiry(row: Mapping[str, Any]) -> datetime | None:
    return when(row.get("payExpireTime"))
