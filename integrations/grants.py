"""Keep what a seller's consent gave: the one pair, for each merchant and shop that was ticked."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Authorization, Credential, PlatformAccount, Shop

from . import connections, custodian
from .channels import Grant

SETTLE_S = 60.0  # seconds after which a worker reads what a killed process had still to read
NAMED_AT_MOST = 5


@transaction.atomic
def keep(authorization: Authorization, grant: Grant) -> tuple[list[Credential], str]:
    """Store the pair with every party; return their credentials, and why it was not the seller that was wanted.

    The platform has ended the tokens that these parties had before: where we know them, the pair is kept whoever was
    wanted, or they would be locked out.
    """
    wanted = authorization.account
    refusal = _another_seller(wanted, grant) if wanted and not _is_sellers(wanted, grant) else ""
    lead = wanted if wanted and wanted.lead_status and not refusal else None
    credentials: list[Credential] = []
    for external_id in grant.account_ids:
        account = _account(authorization, external_id, lead, only_known=bool(refusal))
        if account is None:
            continue
        lead = None if lead and lead.pk == account.pk else lead
        _mark_authorized(account, authorization, grant)
        credentials.append(_stored(account, None, grant))
    for external_id in grant.shop_ids:
        shop = _shop(authorization, external_id, lead, only_known=bool(refusal))
        if shop is None:
            continue
        lead = None if lead and lead.pk == shop.account_id else lead
        if shop.account.is_shop:
            _mark_authorized(shop.account, authorization, grant)
        shop.authorized_at = custodian.now()
        shop.save(update_fields=["authorized_at"])
        shop.mark_connected()
        credentials.append(_stored(shop.account, shop, grant))
    for account in {credential.account for credential in credentials}:
        connections.request_settings(account, requested_by=authorization.requested_by, delay=SETTLE_S)
    return credentials, refusal


def _account(
    authorization: Authorization,
    external_id: str,
    lead: PlatformAccount | None,
    *,
    only_known: bool,
    is_shop: bool = False,
) -> PlatformAccount | None:
    """Return the account of this id: a known one, the one that is being won, or a new one."""
    platform = authorization.app.platform
    known = PlatformAccount.objects.select_for_update().filter(platform=platform, external_id=external_id).first()
    if known or only_known:
        return known
    if lead is not None:
        lead.external_id, lead.is_shop, lead.lead_status = external_id, is_shop, PlatformAccount.LeadStatus.WON
        lead.save(update_fields=["external_id", "is_shop", "lead_status"])
        return lead
    made, _new = PlatformAccount.objects.get_or_create(
        platform=platform,
        external_id=external_id,
        defaults={"name": external_id, "is_shop": is_shop, "status": PlatformAccount.Status.DISCONNECTED},
    )
    return made


def _shop(
    authorization: Authorization, external_id: str, lead: PlatformAccount | None, *, only_known: bool
) -> Shop | None:
    """Return the shop of this id; a new one is an account of its own until its merchant is known."""
    platform = authorization.app.platform
    shops = Shop.objects.select_for_update(of=("self",)).select_related("account__app")
    known = shops.filter(account__platform=platform, external_id=external_id).order_by("pk").first()
    if known or only_known:
        return known
    account = _account(authorization, f"shop-{external_id}", lead, only_known=False, is_shop=True)
    assert account is not None
    return Shop.objects.create(account=account, external_id=external_id, name=external_id)


def _mark_authorized(account: PlatformAccount, authorization: Authorization, grant: Grant) -> None:
    account.app, account.authorized_by, account.authorized_at = authorization.app, grant.authorized_by, custodian.now()
    account.sandbox = authorization.app.portal.startswith("sandbox")
    account.lead_status = PlatformAccount.LeadStatus.WON
    said = {"app": authorization.app.name, "login": grant.authorized_by or _("the shop's own")}
    account._change_reason = (_("authorized: app %(app)s, login %(login)s") % said)[:100]  # type: ignore[attr-defined]
    account.save(update_fields=["app", "authorized_by", "authorized_at", "sandbox", "lead_status"])
    account._change_reason = None  # type: ignore[attr-defined]
    account.mark_connected()


def _stored(account: PlatformAccount, shop: Shop | None, grant: Grant) -> Credential:
    credential, _made = Credential.objects.get_or_create(shop=shop, account=account)
    while not custodian.store(credential, grant.pair):
        continue  # it has read again what another stored meanwhile: this pair is the newest
    return Credential.objects.select_related("account__app", "shop__account").get(pk=credential.pk)


def _is_sellers(account: PlatformAccount, grant: Grant) -> bool:
    """Tell whether it was this account's seller who allowed; of one that is being won anybody is."""
    if account.lead_status or account.external_id in grant.account_ids:
        return True
    if account.is_shop:
        return any(shop.external_id in grant.shop_ids for shop in account.shops.all())
    mine = set(account.shops.values_list("external_id", flat=True))
    if account.authorized_by and account.authorized_by == grant.authorized_by:
        return True
    return not grant.account_ids and bool(mine & set(grant.shop_ids))  # "Auth Merchant" was not ticked


def _another_seller(account: PlatformAccount, grant: Grant) -> str:
    return _(
        "Another seller has authorized (%(other)s), not %(account)s (%(id)s). Log in on the platform's page with the "
        "login of %(account)s; log out there first."
    ) % {
        "other": ", ".join((*grant.account_ids, *grant.shop_ids)[:NAMED_AT_MOST]),
        "account": account.name,
        "id": account.external_id,
    }
