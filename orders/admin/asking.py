"""Pages of these admins: a question before an action, files to download, one call for many rows."""

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.adminsite import ACT_ON_AT_MOST, ReadOnlyAdmin, tell_table
from accounts.errors import Refused
from accounts.shown import admin_url, list_url
from integrations.errors import PlatformError
from orders.services.tables import Table


def person(request: HttpRequest) -> str:
    """Return the name under which whoever presses a button is remembered."""
    return request.user.get_username()  # type: ignore[no-any-return]


class ReasonForm(forms.Form):
    """Why a person does it."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 3, "autofocus": True}),
    )


class DeskAdmin(ReadOnlyAdmin):
    """Rows that people work through: what they press is told row by row, and what asks for more asks on a page."""

    list_per_page = 100
    on_page_only: tuple[str, ...] = ()  # buttons of one record, that the list does not offer for many
    change_form_template: str

    def page_of(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """Return what the record's page shows."""
        raise NotImplementedError

    def asked(
        self,
        request: HttpRequest,
        rows: QuerySet[Any],
        *,
        action: str,
        title: object,
        text: object,
        form: type[forms.Form] = ReasonForm,
        danger: bool = False,
        **options: Any,
    ) -> tuple[dict[str, Any], HttpResponse | None]:
        """Return what a person answered and None, or nothing and the page that asks."""
        posted = request.POST if request.POST.get("confirmed") else None
        filled = form(posted, **options)
        if posted is not None and filled.is_valid():
            return filled.cleaned_data, None
        shown = list(rows[: ACT_ON_AT_MOST + 1])
        context = {
            "rows": shown[:20],
            "more": max(0, len(shown) - 20),
            "chosen": [row.pk for row in shown],
            "action": action,
            "text": text,
            "form": filled,
            "danger": danger,
            "back": admin_url(shown[0]) if len(shown) == 1 else list_url(self.model),
            "next": request.POST.get("next", ""),
            "post_to": request.get_full_path(),
        }
        return {}, self.page(request, "admin/orders/ask.html", title, **context)

    def tell(self, request: HttpRequest, act: Callable[[], Table[Any]], *, done: object) -> None:
        """Do one thing for many rows, and tell of each what happened."""
        try:
            table = act()
        except Refused as refusal:
            messages.warning(request, str(refusal))
        else:
            tell_table(request, table.taken, table.refused, done=done)

    def file(self, request: HttpRequest, make: Callable[[], bytes], name: str) -> HttpResponse | None:
        """Answer with a PDF, or say why there is none."""
        try:
            content = make()
        except (Refused, PlatformError) as refusal:
            messages.warning(request, str(refusal))
            return None
        return HttpResponse(
            content, content_type="application/pdf", headers={"Content-Disposition": f'attachment; filename="{name}"'}
        )

    def few(self, request: HttpRequest, rows: Iterable[Model]) -> list[Any]:
        """Return the chosen rows; none, with a word about it, where they are too many for one press."""
        found = list(rows)
        if len(found) > ACT_ON_AT_MOST:
            messages.error(
                request, _("These are more than %(most)d rows: filter the list first.") % {"most": ACT_ON_AT_MOST}
            )
            return []
        return found

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        """Draw the record's own page: every change is a button of its own."""
        row = self.get_queryset(request).filter(pk=object_id).first() if object_id.isdigit() else None
        if row is None or request.method != "GET" or not self.has_view_permission(request, row):
            return super().change_view(request, object_id, form_url, extra_context)
        may_act = self.has_act_permission(request)
        offered = self.get_actions(request) if may_act else {}
        context = {
            "original": row,
            "may_act": may_act,
            "next": request.get_full_path(),  # where a button leads back to
            **self.page_of(request, row),
        }
        main = context.get("main_button")
        names = [name for name in self.buttons if name in offered and self.offers(name, row)]
        names.sort(key=lambda name: name != main)
        context |= {
            "buttons": [{"url": self.press_url(row, name), "label": offered[name][2]} for name in names],
            "no_main": main is not None and main not in names,
        }
        return self.page(request, self.change_form_template, str(row), **context)

    def get_action_choices(self, request: HttpRequest, default_choices: Any = None) -> Any:
        choices = super().get_action_choices(request, default_choices or [("", "---------")])
        return [choice for choice in choices if choice[0] not in self.on_page_only]

    def press_url(self, row: Model, name: str) -> str:
        """Return where a button of a record posts to."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_press", args=(row.pk, name))
