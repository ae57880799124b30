"""Selections: what a merchandiser chose to carry, and the pages on which it is chosen, pasted and read anew."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Max, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import BooleanRadioFilter, ChoicesDropdownFilter, RelatedDropdownFilter

from accounts.adminsite import ConsoleAdmin, asked_by, column, report_each
from accounts.errors import Refused
from accounts.models import PlatformAccount
from accounts.shown import admin_url, link_to, list_url, tick, when
from catalog.models import Product, Selection
from catalog.services import selections, sourcing
from integrations.contracts import FilterField
from integrations.errors import PlatformError
from integrations.gateways import supplier_for
from integrations.models import SyncRun

from .filter_form import SelectionForm, initial_of
from .search_page import SearchPage

PROBLEMS_AT_MOST = 50


def questions_of(account: PlatformAccount) -> list[FilterField]:
    """Return what only this account's supplier asks in a search."""
    return supplier_for(account).filter_fields()


class PasteForm(forms.Form):
    text = forms.CharField(
        label=_("Product ids, SKUs or addresses"),
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
        help_text=_("One a line, or separated by commas."),
        strip=False,
    )


@admin.register(Selection)
class SelectionAdmin(SearchPage, ConsoleAdmin):
    list_display = ["title", "account_name", "kind", "products", "with_problems", "last_run", "kept_up", "swept"]
    list_filter = [
        ("kind", ChoicesDropdownFilter),
        ("account", RelatedDropdownFilter),
        ("is_active", BooleanRadioFilter),
    ]
    list_filter_submit = True
    list_select_related = ["account"]
    search_fields = ["name", "keyword"]
    actions = ["sync_now", "pause", "resume"]
    buttons = ("pause", "resume")
    change_form_template = "admin/catalog/selection/page.html"

    # --- the list

    def prepare(self, rows: list[Selection]) -> list[Selection]:
        keys = {sourcing.key_of(row): row for row in rows}
        newest = (
            SyncRun.objects.filter(key__in=keys).order_by().values("key").annotate(newest=Max("pk")).values("newest")
        )
        runs = {run.key: run for run in SyncRun.objects.filter(pk__in=newest)}
        carried = Count("items", filter=Q(items__has_left=False, items__product__isnull=False))
        wrong = Count("items", filter=~Q(items__problem=""))
        counts = (
            Selection.objects.filter(pk__in=[row.pk for row in rows]).annotate(carried=carried, wrong=wrong).order_by()
        )
        found = {pk: (n, m) for pk, n, m in counts.values_list("pk", "carried", "wrong")}
        for key, row in keys.items():
            row.newest_run, row.counts = runs.get(key), found.get(row.pk, (0, 0))  # type: ignore[attr-defined]
        return rows

    @column(_("name"))
    def title(self, selection: Selection) -> str:
        return selection.name

    @column(_("products"))
    def products(self, selection: Selection) -> SafeString:
        count = selection.counts[0]  # type: ignore[attr-defined]
        return format_html('<a class="cd-link" href="{}">{}</a>', list_url(Product, selection=selection.pk), count)

    @column(_("problems"))
    def with_problems(self, selection: Selection) -> str:
        return str(selection.counts[1] or "")  # type: ignore[attr-defined]

    @column(_("last run"))
    def last_run(self, selection: Selection) -> SafeString | str:
        run = selection.newest_run  # type: ignore[attr-defined]
        return link_to(run, format_html("{}, {}", run.get_state_display(), when(run.created_at))) if run else "–"

    @column(_("kept up to date"))
    def kept_up(self, selection: Selection) -> str:
        return tick(selection.is_active)

    @column(_("complete at"))
    def swept(self, selection: Selection) -> str:
        return when(selection.swept_at)

    # --- actions

    @admin.action(description=_("Sync now"), permissions=["act"])
    def sync_now(self, request: HttpRequest, queryset: QuerySet[Selection]) -> None:
        report_each(
            request,
            queryset.select_related("account"),
            asked_by(request, sourcing.request_sync),
            done=_("queued"),
        )

    @admin.action(description=_("Pause"), permissions=["act"])
    def pause(self, request: HttpRequest, queryset: QuerySet[Selection]) -> None:
        report_each(request, queryset, lambda one: selections.edit_selection(one, is_active=False), done=_("paused"))

    @admin.action(description=_("Keep up to date"), permissions=["act"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Selection]) -> None:
        report_each(
            request,
            queryset,
            lambda one: selections.edit_selection(one, is_active=True),
            done=_("kept up to date"),
        )

    def offers(self, name: str, row: Selection) -> bool:
        return row.is_active == (name == "pause")

    # --- pages

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("search/", view(self.search_page), name="catalog_search"),
            path("<int:selection_id>/paste/", view(self.paste), name="catalog_selection_paste"),
            path("<int:selection_id>/sync/", view(self.sync_page), name="catalog_selection_sync"),
        ]
        return [*own, *super().get_urls()]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Ask for a new selection; an address with answers (a search that shall be kept) fills them in."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        account = self.account_of(request)
        if account is None:
            return self.page(request, "admin/catalog/no_account.html", gettext("Add a selection"))
        asked = request.GET.dict()
        form = SelectionForm(request.POST or None, initial=asked, account=account, questions=questions_of(account))
        if request.method == "POST" and form.is_valid():
            made = self._saved(
                form, lambda: selections.create_selection(account, kind=form.cleaned_data["kind"], **form.answers())
            )
            if made is not None:
                self.log_addition(request, made, [{"added": {}}])
                messages.success(
                    request, gettext("“%(name)s” is saved. Sync it to read its products.") % {"name": made.name}
                )
                return HttpResponseRedirect(admin_url(made))
        context = {"form": form, "account": account, "accounts": self.accounts()}
        return self.page(request, "admin/catalog/selection/edit.html", gettext("Add a selection"), **context)

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        selection = (
            Selection.objects.select_related("account", "category").filter(pk=object_id).first()
            if object_id.isdigit()
            else None
        )
        if selection is None:
            raise Http404
        if not self.has_view_permission(request, selection):
            raise PermissionDenied
        form = SelectionForm(
            request.POST or None,
            initial=initial_of(selection),
            account=selection.account,
            questions=questions_of(selection.account),
            known=selection,
        )
        if request.method == "POST":
            if not self.has_change_permission(request, selection):
                raise PermissionDenied
            if form.is_valid() and self._saved(form, lambda: selections.edit_selection(selection, **form.answers())):
                self.log_change(request, selection, [{"changed": {"fields": form.changed_data}}])
                messages.success(request, _("“%(name)s” is saved.") % {"name": selection.name})
                return HttpResponseRedirect(admin_url(selection))
            selection = Selection.objects.select_related("account").get(pk=selection.pk)  # as it is stored
        return self.page(request, self.change_form_template, selection.name, **self._page_of(request, selection, form))

    def _saved(self, form: SelectionForm, save: Any) -> Selection | None:
        try:
            saved: Selection = save()
        except Refused as refusal:
            form.complain(str(refusal), refusal.field)
        except PlatformError as error:
            form.complain(str(error))
        else:
            return saved
        return None

    def _page_of(self, request: HttpRequest, selection: Selection, form: SelectionForm) -> dict[str, Any]:
        self.prepare([selection])
        press = "admin:catalog_selection_press"
        offered = self.get_actions(request)
        return {
            "original": selection,
            "selection": selection,
            "form": form,
            "runs": SyncRun.objects.filter(key=sourcing.key_of(selection)).order_by("-pk")[:5],
            "problems": selection.items.exclude(problem="").order_by("pk")[:PROBLEMS_AT_MOST],
            "products_url": list_url(Product, selection=selection.pk),
            "may_act": self.has_act_permission(request),
            "may_change": self.has_change_permission(request, selection),
            "may_delete": self.has_delete_permission(request, selection),
            "buttons": [
                {"url": reverse(press, args=(selection.pk, name)), "label": offered[name][2]}
                for name in self.buttons
                if name in offered and self.offers(name, selection)
            ],
            "no_main": True,
            "search_query": _query_of(form),
        }

    def paste(self, request: HttpRequest, selection_id: int) -> HttpResponse:
        """Take a pasted list and tell line by line what could not be taken."""
        selection = self._mine(request, selection_id)
        form, added = PasteForm(request.POST or None), None
        if request.method == "POST" and form.is_valid():
            try:
                added = selections.add_to_list(
                    selection, form.cleaned_data["text"], requested_by=request.user.get_username()
                )
            except Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        title = _("Paste products into “%(name)s”") % {"name": selection.name}
        return self.page(
            request, "admin/catalog/selection/paste.html", title, form=form, added=added, selection=selection
        )

    def sync_page(self, request: HttpRequest, selection_id: int) -> HttpResponse:
        """Say what each way of reading would cost and when it would be ready, and start the one that is chosen."""
        selection = self._mine(request, selection_id)
        if request.method == "POST":
            try:
                run = sourcing.request_sync(
                    selection, request.POST.get("mode", ""), requested_by=request.user.get_username()
                )
            except Refused as refusal:
                messages.warning(request, str(refusal))
            else:
                return HttpResponseRedirect(admin_url(run))
        plans = []
        for mode in sourcing.Mode:
            try:
                plans.append({"mode": mode, "forecast": sourcing.plan(selection, mode)})
            except (Refused, PlatformError) as error:
                plans.append({"mode": mode, "problem": str(error)})
        title = _("Sync “%(name)s”") % {"name": selection.name}
        return self.page(request, "admin/catalog/selection/sync.html", title, selection=selection, plans=plans)

    def _mine(self, request: HttpRequest, selection_id: int) -> Selection:
        if not self.has_act_permission(request):
            raise PermissionDenied
        selection = Selection.objects.select_related("account", "category").filter(pk=selection_id).first()
        if selection is None:
            raise Http404
        return selection


def _query_of(form: SelectionForm) -> str:
    """Return a saved search as the address of the live one."""
    given = {field.html_name: field.initial for field in (*form.common, *form.extras)}
    answers = {name: getattr(value, "pk", value) for name, value in given.items() if value not in (None, "")}
    return urlencode(
        {name: value.isoformat() if isinstance(value, datetime) else value for name, value in answers.items()}
    )
