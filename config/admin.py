"""The account's pages. They stand at the top because what can be done for an account is known by every app below."""

from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from accounts import services
from accounts.adminsite import asked_by, column, report_each
from accounts.errors import Refused
from accounts.models import PlatformAccount
from accounts.past import entries_of
from accounts.shown import money
from catalog.services import categories, stock
from catalog.services.selling import adopting, comparing, pushing
from integrations import connections, custodian, gateways, governor, issuers, onboarding
from integrations.admin import shown_limits
from integrations.buckets import account_key
from integrations.models import ApiCall, RateBucket, SyncJob, SyncRun
from orders.services import balances, buying, intake

from .admin_connect import ConnectPages
from .admin_shops import shown_shop

STATUS_LABELS = {"connected": "success", "reconnect": "danger", "disconnected": "warning", "lead": "info"}
SHOPS_SHOWN = 100
BOTH = ("sync_categories", "refresh_token", "read_settings", "disconnect")
SUPPLYING = ("sync_warehouses", "sync_stock", "buy", "read_balance")  # buttons of a supplier's account
SELLING = ("sync_orders", "push_prices", "push_stock", "adopt", "compare")  # and of one that sells


@admin.register(PlatformAccount)
class AccountAdmin(ConnectPages):
    list_display = ["name", "platform", "status_label", "short_problem", "call_rate", "external_id", "connected_at"]
    list_filter = [
        ("status", ChoicesDropdownFilter),
        ("platform", ChoicesDropdownFilter),
        ("seller_center", ChoicesDropdownFilter),
        ("lead_status", ChoicesDropdownFilter),
    ]
    list_filter_submit = True
    search_fields = ["name", "=external_id"]
    buttons = (*SELLING, "sync_categories", *SUPPLYING, "refresh_token", "read_settings", "disconnect")
    actions = list(buttons)
    change_form_template = "admin/accounts/platformaccount/page.html"
    fields = ["name"]  # the page is drawn by its template

    @column(_("status"), label=STATUS_LABELS)
    def status_label(self, account: PlatformAccount) -> tuple[str, str]:
        if account.lead_status:
            return "lead", f"{_('Lead')}: {account.get_lead_status_display()}"
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
        if name not in BOTH and (name in SELLING) != (row.platform in gateways.sells_on()):
            return False
        return row.is_connected or (name == "disconnect" and row.status != row.Status.DISCONNECTED)

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

    @admin.action(description=_("Buy what is approved"), permissions=["act"])
    def buy(self, request: HttpRequest, queryset: QuerySet[PlatformAccount]) -> None:
        report_each(request, queryset, asked_by(request, buying.request_purchases), done=_("queued to be bought"))

    @admin.action(description=_("Read the balance"), permissions=["act"])
    def read_balance(self, request: HttpRequest, queryset: QuerySet[PlatformAccount]) -> None:
        report_each(request, queryset, asked_by(request, balances.request_reading), done=_("queued for its balance"))

    @admin.action(description=_("Sync orders"), permissions=["act"])
    def sync_orders(self, request: HttpRequest, queryset: QuerySet[PlatformAccount]) -> None:
        report_each(request, queryset, asked_by(request, intake.request_sync), done=_("queued for its orders"))

    @admin.action(description=_("Push prices"), permissions=["act"])
    def push_prices(self, request: HttpRequest, queryset: QuerySet[PlatformAccount]) -> None:
        push = asked_by(request, partial(pushing.request_push, what="prices"))
        report_each(request, queryset, push, done=_("queued where prices differ"))

    @admin.action(description=_("Push stock"), permissions=["act"])
    def push_stock(self, request: HttpRequest, queryset: QuerySet[PlatformAccount]) -> None:
        push = asked_by(request, partial(pushing.request_push, what="stock"))
        report_each(request, queryset, push, done=_("queued where stock differs"))

    @admin.action(description=_("Adopt what stands there"), permissions=["act"])
    def adopt(self, request: HttpRequest, queryset: QuerySet[PlatformAccount]) -> None:
        report_each(request, queryset, asked_by(request, adopting.request_adoption), done=_("queued to be adopted"))

    @admin.action(description=_("Compare with the platform"), permissions=["act"])
    def compare(self, request: HttpRequest, queryset: QuerySet[PlatformAccount]) -> None:
        report_each(request, queryset, asked_by(request, comparing.request_comparison), done=_("queued to be compared"))

    @admin.action(description=_("Refresh the token now"), permissions=["act"])
    def refresh_token(self, request: HttpRequest, queryset: QuerySet[PlatformAccount]) -> None:
        report_each(request, queryset, _refresh, done=_("a refresh is queued"))

    @admin.action(description=_("Read settings"), permissions=["act"])
    def read_settings(self, request: HttpRequest, queryset: QuerySet[PlatformAccount]) -> None:
        report_each(request, queryset, asked_by(request, connections.request_settings), done=_("queued"))

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
    """Queue a refresh of the account's tokens and of those of each shop of it."""
    kept = account.credentials.select_related("account", "shop")
    alive = [one for one in kept if (one.shop or account).is_connected]
    if not alive:
        raise Refused(_("It is not connected. Connect it again first."))
    queued = [custodian.request_refresh(credential) for credential in alive]
    return queued[0]


def _page_of(account: PlatformAccount) -> dict[str, Any]:
    """Gather what an account's page shows: of its secrets only the times."""
    shops = account.shops.select_related("account").order_by("region", "name")
    shown, routes = [shown_shop(shop) for shop in shops[:SHOPS_SHOWN]], dict[str, list[str]]()
    for entry in shown:
        routes.setdefault(entry["reason"], []).append(entry["shop"].name)
    steps = onboarding.steps_of(account)
    return {
        "account": account,
        "by_consent": account.platform in issuers.by_consent(),
        "shops": shown,
        "routes": routes,
        "places": account.facts.get("places") or [],
        "steps": steps,
        "steps_done": sum(step.is_done for step in steps),
        "credential": services.credential_of(account) or account.credentials.first(),
        "funds": _funds_of(account) if account.platform in gateways.buys_from() else None,
        "limits": shown_limits(account),
        "forecast": governor.forecast(account, 500),
        "runs": SyncRun.objects.filter(account=account).order_by("-pk")[:5],
        "held": SyncJob.objects.filter(account=account, state=SyncJob.State.QUEUED)[:1000].count(),
        "calls": ApiCall.objects.filter(account=account).defer("request", "response").order_by("-pk")[:15],
        "entries": entries_of(account, 20),
    }


def _funds_of(account: PlatformAccount) -> dict[str, Any]:
    """Say what a supplier's account holds, and what open purchases will take from it."""
    forecast = balances.forecast(account)
    amounts = {
        name: money(getattr(forecast, name), None, "USD")
        for name in ("balance", "planned", "approved", "placed", "billed", "left", "short")
    }
    return amounts | {
        "read_at": forecast.read_at,
        "is_short": forecast.short > 0,
        "is_known": forecast.balance is not None,
    }
