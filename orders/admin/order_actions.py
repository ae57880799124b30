"""What people do to orders: one service call for each row or for all, told row by row."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.adminsite import report_each
from accounts.errors import Refused
from accounts.models import PlatformAccount
from orders.machines import ORDER, OrderStatus
from orders.models import Label, Order, Package
from orders.services import (
    arranging,
    arranging_rules,
    attention,
    cancelling,
    holding,
    intake,
    labels,
    matching,
    moves,
    papers,
    planning,
    queues,
    together,
)

from .asking import DeskAdmin, person


class CancelForm(forms.Form):
    """Which of the marketplace's reasons it is."""

    reason = forms.ChoiceField(label=_("Reason"))

    def __init__(self, *args: Any, reasons: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = reasons  # type: ignore[attr-defined]


class OrderActions(DeskAdmin):
    """The buttons of an order, and what the list does for many."""

    @admin.action(description=_("Plan anew"), permissions=["act"])
    def plan(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        rows = self.few(request, queryset)
        found = planning.plan_orders(rows, person(request)) if rows else []
        told = {each.order.pk: each for each in found}

        def outcome(order: Order) -> object:
            planned = told[order.pk]
            if planned.outcome != "planned":
                words = {"waiting": gettext("Waits for a quote, and is planned then.")}
                raise Refused(" ".join(planned.reasons) or words.get(planned.outcome, planned.outcome))
            return order

        report_each(request, rows, outcome, done=_("planned"))

    @admin.action(description=_("Approve"), permissions=["act"])
    def approve(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        report_each(
            request,
            queryset,
            lambda order: together.approve_order(order, person(request)),
            done=_("approved to be bought"),
        )

    @admin.action(description=_("Hold…"), permissions=["act"])
    def hold(self, request: HttpRequest, queryset: QuerySet[Order]) -> HttpResponse | None:
        answers, page = self.asked(
            request, queryset, action="hold", title=_("Hold"), text=_("Nothing is bought or sent for what is held.")
        )
        if page is None:
            reason = answers["reason"]
            report_each(request, queryset, lambda order: holding.hold(order, reason, person(request)), done=_("held"))
        return page

    @admin.action(description=_("Release"), permissions=["act"])
    def release(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        report_each(request, queryset, lambda order: holding.release(order, person(request)), done=_("released"))

    @admin.action(description=_("Arrange shipping"), permissions=["act"])
    def arrange(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        if packages := self._packages(request, queryset):
            self.tell(
                request,
                lambda: arranging.request_arrangement(packages, by=person(request)),
                done=_("queued to be arranged"),
            )

    @admin.action(description=_("Get labels"), permissions=["act"])
    def get_labels(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        if packages := self._packages(request, queryset):
            self.tell(
                request,
                lambda: labels.request_labels(packages, person(request)),
                done=_("queued for their labels"),
            )

    @admin.action(description=_("Download labels (one PDF)"), permissions=["act"])
    def download_labels(self, request: HttpRequest, queryset: QuerySet[Order]) -> HttpResponse | None:
        packages = self._packages(request, queryset)
        return self.file(request, lambda: papers.merged_labels(packages), "labels.pdf") if packages else None

    @admin.action(description=_("Packing slips (PDF)"), permissions=["act"])
    def packing_slips(self, request: HttpRequest, queryset: QuerySet[Order]) -> HttpResponse | None:
        packages = self._packages(request, queryset)
        return self.file(request, lambda: papers.packing_slips(packages), "packing-slips.pdf") if packages else None

    @admin.action(description=_("Pick list (PDF)"), permissions=["act"])
    def pick_list(self, request: HttpRequest, queryset: QuerySet[Order]) -> HttpResponse | None:
        packages = self._packages(request, queryset)
        return self.file(request, lambda: papers.pick_list(packages), "pick-list.pdf") if packages else None

    @admin.action(description=_("Look for variants again"), permissions=["act"])
    def rematch(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        def found(order: Order) -> object:
            if not matching.rematch([order]):
                raise Refused(gettext("No variant was found for its lines: choose them on its page."))
            return order

        report_each(request, queryset, found, done=_("variants were found"))

    @admin.action(description=_("Read again"), permissions=["act"])
    def read_again(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        def asked(order: Order) -> object:
            return intake.request_order(order.shop, order.external_id, requested_by=person(request))

        report_each(request, queryset, asked, done=_("queued to be read"))

    @admin.action(description=_("Accept the buyer's cancellation"), permissions=["act"])
    def accept_cancellation(self, request: HttpRequest, queryset: QuerySet[Order]) -> HttpResponse | None:
        asked: HttpResponse | None = self.confirmed(
            request, queryset, action="accept_cancellation", title=_("Accept the cancellation"),
            text=_("The marketplace cancels these orders. What is not paid is not bought."),
        )  # fmt: skip
        if asked is None:
            report_each(
                request,
                queryset,
                lambda order: cancelling.answer(order, True, person(request)),
                done=_("the answer is queued"),
            )
        return asked

    @admin.action(description=_("Refuse the buyer's cancellation"), permissions=["act"])
    def refuse_cancellation(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        report_each(
            request,
            queryset,
            lambda order: cancelling.answer(order, False, person(request)),
            done=_("the answer is queued"),
        )

    @admin.action(description=_("Cancel…"), permissions=["act"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Order]) -> HttpResponse | None:
        try:
            reasons = _reasons(queryset)
        except Refused as refusal:
            messages.warning(request, str(refusal))
            return None
        answers, page = self.asked(
            request, queryset, action="cancel", title=_("Cancel the order"),
            form=CancelForm, danger=True, reasons=reasons,
            text=_("The marketplace is asked to cancel these orders. Nothing is bought for them from now on."),
        )  # fmt: skip
        if page is None:
            reason = answers["reason"]
            report_each(
                request,
                queryset,
                lambda order: cancelling.request_cancel(order, reason, person(request)),
                done=_("queued to be cancelled"),
            )
        return page

    def _packages(self, request: HttpRequest, queryset: QuerySet[Order]) -> list[Package]:
        packages = queues.packages_of(self.few(request, queryset))
        if not packages:
            messages.warning(request, gettext("These orders have no package yet."))
        return packages

    def offers(self, name: str, row: Order) -> bool:
        asks = row.stage == "cancelling"
        living = row.packages.filter(is_gone=False).exclude(status="cancelled")
        conditions: dict[str, Any] = {
            "plan": lambda: row.status in planning.PLANNABLE,
            "approve": lambda: attention.QUEUES["to_approve"].of().filter(order=row).exists(),
            "hold": lambda: OrderStatus.ON_HOLD in moves.possible(row),
            "release": lambda: row.status == OrderStatus.ON_HOLD and not asks,
            "accept_cancellation": lambda: asks,
            "refuse_cancellation": lambda: asks,
            "rematch": lambda: row.status in attention.BEFORE_SHIPPING and row.lines.filter(variant=None).exists(),
            "cancel": lambda: not asks and row.ships == "seller" and ORDER.may(row.status, OrderStatus.CANCELLED),
            "arrange": lambda: any(not arranging_rules.why_not(package) for package in living.select_related("order")),
            "get_labels": lambda: living.exclude(arranged_at=None).exclude(label__status=Label.Status.READY).exists(),
            "download_labels": lambda: living.filter(label__status=Label.Status.READY).exists(),
            "packing_slips": lambda: living.exists(),
        }
        return bool(conditions[name]()) if name in conditions else True


def _reasons(orders: QuerySet[Order]) -> list[tuple[str, str]]:
    """Return the reasons for which the marketplaces of these orders cancel; asks none of them."""
    found: dict[str, str] = {}
    accounts = PlatformAccount.objects.filter(pk__in=orders.order_by().values("shop__account"))
    for account in accounts:
        order = orders.filter(shop__account=account).first()
        found |= dict(cancelling.reasons(order)) if order else {}
    return list(found.items())
