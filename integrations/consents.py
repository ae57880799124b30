"""Let a seller allow an app of ours to act, and keep what that gives. Console, API and command all end here.

A code is good for one use: what it gave is stored for every merchant and shop before anything else is asked. The first
pair serves them all until each has taken it once; from then on each has a chain of its own (integrations/custodian.py).
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_urlsafe
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import services
from accounts.errors import Refused
from accounts.models import Authorization, Credential, PlatformAccount, PlatformApp, Shop
from accounts.secrets import mask_text

from . import connections, custodian, grants, jobs, sellers
from .consent_notes import missing
from .errors import AuthRequired, OutcomeUnknown, PlatformError, Unavailable
from .issuers import by_consent, consenting_for
from .models import Lane, SyncJob

logger = logging.getLogger(__name__)

AT_ONCE = 30  # parties that are read before the person is answered: each takes some calls, and browsers give up
STATE_LIFE = timedelta(hours=1)  # between the link and the way back


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What a seller's consent came to; `notes` say what is missing, each with the next step."""

    accounts: tuple[PlatformAccount, ...]
    shops: tuple[Shop, ...]
    notes: tuple[str, ...] = ()


def way_back(platform: str) -> str:
    """Return the address to which a seller comes back; its domain has to be declared at the platform."""
    return str(settings.PUBLIC_URL).rstrip("/") + reverse("connect-callback", args=[platform])


def query_of(address: str) -> dict[str, str]:
    """Return the query of an address that a person pasted, or of the query alone."""
    address = address.strip()
    query = urlsplit(address).query if "://" in address else address.rpartition("?")[2]
    found = dict(parse_qsl(query))
    if not found:
        raise _strange(_("Paste the whole address that the browser shows after the seller has allowed the app."))
    return found


def start(
    app: PlatformApp, *, account: PlatformAccount | None = None, requested_by: str = "", redirect: str
) -> tuple[Authorization, str]:
    """Return the link on which a seller allows the app, and the row that knows the way back to `redirect`.

    With `account` the one who allows has to be that account's seller, or anybody where it is still being won. Raise
    `Refused` where the platform does not serve the app.
    """
    issuer = consenting_for(app.platform)
    if account is not None and account.platform != app.platform:
        raise Refused(
            _("%(account)s is no account of %(platform)s.")
            % {"account": account, "platform": app.get_platform_display()},
            field="account",
        )
    try:
        issuer.check_app(app)
    except Unavailable as error:  # the seller's browser may get through all the same
        logger.warning("App %s could not be checked: %s", app.pk, error)
    authorization = Authorization.objects.create(
        app=app,
        account=account,
        state=token_urlsafe(32),
        requested_by=requested_by[:150],
        created_at=custodian.now(),
    )
    return authorization, issuer.consent_url(app, redirect, authorization.state)


def is_awaited(platform: str, query: Mapping[str, str]) -> bool:
    """Tell whether this is the way back from a link of ours on which nobody has come back yet."""
    rows = Authorization.objects.filter(app__platform=platform, used_at=None)
    return rows.filter(state=query.get("state") or None).exists()


def finish(platform: str, query: Mapping[str, str], *, requested_by: str = "") -> Finished:
    """Take what came back with the seller: keep the tokens, read who that is, and let go on what waited for it.

    Raise `Refused` where this is not the way back of a link of ours or the platform takes the code no more, then
    nothing was stored; `Unavailable` where it could not be asked: the same address may be tried again.
    """
    issuer = consenting_for(platform)
    authorization = _claimed(platform, query, requested_by)
    try:
        grant = issuer.exchange(authorization.app, query)
    except OutcomeUnknown as error:
        raise _gone_wrong(
            authorization,
            _("The answer to the authorization code was lost, and a code is good for one use. Start again."),
        ) from error
    except (Unavailable, ImproperlyConfigured):  # nothing was sent, or nothing was taken
        Authorization.objects.filter(pk=authorization.pk).update(used_at=None)
        raise
    except (PlatformError, Refused) as error:
        raise _gone_wrong(authorization, str(error)) from error
    if not grant.account_ids and not grant.shop_ids:
        raise _gone_wrong(authorization, _("Nothing was ticked. Start again, and tick every shop and “Auth Merchant”."))
    kept = grants.keep(authorization, grant)
    notes = kept.notes + _settle(kept.credentials)
    if kept.refusal:
        raise _gone_wrong(authorization, kept.refusal)
    accounts, shops = _parties(kept.credentials)
    wanted = PlatformAccount.objects.filter(authorizations=authorization).first()
    notes += missing(grant, accounts, shops, wanted=wanted)
    for account in accounts:
        connections.wake(account)
    Authorization.objects.filter(pk=authorization.pk).update(problem="\n".join(notes))
    return Finished(accounts=tuple(accounts), shops=tuple(shops), notes=tuple(notes))


def request_checks() -> list[SyncJob]:
    """Queue for each app a look at who still allows it to act."""
    apps = PlatformApp.objects.filter(platform__in=by_consent(), platformaccount__isnull=False).distinct()
    task = "integrations.consents.check_authorizations"
    return [jobs.enqueue(task, key=f"consents:{app.pk}", lane=Lane.STOCK, app_id=app.pk) for app in apps.order_by("pk")]


def check_authorizations(app_id: int) -> None:
    """Note until when each seller and shop allows the app to act, and pause those who no longer do."""
    app = PlatformApp.objects.get(pk=app_id)
    # Read before the platform is asked: for who authorizes meanwhile its answer is old news.
    accounts = list(PlatformAccount.objects.filter(app=app, is_shop=False, authorized_at__isnull=False))
    shops = list(Shop.objects.filter(account__app=app).select_related("account"))
    allowed = consenting_for(app.platform).consents(app)
    again = _("The seller has ended the authorization, or its time is over. Let the seller authorize again.")
    for account in accounts:
        if account.external_id not in allowed.accounts:
            services.ask_to_reconnect(account, again)
        elif until := allowed.accounts[account.external_id]:
            PlatformAccount.objects.filter(pk=account.pk).update(authorization_expires_at=until)
    for shop in shops:
        if shop.external_id not in allowed.shops:
            services.ask_shop_to_reconnect(shop, again)
        elif until := allowed.shops[shop.external_id]:
            Shop.objects.filter(pk=shop.pk).update(authorization_expires_at=until)
            if shop.account.is_shop:
                PlatformAccount.objects.filter(pk=shop.account_id).update(authorization_expires_at=until)


# --- the way back


def _claimed(platform: str, query: Mapping[str, str], requested_by: str) -> Authorization:
    """Return the row that knows this way back, and use it up."""
    state, now = query.get("state", "").strip(), custodian.now()
    rows = Authorization.objects.select_related("app", "account").filter(app__platform=platform)
    found = rows.filter(state=state).first() if state else None
    if found is None:
        raise _strange(_("This is not the way back from a link that Crossdock made. Start the authorization here."))
    if requested_by and found.requested_by and found.requested_by != requested_by:
        raise _strange(
            _("This authorization was started by %(person)s. Start your own.") % {"person": found.requested_by}
        )
    if found.created_at <= now - STATE_LIFE:
        raise _strange(_("The link is older than an hour. Start the authorization again."))
    # One UPDATE decides between two that come back with the same address. Without a join: with one PostgreSQL, having
    # waited for the first, would take what it saw before it waited for still true.
    if not Authorization.objects.filter(pk=found.pk, used_at=None).update(used_at=now):
        raise _strange(_("This address was used already. Start the authorization again if something is missing."))
    return found


def _strange(reason: str) -> Refused:
    return Refused(reason, field="callback")


def _gone_wrong(authorization: Authorization, reason: str) -> Refused:
    Authorization.objects.filter(pk=authorization.pk).update(problem=mask_text(reason))
    return Refused(reason, field="callback")


# --- what follows


def _settle(credentials: list[Credential]) -> list[str]:
    """Read who has allowed, merchants first so that their shops find them, and give each party its own chain."""
    notes = []
    first = [one.account for one in credentials if one.shop is None]
    alone = {one.account_id: one.account for one in credentials if one.shop is not None and one.account.is_shop}
    at_once = len(credentials) <= AT_ONCE
    for account in (*first, *alone.values()):
        if not PlatformAccount.objects.filter(pk=account.pk).exists():
            continue  # its shop has found its merchant
        try:
            if at_once or not account.is_shop:
                sellers.refresh(account, with_shops=at_once)
        except AuthRequired as error:
            services.ask_to_reconnect(account, str(error))
            notes.append(f"{account.name}: {error}")
        except PlatformError as error:  # it is connected all the same; a worker asks again
            logger.warning("The settings of account %s could not be read: %s", account.pk, error)
            notes.append(
                _("What %(account)s has set could not be read yet (%(reason)s); it is tried again.")
                % {"account": account.name, "reason": error}
            )
            continue
        if at_once:
            SyncJob.objects.filter(key=f"settings:{account.pk}", state=SyncJob.State.QUEUED).delete()
        else:
            connections.request_settings(account)
    if not at_once:
        text = _("There are %(count)d shops and merchants: a worker reads their settings now, look again in a while.")
        notes.append(text % {"count": len(credentials)})
    for credential in Credential.objects.filter(pk__in=[one.pk for one in credentials]).select_related(
        "account", "shop"
    ):
        custodian.request_refresh(credential)
    return notes


def _parties(credentials: Iterable[Credential]) -> tuple[list[PlatformAccount], list[Shop]]:
    """Return the accounts and shops that were allowed, as they stand now."""
    kept = Credential.objects.filter(pk__in=[one.pk for one in credentials]).order_by("pk")
    kept = kept.select_related("account__app", "shop__account")
    accounts = {one.account_id: one.account for one in kept}
    return list(accounts.values()), [one.shop for one in kept if one.shop]
