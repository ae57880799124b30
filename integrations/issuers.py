"""Which platform's package logs in and refreshes: one dictionary, imported when it is asked for."""

from datetime import timedelta
from typing import Protocol, cast

from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import Credential, Platform, PlatformAccount
from accounts.secrets import Secret

from .contracts import TokenPair

_ISSUERS = {Platform.CJ: "integrations.cj.tokens.CJTokens"}


class TokenIssuer(Protocol):
    """What the custodian asks of a platform's package; raises `PlatformError` kinds.

    A login or a refresh is a write: it is sent once, and a lost answer is `OutcomeUnknown`.
    """

    login_every: timedelta  # one login in this time, whoever asks

    def check_key(self, api_key: str) -> str: ...  # cleaned; raises Refused(field="api_key")
    def number_in(self, api_key: str) -> str: ...  # their number of the account, where the key shows it
    def may_be_of(self, api_key: str, external_id: str) -> bool: ...  # False: it shows that it is another account's
    def log_in(self, api_key: Secret, *, account: PlatformAccount | None) -> TokenPair: ...  # AuthRequired: a wrong key
    def identify(self, api_key: str, pair: TokenPair) -> str: ...  # our external_id of the account that was logged in
    def refresh(self, credential: Credential) -> TokenPair: ...  # RefreshRefused: the refresh token is dead
    def log_out(self, credential: Credential) -> None: ...


def known() -> list[str]:
    """Return the platforms that can be connected."""
    return [platform.value for platform in _ISSUERS]


def issuer_for(platform: str) -> TokenIssuer:
    """Return the issuer of a platform; Refused where it can't be connected."""
    path = _ISSUERS.get(cast(Platform, platform))
    if path is None:
        raise Refused(
            _("%(platform)s can't be connected. Known: %(known)s.")
            % {"platform": platform or "?", "known": ", ".join(known())},
            field="platform",
        )
    return cast(TokenIssuer, import_string(path)())
