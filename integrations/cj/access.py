"""With what an account calls CJ: its stored tokens, its limits, one transport."""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import Credential, PlatformAccount
from accounts.secrets import Secret
from integrations import clock, custodian
from integrations.errors import AuthRequired
from integrations.governor import Limit, account_key, ip_key
from integrations.http import Transport

from .client import Client
from .other_mappers import SLOWEST, level_rate

YOUNG = timedelta(hours=1)  # a token of this age has not expired: CJ's live for days


def client_for(account: PlatformAccount) -> Client:
    """Return a client that calls on behalf of an account, within the limits of account and address."""
    tokens = _Tokens(account)
    key = account_key(account)
    transport = Transport(
        platform=account.platform,
        base_url=settings.CJ_BASE_URL,
        account=account,
        buckets=[
            Limit(key, rate=level_rate(account.level) or SLOWEST, account_id=account.pk),
            Limit(ip_key(account.platform), rate=settings.CJ_IP_RPS, fixed=True),
        ],
    )
    return Client(
        transport,
        token=tokens.access,
        token_may_be_dead=tokens.may_be_dead,
        on_dead_token=tokens.note_dead,
        account_limit=key,
    )


class _Tokens:
    """An account's token as the client asks for it."""

    def __init__(self, account: PlatformAccount) -> None:
        self._account = account
        self._credential: Credential | None = None
        self._generation = 0

    def access(self) -> Secret:
        # Read anew for each call: another process may have stored a new pair, which ended the old one.
        kept = Credential.objects.select_related("account").filter(account=self._account, shop=None)
        self._credential = kept.first()
        if self._credential is None:
            raise AuthRequired(_("%(account)s holds no tokens. Connect it again.") % {"account": self._account})
        token = custodian.access_token(self._credential)
        self._generation = self._credential.generation
        return token

    def may_be_dead(self) -> bool:
        """Tell whether the token is old enough to have expired; one that was just fetched has not."""
        obtained = self._credential.obtained_at if self._credential else None
        return obtained is None or datetime.fromtimestamp(clock.now(), UTC) - obtained > YOUNG

    def note_dead(self) -> None:
        if self._credential is not None:
            custodian.note_dead(self._credential, self._generation)
