"""Buy from suppliers what was sold, and pay their bills."""

from collections.abc import Sequence
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import PlatformAccount
from catalog.management import choosing
from integrations.gateways import buys_from
from integrations.management.base import Outcome, ServiceCommand
from integrations.models import SyncJob
from orders.management.choosing import orders_of, person
from orders.management.showing import (
    forecast_data,
    forecast_line,
    job_data,
    payment_data,
    payments_table,
    purchase_data,
    purchases_table,
    refused_data,
    refused_lines,
)
from orders.models import Order, Payment, PurchaseOrder
from orders.services import balances, purchasing
from orders.services.purchasing import Bought
from orders.services.tables import Table

REQUESTED_BY = "command"


class Command(ServiceCommand):
    summary = "Approve purchases, make them at the suppliers up to their bills, and pay bills that somebody allows."
    examples = (
        "buy --order 2611210ABCDEF --by ann --wait",
        "buy --approved --wait",
        "buy --pay --by ann --wait",
        "buy --dry-run --json",
    )
    can_wait = True

    def add_options(self, parser: CommandParser) -> None:
        which = parser.add_argument_group(_("which"))
        which.add_argument(
            "--order",
            action="append",
            metavar="SN",
            help=_("plan and approve what is bought for this order; may be given several times"),
        )
        which.add_argument("--approved", action="store_true", help=_("what is approved already, or is by the rules"))
        which.add_argument(
            "--account", default="", help=_("of this supplier's account: its number, id or name; without it, of all")
        )
        parser.add_argument("--pay", action="store_true", help=_("approve the bills that are there then, and pay them"))
        parser.add_argument("--by", metavar="USER", help=_("the user who allows it: for --order and --pay"))
        parser.add_argument(
            "--at-once", action="store_true", help=_("don't wait until the buyer can't cancel freely any more")
        )
        parser.add_argument("--dry-run", action="store_true", help=_("show the plan and what it costs; buy nothing"))

    def act(self, **options: Any) -> Outcome:
        _check(options)
        orders = orders_of(options["order"]) if options["order"] else None
        accounts = _suppliers(options["account"])
        if options["dry_run"]:
            return _dry_run(orders, accounts)
        by = person(options["by"]) if orders or options["pay"] else REQUESTED_BY
        bought = Bought()
        if orders:
            bought = purchasing.buy_orders(orders, by=by, at_once=options["at_once"])
        elif options["approved"]:
            bought = purchasing.buy_approved(accounts, by=by)
        jobs = self.wait_for(bought.jobs) if options["wait"] else bought.jobs
        paid: Table[Payment] = Table()
        if options["pay"]:
            paid = purchasing.pay_bills(purchasing.open_bills(orders, accounts), by)
            jobs = [*jobs, *(self.wait_for(paid.jobs) if options["wait"] else paid.jobs)]
        return _told(bought, paid, jobs, waited=options["wait"])


def _check(options: dict[str, Any]) -> None:
    if options["order"] and options["approved"]:
        raise Refused(_("Give either --order or --approved."), field="approved")
    if options["order"] and options["account"]:
        raise Refused(_("Leave --account out with --order: the order's plan says where it is bought."), field="account")
    if options["at_once"] and not options["order"]:
        raise Refused(_("--at-once is for --order."), field="at_once")
    if not (options["order"] or options["approved"] or options["pay"] or options["dry_run"]):
        raise Refused(_("Say what to buy by --order or --approved, or --pay; --dry-run shows it."), field="order")


def _suppliers(text: str) -> list[PlatformAccount]:
    if text:
        return [choosing.account_of(text, sells=False)]
    return list(PlatformAccount.objects.filter(platform__in=buys_from()).order_by("pk"))


def _dry_run(orders: Sequence[Order] | None, accounts: Sequence[PlatformAccount]) -> Outcome:
    purchases = purchasing.open_purchases(orders, accounts)
    found = {purchase.order_id for purchase in purchases}
    bare = [(order, order.plan_problem or _("Nothing is planned for it.")) for order in orders or ()]
    bare = [(order, why) for order, why in bare if order.pk not in found]
    forecasts = [(account, balances.forecast(account)) for account in accounts]
    lines = [purchases_table(purchases) if purchases else _("Nothing waits to be bought.")]
    lines += [*refused_lines(bare), *(forecast_line(account, told) for account, told in forecasts)]
    data = {
        "purchases": [purchase_data(purchase) for purchase in purchases],
        "unplanned": refused_data(bare),
        "balances": [{"account": account.pk} | forecast_data(told) for account, told in forecasts],
    }
    return Outcome("\n".join(lines), data)


def _told(bought: Bought, paid: Table[Payment], jobs: Sequence[SyncJob], *, waited: bool) -> Outcome:
    purchases = _again(PurchaseOrder, bought.purchases, "order")
    payments = _again(Payment, paid.taken, "account")
    refused = [*bought.refused, *paid.refused]
    lines = [purchases_table(purchases)] if purchases else []
    lines += [payments_table(payments)] if payments else []
    lines += refused_lines(refused)
    if not waited:
        words = _("Queued: job %(job)d. A worker does it; --wait does it here.")
        lines += [words % {"job": job.pk} for job in jobs]
    lines += [f"{job.key}: {job.problem}" for job in jobs if job.state == SyncJob.State.FAILED]
    data = {
        "purchases": [purchase_data(purchase) for purchase in purchases],
        "payments": [payment_data(payment) for payment in payments],
        "refused": refused_data(refused),
        "jobs": [job_data(job) for job in jobs],
    }
    stuck = any(row.needs_person for row in [*purchases, *payments])
    failed = any(job.state == SyncJob.State.FAILED for job in jobs)
    return Outcome("\n".join(lines) or _("Nothing waits for it."), data, failed=bool(refused) or stuck or failed)


def _again(model: Any, rows: Sequence[Any], related: str) -> list[Any]:
    """Load rows as the work has left them."""
    return list(model.objects.filter(pk__in=[row.pk for row in rows]).select_related(related).order_by("pk"))
