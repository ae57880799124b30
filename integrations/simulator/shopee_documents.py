"""Shopee: logistics; shipping documents: created, waited for, downloaded (Shopee: shipping documents)."""

import html
import io
import zipfile
from collections.abc import Callable
from typing import Any

from integrations.simulator.shopee_order_life import enter, uses_first_mile
from integrations.simulator.shopee_orders import trade_of
from integrations.simulator.shopee_pdf import NORMAL, THERMAL, pdf
from integrations.simulator.shopee_protocol import Answer, Binary, Call, Level, Problem, endpoint
from integrations.simulator.shopee_trade import (
    DOCUMENT_FAILED,
    DOCUMENT_PROCESSING,
    DOCUMENT_READY,
    PICKUP_RETRY,
    READY,
    REQUEST_CREATED,
    Document,
    Package,
)

THERMAL_BILL, NORMAL_BILL = "THERMAL_AIR_WAYBILL", "NORMAL_AIR_WAYBILL"
SELECTABLE = (NORMAL_BILL, THERMAL_BILL)
KNOWN = (*SELECTABLE, "NORMAL_JOB_AIR_WAYBILL", "THERMAL_JOB_AIR_WAYBILL", "THERMAL_UNPACKAGED_LABEL")
MOST = 50
PRINT_FIRST = "logistics.shipping_document_should_print_first"
Row = dict[str, Any]


@endpoint("POST", "/api/v2/logistics/get_shipping_document_parameter", Level.SHOP)
def get_shipping_document_parameter(call: Call) -> Answer:
    """Shopee: logistics.get_shipping_document_parameter; the suggested type and those to choose from."""

    def tell(package: Package, _row: Row) -> Row:
        _check_printable(package)
        suggested = _suggested(call, package)
        return {"suggest_shipping_document_type": suggested, "selectable_shipping_document_type": list(SELECTABLE)}

    return _each(call, tell)


@endpoint("POST", "/api/v2/logistics/create_shipping_document", Level.SHOP)
def create_shipping_document(call: Call) -> Answer:
    """Shopee: logistics.create_shipping_document; each is made for the tracking number that the call names."""

    def create(package: Package, row: Row) -> Row:
        _check_printable(package)
        kind = _kind(call, package, row)
        number = row.get("tracking_number") or ""
        if not (package.channel.preprint and not number) and number != package.tracking_number:
            raise Problem("logistics.tracking_number_invalid", "The tracking number is invalid.")
        _make(call, package, kind)
        return {}

    return _each(call, create)


@endpoint("POST", "/api/v2/logistics/get_shipping_document_result", Level.SHOP)
def get_shipping_document_result(call: Call) -> Answer:
    """Shopee: logistics.get_shipping_document_result; READY, PROCESSING or FAILED."""

    def tell(package: Package, row: Row) -> Row:
        document = _document(package, _kind(call, package, row))
        if document.status == DOCUMENT_FAILED:
            failed = "The document could not be made, please create it again."
            return {"status": document.status, "fail_error": "logistics.package_print_failed", "fail_message": failed}
        return {"status": document.status}

    return _each(call, tell)


@endpoint("POST", "/api/v2/logistics/download_shipping_document", Level.SHOP)
def download_shipping_document(call: Call) -> Binary:
    """Shopee: logistics.download_shipping_document; a page for each package, once all are ready."""
    kind = call.text("shipping_document_type")
    rows = call.items("order_list", most=MOST)
    packages = [_package(call, row) for row in rows]
    if len({package.channel.channel_id for package in packages}) > 1:
        text = "The packages of different channels can not be downloaded together."
        raise Problem("logistics.packages_can_not_download_together", text)
    kind = _kind(call, packages[0], {"shipping_document_type": kind})
    for package in packages:
        _check_printable(package)
        document = _document(package, kind)
        if document.status == DOCUMENT_PROCESSING:
            raise Problem("logistics.download_later", "The document is not ready, please download it later.")
        if document.status == DOCUMENT_FAILED:
            text = "The document could not be made, please create it again."
            raise Problem("logistics.package_print_failed", text)
    binary = _binary(call, kind, packages)
    facts = {"type": kind, "packages": [package.number for package in packages], "bytes": len(binary.content)}
    call.enter("document_downloads", **facts)
    return binary


def _each(call: Call, act: Callable[[Package, Row], Row]) -> Answer:
    """Do something for each order; failures come in the list and again in the warning, and alone they fail the call."""
    rows = call.items("order_list", most=MOST)
    results, warning = [], []
    for row in rows:
        given = {"order_sn": row.get("order_sn"), "package_number": row.get("package_number") or ""}
        try:
            package = _package(call, row)
            told = {"package_number": package.number, "fail_error": "", "fail_message": "", **act(package, row)}
        except Problem as problem:
            told = {"fail_error": problem.code, "fail_message": problem.message}
        results.append(given | told)
        if told["fail_error"]:
            warning.append(given)
    if len(warning) == len(rows):
        text = "All orders of the call failed."
        raise Problem("common.batch_api_all_failed", text, response={"result_list": results})
    return Answer({"result_list": results}, warning=warning)


def _package(call: Call, row: Row) -> Package:
    order = trade_of(call).order(call.the_shop.shop_id, str(row.get("order_sn") or ""))
    if order is None:
        raise Problem("logistics.order_not_exist", "The order_sn is not exist.")
    number = row.get("package_number")
    if not number and order.split:
        raise Problem("logistics.package_number_not_exist", "The order is split, the package_number is required.")
    package = order.package(str(number)) if number else order.packages[0]
    if package is None:
        raise Problem("logistics.package_number_not_exist", "The package_number is not exist.")
    return package


def _check_printable(package: Package) -> None:
    """Refuse a label before the shipment is arranged, and after the carrier has taken the parcel."""
    early = package.channel.preprint and package.status in (READY, PICKUP_RETRY)
    if package.status != REQUEST_CREATED and not early:
        raise Problem("logistics.order_status_error", "Order status does not support awb printing")


def _suggested(call: Call, package: Package) -> str:
    return THERMAL_BILL if uses_first_mile(call.shopee, package.order.shop) else NORMAL_BILL


def _kind(call: Call, package: Package, row: Row) -> str:
    kind = row.get("shipping_document_type") or _suggested(call, package)
    if kind not in SELECTABLE:
        known = "is not selectable for the package" if kind in KNOWN else "is invalid"
        raise Problem("logistics.shipping_document_type_invalid", f"The shipping_document_type {known}.")
    return str(kind)


def _document(package: Package, kind: str) -> Document:
    """Return the document of a type; one that was made for another tracking number is none."""
    document = package.documents.get(kind)
    if document is None or document.tracking_number != package.tracking_number:
        raise Problem(PRINT_FIRST, "The package should be printed first.")
    return document


def _make(call: Call, package: Package, kind: str) -> None:
    """Begin to make a document; it takes a while, and some fail."""
    trade = call.shopee.trade
    before = package.documents.get(kind)
    document = Document(kind, package.tracking_number, serial=before.serial + 1 if before else 1)
    package.documents[kind] = document
    facts = {"type": kind, "tracking_number": package.tracking_number}
    enter(call.world, package.order, "documents", call.now, package_number=package.number, **facts)
    fails = trade.switches.failing_documents > 0
    trade.switches.failing_documents -= fails

    def made(_due: float) -> None:
        if document.status == DOCUMENT_PROCESSING:
            document.status = DOCUMENT_FAILED if fails else DOCUMENT_READY

    trade.later(call.now, trade.pace.document_seconds, made)


def _binary(call: Call, kind: str, packages: list[Package]) -> Binary:
    size = THERMAL if kind == THERMAL_BILL else NORMAL
    pages = [_label(package) for package in packages]
    wanted = call.shopee.trade.switches.document_format
    if wanted == "html":
        blocks = "".join(f"<pre>{html.escape(chr(10).join(lines))}</pre>" for lines in pages)
        return Binary(f"<html><body>{blocks}</body></html>".encode(), "text/html; charset=utf-8")
    if wanted == "zip":
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for package, lines in zip(packages, pages, strict=True):
                archive.writestr(zipfile.ZipInfo(f"{package.number}.pdf"), pdf([lines], size))
        return Binary(packed.getvalue(), "application/zip")
    return Binary(pdf(pages, size), "application/pdf")


def _label(package: Package) -> list[str]:
    """Return what stands on the label of a package."""
    order = package.order
    first, last = order.buyer.name[0], order.buyer.name[-1]
    items = [f"{part.quantity} x {part.line.model_sku or part.line.item_sku}" for part in package.parts]
    return [
        package.channel.name,
        f"Tracking number: {package.tracking_number}",
        f"Package: {package.number}",
        f"Order: {order.sn}",
        f"To: {first}***{last}, {order.buyer.address['city']}, {order.shop.region}",
        f"From: {order.shop.name}",
        f"Weight: {package.grams} g",
        "COD" if order.cod else "Paid",
        *items,
    ]
