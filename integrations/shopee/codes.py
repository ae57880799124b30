"""What Shopee's codes mean for us: the kind of error, which is the next step, and the words for a person.

Codes come with or without a module ("product.error_auth"), with stray blanks, and one code says many things: where it
does, its message decides. `explain` finds the meaning; the codes of products and publishing are in `codes_products`,
those of orders and shipping in `codes_orders`.
"""

import re

from django.utils.translation import gettext_lazy as _

from integrations.errors import (
    AuthRequired,
    NotFound,
    RateLimited,
    RefreshRefused,
    Rejected,
    TokenExpired,
    Unavailable,
)

from .codes_orders import EXACT, TRADE
from .codes_products import PRODUCTS
from .meanings import Meaning, Rule, fault_of_ours, rejected

NO_WAREHOUSES = "error_not_in_whitelist"
REPEATED_GLOBAL_ITEM = "error_repeated_mtsku"
ALL_FAILED = "batch_api_all_failed"  # the answer's own lists say what failed and why

_CONNECT = _("Connect the account again in Crossdock.")
_SUPPORT = _("Ask Shopee's developer support with the request id.")
_CHECK_APP = _("Look at the app's page in Shopee's Open Platform Console.")
_LATER = Meaning(Unavailable, _("Shopee says that its system is busy."))

TOKEN_DEAD = Meaning(TokenExpired, _("Shopee no longer accepts the access token; a new one is fetched."))
NOT_LINKED = Meaning(AuthRequired, _("The seller has ended the authorization, or it never was given."), _CONNECT)
NOT_FOUND = Meaning(NotFound, _("Shopee does not know this."))
UNKNOWN = rejected(_("Shopee refused the call with a reason of its own."))

CLOCK_WRONG = Meaning(
    Unavailable,
    _("Shopee says that the time of the call is wrong."),
    _("Check that this machine's clock is right to the minute."),
    not_done=True,
)

# In the order in which they are asked: a code with a message before the same code without one.
COMMON: tuple[Rule, ...] = (
    Rule("invalid_acceess_token", TOKEN_DEAD),
    Rule("invalid_access_token", TOKEN_DEAD),
    Rule("error_auth", TOKEN_DEAD, r"invalid acc?ee?ss?[_ ]token"),
    Rule("error_auth", NOT_LINKED, r"invalid partner_id or shop_?id"),
    Rule(
        "error_auth",
        rejected(_("Shopee does not know the partner id."), _("Check partner id and host (live, sandbox).")),
        r"partner_id is invalid",
    ),
    Rule("error_auth", rejected(_("Shopee has deleted or restricted the app."), _CHECK_APP), r"the app is deleted"),
    Rule(
        "error_auth",
        rejected(_("Shopee has restricted the app's authorizations."), _CHECK_APP),
        r"permissions? for authori[sz]ations? ha(?:s|ve) been restricted",
    ),
    Rule(
        "error_auth",
        rejected(_("This app may not use this part of Shopee's API."), _CHECK_APP),
        r"no permission to current api",
    ),
    Rule(
        "error_auth",
        Meaning(Unavailable, _("Shopee could not check the authorization just now."), not_done=True),
        r"try again later",
    ),
    Rule("partner_shop_no_link", NOT_LINKED),
    Rule("shop_no_linked", NOT_LINKED),
    Rule("merchant_no_linked", NOT_LINKED, step=_("Authorize again with the main account and tick “Auth Merchant”.")),
    Rule("error_shop", NOT_LINKED, r"shop_?id is invalid"),
    Rule("error_param", CLOCK_WRONG, r"timestamp is expired|invalid timestamp|no timestamp"),
    Rule("error_param", fault_of_ours(_("A common parameter of the call is missing.")), r"there is no \w+ in query"),
    Rule(
        "error_param",
        fault_of_ours(_("Shopee has no such interface, or has switched it off.")),
        r"api is currently offline or the request path is incorrect",
    ),
    Rule(
        "error_param",
        rejected(_("An id of shop, merchant or partner is no number that Shopee takes."), _("Check the ids.")),
        r"should be an integer between",
    ),
    Rule("error_param", fault_of_ours(_("The call did not come through Shopee's gateway.")), r"not from gateway"),
    Rule(
        "error_param",
        rejected(
            _("The address to return to is not of the app's domain."),
            _("Declare PUBLIC_URL's domain as the app's redirect URL domain in the Open Platform Console."),
        ),
        r"domain of redirect_uri",
    ),
    Rule("error_sign", rejected(_("Shopee says that the signature is wrong."), _("Check partner key and host."))),
    Rule("invalid_partner_id", rejected(_("Shopee does not know the partner id."), _("Check partner id and host."))),
    Rule("error_api_permission", rejected(_("An app of this type may not use this part of Shopee's API."), _CHECK_APP)),
    Rule("error_api_call_restricted", rejected(_("Shopee has restricted the app's calls."), _CHECK_APP)),
    Rule("api_suspended", rejected(_("Shopee has suspended this part of its API for the app."), _CHECK_APP)),
    Rule("partner_frozen", rejected(_("Shopee has frozen the developer account."), _CHECK_APP)),
    Rule(
        "error_partner_key_expired",
        rejected(_("The partner key has expired."), _("Reset it in the Open Platform Console and store the new one.")),
    ),
    Rule(
        "source_ip_undeclared",
        rejected(
            _("This machine's address is not on the app's IP whitelist."), _("Add it in the Open Platform Console.")
        ),
    ),
    Rule("error_rate_limit", Meaning(RateLimited, _("Shopee says that calls come too fast."), wait=1.0)),
    Rule("shop_banned", rejected(_("Shopee has banned the shop."), _("See the reason in the seller center."))),
    Rule(
        "error_ashop_api_permission",
        rejected(_("An affiliate shop of SIP takes no such calls."), _("Work with its primary shop.")),
    ),
    Rule(
        "error_kyc_auth",
        rejected(_("The seller's registration is not complete."), _("Complete it in the seller center.")),
    ),
    Rule("error_not_in_whitelist", rejected(_("Shopee offers this to chosen shops only, and not to this one."))),
    Rule(
        "invalid_code",
        rejected(
            _("The authorization code is wrong, used or older than ten minutes."), _("Start the authorization again.")
        ),
    ),
    Rule(
        "invalid_shop_id",
        rejected(_("The authorization code does not belong to this shop."), _("Start the authorization again.")),
    ),
    Rule(
        "invalid_main_acount_id",
        rejected(_("The authorization code does not belong to this account."), _("Start the authorization again.")),
    ),
)

GENERAL: tuple[Rule, ...] = (
    Rule(
        "error_network",
        rejected(_("Shopee does not offer this in the shop's market.")),
        r"only available for",
    ),
    Rule(
        "error_inner",
        rejected(_("The stock location does not exist."), _("Choose one of the merchant's stock locations.")),
        r"invalid stock location",
    ),
    Rule("error_data", NOT_FOUND, r"data not exist"),
    *(
        Rule(code, _LATER)
        for code in (
            *("error_server", "error_network", "error_system_busy", "error_inner", "system_error", "error_timeout"),
            *("error_connection", "error_core_server", "error_third_party_server", "download_later", "error_data"),
            *("error_get_shop_fail", "error_cannot_get_publish_result"),
        )
    ),
    Rule("error_permission", rejected(_("The shop may not do this."), _("See the seller center for the reason."))),
    Rule(
        "error_auth",
        rejected(_("Shopee does not allow this."), _("Check what the shop or merchant may do; its message says why.")),
    ),
    Rule("error_shop", rejected(_("Shopee does not accept the shop."), _("Check that it is authorized to the app."))),
    Rule("error_param", rejected(_("Shopee says that a value is wrong."), _("Correct what its message names."))),
)

# Refresh tokens: each of these ends the chain (Shopee: public.refresh_access_token).
_BY_SELLER = _("The authorization period of the seller has ended.")
REFRESH: dict[str, Meaning] = {
    "error_auth": Meaning(RefreshRefused, _("Shopee no longer accepts the refresh token."), _CONNECT),
    "refresh_token_expired": Meaning(
        RefreshRefused, _("The refresh token is older than 30 days and has expired."), _CONNECT
    ),
    **dict.fromkeys(
        ("error_shop_refresh_token", "error_merchant_refresh_token"),
        Meaning(RefreshRefused, _("The refresh token belongs to another shop or merchant."), _CONNECT),
    ),
    **dict.fromkeys(
        ("shop_access_expired", "merchant_access_expired", "supplier_access_expired"),
        Meaning(RefreshRefused, _BY_SELLER, _("Ask the seller to authorize again.")),
    ),
    **dict.fromkeys(
        ("shop_no_linked", "merchant_no_linked", "supplier_no_linked"),
        Meaning(RefreshRefused, _("The seller has detached the app."), _("Ask the seller to authorize again.")),
    ),
    "shop_banned": Meaning(RefreshRefused, _("Shopee has banned the shop."), _("See the reason in the seller center.")),
}

QUOTA_USED = Meaning(
    RateLimited, _("The app's daily number of calls is used up; it goes on at 00:00 UTC+8."), quota=True
)
_MISSING = re.compile(r"error_(?:\w+_)?not_found|error_(?:\w+_)?not_exists?")
_TRANSIENT = re.compile(r"try again later|try later|system (?:is )?busy", re.IGNORECASE)
_OF_REFRESH = re.compile(r"refresh[_ ]?token", re.IGNORECASE)
_RULES = COMMON + PRODUCTS + TRADE + GENERAL
MEANINGS: dict[str, Meaning] = {}  # the meaning of each code where its message says nothing in particular
for _rule in _RULES:
    if not _rule.pattern:
        MEANINGS.setdefault(_rule.code, _rule.meaning)


def full_code(code: str) -> str:
    """Return a code without the blanks that some have: "order. error_param"."""
    return re.sub(r"\s+", "", code)


def bare_code(code: str) -> str:
    """Return a code without its module."""
    return full_code(code).rpartition(".")[2]


def explain(code: str, message: str = "", *, refreshing: bool = False) -> Meaning:
    """Return what a code means with this message; an unknown one is a refusal and nothing more."""
    full, bare = full_code(code).lower(), bare_code(code).lower()
    if full in EXACT:
        return EXACT[full]
    if bare == "error_limit":  # a quota only as the app's own; order.error_limit is "Can not cancel this order"
        return QUOTA_USED if full in ("error_limit", "common.error_limit") else UNKNOWN
    if refreshing and bare in REFRESH and (bare != "error_auth" or not message or _OF_REFRESH.search(message)):
        return REFRESH[bare]
    special = next((rule.meaning for rule in _RULES if rule.pattern and rule.fits(bare, message)), None)
    if special:
        return special
    known = MEANINGS.get(bare)
    if _TRANSIENT.search(message) and (known is None or known.kind is Rejected):
        return _LATER
    return known or (NOT_FOUND if _MISSING.fullmatch(bare) else UNKNOWN)
