"""Shipping documents of parcels: which type, made, waited for, loaded (Shopee: shipping documents)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from integrations.sold import LabelFile, ParcelOutcome, ParcelRef

from .calling import given
from .client import Client
from .outcomes import Row, as_named, of_each, outcome
from .parsing import listed, records, text

READY, PENDING, FAILED = "ready", "pending", "failed"
_STATES = {"READY": READY, "FAILED": FAILED}


def types(client: Client, parcels: Sequence[ParcelRef]) -> list[ParcelOutcome]:
    """Read which type Shopee suggests for each parcel."""

    def suggested(parcel: ParcelRef, row: Row) -> ParcelOutcome:
        choices = [text(each, 64) for each in listed(row.get("selectable_shipping_document_type"))]
        return outcome(parcel, text=text(row.get("suggest_shipping_document_type"), 64) or next(iter(choices), ""))

    rows = [as_named(parcel) for parcel in parcels]
    return _told(client.logistics.get_shipping_document_parameter, parcels, rows, suggested)


def request(client: Client, parcels: Sequence[ParcelRef]) -> list[ParcelOutcome]:
    """Have documents made; a lost answer is seen by asking whether they are ready."""
    rows = [_typed(parcel) | given(tracking_number=parcel.tracking_number) for parcel in parcels]
    return _told(client.logistics.create_shipping_document, parcels, rows, lambda parcel, _row: outcome(parcel))


def ready(client: Client, parcels: Sequence[ParcelRef]) -> list[ParcelOutcome]:
    """Read whether documents are made. One that was never requested has failed."""

    def state(parcel: ParcelRef, row: Row) -> ParcelOutcome:
        found = _STATES.get(text(row.get("status"), 32).upper(), PENDING)
        if found != FAILED:
            return outcome(parcel, text=found)
        return outcome(parcel, code="FAILED", reason=_("Shopee failed to make the document. Request it again."))

    rows = [_typed(parcel) for parcel in parcels]
    return [
        one if one.done else replace(one, text=FAILED)
        for one in _told(client.logistics.get_shipping_document_result, parcels, rows, state)
    ]


def download(client: Client, parcel: ParcelRef) -> LabelFile:
    """Load the document of one parcel."""
    return client.logistics.download_shipping_document([as_named(parcel)], shipping_document_type=parcel.document_type)


def _typed(parcel: ParcelRef) -> Row:
    return as_named(parcel) | given(shipping_document_type=parcel.document_type)


def _told(
    call: Callable[[Sequence[Row]], Any],
    parcels: Sequence[ParcelRef],
    rows: Sequence[Row],
    make: Callable[[ParcelRef, Row], ParcelOutcome],
) -> list[ParcelOutcome]:
    """Make a call about parcels and return what became of each."""
    return of_each(parcels, records(call(rows).get("result_list")), make)
