"""Connect and disconnect accounts. Console, API and command all end here.

A login is scarce (CJ: one in five minutes), so nothing is logged in where a stored pair still works, and what a login
gave is stored before anything else is asked.
"""

import logging
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import logins, services
from accounts.errors import Refused
from accounts.models import Credential, PlatformAccount
from accounts.secrets import Secret, mask_data, mask_text

from . import bell, clock, custodian, gateways, governor, jobs, sellers
from .contracts import AccountData, TokenPair
from .errors import AuthRequired, OutcomeUnknown, PlatformError, RateLimited, TokenExpired
from .issuers import KeyLogin, by_consent, consenting_for, issuer_for, key_login_for
from .models import Lane, SyncJob

logger = logging.getLogger(__name__)

LONGEST_NAME = 100
OTHER_LOGIN_S = 20.0  # how long to wait for another process that logs in with the same key at this moment
POLL_S = 0.25


def connect(
    platform: str, *, api_key: str | Secret, name: str = "", account: PlatformAccount | None = None
) -> PlatformAccount:
    """Connect an account by its key, or connect it again, and return it; the platform's settings are read at once.

    The same key twice, or another key of a known account, updates that account. With `account` the key has to be that
    account's. Raises `Refused` naming the field and the next step, or a `PlatformError` where the platform is out of
    reach; then nothing has changed.
    """
    issuer = key_login_for(platform)
    name = _checked_name(name)
    plain = issuer.check_key(api_key.reveal() if isinstance(api_key, Secret) else api_key)
    if account is not None and not issuer.may_be_of(plain, account.external_id):
        raise _another_account(account, issuer.number_in(plain))
    key = Secret(plain)
    key.sealed()  # what can't be sealed can't be stored: told before a login is spent
    connected = _known_by_key(platform, key)
    if connected is None or not _works(connected):
        connected = _log_in(issuer, platform, key, name=name, account=account)
    elif account is not None and connected.pk != account.pk:
        raise _another_account(account, connected.name)
    if name and connected.name != name:
        connected.name = name
        connected.save(update_fields=["name"])
    wake(connected)
    return connected


def disconnect(account: PlatformAccount) -> str:
    """Log out at the platform, erase all secrets and pause the account. Return what is left to do there, or "".

    What is ours is erased whatever the platform answers.
    """
    left = _how_to_detach(account) if account.platform in by_consent() else _log_out(account)
    services.disconnect(account, left)
    return left


def request_settings(account: PlatformAccount, *, requested_by: str = "", delay: float = 0) -> SyncJob:
    """Queue a fresh look at what the platform says of an account and its shops, `delay` seconds from now."""
    return jobs.enqueue(
        "integrations.connections.refresh_settings",
        key=f"settings:{account.pk}",
        lane=Lane.STOCK,
        account=account,
        delay=delay,
        requested_by=requested_by,
        account_id=account.pk,
    )


def refresh_settings(account_id: int) -> None:
    """Read what the platform says of an account and its shops. A worker's task, and part of connecting."""
    account = PlatformAccount.objects.select_related("app").filter(pk=account_id).first()
    if account is None:  # its shop has moved to the account of its merchant
        return
    if account.platform in by_consent():
        sellers.refresh(account)
    else:
        _learn(account, gateways.supplier_for(account).account())


def _log_in(
    issuer: KeyLogin, platform: str, key: Secret, *, name: str, account: PlatformAccount | None
) -> PlatformAccount:
    try:
        pair, wait = custodian.log_in(issuer, platform, key, account=account)
    except AuthRequired as error:
        raise Refused(error, field="api_key") from error
    except OutcomeUnknown as error:
        raise _wait_for_login(issuer.login_every, _("The answer to the login was lost.")) from error
    except RateLimited as error:
        raise _wait_for_login(issuer.login_every, str(error)) from error
    if pair is None:
        return _logged_in_elsewhere(issuer, platform, key, wait)
    connected = _stored(platform, issuer.identify(key.reveal(), pair), pair, key, name=name, account=account)
    try:
        _learn(connected, gateways.supplier_for(connected).account())
    except PlatformError as error:  # it is connected all the same; a worker asks again
        logger.warning("The settings of account %s could not be read: %s", connected.pk, error)
        request_settings(connected)
    return connected


def _stored(
    platform: str, external_id: str, pair: TokenPair, key: Secret, *, name: str, account: PlatformAccount | None
) -> PlatformAccount:
    """Keep what a login gave with the account it is of: known by its id, or by the key that signs its messages."""
    with transaction.atomic():
        known = PlatformAccount.objects.filter(platform=platform, external_id=external_id).first()
        known = known or _known_by_signing_key(platform, pair.signing_key)
        if account is not None and (known is None or known.pk != account.pk):
            raise _another_account(account, known.name if known else external_id)
        if known is None:
            # Another process may be connecting the same account: whoever is second finds the first one's row.
            known, _made = PlatformAccount.objects.get_or_create(
                platform=platform,
                external_id=external_id,
                defaults={"name": name or external_id[:LONGEST_NAME], "status": PlatformAccount.Status.DISCONNECTED},
            )
        credential, _made = Credential.objects.get_or_create(account=known, shop=None)
        while not custodian.store(credential, pair, api_key=key):
            continue  # it has read again what another stored meanwhile: this pair is the newest
        known.mark_connected()
    return known


def _logged_in_elsewhere(issuer: KeyLogin, platform: str, key: Secret, wait: timedelta) -> PlatformAccount:
    """Return the account that another process is connecting with this key at this moment; Refused where none is."""
    subject = custodian.login_subject(issuer, key.reveal())
    # The stamp itself, not "now less the wait": the two differ by as long as the answer waited for a lock.
    logged_in_at = logins.last_attempt(platform, subject) or custodian.now()
    until = logged_in_at + timedelta(seconds=OTHER_LOGIN_S)
    while True:
        connected = _known_by_key(platform, key)
        credential = connected and services.credential_of(connected)
        if connected and credential and credential.obtained_at and credential.obtained_at >= logged_in_at:
            if connected.is_connected and custodian.is_alive(credential):
                return connected
            break
        if custodian.now() >= until:
            break
        clock.sleep(POLL_S)
    raise _wait_for_login(wait, _("Somebody logged in to this account a moment ago."))


def _works(account: PlatformAccount) -> bool:
    """Tell whether the stored pair of a connected account is accepted by the platform, and learn its settings."""
    credential = services.credential_of(account)
    if credential is None or not account.is_connected or not custodian.is_alive(credential):
        return False
    try:
        _learn(account, gateways.supplier_for(account).account())
    except (TokenExpired, AuthRequired):
        return False
    return True


def _learn(account: PlatformAccount, data: AccountData) -> None:
    account.level, account.sandbox, account.facts = data.level[:40], data.sandbox, mask_data(data.facts)
    account.save(update_fields=["level", "sandbox", "facts"])
    if data.name and account.name == account.external_id[:LONGEST_NAME]:
        account.name = data.name[:LONGEST_NAME]
        account.save(update_fields=["name"])
    governor.learn(account, data)


def wake(account: PlatformAccount) -> None:
    """Let the jobs that waited for this account or a shop of it to be connected run now, each from where it was."""
    waiting = SyncJob.objects.filter(account=account, state=SyncJob.State.QUEUED)
    stopped = (AuthRequired.__name__, TokenExpired.__name__)
    waiting.filter(error_kind__in=stopped).update(due_at=custodian.now(), waiting_since=None)
    if waiting.exists():
        bell.ring_on_commit()


def _log_out(account: PlatformAccount) -> str:
    credential = services.credential_of(account)
    if credential is None or not credential.access_token:
        return ""
    try:
        issuer_for(account.platform).log_out(credential)
    except (AuthRequired, TokenExpired):
        return ""  # the token is dead already
    except (PlatformError, ImproperlyConfigured) as error:  # the second: sealed with a key that is lost
        return _(
            "The tokens are erased here, but %(platform)s did not confirm the logout (%(reason)s). "
            "If in doubt, generate a new API key there: it ends the old one."
        ) % {"platform": account.get_platform_display(), "reason": mask_text(str(error))}
    return ""


def _how_to_detach(account: PlatformAccount) -> str:
    """Say what a seller still has to do where an app is allowed and not logged in."""
    if account.app is None or not account.credentials.exists():
        return ""
    try:
        link = consenting_for(account.platform).cancel_url(account.app, settings.PUBLIC_URL)
    except (Refused, ImproperlyConfigured) as error:  # the app is broken: no reason to keep the seller's tokens
        return _(
            "The tokens are erased here. %(platform)s itself still lists the app: the seller detaches it in the seller "
            "center (no link could be made: %(reason)s)"
        ) % {"platform": account.get_platform_display(), "reason": error}
    return _(
        "The tokens are erased here. %(platform)s itself still lists the app: the seller detaches it on %(link)s "
        "or in the seller center."
    ) % {"platform": account.get_platform_display(), "link": link}


def _known_by_key(platform: str, key: Secret) -> PlatformAccount | None:
    return _known(platform, lambda credential: credential.api_key == key)


def _known_by_signing_key(platform: str, signing_key: Secret) -> PlatformAccount | None:
    return _known(platform, lambda credential: credential.signing_key == signing_key) if signing_key else None


def _known(platform: str, matches: Callable[[Credential], bool]) -> PlatformAccount | None:
    """Return the account whose secrets match. Ciphertext can't be searched, and the accounts of one seller are few."""
    kept = Credential.objects.filter(account__platform=platform, shop=None).select_related("account").order_by("pk")
    for credential in kept:
        try:
            if matches(credential):
                return credential.account
        except ImproperlyConfigured:  # sealed with a key that is lost: connecting again is the way out
            continue
    return None


def _checked_name(name: str) -> str:
    name = name.strip()
    if len(name) > LONGEST_NAME:
        raise Refused(
            _("The name has %(length)d characters; it may have at most %(limit)d.")
            % {"length": len(name), "limit": LONGEST_NAME},
            field="name",
        )
    return name


def _another_account(account: PlatformAccount, other: str) -> Refused:
    return Refused(
        _("This key belongs to another account (%(other)s), not to %(account)s. Give the key of %(account)s.")
        % {"other": other, "account": account.name},
        field="api_key",
    )


def _wait_for_login(wait: timedelta, reason: str) -> Refused:
    seconds = max(int(wait.total_seconds()), 1)
    return Refused(
        _("%(reason)s The platform allows one login in a while: try again in %(seconds)d s.")
        % {"reason": reason, "seconds": seconds},
        field="api_key",
    )
