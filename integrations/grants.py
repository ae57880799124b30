"""Keep what a seller's consent gave: the one pair, for each merchant and shop that was ticked."""

import logging
from dataclasses import dataclass, field

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _

from accounts import services
from accounts.models import Authorization, Credential, PlatformAccount, PlatformApp, Shop

from . import clock, connections, custodian
from .channels import Grant

logger = logging.getLogger(__name__)

SETTLE_S = 60.0  # seconds after which a worker reads what a killed process had still to read
NAMED_AT_MOST = 5
AGAIN_AFTER_S = (0.1, 0.5, 2.0)  # the code is spent, and the pair can't be had twice


@dataclass(slots=True)
class Kept:
    """What was stored. `refusal`: why it was not the seller that was wanted; `notes`: which parties were left out."""

    credentials: list[Credential] = field(default_factory=list)
    refusal: str = ""
    notes: list[str] = field(default_factory=list)


def keep(authorization: Authorization, grant: Grant) -> Kept:
    """Store the pair with every party.

    The platform has ended the tokens that these parties had before: where we know them, the pair is kept whoever was
    wanted, or they would be locked out. Where the database ends the transaction (a deadlock, a lock that took too
    long, a restart) it is tried again.
    """
    for seconds in AGAIN_AFTER_S:
        try:
            return _keep(authorization, grant)
        except OperationalError:
            logger.warning("The tokens of authorization %s could not be stored: trying again", authorization.pk)
            clock.sleep(seconds)
            if not connection.in_atomic_block:
                connection.close_if_unusable_or_obsolete()
    return _keep(authorization, grant)


@transaction.atomic
def _keep(authorization: Authorization, grant: Grant) -> Kept:
    services.lock_parties(authorization.app)
    # Read under the lock: another consent may have made an account of the lead that is wanted.
    authorization = Authorization.objects.select_related("app", "account").get(pk=authorization.pk)
    wanted, kept = authorization.account, Kept()
    if wanted and not _is_sellers(wanted, grant):
        kept.refusal = _another_seller(wanted, grant)
    lead = wanted if wanted and wanted.lead_status and not kept.refusal else None
    for external_id in grant.account_ids:
        account = _account(authorization, external_id, lead, only_known=bool(kept.refusal))
        if account is None:
            continue
        lead = None if lead and lead.pk == account.pk else lead
        _pause_others(account, authorization.app, grant)
        _mark_authorized(account, authorization, grant)
        kept.credentials.append(_stored(account, None, grant))
    for external_id in grant.shop_ids:
        shop = _shop(authorization, external_id, lead, only_known=bool(kept.refusal))
        if shop is None:
            continue
        lead = None if lead and lead.pk == shop.account_id else lead
        if shop.account.is_shop:
            _mark_authorized(shop.account, authorization, grant)
        elif _is_of_another_app(shop.account, authorization.app):
            kept.notes.append(_of_another_app(shop))
            continue
        shop.authorized_at = custodian.now()
        shop.save(update_fields=["authorized_at"])
        shop.mark_connected()
        kept.credentials.append(_stored(shop.account, shop, grant))
    for account_id in sorted({credential.account_id for credential in kept.credentials}):
        account = PlatformAccount.objects.get(pk=account_id)
        connections.request_settings(account, requested_by=authorization.requested_by, delay=SETTLE_S)
    return kept


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
    if only_known:
        return known if known and _may_be_kept(known, authorization.app) else None
    if known:
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
    known = Shop.objects.filter(account__platform=platform, external_id=external_id).order_by("pk").first()
    known = services.locked_shop(known) if known else None
    if only_known:
        connected = known and known.status != Shop.Status.DISCONNECTED
        return known if known and connected and _may_be_kept(known.account, authorization.app) else None
    if known:
        return known
    account = _account(authorization, f"shop-{external_id}", lead, only_known=False, is_shop=True)
    assert account is not None
    return Shop.objects.create(account=account, external_id=external_id, name=external_id)


def _may_be_kept(account: PlatformAccount, app: PlatformApp) -> bool:
    """Tell whether an account that nobody asked for gets the new pair: not against the will of who disconnected it."""
    return account.status != PlatformAccount.Status.DISCONNECTED and not _is_of_another_app(account, app)


def _is_of_another_app(account: PlatformAccount, app: PlatformApp) -> bool:
    return account.app_id not in (None, app.pk)


def _of_another_app(shop: Shop) -> str:
    return _(
        "%(shop)s goes on as before: it belongs to %(account)s, which is connected by the app %(app)s, and tokens of "
        "two apps can't be mixed. Authorize it by that app, or %(account)s by this one."
    ) % {"shop": shop, "account": shop.account.name, "app": shop.account.app}


def _pause_others(account: PlatformAccount, app: PlatformApp, grant: Grant) -> None:
    """Pause the shops that were not ticked of an account that goes over to another app: their tokens are the old's."""
    if not _is_of_another_app(account, app):
        return
    for shop in account.shops.exclude(external_id__in=grant.shop_ids).filter(status=Shop.Status.CONNECTED):
        shop.mark_reconnect(
            _("%(account)s is connected by the app %(app)s now. Authorize again by it and tick this shop.")
            % {"account": account.name, "app": app}
        )


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
    if shop is None:
        credential, _made = Credential.objects.get_or_create(shop=None, account=account)
    else:
        credential, _made = Credential.objects.get_or_create(shop=shop, defaults={"account": account})
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
