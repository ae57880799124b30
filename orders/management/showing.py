"""Purchases, payments and packages on a terminal: as tables, and as data for machines."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from catalog.management.showing import drawn
from integrations.models import SyncJob
from orders.models import Package, Payment, PurchaseOrder
from orders.services.balances import Forecast


def purchases_table(purchases: Sequence[PurchaseOrder]) -> str:
    """Draw what is bought, and at which cost."""
    rows = [
        (
            str(each.order),
            each.reference,
            str(each.get_status_display()),
            each.from_country,
            each.route,
            _shown(each.planned_goods),
            _shown(each.planned_freight),
            _shown(each.amount),
            each.problem or " ".join(each.reasons[-1:]),
        )
        for each in purchases
    ]
    headings = (_("order"), _("purchase"), _("state"), _("from"), _("carrier"), _("goods"), _("freight"), _("bill"), "")
    return drawn(headings, rows)


def purchase_data(purchase: PurchaseOrder) -> dict[str, Any]:
    """Return a purchase as data; amounts are USD, as text."""
    names = (
        *("reference", "status", "external_id", "from_country", "route", "label", "planned_goods", "planned_freight"),
        *("amount", "problem", "needs_person", "reasons", "tracking_number"),
    )
    told = {name: getattr(purchase, name) for name in names}
    return {"purchase": purchase.pk, "order": purchase.order.external_id, "payment": purchase.payment_id} | told


def payments_table(payments: Sequence[Payment]) -> str:
    """Draw bills and what became of them."""
    rows = [
        (str(each), str(each.account), str(each.get_status_display()), _shown(each.amount), each.problem)
        for each in payments
    ]
    return drawn((_("payment"), _("supplier"), _("state"), "USD", ""), rows)


def payment_data(payment: Payment) -> dict[str, Any]:
    """Return a payment as data; amounts are USD, as text."""
    names = ("status", "amount", "expected", "expires_at", "balance_before", "balance_after", "problem")
    told = {name: getattr(payment, name) for name in names}
    return {"payment": payment.pk, "account": payment.account_id} | told


def packages_table(packages: Sequence[Package]) -> str:
    """Draw packages and how far they are."""
    rows = [
        (
            str(each.order),
            str(each),
            str(each.get_status_display()),
            each.carrier_name,
            each.tracking_number,
            _("yes") if each.arranged_at else _("no"),
            _label_of(each),
            each.problem,
        )
        for each in packages
    ]
    headings = (_("order"), _("package"), _("state"), _("carrier"), _("tracking"), _("arranged"), _("label"), "")
    return drawn(headings, rows)


def _label_of(package: Package) -> str:
    label = getattr(package, "label", None)
    return str(label.get_status_display()) if label else ""


def package_data(package: Package) -> dict[str, Any]:
    """Return a package as data."""
    names = ("external_id", "status", "tracking_number", "carrier_name", "arranged_at", "ship_by", "problem")
    label = getattr(package, "label", None)
    told = {name: getattr(package, name) for name in names}
    return {
        "package": package.pk,
        "order": package.order.external_id,
        "label": label.status if label else "",
    } | told


def forecast_data(forecast: Forecast) -> dict[str, Any]:
    """Return a balance held against what is open as data."""
    names = ("balance", "read_at", "planned", "approved", "placed", "billed", "left", "short")
    return {name: getattr(forecast, name) for name in names}


def forecast_line(account: object, forecast: Forecast) -> str:
    """Say what an account can spend, and what is about to be spent from it."""
    if forecast.balance is None:
        return _("%(account)s: its balance was never read.") % {"account": account}
    words = _(
        "%(account)s: balance %(balance)s USD, to approve %(planned)s, approved %(approved)s, placed %(placed)s; "
        "short by %(short)s."
    )
    names = ("balance", "planned", "approved", "placed", "short")
    return words % ({"account": account} | {name: getattr(forecast, name) for name in names})


def refused_lines(refused: Iterable[tuple[object, str]]) -> list[str]:
    """Say why rows were not taken."""
    return [f"{row}: {reason}" for row, reason in refused]


def refused_data(refused: Iterable[tuple[Any, str]]) -> list[dict[str, Any]]:
    """Return as data why rows were not taken."""
    return [{"record": str(row), "id": row.pk, "message": str(reason)} for row, reason in refused]


def job_data(job: SyncJob) -> dict[str, Any]:
    """Return a job as data."""
    return {"job": job.pk, "key": job.key, "state": job.state, "problem": job.problem}


def _shown(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:.2f}"
