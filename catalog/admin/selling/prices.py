"""Price rules with an example beside them, and exchange rates."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter

from accounts.adminsite import ConsoleAdmin, ReadOnlyAdmin, column
from accounts.errors import Refused
from accounts.models import PlatformAccount, Shop
from accounts.shown import list_url, money, when
from catalog.models import ExchangeRate, PriceRule
from catalog.services.selling import pricing, rates

from .words import selling_accounts

EXAMPLE = Decimal(5)  # dollars


@admin.register(PriceRule)
class PriceRuleAdmin(ConsoleAdmin):
    list_display = ["name", "holds_for", "margin_percent", "fee_percent", "freight", "minimum", "ending", "example"]
    list_filter = [("account", RelatedDropdownFilter)]
    list_select_related = ["account", "shop__account"]
    ordering = ["account", "shop", "name"]
    sortable_by = ()
    search_fields = ["name"]
    fields = [
        *("name", "account", "shop", "margin_percent", "fee_percent", "freight", "minimum", "ending"),
        *("example", "updated_at"),
    ]
    readonly_fields = ["example", "updated_at"]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "account":
            kwargs["queryset"] = selling_accounts()
        if db_field.name == "shop":
            kwargs["queryset"] = Shop.objects.filter(account__in=selling_accounts()).select_related("account")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def prepare(self, rows: list[PriceRule]) -> list[PriceRule]:
        table = rates.table()
        for row in rows:
            row.table = table  # type: ignore[attr-defined]
        return rows

    @column(_("holds for"))
    def holds_for(self, rule: PriceRule) -> str:
        if rule.shop:
            return f"{rule.shop.region} {rule.shop.name}".strip()
        return rule.account.name if rule.account else gettext("all that has no rule of its own")

    @column(_("a product that costs 5.00 USD costs"))
    def example(self, rule: PriceRule) -> SafeString | str:
        """Say what the rule makes of an example, or what is missing for that."""
        if not rule.pk:
            return gettext("Save it to see an example.")
        currency = _currency(rule)
        table = getattr(rule, "table", None) or rates.table()
        rate = table.rate("USD", currency)
        if rate is None:
            words = gettext("No rate from USD to %(currency)s is known.")
            return format_html('<span class="cd-warn">{}</span>', words % {"currency": currency})
        try:
            found = pricing.reckon(EXAMPLE, rule, rate, currency)
        except Refused as refusal:
            return format_html('<span class="cd-bad">{}</span>', refusal)
        words = gettext("%(price)s: rate %(rate)s, fee %(fee)s, left over %(margin)s")
        return words % {
            "price": money(found.price, None, currency),
            "rate": f"{rate.normalize():f}"[:10],
            "fee": money(found.fee, None, currency),
            "margin": money(found.margin, None, currency),
        }


def _currency(rule: PriceRule) -> str:
    if rule.shop:
        return rule.shop.currency or "USD"
    return rule.account.currency or "USD" if rule.account else "USD"


class RateForm(forms.Form):
    base = forms.CharField(label=_("From"), max_length=3, min_length=3, help_text=_("Three letters, such as USD"))
    quote = forms.CharField(label=_("To"), max_length=3, min_length=3, help_text=_("Three letters, such as CNY"))
    rate = forms.DecimalField(
        label=_("Rate"),
        max_digits=20,
        decimal_places=8,
        help_text=_("So much of the second for one of the first"),
    )


@admin.register(ExchangeRate)
class ExchangeRateAdmin(ReadOnlyAdmin):
    """Rates are set, not edited: each setting says who and when."""

    list_display = ["pair", "shown_rate", "source", "set_when"]
    ordering = ["base", "quote"]
    sortable_by = ()
    search_fields = ["=base", "=quote"]
    fields = ["base", "quote", "rate", "source", "set_at"]

    @column(_("currencies"))
    def pair(self, rate: ExchangeRate) -> str:
        return f"{rate.base} → {rate.quote}"

    @column(_("rate"))
    def shown_rate(self, rate: ExchangeRate) -> str:
        return f"{rate.rate.normalize():f}"

    @column(_("set"))
    def set_when(self, rate: ExchangeRate) -> Any:
        return when(rate.set_at)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("catalog.add_exchangerate")  # type: ignore[union-attr]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Set a rate, a new one or one that is there."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = RateForm(request.POST or None, initial={name: request.GET.get(name, "") for name in ("base", "quote")})
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data
            try:
                row = rates.set_rate(given["base"], given["quote"], given["rate"], by=request.user.get_username())
            except Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
            else:
                messages.success(request, gettext("Set: %(rate)s.") % {"rate": row})
                return HttpResponseRedirect(list_url(ExchangeRate))
        missing = [
            account.currency
            for account in PlatformAccount.objects.filter(pk__in=selling_accounts()).exclude(currency="")
            if rates.rate("USD", account.currency) is None
        ]
        context = {"form": form, "missing": sorted(set(missing))}
        return self.page(request, "admin/catalog/selling/rate.html", gettext("Set a rate"), **context)
