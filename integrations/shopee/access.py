"""With what a merchant, a shop or the app itself calls Shopee: stored tokens, limits, one transport."""

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import Credential, PlatformAccount, PlatformApp, Shop
from accounts.secrets import Secret
from integrations import custodian
from integrations.errors import AuthRequired
from integrations.governor import Limit, account_key
from integrations.http import Transport

from .client import Client, Subject
from .portals import portal_of


def client_for(account: PlatformAccount, *, shop: Shop | None = None) -> Client:
    """Return a client that calls on behalf of the merchant or, with `shop`, of that shop of it.

    For an account that is a shop alone the shop need not be named. Raise Refused where there is no such party.
    """
    shop = shop or shop_alone(account)
    app = app_of(account)
    tokens = _Tokens(account, shop)
    if shop is not None:
        subject = Subject("shop", _number(shop.external_id, shop))
    else:
        subject = Subject("merchant", _number(account.external_id, account))
    limit = Limit(bucket_for(account, shop), rate=settings.SHOPEE_RPS, account_id=account.pk, fixed=True)
    return Client(
        _transport(app, limit, account),
        partner_id=partner_id(app),
        partner_key=app.app_secret,
        subject=subject,
        token=tokens.access,
        on_dead_token=tokens.note_dead,
    )


def public_client_for(app: PlatformApp, *, account: PlatformAccount | None = None) -> Client:
    """Return a client for the calls that need no seller's token; what it sends is kept with `account`, if any."""
    limit = Limit(public_bucket_for(app), rate=settings.SHOPEE_RPS, fixed=True)
    transport = _transport(app, limit, account)
    return Client(transport, partner_id=partner_id(app), partner_key=app.app_secret)


def bucket_for(account: PlatformAccount, shop: Shop | None = None) -> str:
    """Return the governor's key of the rate at which calls for the merchant or the shop may go."""
    key = account_key(account)
    return key if shop is None or account.is_shop else f"{key}:shop:{shop.pk}"


def public_bucket_for(app: PlatformApp) -> str:
    """Return the governor's key of the rate at which calls that are signed for the app alone may go."""
    return f"{app.platform}:app:{app.pk}:public"


def shop_alone(account: PlatformAccount) -> Shop | None:
    """Return the shop of an account that is nothing else; None for a merchant."""
    if not account.is_shop:
        return None
    shop = account.shops.first()
    if shop is None:
        raise Refused(_("%(account)s has no shop. Connect it again.") % {"account": account}, field="account")
    return shop


def app_of(account: PlatformAccount) -> PlatformApp:
    """Return the app by which an account is connected; Refused where there is none."""
    if account.app is None:
        raise Refused(
            _("%(account)s was not authorized for any app. Connect it first.") % {"account": account}, field="app"
        )
    return account.app


def partner_id(app: PlatformApp) -> int:
    """Return the app's partner id; Refused where it is none, or the partner key is missing."""
    if not (app.app_key.isascii() and app.app_key.isdigit()):
        raise Refused(
            _("The partner id of %(app)s must be a number, as the Open Platform Console shows it.") % {"app": app},
            field="app_key",
        )
    if not app.app_secret:
        raise Refused(
            _("The partner key of %(app)s is missing. Enter it under Apps.") % {"app": app}, field="app_secret"
        )
    return int(app.app_key)


def _transport(app: PlatformApp, limit: Limit, account: PlatformAccount | None) -> Transport:
    return Transport(platform=app.platform, base_url=portal_of(app).api, account=account, buckets=[limit])


def _number(external_id: str, whose: PlatformAccount | Shop) -> int:
    if not (external_id.isascii() and external_id.isdigit()):
        raise Refused(_("%(account)s is not connected. Connect it first.") % {"account": whose}, field="account")
    return int(external_id)


class _Tokens:
    """A subject's token as the client asks for it."""

    def __init__(self, account: PlatformAccount, shop: Shop | None) -> None:
        self._account, self._shop = account, shop
        self._credential: Credential | None = None
        self._generation = 0

    def access(self) -> Secret:
        # Read anew for each call: another process may have stored a new pair, which ends the old one in minutes.
        kept = Credential.objects.select_related("account", "shop__account")
        mine = kept.filter(shop=self._shop) if self._shop else kept.filter(account=self._account, shop=None)
        self._credential = mine.first()
        if self._credential is None:
            subject = self._shop or self._account
            error = AuthRequired(_("%(account)s holds no tokens. Connect it again.") % {"account": subject})
            error.shop_id = self._shop.external_id if self._shop else ""
            raise error
        token = custodian.access_token(self._credential)
        self._generation = self._credential.generation
        return token

    def note_dead(self) -> None:
        if self._credential is not None:
            custodian.note_dead(self._credential, self._generation)
