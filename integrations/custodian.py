"""The keeper of tokens: one refresh at a time over all processes, ahead of the printed expiry, no lock-out by a crash.

A refresh token is used once (design.md §3, promise 5). Whoever wants to refresh claims the row by one UPDATE, reads it
again (somebody may have been quicker), calls the platform without any open transaction, and stores the new pair by one
UPDATE that names claim and generation; until then the old pair stays. Killed in between, the claim runs out, the old
refresh token is tried again and, where the platform has used it up, one login with the key makes a new pair.
"""

import hashlib
import logging
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from django.db.models import F, Q
from django.utils.translation import gettext as _

from accounts import logins, services
from accounts.models import Credential, PlatformAccount, Shop
from accounts.secrets import Secret

from . import clock, jobs
from .contracts import TokenPair
from .errors import (
    AuthRequired,
    Invalid,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    RefreshRefused,
    TokenExpired,
    Unavailable,
)
from .issuers import KeyLogin, issuer_for, key_login_for
from .models import Lane, SyncJob

logger = logging.getLogger(__name__)

CLAIM = timedelta(seconds=150)  # longer than a refresh with a login after it takes, each with its time-outs
SHARE_BEFORE = 5  # a token is refreshed when less than a fifth of its life is left
BEFORE = timedelta(days=1)  # or this, where its life is not known
MARGIN = timedelta(seconds=60)  # a token this near its end is not sent any more: the call might arrive after it
WRONG_CLOCK = timedelta(hours=1)
SOON = 3.0  # seconds after which a job that waits for a refresh asks again
AFTER_LOST_ANSWER = 15.0  # seconds until a refresh whose answer was lost is tried again


def now() -> datetime:
    """Return the clock's time as Django keeps it."""
    return datetime.fromtimestamp(clock.now(), UTC)


def access_token(credential: Credential) -> Secret:
    """Return a token that works now. Raise `TokenExpired` with a refresh queued, or `AuthRequired`."""
    if not is_alive(credential):
        credential.refresh_from_db()  # another process may have stored a new pair
    if is_alive(credential):
        return credential.access_token
    subject = credential.shop or credential.account
    if not _can_be_renewed(credential):
        raise _dead(
            credential, subject.problem or _("%(account)s is not connected. Connect it again.") % {"account": subject}
        )
    request_refresh(credential)
    raise TokenExpired(_("The access token of %(account)s is being renewed.") % {"account": subject}, retry_after=SOON)


def request_refresh(credential: Credential) -> SyncJob:
    """Queue a refresh of the pair that is in use now, be it due or not; an equal wish in the queue is enough."""
    return jobs.enqueue(
        "integrations.custodian.refresh",
        key=f"token:{credential.pk}",
        lane=Lane.URGENT,
        account=credential.account,
        shop=credential.shop,
        runs_while_paused=True,
        credential_id=credential.pk,
        generation=credential.generation,
    )


def note_dead(credential: Credential, generation: int) -> None:
    """Note that the platform refused the access token of this generation, and queue a refresh if it is still in use."""
    known = Credential.objects.filter(pk=credential.pk, generation=generation)
    if known.update(access_expires_at=now()):
        request_refresh(credential)
    credential.refresh_from_db()


def refresh_due(account: PlatformAccount | None = None) -> list[SyncJob]:
    """Queue a refresh for each pair (of one account, or of all) that wants one, and return these jobs."""
    connected = Credential.objects.filter(account__status=PlatformAccount.Status.CONNECTED)
    connected = connected.exclude(shop__status__in=[Shop.Status.RECONNECT, Shop.Status.DISCONNECTED])
    connected = connected.select_related("account", "shop")
    kept = connected.filter(account=account) if account else connected
    return [request_refresh(credential) for credential in kept.order_by("pk") if wants_refresh(credential)]


def refresh(credential_id: int, generation: int | None = None) -> None:
    """Renew a pair if it wants it or is of this generation, which somebody wants renewed.

    Raise `jobs.Again` while another process does it, or where the answer was lost. An account or shop whose tokens and
    key are all refused is paused, with the reason and the next step on it.
    """
    claim = _claim(credential_id)
    if not claim:
        if _wanted(credential_id, generation):
            raise jobs.Again(SOON)
        return
    try:
        credential = _wanted(credential_id, generation)
        if credential is None:
            return
        if not store(credential, _new_pair(credential), claim=claim):
            logger.warning("A new pair of %s came too late: another was stored meanwhile.", credential)
    except AuthRequired as error:
        assert credential is not None
        if credential.shop:
            services.ask_shop_to_reconnect(credential.shop, str(error))
        else:
            services.ask_to_reconnect(credential.account, str(error))
    except OutcomeUnknown as error:
        raise jobs.Again(AFTER_LOST_ANSWER) from error
    finally:
        _release(credential_id, claim)


def store(credential: Credential, pair: TokenPair, *, claim: str = "", api_key: Secret | None = None) -> bool:
    """Keep a new pair in place of the old one. Return False where another pair was stored since `credential` was read.

    With `claim` also where somebody else has the right to refresh by now; a claim of others ends with the new pair.
    """
    row = Credential.objects.filter(pk=credential.pk, generation=credential.generation)
    if claim:
        row = row.filter(refresh_claim=claim)
    obtained = now()
    values = {
        "access_token": pair.access_token,
        "refresh_token": pair.refresh_token,
        "access_expires_at": _believable(pair.access_expires_at, obtained),
        "refresh_expires_at": _believable(pair.refresh_expires_at, obtained),
        "obtained_at": obtained,
        "refresh_claim": "",
        "refresh_claimed_until": None,
        **({"signing_key": pair.signing_key} if pair.signing_key else {}),
        **({"api_key": api_key} if api_key else {}),
    }
    stored = row.update(**values, generation=F("generation") + 1)
    credential.refresh_from_db()
    return bool(stored)


def log_in(
    issuer: KeyLogin, platform: str, api_key: Secret, *, account: PlatformAccount | None
) -> tuple[TokenPair | None, timedelta]:
    """Log in with a key unless somebody did a moment ago. Return the pair, or None and how long it is still to wait."""
    subject = login_subject(issuer, api_key.reveal())
    wait = logins.attempt(platform, subject, now=now(), every=issuer.login_every)
    if wait:
        return None, wait
    try:
        return issuer.log_in(api_key, account=account), timedelta()
    except PlatformError as error:
        if _was_no_login(error):
            logins.forget(platform, subject)
        raise


def _was_no_login(error: PlatformError) -> bool:
    """Tell whether nobody was logged in for certain, and the platform counted nothing: wrong key, or never sent."""
    match error:
        case OutcomeUnknown():
            return False
        case RateLimited():
            return not error.code  # our own limit had no room; with a code it is the platform that counts
        case _:
            return isinstance(error, AuthRequired | Unavailable | Invalid)


def login_subject(issuer: KeyLogin, api_key: str) -> str:
    """Return under which name logins with this key are counted: the account's number, else a digest of the key."""
    return issuer.number_in(api_key) or "key:" + hashlib.sha256(api_key.encode()).hexdigest()


def _new_pair(credential: Credential) -> TokenPair:
    issuer, account = issuer_for(credential.account.platform), credential.account
    if credential.refresh_token:
        try:
            return issuer.refresh(credential)
        except RefreshRefused as refusal:
            if _was_replaced(credential):  # another process was quicker, and the refused token is the one before
                raise jobs.Again(SOON) from refusal
            if not credential.api_key:
                raise
            logger.info("The refresh token of %s is dead (%s): logging in with the key.", account, refusal.code)
    if not credential.api_key:
        raise AuthRequired(
            _("%(account)s holds no key to log in with. Connect it again.") % {"account": credential.shop or account}
        )
    login = key_login_for(account.platform)
    pair, wait = log_in(login, account.platform, credential.api_key, account=account)
    if pair is None:
        raise jobs.Again(wait.total_seconds())
    return pair


def _was_replaced(credential: Credential) -> bool:
    return not Credential.objects.filter(pk=credential.pk, generation=credential.generation).exists()


def is_alive(credential: Credential) -> bool:
    """Tell whether the access token may be sent: it is there, and its printed expiry is not near."""
    expires = credential.access_expires_at
    return bool(credential.access_token) and (expires is None or expires > now() + MARGIN)


def wants_refresh(credential: Credential) -> bool:
    """Tell whether a pair should be renewed now: no access token, a dead one, or one in the last fifth of its life."""
    if not _can_be_renewed(credential):
        return False
    expires, obtained = credential.access_expires_at, credential.obtained_at
    if not credential.access_token or expires is None:
        return not credential.access_token  # no printed expiry: the platform will say when it is over
    ahead = BEFORE if obtained is None else (expires - obtained) / SHARE_BEFORE
    return expires <= now() + max(ahead, MARGIN)


def _can_be_renewed(credential: Credential) -> bool:
    subject = credential.shop or credential.account
    return subject.is_connected and bool(credential.refresh_token or credential.api_key)


def _dead(credential: Credential, problem: str) -> AuthRequired:
    error = AuthRequired(problem)
    error.shop_id = credential.shop.external_id if credential.shop else ""
    return error


def _wanted(credential_id: int, generation: int | None) -> Credential | None:
    """Read a pair anew and return it if it is to be renewed."""
    credential = Credential.objects.select_related("account", "shop").filter(pk=credential_id).first()
    if credential is None or not _can_be_renewed(credential):
        return None
    return credential if credential.generation == generation or wants_refresh(credential) else None


def _claim(credential_id: int) -> str:
    """Take the right to refresh, until the claim runs out. Return the claim, or "" where another process has it."""
    claim, when = str(uuid4()), now()
    over = Q(refresh_claimed_until=None) | Q(refresh_claimed_until__lte=when)
    # A claim that ends far in the future was made by a clock that went wrong. Not "later than ours would": between
    # reading the clock and this UPDATE others may have had their turn.
    free = over | Q(refresh_claimed_until__gt=when + CLAIM + WRONG_CLOCK)
    row = Credential.objects.filter(free, pk=credential_id)
    return claim if row.update(refresh_claim=claim, refresh_claimed_until=when + CLAIM) else ""


def _release(credential_id: int, claim: str) -> None:
    row = Credential.objects.filter(pk=credential_id, refresh_claim=claim)
    row.update(refresh_claim="", refresh_claimed_until=None)


def _believable(expires: datetime | None, obtained: datetime) -> datetime | None:
    """Return a printed expiry; None for one that was past when it was printed: then a clock is wrong."""
    if expires is not None and expires <= obtained + MARGIN:
        logger.warning(
            "A new token was printed as expiring at %s: not believed. Is this machine's clock right?", expires
        )
        return None
    return expires
