"""Shopee: the authorization link, its code, tokens of merchants and shops. Only custodian and `consents` call this.

A seller's consent gives one first pair for every merchant and shop that was ticked; each takes it once to get a chain
of its own. An access token lives for 4 hours, a refresh token for 30 days and one use.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import Credential, PlatformApp
from accounts.secrets import Secret
from integrations import clock, custodian
from integrations.channels import Grant
from integrations.contracts import TokenPair
from integrations.errors import OutcomeUnknown, RefreshRefused, Rejected
from integrations.issuers import Consents

from . import parsing
from .access import app_of, partner_id, public_client_for
from .paging import numbered
from .portals import LABELS, portal_of
from .signing import sign

REFRESH_LIFE = timedelta(days=30)
LONGEST_TOKEN = 8000
AUTHORIZE, CANCEL = "/auth", "/cancel_auth"
SIGNED_AUTHORIZE, SIGNED_CANCEL = "/api/v2/shop/auth_partner", "/api/v2/shop/cancel_auth_partner"


class ShopeeTokens:
    """The issuer of Shopee's tokens (integrations/issuers.py)."""

    portals = LABELS

    def check_fields(self, app: PlatformApp) -> None:
        """Refuse a partner id that is no number, a missing partner key, an unknown portal."""
        portal_of(app)
        partner_id(app)

    def check_app(self, app: PlatformApp) -> None:
        """Make a public call for the app; Refused, in words, where Shopee does not serve it (not online, wrong key)."""
        try:
            public_client_for(app).public.get_shopee_ip_ranges()
        except Rejected as error:
            raise Refused(
                _("%(app)s can't be used: %(reason)s An app must be online: Open Platform Console > App List > Go live")
                % {"app": app, "reason": error},
                field="app",
            ) from error

    def consent_url(self, app: PlatformApp, redirect: str, state: str) -> str:
        """Return the link on which a seller authorizes the app; a signed one lives for five minutes."""
        if settings.SHOPEE_SIGNED_LINK:  # it knows no state: the address to return to carries it
            return _signed(app, SIGNED_AUTHORIZE, _with_query(redirect, state=state))
        asked = {"partner_id": partner_id(app), "auth_type": "seller", "redirect_uri": redirect}
        return _link(app, AUTHORIZE, **asked, response_type="code", state=state)

    def cancel_url(self, app: PlatformApp, redirect: str) -> str:
        """Return the link on which a seller detaches the app."""
        if settings.SHOPEE_SIGNED_LINK:
            return _signed(app, SIGNED_CANCEL, redirect)
        return _link(app, CANCEL, partner_id=partner_id(app), auth_type="seller", redirect_uri=redirect)

    def exchange(self, app: PlatformApp, query: Mapping[str, str]) -> Grant:
        """Exchange the code that came back with the seller (Shopee: public.get_access_token); it is good for one use.

        Raise Refused where the address holds no code, Rejected where Shopee does not take it.
        """
        code, owner = Secret(query.get("code", "").strip()), _owner(query)
        if not code or not owner:
            raise Refused(
                _(
                    "The address holds no code with main_account_id or shop_id: Shopee did not authorize anything. "
                    "A sub-account can't: log in with the main account (its login looks like name:main), “Switch to "
                    "Sub Account” on the login page leads to its form."
                ),
                field="callback",
            )
        answer = public_client_for(app).public.get_access_token(code, **owner)  # type: ignore[arg-type]
        shops = _ids(answer, "shop_id_list")
        if "shop_id" in owner:
            shops = tuple(dict.fromkeys((str(owner["shop_id"]), *shops)))
        by = str(owner.get("main_account_id", ""))
        return Grant(pair=_pair(answer), authorized_by=by, account_ids=_ids(answer, "merchant_id_list"), shop_ids=shops)

    def address(self, app: PlatformApp) -> str:
        """Return where the app's calls go."""
        return portal_of(app).api

    def consents(self, app: PlatformApp) -> Consents:
        """Read who has authorized the app (Shopee: public.get_shops_by_partner, public.get_merchants_by_partner).

        The shops that Shopee copies from others (SIP) are authorized with these.
        """
        public = public_client_for(app).public
        merchants = numbered(lambda page: public.get_merchants_by_partner(page_no=page), "authed_merchant_list")
        accounts = {
            parsing.known_id(row.get("merchant_id")): parsing.moment(row.get("expire_time"))
            for row in parsing.records(list(merchants))
        }
        shops: dict[str, Any] = {}
        for row in parsing.records(
            list(numbered(lambda page: public.get_shops_by_partner(page_no=page), "authed_shop_list"))
        ):
            until = parsing.moment(row.get("expire_time"))
            shops[parsing.known_id(row.get("shop_id"))] = until
            for name in ("sip_affi_shop_list", "sip_affi_shops"):  # the field table and the sample disagree
                for each in parsing.records(row.get(name)):
                    shops[parsing.known_id(each.get("affi_shop_id"))] = until
        return Consents(accounts=accounts, shops=shops)

    def refresh(self, credential: Credential) -> TokenPair:
        """Exchange the refresh token of one merchant or one shop (Shopee: public.refresh_access_token).

        After a lost answer the same refresh token may be tried again: for hours it gives the same new pair.
        """
        account, shop = credential.account, credential.shop
        subject = {"shop_id": shop.external_id} if shop else {"merchant_id": account.external_id}
        public = public_client_for(app_of(account), account=account).public
        try:
            answer = public.refresh_access_token(credential.refresh_token, **subject)
            _check_party(answer, subject)
            return _pair(answer)
        except RefreshRefused as error:
            error.shop_id = shop.external_id if shop else ""
            raise

    def log_out(self, credential: Credential) -> None:
        """Do nothing: Shopee has no logout; a seller detaches the app on the page of `cancel_url`."""


def _owner(query: Mapping[str, str]) -> dict[str, int]:
    """Return the one id that the seller came back with."""
    found = {}
    for name in ("main_account_id", "shop_id"):
        value = query.get(name, "").strip()
        if value.isascii() and value.isdigit() and len(value) <= 20:
            found[name] = int(value)
    return found if len(found) == 1 else {}


def _check_party(answer: Mapping[str, Any], subject: Mapping[str, str]) -> None:
    """Refuse the pair of another party: kept, it would end two chains. What is not said is believed."""
    for name, wanted in subject.items():
        said = parsing.known_id(answer.get(name))
        if said and said != wanted:
            raise OutcomeUnknown(
                _("Shopee's answer is about another %(name)s (%(said)s) than was asked for (%(wanted)s).")
                % {"name": name, "said": said, "wanted": wanted}
            )


def _ids(answer: Mapping[str, Any], name: str) -> tuple[str, ...]:
    found = (parsing.known_id(value) for value in parsing.listed(answer.get(name)))
    return tuple(dict.fromkeys(filter(None, found)))


def _pair(answer: Mapping[str, Any]) -> TokenPair:
    """Read the answer to a code or a refresh; without two tokens it is as good as lost."""
    access, refresh = (parsing.text(answer.get(name), LONGEST_TOKEN) for name in ("access_token", "refresh_token"))
    if not access or not refresh:
        raise OutcomeUnknown(_("Shopee's answer holds no tokens: it can't be told whether the old ones still work."))
    now = custodian.now()
    return TokenPair(
        access_token=Secret(access),
        refresh_token=Secret(refresh),
        access_expires_at=parsing.expiry(answer.get("expire_in"), now=now),
        refresh_expires_at=now + REFRESH_LIFE,
    )


def _link(app: PlatformApp, path: str, **query: object) -> str:
    return f"{portal_of(app).auth}{path}?{urlencode(query)}"


def _signed(app: PlatformApp, path: str, redirect: str) -> str:
    number, now = partner_id(app), int(clock.now())
    signature = sign(app.app_secret.reveal(), number, path, now)
    query = {"partner_id": number, "timestamp": now, "sign": signature, "redirect": redirect}
    return f"{portal_of(app).api}{path}?{urlencode(query)}"


def _with_query(url: str, **added: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, urlencode(added))))))
