"""Orders: the list as a work queue, and what can be done to one or many of them."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    BooleanRadioFilter,
    ChoicesDropdownFilter,
    DropdownFilter,
    RelatedDropdownFilter,
)

from accounts.adminsite import CappedChangeList, column, since_filter
from accounts.errors import Refused
from accounts.models import Shop
from accounts.shown import admin_url, list_url, money
from catalog.models import Variant
from orders.models import Order, OrderLine, Package, PurchaseOrder
from orders.services import (
    attention,
    matching,
    queues,
)

from .asking import person
from .order_actions import OrderActions
from .order_page import contents
from .words import countdown, css, lines_of, open_until, usd

ICONS = {
    "to_match": "join",
    "to_approve": "task_alt",
    "to_pay": "payments",
    "to_label": "label",
    "to_ship": "local_shipping",
    "late": "schedule",
    "on_hold": "pause_circle",
    "overdue": "running_with_errors",
    "problems": "error",
}


MAIN = {  # what is to be done next → the button that does it
    "approve": "approve",
    "arrange": "arrange",
    "label": "get_labels",
    "print": "download_labels",
    "release": "release",
    "plan": "plan",
}


class QueueFilter(DropdownFilter):
    """What waits; its tabs stand above the list."""

    title = _("queue")
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(name, queue.label) for name, queue in attention.QUEUES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        name = str(self.value() or "")
        return queryset.filter(pk__in=queues.orders_in(name).values("pk")) if name in attention.QUEUES else queryset


class CountryFilter(DropdownFilter):
    title = _("to")
    parameter_name = "to"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        codes = Shop.objects.exclude(region="").order_by("region").values_list("region", flat=True)
        return [(code, code) for code in codes.distinct()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        return queryset.filter(country_code=self.value()) if self.value() else queryset


class QueueChangeList(CappedChangeList):
    """Remember in each row from which queue it is opened, so that its page knows what comes next."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        name = request.GET.get("queue", "")
        for row in self.result_list:
            row.opened_by = f"?queue={name}" if name in attention.QUEUES else ""


@admin.register(Order)
class OrderAdmin(OrderActions):
    list_display = ["number", "country_code", "pieces", "amounts", "state", "next_to_do"]
    list_display_links = None
    list_filter = [
        QueueFilter,
        ("status", ChoicesDropdownFilter),
        ("shop", RelatedDropdownFilter),
        CountryFilter,
        ("plan_state", ChoicesDropdownFilter),
        ("cash_on_delivery", BooleanRadioFilter),
        since_filter("ordered_at", _("ordered")),
    ]
    list_filter_submit = True
    sortable_by = ()
    search_fields = ["external_id", "buyer_name"]
    search_help_text = _("Order, package, purchase or tracking numbers (several at once), a whole SKU, a buyer's name")
    list_before_template = "admin/orders/order/queues.html"
    change_form_template = "admin/orders/order/page.html"
    buttons = (
        *("approve", "plan", "arrange", "get_labels", "download_labels", "packing_slips", "hold", "release"),
        *("accept_cancellation", "refuse_cancellation", "rematch", "read_again", "cancel"),
    )
    actions = [
        *("plan", "approve", "hold", "release", "arrange", "get_labels", "download_labels", "packing_slips"),
        *("pick_list", "rematch", "read_again", "accept_cancellation", "refuse_cancellation", "cancel"),
    ]
    fields = ["external_id"]  # the page is drawn by its template

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        rows: QuerySet[Order] = super().get_queryset(request)
        return rows.select_related("shop__account")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[QueueChangeList]:
        return QueueChangeList

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        """Put what has to leave first on top of a queue, else what came last."""
        return [F("ship_by").asc(nulls_last=True), "pk"] if request.GET.get("queue") else ["-pk"]

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[QuerySet[Order], bool]:
        """Look for whole numbers and SKUs first, one or many (pasted or scanned): they are indexed."""
        words = search_term.split()
        if words:
            lines = OrderLine.objects.filter(order=OuterRef("pk"), sku__in=words)
            bought = PurchaseOrder.objects.filter(order=OuterRef("pk")).filter(
                Q(reference__in=words) | Q(external_id__in=words) | Q(tracking_number__in=words)
            )
            sent = Package.objects.filter(order=OuterRef("pk")).filter(
                Q(external_id__in=words) | Q(tracking_number__in=words) | Q(last_mile_number__in=words)
            )
            exact = queryset.filter(Q(external_id__in=words) | Exists(sent) | Exists(bought) | Exists(lines))
            if exact.exists():
                return exact, False
        found: tuple[QuerySet[Order], bool] = super().get_search_results(request, queryset, search_term)
        return found

    def prepare(self, rows: list[Order]) -> list[Order]:
        loaded = {row.pk: row for row in queues.with_all(Order.objects.filter(pk__in=[row.pk for row in rows]))}
        return [loaded.get(row.pk, row) for row in rows]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return super().changelist_view(request, {"queues": tabs(request), **(extra_context or {})})

    # --- columns

    @column(_("order"))
    def number(self, order: Order) -> SafeString:
        return format_html(
            '<a class="cd-link cd-strong" href="{}{}">{}</a><div class="cd-note">{}</div>',
            admin_url(order), getattr(order, "opened_by", ""), order.external_id,
            f"{order.shop.region} {order.shop.name}".strip(),
        )  # fmt: skip

    @column(_("lines"))
    def pieces(self, order: Order) -> SafeString:
        return lines_of(line for line in order.lines.all() if line.wanted)

    @column(_("money"))
    def amounts(self, order: Order) -> SafeString:
        name = "cd-bad" if order.margin_usd is not None and order.margin_usd < 0 else "cd-dim"
        left = gettext("leaves %(amount)s") % {"amount": usd(order.margin_usd)}
        return format_html(
            '<span class="cd-num">{}</span><div class="cd-num {}">{}</div>',
            money(order.total, None, order.currency), name, left if order.margin_usd is not None else "",
        )  # fmt: skip

    @column(_("status"))
    def state(self, order: Order) -> SafeString:
        return format_html(
            '<span class="cd-label {}">{}</span><div>{}</div>',
            css(order.status), order.get_status_display(), countdown(open_until(order)),
        )  # fmt: skip

    @column(_("to do next"))
    def next_to_do(self, order: Order) -> SafeString | str:
        step = queues.next_step(order)
        if step.on is None:
            return format_html('<span class="cd-dim">{}</span>', step.text)
        anchor = {"match": "#lines", "answer": "#buyer", "plan": "#money", "release": "#buyer"}.get(step.name, "")
        opened_by = getattr(order, "opened_by", "") if step.on is order else ""
        return format_html('<a class="cd-link" href="{}{}{}">{}</a>', admin_url(step.on), opened_by, anchor, step.text)

    # --- the page

    def get_urls(self) -> list[URLPattern]:
        match = self.admin_site.admin_view(self.match)
        return [path("<int:order_id>/match/<int:line_id>/", match, name="orders_order_match"), *super().get_urls()]

    def page_of(self, request: HttpRequest, order: Order) -> dict[str, Any]:
        found = contents(request, order)
        return found | {"next_order": _next_in(request, order), "main_button": MAIN.get(found["step"].name, "")}

    def match(self, request: HttpRequest, order_id: int, line_id: int) -> HttpResponse:
        """Say which variant a line is, once and for all."""
        line = OrderLine.objects.filter(pk=line_id, order=order_id).select_related("order").first()
        if line is None:
            raise Http404
        if not self.has_act_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponse(status=405, headers={"Allow": "POST"})
        chosen = request.POST.get("variant", "")
        variant = Variant.objects.filter(pk=chosen).first() if chosen.isdigit() else None
        try:
            if variant is None:
                raise Refused(gettext("Choose a variant."), field="variant")
            lines = matching.match_line(line, variant, person(request))
        except Refused as refusal:
            messages.warning(request, str(refusal))
        else:
            words = gettext("%(line)s is %(variant)s, from now on: %(n)d lines have it.")
            messages.success(request, words % {"line": line.sku or line.name, "variant": variant, "n": len(lines)})
        opened_by = _queue_of(request)
        return HttpResponseRedirect(f"{admin_url(line.order)}{f'?queue={opened_by}' if opened_by else ''}#lines")


def tabs(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the queues as tabs with their counts, first of all the whole list."""
    chosen, counts = request.GET.get("queue", ""), queues.counts()
    whole = {"name": "", "label": _("All"), "count": None, "icon": "", "url": list_url(Order), "is_open": not chosen}
    return [whole] + [
        {
            "name": name,
            "label": queue.label,
            "count": counts[name],
            "icon": ICONS.get(name, "inbox"),
            "url": list_url(Order, queue=name),
            "is_open": name == chosen,
        }
        for name, queue in attention.QUEUES.items()
    ]


def _queue_of(request: HttpRequest) -> str:
    """Return the queue that a person works through."""
    name = request.GET.get("queue", "")
    return name if name in attention.QUEUES else ""


def _next_in(request: HttpRequest, order: Order) -> dict[str, Any] | None:
    """Return the order that comes after this one in the queue from which it was opened."""
    name = _queue_of(request)
    if not name:
        return None
    rows = queues.orders_in(name).exclude(pk=order.pk).order_by(F("ship_by").asc(nulls_last=True), "pk")
    later = Q(ship_by__gt=order.ship_by) | Q(ship_by=order.ship_by, pk__gt=order.pk) | Q(ship_by=None)
    after = rows.filter(later if order.ship_by else Q(ship_by=None, pk__gt=order.pk)).first() or rows.first()
    if after is None:
        return {"url": list_url(Order, queue=name), "text": attention.QUEUES[name].label, "is_over": True}
    return {"url": f"{admin_url(after)}?queue={name}", "text": after, "is_over": False}
