"""Until when each seller and shop lets us act, what ends first, and what is to be done before that."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext as _

from accounts.models import Credential, PlatformAccount, Shop

from . import custodian

AUTHORIZATION_AHEAD = timedelta(days=30)  # a person has to act, and the seller may be slow
REFRESH_AHEAD = timedelta(days=7)  # it is renewed every few hours: this near its end something has failed for long
OK, WARNING, ERROR = "ok", "warning", "error"
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expiry:
    """One party's tokens and authorization. `ends_at` is what a person has to act before; None: nothing ends."""

    account: PlatformAccount
    shop: Shop | None
    access_expires_at: datetime | None
    refresh_expires_at: datetime | None
    authorization_expires_at: datetime | None
    obtained_at: datetime | None
    ends_at: datetime | None
    level: str  # ok | warning (ends soon) | error (does not work)
    next_step: str

    @property
    def name(self) -> str:
        return str(self.shop or self.account.name)


def expiries() -> list[Expiry]:
    """Return every party that holds tokens, or has to be connected again; what ends first stands first."""
    kept = Credential.objects.select_related("account", "shop").order_by("pk")
    kept = kept.exclude(account__status=PlatformAccount.Status.DISCONNECTED)
    found = [_expiry(credential) for credential in (*kept, *_without_tokens())]
    return sorted(found, key=lambda one: (one.level != ERROR, one.ends_at or _NEVER))


def ending(rows: Iterable[Expiry] | None = None) -> list[Expiry]:
    """Return those that work and end soon."""
    return [one for one in (expiries() if rows is None else rows) if one.level == WARNING]


def _without_tokens() -> list[Credential]:
    """Return an empty credential for each shop and account that is to be connected and never was."""
    shops = Shop.objects.filter(credentials=None, status=Shop.Status.RECONNECT).select_related("account")
    shops = shops.exclude(account__status=PlatformAccount.Status.DISCONNECTED).order_by("pk")
    accounts = PlatformAccount.objects.filter(credentials=None, status=PlatformAccount.Status.RECONNECT).order_by("pk")
    made = [Credential(account=shop.account, shop=shop) for shop in shops]
    return [*made, *(Credential(account=account) for account in accounts if not account.is_shop)]


def _expiry(credential: Credential) -> Expiry:
    account, shop, now = credential.account, credential.shop, custodian.now()
    party = shop or account
    authorization = party.authorization_expires_at
    # With a key a login makes a new pair, so the end of the refresh token is no end; and while it is renewed every few
    # hours it does not come near.
    refresh = None if credential.api_key else credential.refresh_expires_at
    if refresh and authorization and refresh > now + REFRESH_AHEAD:
        refresh = None
    ends = min((moment for moment in (authorization, refresh) if moment), default=None)
    level, step = OK, _("Nothing: tokens are renewed by themselves.")
    if not party.is_connected:
        level, step = ERROR, party.problem or account.problem or _("Connect it again.")
    elif ends is not None and ends <= now:
        level, step = ERROR, _("It has ended. Let the seller authorize again.")
    elif authorization and authorization <= now + AUTHORIZATION_AHEAD:
        level, step = WARNING, _("Let the seller authorize again before that; nothing is lost meanwhile.")
    elif refresh and refresh <= now + REFRESH_AHEAD:
        level, step = WARNING, _("The tokens were not renewed for long: look at failed jobs, or authorize again.")
    return Expiry(
        account=account,
        shop=shop,
        access_expires_at=credential.access_expires_at,
        refresh_expires_at=credential.refresh_expires_at,
        authorization_expires_at=authorization,
        obtained_at=credential.obtained_at,
        ends_at=ends,
        level=level,
        next_step=step,
    )
