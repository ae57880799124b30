"""CJ as the one from whom we buy: the order of steps behind each wish of the orders app (`bought.Buyer`).

Nothing is repeated here but reads. What moves money or takes an order back goes in the lane for urgent calls, whatever
concerns a single order at least in that for orders; `routes` and `track` go in the lane of whoever asks.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import PlatformAccount
from integrations import lanes
from integrations.bought import (
    Balance,
    BatchOutcome,
    Bill,
    PurchaseData,
    PurchaseDraft,
    Route,
    TrialItem,
    WantedItem,
    WaybillFile,
)
from integrations.errors import Invalid, NotFound, OutcomeUnknown, PlatformError, Rejected, UnexpectedReply
from integrations.models import Lane
from integrations.sold import AddressData, TrackData
from integrations.wire import File

from . import access, buying_mappers, freight_mappers, listing, tracking_mappers
from .buying_mappers import DP_NUMBER, SD_CODE
from .client import Client
from .parsing import UnreadableRecord, flag, ident, rows
from .reading import each, list_of, object_of, one

# An order's code or number, or a bill's: as the shipment in a payment CJ answers "success" to it and pays nothing.
_NO_SHIPMENT = re.compile(r"(?:SD|DP|PAY)", re.ASCII | re.IGNORECASE)
_UNPAID = "UNPAID"
_SELF_SHIPPED = ("SUPPLIER_SHIPPED_PRODUCT", "5")  # enums product_type and freight_product_type

# What CJ calls the fields, and what whoever asks us calls them.
_ASKED_AS = {
    "orderNumber": "reference",
    "shippingCustomerName": "address.name",
    "shippingPhone": "address.phone",
    "shippingCountryCode": "address.country_code",
    "shippingCountry": "country_name",
    "shippingProvince": "address.state",
    "shippingCity": "address.city",
    "shippingCounty": "address.district",
    "shippingZip": "address.zip_code",
    "shippingAddress": "address.lines",
    "shippingAddress2": "address.lines",
    "taxId": "tax_id",
    "consigneeID": "consignee_id",
    "shopAmount": "declared_value",
    "logisticName": "route",
    "fromCountryCode": "from_country",
    "iossType": "ioss_kind",
    "iossNumber": "ioss_number",
    "storageId": "warehouse_id",
    "products": "items",
    "vid": "variant_id",
    "storeLineItemId": "line_reference",
    "startCountryCode": "from_country",
    "endCountryCode": "address.country_code",
    "zip": "address.zip_code",
    "orderId": "external_id",
    "orderCode": "external_id",
    "cjOrderIdList": "external_ids",
    "shipmentOrderId": "batch_id",
    "payId": "payment_id",
    "cjShippingCompanyName": "carrier",
    "trackNumber": "tracking_number",
    "waybillFile": "file",
}
_NAME = re.compile(r"[A-Za-z]+\w*")


def buyer_for(account: PlatformAccount) -> "CJBuyer":
    """Return what buys from CJ on behalf of an account."""
    return CJBuyer(access.client_for(account))


@contextmanager
def _asking(lane: Lane = Lane.CATALOGUE) -> Iterator[None]:
    """Call at least in this lane, and name a refused parameter in the words of whoever asked."""
    with lanes.use(min(lanes.current(), lane), patience=lanes.patience()):
        try:
            yield
        except Invalid as problem:
            problem.field = _NAME.sub(lambda name: _ASKED_AS.get(name[0], name[0]), problem.field)
            raise


class CJBuyer:
    """`bought.Buyer` for one CJ account."""

    most_together = 100  # CJ prints 200 for a cart; a bill of so many is no longer looked through by anybody
    most_listed = listing.PAGE_SIZE
    most_tracked = 100

    def __init__(self, client: Client) -> None:
        self.client = client

    # What sending costs

    @_asking()
    def routes(
        self, *, from_country: str, address: AddressData, items: Sequence[WantedItem], tax_id: str = ""
    ) -> list[Route]:
        """Calculate the freight; empty: CJ knows no route. Carriers without a price are no answer: Rejected."""
        question = freight_mappers.to_question(from_country=from_country, address=address, items=items, tax_id=tax_id)
        return _priced(list_of(self.client.logistics.freight_calculate(question)), freight_mappers.to_routes)

    @_asking()
    def routes_with_tips(self, *, from_country: str, address: AddressData, items: Sequence[TrialItem]) -> list[Route]:
        """Calculate the freight and read what each carrier asks of an address (`facts["tips"]`)."""
        trial = freight_mappers.to_trial(from_country=from_country, address=address, items=items)
        found = list_of(self.client.logistics.freight_calculate_tip([trial]))
        return _priced(found, freight_mappers.to_routes_with_tips)

    @_asking()
    def supplier_templates(self, skus: Sequence[str]) -> dict[str, list[Route]]:
        """Read what suppliers ask who ship themselves: SPU → routes; absent: CJ sends these goods."""
        return freight_mappers.to_templates(list_of(self.client.logistics.get_supplier_logistics_template(skus)))

    def peculiarity(self, product_type: str, facts: Mapping[str, Any]) -> str:
        """Return what is unusual in buying a product: "pictures" (made with them), "self_shipped", or nothing."""
        version = facts.get("customizationVersion")
        if version not in (None, "", 0, "0"):  # 0: no goods to be printed on (5, customization version)
            return "pictures"
        return "self_shipped" if product_type in _SELF_SHIPPED else ""

    # Orders

    @_asking(Lane.ORDERS)
    def place(self, draft: PurchaseDraft) -> PurchaseData:
        """Create an order and nothing more. Duplicate: the reference is taken, `find` it."""
        data = self.client.orders.create_order_v3(buying_mappers.to_order(draft))
        try:
            made = buying_mappers.to_created(data)
        except UnreadableRecord as error:
            raise OutcomeUnknown(_("CJ took the order, but its answer names no number for it.")) from error
        if made.reference and made.reference != draft.reference:
            raise OutcomeUnknown(
                _("CJ took order %(ours)s, but answered with order %(other)s.")
                % {"ours": draft.reference, "other": made.reference}
            )
        return replace(made, reference=draft.reference)

    @_asking(Lane.ORDERS)
    def find(self, reference: str) -> PurchaseData | None:
        """Read an order in full by our number or any of theirs; None: CJ says that there is none."""
        try:
            data = self.client.orders.get_order_detail(reference)
        except NotFound:
            return None
        found = one(object_of(data), buying_mappers.to_purchase)
        if reference not in buying_mappers.names_of(found):
            raise UnexpectedReply(
                _("CJ was asked for order %(asked)s and answered with another (%(other)s).")
                % {"asked": reference, "other": found.reference or found.external_id}
            )
        return found

    @_asking(Lane.ORDERS)
    def purchases(self, external_ids: Sequence[str]) -> list[PurchaseData]:
        """Read orders in short, in the order asked, each once; those that CJ does not have are absent.

        What can't be read though it is there has the stage "other" and an oddity.
        """
        return listing.purchases(self.client.orders, external_ids, self.find)

    @_asking(Lane.ORDERS)
    def add_to_cart(self, external_ids: Sequence[str]) -> BatchOutcome:
        """Put orders into the cart; only those in `done` are in it."""
        asked = tuple(dict.fromkeys(external_ids))
        return buying_mappers.to_carted(self.client.orders.add_cart(asked), asked)

    @_asking(Lane.ORDERS)
    def confirm(self, external_ids: Sequence[str]) -> BatchOutcome:
        """Confirm what is in the cart. CJ counts more than it names: where the count differs, its list is asked."""
        asked = tuple(dict.fromkeys(external_ids))
        outcome = buying_mappers.to_confirmed(self.client.orders.add_cart_confirm(asked), asked)
        if not outcome.left_out or not outcome.batch_id:
            return outcome
        try:
            there = listing.in_shipment(self.client.orders, outcome.batch_id, _UNPAID)
        except PlatformError:
            return outcome  # it was confirmed: who asked looks at each order by itself
        done = tuple(each for each in outcome.left_out if each in there)
        return replace(outcome, done=done, left_out=tuple(each for each in outcome.left_out if each not in there))

    @_asking(Lane.ORDERS)
    def bill(self, batch_id: str) -> Bill:
        """Have the price fixed; asked again while it holds, it is the same bill. Rejected: nothing can be billed."""
        _check_shipment(batch_id)
        data = self.client.orders.save_generate_parent_order(batch_id)
        bill = buying_mappers.to_bill(data, batch_id)
        if bill:
            return bill
        left_out = buying_mappers.unmatched_orders(data)
        if left_out:
            raise Rejected(
                _("CJ makes no bill: it can't match what these orders ask for (%(orders)s). Change or delete them.")
                % {"orders": ", ".join(left_out[:20])}
            )
        raise OutcomeUnknown(_("CJ's bill names no amount or no number to pay by. Ask for it again."))

    @_asking(Lane.ORDERS)
    def balance(self) -> Balance:
        """Read what can be spent."""
        return one(self.client.payments.get_balance(), buying_mappers.to_balance)

    @_asking(Lane.URGENT)
    def pay(self, batch_id: str, payment_id: str) -> None:
        """SPEND. That CJ takes the call does not prove that it has paid: read orders and balance afterwards."""
        _check_shipment(batch_id)
        self.client.payments.pay_balance_v2(batch_id, payment_id)

    @_asking(Lane.URGENT)
    def delete(self, external_id: str) -> None:
        """Take an order back that is not paid; its reference stays taken at CJ."""
        self.client.orders.delete_order(external_id)

    # Labels of the marketplace

    @_asking(Lane.ORDERS)
    def change_warehouse(self, external_id: str, warehouse_id: str) -> None:
        """Have another warehouse send it. CJ asks for the order's code, which only its detail tells."""
        order = self.find(external_id)
        if order is None:
            raise NotFound(_("CJ does not know order %(order)s.") % {"order": external_id})
        code = order.aliases.get(SD_CODE) or order.external_id
        _accepted(self.client.orders.change_warehouse(code, ident(warehouse_id)))

    @_asking(Lane.ORDERS)
    def upload_waybill(
        self, purchase: PurchaseData, *, carrier: str, tracking_number: str, file: WaybillFile, again: bool = False
    ) -> None:
        """Hand in the label of a paid order; `again`: in place of the one handed in before."""
        orders = self.client.orders
        send = orders.update_waybill_info if again else orders.upload_waybill_info
        waybill = File(name=file.name, content=file.content, content_type=file.content_type, part="waybillFile")
        data = send(
            order_id=purchase.external_id,
            cj_order_id=self._dp_number(purchase),
            carrier=carrier,
            track_number=tracking_number,
            file=waybill,
        )
        _accepted(data)

    @_asking()
    def carriers_of(self, warehouse_id: str) -> list[tuple[str, str]]:
        """Read whose labels a warehouse serves, as (id, name)."""
        return one(self.client.warehouse_detail(ident(warehouse_id)), buying_mappers.to_carriers)

    # Parcels

    @_asking()
    def track(self, tracking_numbers: Sequence[str]) -> list[TrackData]:
        """Read where parcels are; those that CJ does not know are absent."""
        asked = list(dict.fromkeys(number for number in tracking_numbers if number))
        found: list[TrackData] = []
        for start in range(0, len(asked), self.most_tracked):
            data = self.client.logistics.track_info(asked[start : start + self.most_tracked])
            found += each(rows(data) or (), tracking_mappers.to_track)[0]  # null: it knows none of them
        return [parcel for parcel in found if parcel.tracking_number in asked]

    # Steps

    def _dp_number(self, purchase: PurchaseData) -> str:
        """Return the second of the two numbers that a label needs; CJ gives it when the order is confirmed."""
        if DP_NUMBER in purchase.aliases:
            return purchase.aliases[DP_NUMBER]
        known = self.find(purchase.external_id)
        if known is None or DP_NUMBER not in known.aliases:
            raise Rejected(
                _("CJ has given order %(order)s no DP number yet: it takes a label once the order is paid.")
                % {"order": purchase.external_id}
            )
        return known.aliases[DP_NUMBER]


def _priced(listed: list[Any], read: Any) -> list[Route]:
    """Return the routes of an answer; carriers without any price must not pass for "there is no route"."""
    found: list[Route] = read(listed)
    if listed and not found:
        raise Rejected(
            _("CJ names carriers for these goods, but no price: it may not know their weight. Ask the CJ agent.")
        )
    return found


def _check_shipment(batch_id: str) -> None:
    if _NO_SHIPMENT.match(batch_id):
        raise Invalid(
            _("%(value)s is no shipment of CJ's: give the id that the confirmation of the orders named.")
            % {"value": batch_id[:60]},
            field="batch_id",
        )


def _accepted(data: Any) -> None:
    """Raise Rejected where the envelope is a success and its data says no."""
    if flag(data) is False:
        raise Rejected(_("CJ took the call and did not do it. Read the order back."))
