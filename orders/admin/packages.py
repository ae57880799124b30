"""Packages: their labels and papers, where they are, and how goods are put into them."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter, RelatedDropdownFilter

from accounts.adminsite import column
from accounts.errors import Refused
from accounts.shown import admin_url, link_to, money
from integrations.models import ApiCall
from orders.machines import CUSTOMS
from orders.models import CustomsDeclaration, Label, Order, OrderLine, Package, PackageLine
from orders.services import (
    attention,
    checkpoints,
    customs,
    moves,
    parcels,
)

from .asking import person
from .order_page import timeline
from .package_actions import UNSENT, PackageActions
from .words import countdown, css, lines_of

PARTS = 3  # packages into which a person puts an order's goods on one page


class PackageQueueFilter(DropdownFilter):
    title = _("queue")
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            (name, queue.label)
            for name, queue in attention.QUEUES.items()
            if name in ("to_label", "to_ship", "overdue")
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Package]) -> QuerySet[Package]:
        name = str(self.value() or "")
        known = dict(self.lookups(request, None))
        return queryset.filter(pk__in=attention.QUEUES[name].of().values("pk")) if name in known else queryset


class LabelFilter(DropdownFilter):
    title = _("label")
    parameter_name = "label"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            *Label.Status.choices,
            ("printed", _("Printed")),
            ("unprinted", _("Ready, not printed")),
            ("none", _("None yet")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Package]) -> QuerySet[Package]:
        chosen = self.value()
        if chosen == "none":
            return queryset.filter(label=None)
        if chosen in ("printed", "unprinted"):
            return queryset.filter(label__status=Label.Status.READY, label__printed_at__isnull=chosen == "unprinted")
        return queryset.filter(label__status=chosen) if chosen in Label.Status.values else queryset


class SizesForm(forms.Form):
    """What a person weighed and measured."""

    weight_g = forms.DecimalField(label=_("Weight (g)"), required=False, max_digits=12, decimal_places=2)
    length_mm = forms.DecimalField(label=_("Length (mm)"), required=False, max_digits=12, decimal_places=2)
    width_mm = forms.DecimalField(label=_("Width (mm)"), required=False, max_digits=12, decimal_places=2)
    height_mm = forms.DecimalField(label=_("Height (mm)"), required=False, max_digits=12, decimal_places=2)


@admin.register(Package)
class PackageAdmin(PackageActions):
    list_display = ["number", "of_order", "pieces", "carried", "label_state", "state", "what_is_wrong"]
    list_display_links = None
    list_filter = [
        PackageQueueFilter,
        ("status", ChoicesDropdownFilter),
        LabelFilter,
        ("order__shop", RelatedDropdownFilter),
    ]
    list_filter_submit = True
    ordering = ["-pk"]
    sortable_by = ()
    search_fields = ["=external_id", "=tracking_number", "=last_mile_number", "=order__external_id"]
    search_help_text = _("A whole number: the package's, its tracking number or the order's; scan its barcode here")
    change_form_template = "admin/orders/package/page.html"
    actions = [
        *("arrange", "get_labels", "download_labels", "packing_slips", "pick_list", "tell_marketplace", "look"),
        *("prepare_customs", "commercial_invoice", "customs_declaration", "put_together"),
    ]
    buttons = (
        *("arrange", "get_labels", "download_labels", "packing_slips", "tell_marketplace", "look", "prepare_customs"),
        *("commercial_invoice", "customs_declaration", "put_together"),
    )
    on_page_only = ("commercial_invoice", "customs_declaration", "put_together")
    fields = ["external_id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Package]:
        rows: QuerySet[Package] = super().get_queryset(request)
        return rows.filter(is_gone=False).select_related("order__shop__account", "purchase__account")

    def prepare(self, rows: list[Package]) -> list[Package]:
        kept = Label.objects.filter(package__in=[row.pk for row in rows]).defer("content")
        found = {label.package_id: label for label in kept}
        lines: dict[int, list[Any]] = {row.pk: [] for row in rows}
        for packed in PackageLine.objects.filter(package__in=lines).select_related("line__variant__product"):
            lines[packed.package_id].append(packed.line)
        for row in rows:
            row.packed = lines[row.pk]  # type: ignore[attr-defined]
            row.kept_label = found.get(row.pk)  # type: ignore[attr-defined]
        return rows

    @column(_("package"))
    def number(self, package: Package) -> SafeString:
        return format_html('<a class="cd-link cd-strong" href="{}">{}</a>', admin_url(package), package)

    @column(_("order"))
    def of_order(self, package: Package) -> SafeString:
        order = package.order
        return format_html(
            "{}<div>{}</div>",
            link_to(order),
            countdown(package.ship_by or order.ship_by) if package.status in UNSENT else "",
        )

    @column(_("lines"))
    def pieces(self, package: Package) -> SafeString:
        return lines_of(getattr(package, "packed", ()))

    @column(_("carrier"))
    def carried(self, package: Package) -> SafeString:
        return format_html(
            '{}<div class="cd-note cd-num">{}</div>', package.carrier_name or "–", package.tracking_number
        )

    @column(_("label"))
    def label_state(self, package: Package) -> SafeString | str:
        label: Label | None = getattr(package, "kept_label", None)
        if label is None:
            return "–"
        text = gettext("printed") if label.printed_at else label.get_status_display()
        return format_html('<span class="cd-label {}">{}</span>', css(label.status), text)

    @column(_("status"))
    def state(self, package: Package) -> SafeString:
        where = checkpoints.words(package.tracking_status)
        return format_html(
            '<span class="cd-label {}">{}</span><div class="cd-note">{}</div>',
            css(package.status), package.get_status_display(), where,
        )  # fmt: skip

    @column(_("problem"))
    def what_is_wrong(self, package: Package) -> SafeString | str:
        return format_html('<span class="cd-bad">{}</span>', package.problem[:160]) if package.problem else ""

    # --- the page

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        own = [
            ("label", guard(xframe_options_sameorigin(self.label_file))),
            ("sizes", guard(self.measure)),
            ("split", guard(self.split)),
            ("clearance", guard(self.clear)),
        ]
        return [
            path(f"<int:package_id>/{name}/", view, name=f"orders_package_{name}") for name, view in own
        ] + super().get_urls()

    def page_of(self, request: HttpRequest, package: Package) -> dict[str, Any]:
        label = Label.objects.filter(package=package).defer("content").first()
        declaration = CustomsDeclaration.objects.filter(package=package).first()
        urls = {
            name: reverse(f"admin:orders_package_{name}", args=(package.pk,))
            for name in ("label", "sizes", "split", "clearance")
        }
        subjects = [
            f"package:{package.external_id}",
            f"order:{package.order.external_id}",
            f"parcel:{package.tracking_number}",
        ]
        calls = ApiCall.objects.filter(account__in=_accounts(package), subject__in=subjects)
        return {
            "package": package,
            "css": css(package.status),
            "countdown": countdown(package.ship_by or package.order.ship_by) if package.status in UNSENT else "",
            "where": checkpoints.words(package.tracking_status),
            "lines": package.lines.select_related("line__variant__product").order_by("pk"),
            "label": label,
            "label_css": css(label.status) if label else "",
            "label_is_pdf": label is not None and label.status == Label.Status.READY and "pdf" in label.content_type,
            "urls": urls,
            "sizes": SizesForm(initial={name: getattr(package, name) for name in SizesForm.base_fields}),
            "timeline": timeline(package.order, package),
            "customs": declaration,
            "customs_css": css(declaration.status) if declaration else "",
            "customs_value": money(declaration.value, None, declaration.currency) if declaration else "",
            "customs_next": [(state, moves.label_of(CUSTOMS, state)) for state in moves.possible(declaration)]
            if declaration
            else [],
            "customs_findings": customs.findings(package)
            if customs.origin_of(package) != package.order.country_code
            else [],
            "may_split": package.arranged_at is None
            and not package.announced
            and package.status in UNSENT
            and _pieces(package.order) > 1,
            "calls": calls.defer("request", "response").order_by("-pk")[:30],
        }

    def _found(self, request: HttpRequest, package_id: int, *, by_post: bool = True) -> Package:
        package = self.get_queryset(request).filter(pk=package_id).first()
        if package is None:
            raise Http404
        allowed = self.has_act_permission(request) if by_post else self.has_view_permission(request, package)
        if not allowed:
            raise PermissionDenied
        return package

    def label_file(self, request: HttpRequest, package_id: int) -> HttpResponse:
        """Show the label as it was loaded; looking at it is not printing it."""
        package = self._found(request, package_id, by_post=False)
        label = Label.objects.filter(package=package, status=Label.Status.READY).first()
        if label is None or not label.content:
            raise Http404
        is_pdf = "pdf" in label.content_type
        name = f"label-{package.pk}.{'pdf' if is_pdf else 'bin'}"
        headers = {
            "Content-Disposition": f'{"inline" if is_pdf else "attachment"}; filename="{name}"',
            "X-Content-Type-Options": "nosniff",
        }
        kind = "application/pdf" if is_pdf else "application/octet-stream"
        return HttpResponse(bytes(label.content), content_type=kind, headers=headers)

    def measure(self, request: HttpRequest, package_id: int) -> HttpResponse:
        """Keep weight and sizes as a person measured them."""
        package = self._found(request, package_id)
        if request.method != "POST":
            return HttpResponse(status=405, headers={"Allow": "POST"})
        form = SizesForm(request.POST)
        if not form.is_valid():
            for name, errors in form.errors.items():
                messages.warning(request, f"{form.fields[name].label}: {' '.join(map(str, errors))}")
            return HttpResponseRedirect(admin_url(package))
        try:
            parcels.measure(package, **form.cleaned_data)
        except Refused as refusal:
            messages.warning(
                request,
                f"{form.fields[refusal.field].label}: {refusal}" if refusal.field in form.fields else str(refusal),
            )
        else:
            messages.success(request, gettext("The sizes are saved."))
        return HttpResponseRedirect(admin_url(package))

    def clear(self, request: HttpRequest, package_id: int) -> HttpResponse:
        """Take one step of the customs clearance."""
        package = self._found(request, package_id)
        if request.method != "POST":
            return HttpResponse(status=405, headers={"Allow": "POST"})
        declaration = CustomsDeclaration.objects.filter(package=package).select_related("package__order").first()
        if declaration is None:
            raise Http404
        try:
            customs.move(declaration, request.POST.get("to", ""), by=person(request))
        except Refused as refusal:
            messages.warning(request, str(refusal))
        else:
            words = gettext("%(declaration)s: %(status)s.")
            messages.success(request, words % {"declaration": declaration, "status": declaration.get_status_display()})
        return HttpResponseRedirect(f"{admin_url(package)}#customs")

    def split(self, request: HttpRequest, package_id: int) -> HttpResponse:
        """Ask how the goods of an order are put into packages, and have it split so."""
        package = self._found(request, package_id)
        order = package.order
        lines = [line for line in order.lines.select_related("variant__product") if line.wanted]
        refusal = ""
        if request.method == "POST":
            try:
                parcels.request_split(order, _parts(request, lines), by=person(request))
            except Refused as refused:
                refusal = str(refused)
            else:
                messages.success(request, gettext("%(order)s is queued to be split.") % {"order": order})
                return HttpResponseRedirect(admin_url(order))
        context = {
            "order": order,
            "package": package,
            "refusal": refusal,
            "parts": range(1, PARTS + 1),
            "lines": [
                {
                    "line": line,
                    "cells": [(_field(line, part), _given(request, line, part)) for part in range(1, PARTS + 1)],
                }
                for line in lines
            ],
            "back": admin_url(package),
        }
        return self.page(
            request, "admin/orders/package/split.html", gettext("Split %(order)s") % {"order": order}, **context
        )


def _field(line: OrderLine, part: int) -> str:
    return f"pieces_{line.pk}_{part}"


def _given(request: HttpRequest, line: OrderLine, part: int) -> str:
    whole = str(line.wanted) if part == 1 else "0"
    return request.POST.get(_field(line, part), whole) if request.method == "POST" else whole


def _parts(request: HttpRequest, lines: list[OrderLine]) -> list[dict[str, int]]:
    """Return which pieces a person puts into which package; an empty package is none."""
    parts = []
    for part in range(1, PARTS + 1):
        held: dict[str, int] = {}
        for line in lines:
            said = request.POST.get(_field(line, part), "").strip() or "0"
            if not said.isdecimal():
                words = gettext("%(line)s: “%(value)s” is no number of pieces.")
                raise Refused(words % {"line": line.sku or line.name, "value": said[:20]}, field="parts")
            if int(said):
                held[line.external_id] = int(said)
        if held:
            parts.append(held)
    return parts


def _pieces(order: Order) -> int:
    return sum(line.wanted for line in order.lines.all())


def _accounts(package: Package) -> list[int]:
    found = [package.order.shop.account_id]
    return [*found, package.purchase.account_id] if package.purchase else found
