"""CJ: log in with the API key, refresh, log out (cj.md §1). Only the custodian and `connections` call this."""

import hashlib
import re
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import Credential, PlatformAccount
from accounts.secrets import Secret
from integrations import governor
from integrations.contracts import TokenPair
from integrations.errors import AuthRequired, OutcomeUnknown, RefreshRefused, Rejected, TokenExpired
from integrations.governor import Limit
from integrations.http import Transport

from . import parsing
from .client import Client
from .codes import MEANINGS

# 1.1: "Can only be called once every 5 minutes". A little more, because CJ counts from when the first login arrived.
LOGIN_EVERY = timedelta(minutes=5, seconds=10)
REFRESHES_A_SECOND = 5 / 60  # 1.2: at most five a minute
WITHOUT_LOGIN = Limit("cj:without-login", rate=30.0)  # cj.md §4: for calls without a token
LONGEST_KEY = 200  # 1.1, apiKey
LONGEST_TOKEN = 8000  # the document says 200; tokens of 1200 characters have been seen (cj.md §13)
WRONG_KEY = 1600005

_KEY = re.compile(r"(CJ\w*)@api@\w+", re.IGNORECASE)
_NUMBER = re.compile(r"CJ\d+", re.IGNORECASE)
_TOKEN = re.compile(r"API@(CJ\d+)@CJ:.+", re.DOTALL)


class CJTokens:
    """The issuer of CJ's tokens (integrations/issuers.py)."""

    login_every = LOGIN_EVERY

    def check_key(self, api_key: str) -> str:
        """Return the key without blanks around it; Refused where it can't be one."""
        key = api_key.strip()
        where = _("In CJ it is under My CJ > Authorization > API.")
        if not key:
            raise Refused(_("Enter the API key.") + f" {where}", field="api_key")
        if _TOKEN.fullmatch(key):
            raise Refused(_("This is an access token, not the API key.") + f" {where}", field="api_key")
        if len(key) > LONGEST_KEY:
            raise Refused(
                _("The API key may have at most %(limit)d characters, this has %(length)d.")
                % {"limit": LONGEST_KEY, "length": len(key)}
                + f" {where}",
                field="api_key",
            )
        if not key.isascii() or not key.isprintable() or " " in key:
            raise Refused(_("An API key holds no blanks and no special letters.") + f" {where}", field="api_key")
        return key

    def number_in(self, api_key: str) -> str:
        """Return the account's number where the key has the documented form `CJUserNum@api@…`."""
        found = _KEY.fullmatch(api_key)
        return found[1].upper()[:64] if found else ""

    def may_be_of(self, api_key: str, external_id: str) -> bool:
        """Tell whether the key may belong to an account; False where both show a number and these differ."""
        number = self.number_in(api_key)
        return not number or not _NUMBER.fullmatch(external_id) or number == external_id

    def log_in(self, api_key: Secret, *, account: PlatformAccount | None) -> TokenPair:
        """Log in (1.1 Get access token)."""
        try:
            return _pair(self._client(account, WITHOUT_LOGIN).get_access_token(api_key))
        except TokenExpired as error:  # 1600001 is "invalid API key" here
            raise AuthRequired(MEANINGS[WRONG_KEY], code=error.code, request_id=error.request_id) from error
        except Rejected as error:
            raise AuthRequired(error, code=error.code, request_id=error.request_id) from error

    def identify(self, api_key: str, pair: TokenPair) -> str:
        """Return the account's number from key or token, else a digest of openId, which is slow to reverse.

        openId itself is not shown to anybody: CJ signs its messages with it (cj.md §13).
        """
        number = self.number_in(api_key)
        if number:
            return number
        token = _TOKEN.fullmatch(pair.access_token.reveal())
        if token:
            return token[1].upper()[:64]
        open_id = pair.signing_key.reveal() or api_key
        digest = hashlib.scrypt(open_id.encode(), salt=b"crossdock:cj:openId", n=2**14, r=8, p=1, dklen=16)
        return f"cj-{digest.hex()}"

    def refresh(self, credential: Credential) -> TokenPair:
        """Exchange the refresh token (1.2 Refresh access token); openId is absent from the answer."""
        account = credential.account
        limit = Limit(f"{governor.account_key(account)}:refresh", rate=REFRESHES_A_SECOND, account_id=account.pk)
        try:
            return _pair(self._client(account, limit).refresh_access_token(credential.refresh_token))
        except (AuthRequired, TokenExpired, Rejected) as error:
            raise RefreshRefused(error, code=error.code, request_id=error.request_id) from error

    def log_out(self, credential: Credential) -> None:
        """End both tokens (1.3 Logout Token)."""
        account = credential.account
        limit = Limit(governor.account_key(account), rate=1.0, account_id=account.pk)
        self._client(account, limit, token=credential.access_token).logout()

    def _client(self, account: PlatformAccount | None, limit: Limit, *, token: Secret | None = None) -> Client:
        ip = Limit(governor.ip_key("cj"), rate=settings.CJ_IP_RPS, fixed=True)
        # The first limit is the one that a refusal lowers.
        transport = Transport(platform="cj", base_url=settings.CJ_BASE_URL, account=account, buckets=[limit, ip])
        return Client(transport, token=(lambda: token) if token else None)


def _pair(data: Any) -> TokenPair:
    """Read the answer to a login or a refresh; without two tokens it is as good as lost."""
    answer = parsing.mapping(data)
    access, refresh = (parsing.text(answer.get(name), LONGEST_TOKEN) for name in ("accessToken", "refreshToken"))
    if not access or not refresh:
        raise OutcomeUnknown(_("CJ's answer holds no tokens: it can't be told whether the old ones still work."))
    return TokenPair(
        access_token=Secret(access),
        refresh_token=Secret(refresh),
        access_expires_at=parsing.when(answer.get("accessTokenExpiryDate")),
        refresh_expires_at=parsing.when(answer.get("refreshTokenExpiryDate")),
        signing_key=Secret(parsing.text(answer.get("openId"), 200)),
    )
