"""What is missing after a seller's consent, in words, each with the step of the platform's guide."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import PlatformAccount, Shop

from .channels import Grant

NAMED_AT_MOST = 5


def missing(
    grant: Grant, accounts: list[PlatformAccount], shops: list[Shop], *, wanted: PlatformAccount | None = None
) -> list[str]:
    """Say what is missing, each with the step of the platform's guide; `wanted` is whom the link was made for."""
    notes = []
    if wanted is not None and wanted.lead_status:
        text = _("%(lead)s is still to be won: who authorized is known here already as %(accounts)s.")
        notes.append(text % {"lead": wanted.name, "accounts": ", ".join(one.name for one in accounts)})
    elif wanted is not None and not wanted.is_shop and wanted.pk not in {account.pk for account in accounts}:
        notes.append(_not_ticked(wanted))
    orphans = [shop for shop in shops if shop.account.is_shop and shop.facts.get("merchant_id")]
    if orphans and grant.authorized_by:
        notes.append(
            _(
                "“Auth Merchant” was not ticked, so nothing can be published to %(shops)s. Authorize again with the "
                "main account and tick every shop and “Auth Merchant”."
            )
            % {"shops": _named(orphans)}
        )
    elif orphans:
        notes.append(
            _(
                "%(shops)s authorized with its own login, but belongs to a merchant. Authorize again with the main "
                "account (its login looks like name:main) and tick every shop and “Auth Merchant”."
            )
            % {"shops": _named(orphans)}
        )
    for account in accounts:
        if account.is_shop:
            continue
        if account.external_id not in grant.account_ids:
            notes.append(_not_ticked(account))
        unticked = list(account.shops.exclude(external_id__in=grant.shop_ids).order_by("pk"))
        lost = [shop for shop in unticked if shop.status == Shop.Status.RECONNECT]
        if lost:
            text = ngettext(
                "%(shops)s was not ticked and is paused. Authorize again and tick every shop.",
                "%(shops)s were not ticked and are paused. Authorize again and tick every shop.",
                len(lost),
            )
            notes.append(text % {"shops": _named(lost)})
        kept = [shop for shop in unticked if shop.status == Shop.Status.CONNECTED]
        if kept:
            text = _("%(shops)s: not ticked this time; the earlier authorization still holds.")
            notes.append(text % {"shops": _named(kept)})
        if not account.currency and account.settings_read_at:
            notes.append(
                _("%(account)s has no currency yet. Set it and the market rates in the seller center.")
                % {"account": account.name}
            )
        if not account.upgraded and account.settings_read_at:
            notes.append(
                _("%(account)s is not upgraded to Global SKU yet; its onboarding page shows the steps.")
                % {"account": account.name}
            )
    return notes


def _not_ticked(account: PlatformAccount) -> str:
    return _(
        "“Auth Merchant” was not ticked for %(account)s. Where it is paused it stays so: authorize again with the main "
        "account and tick every shop and “Auth Merchant”."
    ) % {"account": account.name}


def _named(shops: list[Shop]) -> str:
    named = ", ".join(shop.name for shop in shops[:NAMED_AT_MOST])
    others = len(shops) - NAMED_AT_MOST
    return named if others <= 0 else _("%(named)s and %(count)d more") % {"named": named, "count": others}
