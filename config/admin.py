"""The account's pages. They stand at the top because what can be done for an account is known by every app below."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from accounts import services
from accounts.adminsite import ReadOnlyAdmin, asked_by, column, report_each
from accounts.errors import Refused
from accounts.models import Platform, PlatformAccount
from accounts.shown import admin_url
from catalog.services import categories, stock
from integrations import connections, custodian, governor
from integrations.admin import shown_limit
from integrations.buckets import account_key
from integrations.errors import PlatformError
from integrations.models import ApiCall, RateBucket, SyncJob, SyncRun

STATUS_LABELS = {"connected": "success", "reconnect": "danger", "disconnected": "warning"}
BY_KEY = [Platform.CJ]  # platforms that are connected by an API key


class ConnectForm(forms.Form):
    """What connecting by key asks. The key is sent once and never shown again."""

    platform = forms.ChoiceField(label=_("Platform"), choices=[(platform.value, platform.label) for platform in BY_KEY])
    api_key = forms.CharField(
        label=_("API key"),
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("At CJ: Store authorization → API → Generate. A new key there ends the old one."),
    )
    name = forms.CharField(
        label=_("Name"), required=False, max_length=100, help_text=_("As you call it; empty takes the platform's.")
    )


@admin.register(PlatformAccount)
class AccountAdmin(ReadOnlyAdmin):
    list_display = ["name", "platform", "status_label", "short_problem", "call_rate", "external_id", "connected_at"]
    list_filter = [("status", ChoicesDropdownFilter), ("platform", ChoicesDropdownFilter)]
    list_filter_submit = True
    search_fields = ["name", "=external_id"]
    actions = ["sync_categories", "sync_warehouses", "sync_stock", "refresh_token", "read_settings", "disconnect"]
    buttons = ("sync_categories", "sync_warehouses", "sync_stock", "refresh_token", "read_settings", "disconnect")
    change_form_template = "admin/accounts/platformaccount/page.html"
    fields = ["name"]  # the page is drawn by its template

    @column(_("status"), label=STATUS_LABELS)
    def status_label(self, account: PlatformAccount) -> tuple[str, str]:
        return account.status, account.get_status_display()

    @column(_("problem"))
    def short_problem(self, account: PlatformAccount) -> str:
        return account.problem[:120]

    def prepare(self, rows: list[PlatformAccount]) -> list[PlatformAccount]:
        keys = {account_key(row): row for row in rows}
        rates = dict(RateBucket.objects.filter(key__in=keys).values_list("key", "rate"))
        for key, row in keys.items():
            row.rate = rates.get(key)  # type: ignore[attr-defined]
        return rows

    @column(_("Calls a second"))
    def call_rate(self, account: PlatformAccount) -> str:
        """Return what the platform lets through: CJ says this, and never names the level behind it."""
        rate = getattr(account, "rate", None)
        return number_format(rate) if rate else "–"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("accounts.add_platformaccount")  # type: ignore[union-attr]

    def offers(self, name: str, row: PlatformAccount) -> bool:
        return row.is_connected or (name == "disconnect" and row.status != row.Status.DISCONNECTED)

    def get_urls(self) -> list[URLPattern]:
        again = path(
            "<int:account_id>/connect/",
            self.admin_site.admin_view(self.connect),
            name="accounts_platformaccount_connect",
        )
        return [again, *super().get_urls()]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Connect instead of adding a bare row."""
        return self.connect(request)

    def connect(self, request: HttpRequest, account_id: int | None = None) -> HttpResponse:
        """Ask for a key and connect with it: a new account, or a known one again."""
        account = PlatformAccount.objects.filter(pk=account_id).first() if account_id else None
        if account_id and account is None:
            raise Http404
        if not (self.has_act_permission(request) if account else self.has_add_permission(request)):
            raise PermissionDenied
        form = ConnectForm(
            request.POST or None, initial={"platform": account.platform, "name": account.name} if account else None
        )
        if request.method == "POST" and form.is_valid():
            connected = self._connected(form, account)
            if connected is not None:
                messages.success(request, _("%(account)s is connected.") % {"account": connected})
                return HttpResponseRedirect(admin_url(connected))
        title = gettext("Connect %(account)s again") % {"account": account} if account else _("Connect an account")
        return self.page(request, "admin/accounts/platformaccount/connect.html", title, form=form, account=account)

    def _connected(self, form: ConnectForm, account: PlatformAccount | None) -> PlatformAccount | None:
        given = form.cleaned_data
        try:
            return connections.connect(given["platform"], api_key=given["api_key"], name=given["name"], account=account)
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        except PlatformError as error:
            form.add_error(
                None,
                _("The platform could not be asked: %(reason)s Nothing has changed; try again.") % {"reason": error},
            )
        return None

    @admin.action(description=_("Sync categories"), permissions=["act"])
    def sync_categories(self, request: HttpRequest, queryset: QuerySet[PlatformAccount]) -> None:
        report_each(
            request,
            queryset,
            asked_by(request, categories.request_categories),
            done=_("queued for its categories"),
        )

    @admin.action(description=_("Sync warehouses"), permissions=["act"])
    def sync_warehouses(self, request: HttpRequest, queryset: QuerySet[PlatformAccount]) -> None:
        report_each(
            request,
            queryset,
            asked_by(request, categories.request_warehouses),
            done=_("queued for its warehouses"),
        )

    @admin.action(description=_("Sync stock"), permissions=["act"])
    def sync_stock(self, request: HttpRequest, queryset: QuerySet[PlatformAccount]) -> None:
        report_each(request, queryset, asked_by(request, stock.request_stock_sync), done=_("queued for its stock"))

    @admin.action(description=_("Refresh the token now"), permissions=["act"])
    def refresh_token(self, request: HttpRequest, queryset: QuerySet[PlatformAccount]) -> None:
        report_each(request, queryset, _refresh, done=_("a refresh is queued"))

    @admin.action(description=_("Read level and limits"), permissions=["act"])
    def read_settings(self, request: HttpRequest, queryset: QuerySet[PlatformAccount]) -> None:
        report_each(request, queryset, connections.request_settings, done=_("queued"))

    @admin.action(description=_("Disconnect"), permissions=["act"])
    def disconnect(self, request: HttpRequest, queryset: QuerySet[PlatformAccount]) -> HttpResponse | None:
        asked: HttpResponse | None = self.confirmed(
            request,
            queryset,
            action="disconnect",
            title=_("Disconnect"),
            text=_("Its tokens are ended at the platform and erased here, and its work stops. What was read stays."),
        )
        if asked is None:
            report_each(request, queryset, connections.disconnect, done=_("disconnected"))
        return asked

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        account = PlatformAccount.objects.filter(pk=object_id).first() if object_id.isdigit() else None
        context = _page_of(account) if account else {}
        context["may_act"] = self.has_act_permission(request)
        return super().change_view(request, object_id, form_url, context | (extra_context or {}))


def _refresh(account: PlatformAccount) -> object:
    credential = services.credential_of(account)
    if credential is None or not account.is_connected:
        raise Refused(_("It is not connected. Connect it again first."))
    return custodian.request_refresh(credential)


def _page_of(account: PlatformAccount) -> dict[str, Any]:
    """Gather what an account's page shows: of its secrets only the times."""
    return {
        "account": account,
        "credential": services.credential_of(account),
        "limits": [shown_limit(limit) for limit in governor.state(account)],
        "forecast": governor.forecast(account, 500),
        "runs": SyncRun.objects.filter(account=account).order_by("-pk")[:5],
        "held": SyncJob.objects.filter(account=account, state=SyncJob.State.QUEUED)[:1000].count(),
        "calls": ApiCall.objects.filter(account=account).defer("request", "response").order_by("-pk")[:15],
        "past": account.history.select_related("history_user").order_by("-history_date", "-history_id")[:10],
    }
