"""Which platform's package logs in, asks for consent and refreshes: one dictionary, imported when it is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol, cast

from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import Credential, Platform, PlatformAccount, PlatformApp
from accounts.secrets import Secret

from .channels import Grant
from .contracts import TokenPair

_BY_KEY = {Platform.CJ: "integrations.cj.tokens.CJTokens"}
_BY_CONSENT = {Platform.SHOPEE: "integrations.shopee.tokens.ShopeeTokens"}
_ISSUERS = _BY_KEY | _BY_CONSENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Consents:
    """Who allows an app to act now: their id → until when, where that is said."""

    accounts: dict[str, datetime | None] = field(default_factory=dict)
    shops: dict[str, datetime | None] = field(default_factory=dict)


class TokenIssuer(Protocol):
    """What the custodian asks of a platform's package; raises `PlatformError` kinds.

    A login or a refresh is a write: it is sent once, and a lost answer is `OutcomeUnknown`.
    """

    def refresh(self, credential: Credential) -> TokenPair: ...  # RefreshRefused: the refresh token is dead
    def log_out(self, credential: Credential) -> None: ...


class KeyLogin(TokenIssuer, Protocol):
    """A platform that is logged in to with a key of the account's own."""

    login_every: timedelta  # one login in this time, whoever asks

    def check_key(self, api_key: str) -> str: ...  # cleaned; raises Refused(field="api_key")
    def number_in(self, api_key: str) -> str: ...  # their number of the account, where the key shows it
    def may_be_of(self, api_key: str, external_id: str) -> bool: ...  # False: it shows that it is another account's
    def log_in(self, api_key: Secret, *, account: PlatformAccount | None) -> TokenPair: ...  # AuthRequired: a wrong key
    def identify(self, api_key: str, pair: TokenPair) -> str: ...  # our external_id of the account that was logged in


class Consenting(TokenIssuer, Protocol):
    """A platform on whose site a seller allows an app of ours to act."""

    portals: Mapping[str, Any]  # value of `PlatformApp.portal` → its name for people; "" is the usual one

    def check_fields(self, app: PlatformApp) -> None: ...  # Refused(field=…): id, secret or portal can't be right
    def check_app(self, app: PlatformApp) -> None: ...  # Refused: the platform does not serve this app
    def address(self, app: PlatformApp) -> str: ...  # where the app's calls go; Refused where its portal is unknown
    def consent_url(self, app: PlatformApp, redirect: str, state: str) -> str: ...  # comes back to `redirect`
    def cancel_url(self, app: PlatformApp, redirect: str) -> str: ...  # where a seller detaches the app
    def exchange(self, app: PlatformApp, query: Mapping[str, str]) -> Grant: ...  # of the address that came back
    def consents(self, app: PlatformApp) -> Consents: ...  # who allows the app to act now, and until when


def known() -> list[str]:
    """Return the platforms that can be connected."""
    return [platform.value for platform in _ISSUERS]


def by_key() -> list[str]:
    """Return the platforms that are connected by a key."""
    return [platform.value for platform in _BY_KEY]


def by_consent() -> list[str]:
    """Return the platforms on whose sites a seller allows an app."""
    return [platform.value for platform in _BY_CONSENT]


def issuer_for(platform: str) -> TokenIssuer:
    """Return the issuer of a platform; Refused where it can't be connected."""
    return cast(TokenIssuer, _made(platform, _ISSUERS, _("%(platform)s can't be connected. Known: %(known)s.")))


def key_login_for(platform: str) -> KeyLogin:
    """Return the issuer of a platform that is connected by a key; Refused where it is not."""
    _made(platform, _ISSUERS, _("%(platform)s can't be connected. Known: %(known)s."))
    text = _("%(platform)s is not connected by a key but by the seller's consent: authorize an app. By key: %(known)s.")
    return cast(KeyLogin, _made(platform, _BY_KEY, text))


def consenting_for(platform: str) -> Consenting:
    """Return the issuer of a platform whose sellers allow an app to act; Refused where they don't."""
    _made(platform, _ISSUERS, _("%(platform)s can't be connected. Known: %(known)s."))
    text = _("%(platform)s knows no authorization of apps: connect it by its key. By authorization: %(known)s.")
    return cast(Consenting, _made(platform, _BY_CONSENT, text))


def _made(platform: str, paths: Mapping[Platform, str], refusal: str) -> object:
    path = paths.get(cast(Platform, platform))
    if path is None:
        shown = dict(Platform.choices).get(platform, platform or "?")
        listed = ", ".join(each.value for each in paths)
        raise Refused(refusal % {"platform": shown, "known": listed}, field="platform")
    return import_string(path)()
