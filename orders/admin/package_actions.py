"""What people do to packages: one service call for all rows where it is about many, told row by row."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts.adminsite import report_each
from orders.models import CustomsDeclaration, Label, Order, Package
from orders.services import arranging, arranging_rules, checkpoints, customs, labels, papers, parcels, telling, tracking

from .asking import DeskAdmin, person

UNSENT = ("created", "processing", "on_hold")


class PackageActions(DeskAdmin):
    """The buttons of a package, and what the list does for many."""

    @admin.action(description=_("Arrange shipping"), permissions=["act"])
    def arrange(self, request: HttpRequest, queryset: QuerySet[Package]) -> None:
        if rows := self.few(request, queryset):
            self.tell(
                request,
                lambda: arranging.request_arrangement(rows, by=person(request)),
                done=_("queued to be arranged"),
            )

    @admin.action(description=_("Get labels"), permissions=["act"])
    def get_labels(self, request: HttpRequest, queryset: QuerySet[Package]) -> None:
        if rows := self.few(request, queryset):
            self.tell(request, lambda: labels.request_labels(rows, person(request)), done=_("queued for their labels"))

    @admin.action(description=_("Download labels (one PDF)"), permissions=["act"])
    def download_labels(self, request: HttpRequest, queryset: QuerySet[Package]) -> HttpResponse | None:
        rows = self.few(request, queryset)
        return self.file(request, lambda: papers.merged_labels(rows), "labels.pdf") if rows else None

    @admin.action(description=_("Packing slips (PDF)"), permissions=["act"])
    def packing_slips(self, request: HttpRequest, queryset: QuerySet[Package]) -> HttpResponse | None:
        rows = self.few(request, queryset)
        return self.file(request, lambda: papers.packing_slips(rows), "packing-slips.pdf") if rows else None

    @admin.action(description=_("Pick list (PDF)"), permissions=["act"])
    def pick_list(self, request: HttpRequest, queryset: QuerySet[Package]) -> HttpResponse | None:
        rows = self.few(request, queryset)
        return self.file(request, lambda: papers.pick_list(rows), "pick-list.pdf") if rows else None

    @admin.action(description=_("Tell the marketplace"), permissions=["act"])
    def tell_marketplace(self, request: HttpRequest, queryset: QuerySet[Package]) -> None:
        if rows := self.few(request, queryset):
            self.tell(request, lambda: telling.request_telling(rows, person(request)), done=_("queued to be told"))

    @admin.action(description=_("See where it is"), permissions=["act"])
    def look(self, request: HttpRequest, queryset: QuerySet[Package]) -> None:
        report_each(
            request,
            queryset,
            lambda row: tracking.request_look(row, by=person(request)),
            done=_("queued to be looked up"),
        )

    @admin.action(description=_("Prepare customs papers"), permissions=["act"])
    def prepare_customs(self, request: HttpRequest, queryset: QuerySet[Package]) -> None:
        def prepared(package: Package) -> Package:
            customs.prepare(package, person(request))
            return package

        report_each(request, queryset, prepared, done=_("customs papers are prepared"))

    @admin.action(description=_("Commercial invoice (PDF)"), permissions=["act"])
    def commercial_invoice(self, request: HttpRequest, queryset: QuerySet[Package]) -> HttpResponse | None:
        return self.file(request, lambda: papers.commercial_invoice(queryset[0]), "commercial-invoice.pdf")

    @admin.action(description=_("Customs declaration (PDF)"), permissions=["act"])
    def customs_declaration(self, request: HttpRequest, queryset: QuerySet[Package]) -> HttpResponse | None:
        return self.file(request, lambda: papers.customs_declaration(queryset[0]), "customs-declaration.pdf")

    @admin.action(description=_("Put the order together again"), permissions=["act"])
    def put_together(self, request: HttpRequest, queryset: QuerySet[Package]) -> None:
        orders = Order.objects.filter(packages__in=queryset).select_related("shop__account").distinct()
        report_each(
            request,
            orders,
            lambda order: parcels.request_merge(order, by=person(request)),
            done=_("queued to be put together"),
        )

    def offers(self, name: str, row: Package) -> bool:
        label = Label.objects.filter(package=row).values_list("status", flat=True).first()
        papers_there = CustomsDeclaration.objects.filter(package=row).exists()
        crosses = customs.origin_of(row) != row.order.country_code
        conditions: dict[str, bool] = {
            "arrange": not arranging_rules.why_not(row),
            "get_labels": row.arranged_at is not None
            and label in (None, Label.Status.FAILED)
            and row.status in (*UNSENT, "ready_for_pickup"),
            "download_labels": label == Label.Status.READY,
            "tell_marketplace": not telling.why_not(row),
            "look": bool(row.tracking_number) and row.status not in checkpoints.ENDED,
            "prepare_customs": crosses,
            "commercial_invoice": crosses and papers_there,
            "customs_declaration": crosses and papers_there,
            "put_together": row.arranged_at is None and len(parcels.living(row.order)) > 1 and row.status in UNSENT,
        }
        return conditions.get(name, True)
