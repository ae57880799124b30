"""Purchases: what is bought where, what waits for a person, and the next step of each."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import BooleanRadioFilter, ChoicesDropdownFilter, RelatedDropdownFilter

from accounts.adminsite import column, report_each, since_filter
from accounts.errors import Refused
from accounts.shown import admin_url, link_to
from catalog.models import Warehouse
from integrations.models import ApiCall
from orders.machines import PurchaseStatus
from orders.models import FreightQuote, PurchaseLine, PurchaseOrder
from orders.services import approving, attention, buying, looking, plan_drafts, planning, removing, waybills

from .asking import DeskAdmin, ReasonForm, person
from .words import bought_calls, countdown, css, lines_of, usd

Label = PurchaseOrder.Label
STEPS_SHOWN = 100
_LEFT = (PurchaseStatus.SHIPPED, PurchaseStatus.DELIVERED, PurchaseStatus.CANCELLED)


@admin.register(PurchaseOrder)
class PurchaseAdmin(DeskAdmin):
    list_display = ["number", "of_order", "pieces", "way", "cost", "state", "what_is_wrong"]
    list_display_links = None
    list_filter = [
        ("status", ChoicesDropdownFilter),
        ("needs_person", BooleanRadioFilter),
        ("account", RelatedDropdownFilter),
        ("label", ChoicesDropdownFilter),
        since_filter("created_at", _("created")),
    ]
    list_filter_submit = True
    sortable_by = ()
    search_fields = ["=reference", "=external_id", "=order__external_id", "=tracking_number", "=aliases__value"]
    search_help_text = _("A whole number: ours, the supplier's, the order's or the tracking number")
    change_form_template = "admin/orders/purchase/page.html"
    actions = ["approve", "approve_at_once", "look", "retry", "remove", "accept_as_it_is", "upload_label"]
    buttons = ("approve", "approve_at_once", "accept_as_it_is", "retry", "look", "upload_label", "remove")
    on_page_only = ("accept_as_it_is",)
    fields = ["reference"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[PurchaseOrder]:
        rows: QuerySet[PurchaseOrder] = super().get_queryset(request)
        return rows.select_related("order__shop__account", "account", "payment")

    def prepare(self, rows: list[PurchaseOrder]) -> list[PurchaseOrder]:
        lines: dict[int, list[Any]] = {row.pk: [] for row in rows}
        for bought in PurchaseLine.objects.filter(purchase__in=lines).select_related("line__variant__product"):
            lines[bought.purchase_id].append(bought.line)
        for row in rows:
            row.bought = lines[row.pk]  # type: ignore[attr-defined]
        return rows

    @column(_("purchase"))
    def number(self, purchase: PurchaseOrder) -> SafeString:
        return format_html(
            '<a class="cd-link cd-strong" href="{}">{}</a><div class="cd-note">{}</div>',
            admin_url(purchase), purchase.reference, purchase.account.name,
        )  # fmt: skip

    @column(_("order"))
    def of_order(self, purchase: PurchaseOrder) -> SafeString:
        late = countdown(purchase.order.ship_by) if purchase.status not in _LEFT else ""
        return format_html("{}<div>{}</div>", link_to(purchase.order), late)

    @column(_("lines"))
    def pieces(self, purchase: PurchaseOrder) -> SafeString:
        return lines_of(getattr(purchase, "bought", ()))

    @column(_("way"))
    def way(self, purchase: PurchaseOrder) -> SafeString:
        return format_html(
            '{} → {}<div class="cd-note">{}</div>',
            purchase.from_country or "?", purchase.order.country_code,
            purchase.route or purchase.get_label_display(),
        )  # fmt: skip

    @column(_("cost"))
    def cost(self, purchase: PurchaseOrder) -> SafeString:
        margin = purchase.order.margin_usd
        words = gettext("order leaves %(amount)s") % {"amount": usd(margin)} if margin is not None else ""
        name = "cd-bad" if margin is not None and margin < 0 else "cd-dim"
        return format_html(
            '<span class="cd-num">{}</span><div class="{} cd-num">{}</div>', usd(cost_of(purchase)), name, words
        )

    @column(_("status"))
    def state(self, purchase: PurchaseOrder) -> SafeString:
        return format_html('<span class="cd-label {}">{}</span>', css(purchase.status), purchase.get_status_display())

    @column(_("problem"))
    def what_is_wrong(self, purchase: PurchaseOrder) -> SafeString | str:
        name = "cd-bad" if purchase.needs_person else "cd-dim"
        return format_html('<span class="{}">{}</span>', name, purchase.problem[:160]) if purchase.problem else ""

    # --- what is done

    @admin.action(description=_("Approve"), permissions=["act"])
    def approve(self, request: HttpRequest, queryset: QuerySet[PurchaseOrder]) -> None:
        report_each(
            request, queryset, lambda row: approving.approve(row, person(request)), done=_("approved to be bought")
        )

    @admin.action(description=_("Approve and buy at once"), permissions=["act"])
    def approve_at_once(self, request: HttpRequest, queryset: QuerySet[PurchaseOrder]) -> HttpResponse | None:
        asked: HttpResponse | None = self.confirmed(
            request, queryset, action="approve_at_once", title=_("Approve and buy at once"),
            text=_("They are bought without waiting for the time in which buyers cancel freely."),
        )  # fmt: skip
        if asked is None:
            report_each(
                request,
                queryset,
                lambda row: approving.approve(row, person(request), at_once=True),
                done=_("approved to be bought"),
            )
        return asked

    @admin.action(description=_("Look it up at the supplier"), permissions=["act"])
    def look(self, request: HttpRequest, queryset: QuerySet[PurchaseOrder]) -> None:
        report_each(
            request,
            queryset,
            lambda row: looking.request_look(row, by=person(request)),
            done=_("queued to be looked up"),
        )

    @admin.action(description=_("Take what the supplier has"), permissions=["act"])
    def accept_as_it_is(self, request: HttpRequest, queryset: QuerySet[PurchaseOrder]) -> HttpResponse | None:
        asked: HttpResponse | None = self.confirmed(
            request, queryset, action="accept_as_it_is", title=_("Take what the supplier has"),
            text=_("What stands at the supplier under our number is taken as this purchase, although it differs."),
        )  # fmt: skip
        if asked is None:
            report_each(
                request, queryset, lambda row: looking.accept(row, person(request)), done=_("queued to be taken")
            )
        return asked

    @admin.action(description=_("Go on: it is seen to"), permissions=["act"])
    def retry(self, request: HttpRequest, queryset: QuerySet[PurchaseOrder]) -> None:
        report_each(request, queryset, lambda row: buying.retry(row, person(request)), done=_("goes on"))

    @admin.action(description=_("Hand the label in again"), permissions=["act"])
    def upload_label(self, request: HttpRequest, queryset: QuerySet[PurchaseOrder]) -> None:
        report_each(
            request,
            queryset,
            lambda row: waybills.request_upload(row, by=person(request)),
            done=_("queued to be handed in"),
        )

    @admin.action(description=_("Cancel the purchase…"), permissions=["act"])
    def remove(self, request: HttpRequest, queryset: QuerySet[PurchaseOrder]) -> HttpResponse | None:
        answers, page = self.asked(
            request, queryset, action="remove", title=_("Cancel the purchase"), form=ReasonForm, danger=True,
            text=_("It is deleted at the supplier, as long as it is not paid."),
        )  # fmt: skip
        if page is None:
            why = answers["reason"]
            report_each(
                request, queryset, lambda row: removing.request_removal(row, person(request), why), done=_("cancelled")
            )
        return page

    def offers(self, name: str, row: PurchaseOrder) -> bool:
        is_open = attention.QUEUES["to_approve"].of().filter(pk=row.pk).exists()
        later = approving.buy_after(row.order, approving.rule_of(row.account))
        conditions = {
            "approve": is_open,
            "approve_at_once": is_open and later is not None and later > timezone.now(),
            "accept_as_it_is": row.status == PurchaseStatus.UNKNOWN and not row.external_id and row.needs_person,
            "retry": row.needs_person and row.status != PurchaseStatus.PLANNED,
            "look": row.status not in (PurchaseStatus.PLANNED, PurchaseStatus.APPROVED, PurchaseStatus.CANCELLED),
            "upload_label": row.label == Label.MARKETPLACE and row.status == PurchaseStatus.PAID,
            "remove": row.status not in (*_LEFT, PurchaseStatus.PAID),
        }
        return conditions.get(name, True)

    # --- the page

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.change_way)
        return [path("<int:purchase_id>/way/", view, name="orders_purchaseorder_way"), *super().get_urls()]

    def page_of(self, request: HttpRequest, row: PurchaseOrder) -> dict[str, Any]:
        return contents(row) | {
            "way_form": way_form(row),
            "way_url": reverse("admin:orders_purchaseorder_way", args=(row.pk,)),
        }

    def change_way(self, request: HttpRequest, purchase_id: int) -> HttpResponse:
        """Send a purchase another way, from another warehouse, or under the other label."""
        row = self.get_queryset(request).filter(pk=purchase_id).first()
        if row is None:
            raise Http404
        if not self.has_act_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponse(status=405, headers={"Allow": "POST"})
        form = way_form(row, request.POST)
        if form is None or not form.is_valid():
            messages.warning(request, gettext("Choose from what is offered."))
            return HttpResponseRedirect(admin_url(row))
        try:
            said = form.ask(row, person(request))
        except Refused as refusal:
            messages.warning(request, str(refusal))
        else:
            messages.success(request, said)
        return HttpResponseRedirect(f"{admin_url(row)}#way")


class PlannedWayForm(forms.Form):
    """Which way a planned purchase goes."""

    label = forms.ChoiceField(label=_("Sent under"), choices=Label.choices)
    warehouse_id = forms.ChoiceField(label=_("Warehouse"), required=False)
    route = forms.CharField(label=_("Carrier"), max_length=200, required=False, help_text=_("Empty: as it is"))

    def __init__(self, *args: Any, purchase: PurchaseOrder, **kwargs: Any) -> None:
        names = ("label", "warehouse_id", "route")
        kwargs["initial"] = {name: getattr(purchase, name) for name in names}
        super().__init__(*args, **kwargs)
        self.fields["warehouse_id"].choices = warehouses(purchase)  # type: ignore[attr-defined]
        self.fields["route"].widget.attrs["list"] = "routes"
        self.routes = routes(purchase)

    def ask(self, purchase: PurchaseOrder, by: str) -> str:
        """Have it changed; return what to tell."""
        given = self.cleaned_data
        place = given["warehouse_id"] if given["label"] == Label.MARKETPLACE else None
        planning.change(purchase, label=given["label"], warehouse_id=place, route=given["route"] or None, by=by)
        return gettext("The purchase is changed.")


class PlacedWayForm(forms.Form):
    """From which warehouse a purchase is sent that is at the supplier already."""

    warehouse_id = forms.ChoiceField(label=_("Warehouse"))

    def __init__(self, *args: Any, purchase: PurchaseOrder, **kwargs: Any) -> None:
        kwargs["initial"] = {"warehouse_id": purchase.warehouse_id}
        super().__init__(*args, **kwargs)
        self.fields["warehouse_id"].choices = [each for each in warehouses(purchase) if each[0]]  # type: ignore[attr-defined]

    def ask(self, purchase: PurchaseOrder, by: str) -> str:
        """Ask the supplier for it; return what to tell."""
        removing.request_warehouse(purchase, self.cleaned_data["warehouse_id"], by=by)
        return gettext("The supplier is being asked to send it from there.")


def way_form(purchase: PurchaseOrder, data: Any = None) -> PlannedWayForm | PlacedWayForm | None:
    """Return the form that changes a purchase's way; None where nothing of it can be changed any more."""
    if plan_drafts.is_replaceable(purchase):
        return PlannedWayForm(data, purchase=purchase)
    is_there = bool(purchase.external_id) and purchase.label == Label.MARKETPLACE
    return PlacedWayForm(data, purchase=purchase) if is_there and purchase.status not in _LEFT else None


def warehouses(purchase: PurchaseOrder) -> list[tuple[str, str]]:
    """Return the supplier's warehouses to choose from, the one it has now among them."""
    rows = Warehouse.objects.filter(platform=purchase.account.platform, kind=Warehouse.Kind.STORAGE)
    known = [
        (row.external_id, f"{row.country_code} · {row.name}") for row in rows.order_by("country_code", "name")[:200]
    ]
    if purchase.warehouse_id and purchase.warehouse_id not in dict(known):
        known.insert(0, (purchase.warehouse_id, purchase.warehouse_id))
    return [("", gettext("the supplier chooses")), *known]


def routes(purchase: PurchaseOrder) -> list[str]:
    """Return the carriers that the supplier has named for this way lately."""
    rows = FreightQuote.objects.filter(
        account=purchase.account, from_country=purchase.from_country, to_country=purchase.order.country_code
    )
    return sorted(
        {str(route.get("name", "")) for row in rows.order_by("-quoted_at")[:20] for route in row.routes} - {""}
    )


def cost_of(purchase: PurchaseOrder) -> Any:
    """Return what a purchase costs: its bill, else what was planned; None: not known."""
    if purchase.amount is not None or purchase.planned_goods is None or purchase.planned_freight is None:
        return purchase.amount
    return purchase.planned_goods + purchase.planned_freight


def contents(purchase: PurchaseOrder) -> dict[str, Any]:
    """Gather a purchase's page."""
    lines = purchase.lines.select_related("line__variant__product", "variant__product")
    history = purchase.order.status_changes.filter(machine="purchase", record_id=purchase.pk).order_by("-at", "-pk")
    packages = purchase.packages.filter(is_gone=False)
    return {
        "purchase": purchase,
        "css": css(purchase.status),
        "next_text": next_text(purchase),
        "lines": [{"row": line, "cost": usd(line.unit_cost)} for line in lines],
        "goods": usd(purchase.planned_goods),
        "freight": usd(purchase.planned_freight),
        "amount": usd(purchase.amount),
        "declared": usd(purchase.declared_value),
        "aliases": purchase.aliases.order_by("seen_at"),
        "packages": [{"row": row, "css": css(row.status)} for row in packages],
        "history": [
            {
                "row": change,
                "label": PurchaseStatus(change.new).label if change.new in PurchaseStatus.values else change.new,
                "css": css(change.new),
            }
            for change in history[:STEPS_SHOWN]
        ],
        "calls": ApiCall.objects.filter(bought_calls(purchase)).defer("request", "response").order_by("-pk")[:30],
    }


def next_text(purchase: PurchaseOrder) -> str:
    """Say what happens next with a purchase, and who has to do it."""
    if purchase.needs_person:
        return gettext("A person has to see to it: read the problem, mend it, then press “Go on”.")
    texts = {
        PurchaseStatus.PLANNED: gettext("Waits for somebody, or a buying rule, to approve it."),
        PurchaseStatus.APPROVED: gettext("It is placed at the supplier at its next turn."),
        PurchaseStatus.SENT: gettext("It is put into the supplier's cart next."),
        PurchaseStatus.CARTED: gettext("It is confirmed with others next."),
        PurchaseStatus.CONFIRMED: gettext("Its bill is asked for next."),
        PurchaseStatus.AWAITING_PAYMENT: gettext("Its payment waits to be approved and paid."),
        PurchaseStatus.PAID: gettext("The supplier prepares and sends it."),
        PurchaseStatus.UNKNOWN: gettext("It is looked up at the supplier before anything is sent again."),
    }
    return texts.get(PurchaseStatus(purchase.status), "")
