"""What every page of the console shares: honest reports, capped counts, buttons that post (dependencies.md)."""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from functools import update_wrapper
from itertools import islice
from typing import Any, TypeVar

from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import models
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display
from unfold.views import ChangeList

from .errors import Refused
from .shown import admin_url, link_to, list_url

NAMED_AT_MOST = 5  # rows that a report names one by one; the others are counted
ACT_ON_AT_MOST = 1_000  # rows that one press of a button may concern


def _named(rows: list[tuple[Model, object]]) -> SafeString:
    """Name the first rows, each linked to what was made for it, and count the others."""
    parts = []
    for row, made in rows[:NAMED_AT_MOST]:
        try:
            parts.append((link_to(made if isinstance(made, Model) and made.pk else row, row),))
        except NoReverseMatch:  # what was made has no page of its own
            parts.append((format_html("{}", row),))
    named = format_html_join(", ", "{}", parts)
    others = len(rows) - NAMED_AT_MOST
    if others <= 0:
        return named
    more = ngettext("and %(count)d more", "and %(count)d more", others) % {"count": others}
    return format_html("{} {}", named, more)


def report_each(request: HttpRequest, rows: Iterable[Any], act: Callable[[Any], object], *, done: object) -> None:
    """Call `act` for each row and tell what happened: what was done in one message, each kind of refusal in its own."""
    worked: list[tuple[Model, object]] = []
    refused: dict[str, list[tuple[Model, object]]] = {}
    chosen = list(islice(rows, ACT_ON_AT_MOST + 1))
    if len(chosen) > ACT_ON_AT_MOST:
        messages.error(
            request, _("These are more than %(most)d rows: filter the list first.") % {"most": ACT_ON_AT_MOST}
        )
        return
    for row in chosen:
        try:
            worked.append((row, act(row)))
        except Refused as refusal:
            refused.setdefault(str(refusal), []).append((row, None))
    _tell(request, worked, refused, done)


def tell_table(
    request: HttpRequest, taken: Iterable[Model], refused: Iterable[tuple[Model, str]], *, done: object
) -> None:
    """Tell what became of each row where one call was about all of them, as `report_each` does."""
    reasons: dict[str, list[tuple[Model, object]]] = {}
    for row, reason in refused:
        reasons.setdefault(reason, []).append((row, None))
    _tell(request, [(row, None) for row in taken], reasons, done)


def _tell(
    request: HttpRequest,
    worked: list[tuple[Model, object]],
    refused: Mapping[str, list[tuple[Model, object]]],
    done: object,
) -> None:
    if worked:
        messages.success(request, format_html("{}: {}", capfirst(str(done)), _named(worked)))
    for reason, refused_rows in refused.items():
        messages.warning(request, format_html("{}: {}", _named(refused_rows), reason))


def asked_by(request: HttpRequest, act: Callable[..., object]) -> Callable[[Any], object]:
    """Let a service know who asks."""
    person = request.user.get_username()
    return lambda row: act(row, requested_by=person)


class CappedCount(int):
    """The number at which counting stopped: prints as "10,000+"."""

    def __str__(self) -> str:
        return f"{int(self):,}+"


class CappedPaginator(Paginator):
    """Count at most `cap` rows: page 1 of a million costs what page 1 of a thousand costs, and no page lies deep."""

    cap = 10_000

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        if not isinstance(rows, QuerySet):
            return len(rows)
        counted = rows.order_by()[: self.cap + 1].count()
        return CappedCount(self.cap) if counted > self.cap else counted


class CappedChangeList(ChangeList):
    """Say "12 results" where something is filtered, and nothing where all is shown."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list: list[Any] = self.model_admin.prepare(list(self.result_list))
        if not (self.query or self.has_active_filters):
            self.full_result_count = self.result_count


F = TypeVar("F", bound=Callable[..., Any])


def column(
    title: Any, *, label: Mapping[Any, str] | None = None, ordering: str | None = None, boolean: bool | None = None
) -> Callable[[F], F]:
    """Make a method a column: its title, how its values are colored, by what it is sorted."""
    decorate: Callable[[F], F] = display(description=title, label=label, ordering=ordering, boolean=boolean)
    return decorate


class ConsoleAdmin(ModelAdmin):
    """A list that stays quick at a million rows, and a page whose buttons are the list's own actions, by POST."""

    paginator: Any = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    list_fullwidth = True
    list_max_show_all = 0
    formfield_overrides: Any = {models.URLField: {"assume_scheme": "https"}}
    buttons: tuple[str, ...] = ()  # actions that the record's own page offers too

    change_form_outer_before_template = "admin/console/buttons.html"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return CappedChangeList

    @column(gettext_lazy("account"))
    def account_name(self, row: Any) -> str:
        return row.account.name if row.account else "–"

    def prepare(self, rows: list[Any]) -> list[Any]:
        """Add to one page of rows what its columns need besides, in a fixed number of queries."""
        return rows

    def has_act_permission(self, request: HttpRequest) -> bool:
        """May this person press buttons here? Acting needs the model's change permission."""
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")  # type: ignore[union-attr]

    def get_urls(self) -> list[URLPattern]:
        pressed = update_wrapper(
            lambda *args, **kwargs: self.admin_site.admin_view(self.press)(*args, **kwargs), self.press
        )
        name = f"{self.opts.app_label}_{self.opts.model_name}_press"
        return [path("<path:object_id>/press/<slug:name>/", pressed, name=name), *super().get_urls()]

    def press(self, request: HttpRequest, object_id: str, name: str) -> HttpResponseBase:
        """Run one of the buttons for one record: the list's action on a list of one."""
        chosen = self.get_actions(request).get(name) if name in self.buttons else None
        if request.method != "POST":
            return HttpResponse(status=405, headers={"Allow": "POST"})
        if chosen is None:
            raise PermissionDenied if name in self.buttons else Http404
        rows = self.get_queryset(request).filter(pk=unquote(object_id))
        row = rows.first()
        if row is None or not self.has_view_permission(request, row):
            raise Http404
        answer = chosen[0](self, request, rows)
        return answer or HttpResponseRedirect(self._back(request, row))

    def _back(self, request: HttpRequest, row: Model) -> str:
        back = request.POST.get("next", "")
        return back if url_has_allowed_host_and_scheme(back, {request.get_host()}) else admin_url(row)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        object_id = object_id or ""
        offered = self.get_actions(request) if object_id else {}
        to_press = f"admin:{self.opts.app_label}_{self.opts.model_name}_press"
        row = self.get_object(request, unquote(object_id)) if offered and self.buttons else None
        buttons = [
            {"url": reverse(to_press, args=(object_id, name)), "label": offered[name][2]}
            for name in self.buttons
            if row is not None and name in offered and self.offers(name, row)
        ]
        return super().changeform_view(
            request, object_id or None, form_url, {"buttons": buttons, **(extra_context or {})}
        )

    def offers(self, name: str, row: Any) -> bool:
        """Tell whether a button makes sense for this record as it stands."""
        return True

    def page(self, request: HttpRequest, template: str, title: object, **context: Any) -> TemplateResponse:
        """Answer with a page of this model's own, in the console's frame."""
        request.current_app = self.admin_site.name  # type: ignore[attr-defined]
        frame = {**self.admin_site.each_context(request), "title": title, "media": self.media}
        if "original" in context:  # a record's page: the way back to its list stands above it
            frame["opts"] = self.opts
        return TemplateResponse(request, template, frame | context)

    def confirmed(self, request: HttpRequest, rows: QuerySet[Any], *, action: str, title: object, text: object) -> Any:
        """Return None where the person has confirmed, else the page that asks."""
        if request.POST.get("confirmed"):
            return None
        chosen = request.POST.getlist(helpers.ACTION_CHECKBOX_NAME) or [str(row.pk) for row in rows]
        back = admin_url(rows[0]) if len(rows) == 1 else list_url(self.model)
        context = {"rows": rows, "chosen": chosen, "action": action, "text": text, "back": back}
        context["post_to"] = request.get_full_path()
        return self.page(request, "admin/console/confirm.html", title, **context)


class ReadOnlyAdmin(ConsoleAdmin):
    """Rows that services decide: a person reads them and presses buttons, and edits no column."""

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        # The log of edits by hand would be empty: what happened to such a record stands on its own page.
        return super().changeform_view(request, object_id, form_url, {"show_history": False, **(extra_context or {})})

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def since_filter(field: str, label: Any) -> type[DropdownFilter]:
    """Make a filter of ranges (last hour, today, 7 days, 30 days) on a time column; cheaper than a date hierarchy."""
    spans = {
        "hour": (gettext_lazy("The last hour"), timedelta(hours=1)),
        "day": (gettext_lazy("The last 24 hours"), timedelta(days=1)),
        "week": (gettext_lazy("The last 7 days"), timedelta(days=7)),
        "month": (gettext_lazy("The last 30 days"), timedelta(days=30)),
    }

    class Since(DropdownFilter):
        title = label
        parameter_name = f"{field}_since"

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
            return [*((name, text) for name, (text, _span) in spans.items()), ("before", gettext_lazy("Longer ago"))]

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            if self.value() == "before":
                return queryset.filter(**{f"{field}__lt": timezone.now() - spans["month"][1]})
            if self.value() in spans:
                return queryset.filter(**{f"{field}__gte": timezone.now() - spans[str(self.value())][1]})
            return queryset

    return Since
