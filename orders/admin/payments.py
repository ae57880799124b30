"""Payments: one bill for several purchases, who allowed it, and what the balance was before and after."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import BooleanRadioFilter, ChoicesDropdownFilter, RelatedDropdownFilter

from accounts.adminsite import column, report_each, since_filter
from accounts.errors import Refused
from accounts.shown import admin_url, when
from integrations.models import ApiCall
from orders.models import Payment
from orders.services import approving, balances, paying

from .asking import DeskAdmin, person
from .words import css, usd

Status = Payment.Status


@admin.register(Payment)
class PaymentAdmin(DeskAdmin):
    list_display = ["number", "bill", "planned", "count", "state", "until", "what_is_wrong"]
    list_display_links = None
    list_filter = [
        ("status", ChoicesDropdownFilter),
        ("needs_person", BooleanRadioFilter),
        ("account", RelatedDropdownFilter),
        since_filter("created_at", _("created")),
    ]
    list_filter_submit = True
    sortable_by = ()
    search_fields = ["=batch_id", "=payment_id", "=purchases__reference", "=purchases__order__external_id"]
    search_help_text = _("A whole number: the supplier's batch or payment, a purchase or an order")
    change_form_template = "admin/orders/payment/page.html"
    actions = ["approve", "pay", "retry", "was_not_paid"]
    buttons = ("approve", "pay", "retry", "was_not_paid")
    on_page_only = ("was_not_paid",)
    fields = ["batch_id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payment]:
        rows: QuerySet[Payment] = super().get_queryset(request)
        return rows.select_related("account").annotate(bought=Count("purchases"))

    @column(_("payment"))
    def number(self, payment: Payment) -> SafeString:
        return format_html(
            '<a class="cd-link cd-strong" href="{}">{}</a><div class="cd-note">{}</div>',
            admin_url(payment), payment, payment.account.name,
        )  # fmt: skip

    @column(_("bill"))
    def bill(self, payment: Payment) -> SafeString:
        return format_html('<span class="cd-num cd-strong">{}</span>', usd(payment.amount))

    @column(_("planned"))
    def planned(self, payment: Payment) -> SafeString:
        return format_html('<span class="cd-num">{}</span>', usd(payment.expected))

    @column(_("purchases"))
    def count(self, payment: Payment) -> int:
        return int(getattr(payment, "bought", 0))

    @column(_("status"))
    def state(self, payment: Payment) -> SafeString:
        return format_html('<span class="cd-label {}">{}</span>', css(payment.status), payment.get_status_display())

    @column(_("pay by"))
    def until(self, payment: Payment) -> Any:
        return when(payment.expires_at) if payment.status in Payment.OPEN else ""

    @column(_("problem"))
    def what_is_wrong(self, payment: Payment) -> SafeString | str:
        name = "cd-bad" if payment.needs_person else "cd-dim"
        return format_html('<span class="{}">{}</span>', name, payment.problem[:160]) if payment.problem else ""

    @admin.action(description=_("Approve and pay"), permissions=["act"])
    def approve(self, request: HttpRequest, queryset: QuerySet[Payment]) -> HttpResponse | None:
        asked: HttpResponse | None = self.confirmed(
            request, queryset, action="approve", title=_("Approve and pay"), text=_costs(list(queryset))
        )
        if asked is None:
            report_each(
                request,
                queryset,
                lambda row: _approved(row, person(request)),
                done=_("approved, and queued to be paid"),
            )
        return asked

    @admin.action(description=_("Pay now"), permissions=["act"])
    def pay(self, request: HttpRequest, queryset: QuerySet[Payment]) -> HttpResponse | None:
        asked: HttpResponse | None = self.confirmed(
            request, queryset, action="pay", title=_("Pay now"), text=_costs(list(queryset))
        )
        if asked is None:
            report_each(
                request, queryset, lambda row: paying.request_payment(row, person(request)), done=_("queued to be paid")
            )
        return asked

    @admin.action(description=_("Go on: it is seen to"), permissions=["act"])
    def retry(self, request: HttpRequest, queryset: QuerySet[Payment]) -> None:
        report_each(request, queryset, lambda row: paying.retry(row, person(request)), done=_("goes on"))

    @admin.action(description=_("It was not paid…"), permissions=["act"])
    def was_not_paid(self, request: HttpRequest, queryset: QuerySet[Payment]) -> HttpResponse | None:
        answers, page = self.asked(
            request, queryset, action="was_not_paid", title=_("It was not paid"), danger=True,
            text=_("Look into the supplier's wallet first. If it was paid after all, approving it again pays twice."),
        )  # fmt: skip
        if page is None:
            why = answers["reason"]
            report_each(
                request,
                queryset,
                lambda row: paying.declare_unpaid(row, person(request), why),
                done=_("waits to be approved anew"),
            )
        return page

    def offers(self, name: str, row: Payment) -> bool:
        conditions = {
            "approve": row.status == Status.BILLED or (row.status == Status.APPROVED and row.needs_person),
            "pay": row.status == Status.APPROVED and not row.needs_person,
            "retry": row.needs_person and row.status in (Status.APPROVED, Status.PAYING, Status.UNKNOWN),
            "was_not_paid": row.needs_person and row.status == Status.UNKNOWN,
        }
        return conditions.get(name, True)

    def page_of(self, request: HttpRequest, payment: Payment) -> dict[str, Any]:
        purchases = payment.purchases.select_related("order__shop").order_by("pk")
        forecast = balances.forecast(payment.account)
        names = {payment.batch_id, payment.payment_id} - {""}
        subjects = [f"{kind}:{name}" for name in names for kind in ("shipment", "payment", "order")]
        return {
            "payment": payment,
            "css": css(payment.status),
            "next_text": next_text(payment),
            "amount": usd(payment.amount),
            "expected": usd(payment.expected),
            "before": usd(payment.balance_before),
            "after": usd(payment.balance_after),
            "amounts": [(name, value) for name, value in payment.amounts.items() if not isinstance(value, dict | list)],
            "purchases": [
                {"row": row, "css": css(row.status), "amount": usd(row.amount), "planned": usd(_planned(row))}
                for row in purchases
            ],
            "approvals": [
                {"row": row, "amount": usd(row.amount)}
                for row in payment.approvals.select_related("rule").order_by("at")
            ],
            "people_needed": approving.people_needed(payment) if payment.status == Status.BILLED else 0,
            "is_covered": approving.is_covered(payment),
            "forecast": forecast,
            "balance": usd(forecast.balance),
            "left": usd(forecast.balance - payment.amount)
            if forecast.balance is not None and payment.amount is not None
            else "",
            "is_short": forecast.balance is not None
            and payment.amount is not None
            and forecast.balance < payment.amount,
            "calls": ApiCall.objects.filter(account=payment.account, subject__in=subjects)
            .defer("request", "response")
            .order_by("-pk")[:30],
        }


def next_text(payment: Payment) -> str:
    """Say what happens next with a payment, and who has to do it."""
    if payment.needs_person:
        return gettext("A person has to see to it: read the problem, mend it, then press the button that fits.")
    texts = {
        Status.COLLECTING: gettext("Its purchases are put into the supplier's cart and confirmed."),
        Status.CONFIRMED: gettext("Its bill is asked for next."),
        Status.BILLED: gettext("Waits for somebody, or a buying rule, to approve the bill."),
        Status.APPROVED: gettext("It is paid at its next turn, after a last look at the buyers' orders."),
        Status.PAYING: gettext("The payment is on its way."),
        Status.UNKNOWN: gettext("It is looked up at the supplier before anything is sent again."),
    }
    return texts.get(Status(payment.status), "")


def _planned(purchase: Any) -> Any:
    if purchase.planned_goods is None or purchase.planned_freight is None:
        return None
    return purchase.planned_goods + purchase.planned_freight


def _costs(payments: list[Payment]) -> str:
    """Say what is about to be spent, from which account, and what is left."""
    texts = []
    by_account: dict[Any, list[Payment]] = {}
    for payment in payments:
        by_account.setdefault(payment.account, []).append(payment)
    for account, rows in by_account.items():
        total = sum((row.amount for row in rows if row.amount is not None), balances.ZERO)
        balance = balances.forecast(account).balance
        words = gettext("%(amount)s are paid from the balance of %(account)s.") % {
            "amount": usd(total),
            "account": account,
        }
        if balance is not None:
            words += " " + gettext("It held %(balance)s when it was last read; %(left)s are left then.") % {
                "balance": usd(balance),
                "left": usd(balance - total),
            }
        texts.append(words)
    return " ".join(texts)


def _approved(payment: Payment, by: str) -> object:
    """Approve, and say so where another person is still needed."""
    approving.approve_payment(payment, by)
    if payment.status == Status.BILLED:
        raise Refused(gettext("Your approval is kept. A second person has to approve it as well."))
    return payment
