"""Shopee's public endpoints: tokens, who is linked to the app, addresses (Shopee: public)."""

from typing import Any, get_args

from integrations.simulator.shopee_protocol import PLATFORM, Call, Level, Problem, endpoint, wrong
from integrations.simulator.shopee_tokens import Code, Grant, Kind, Pair, TokenRefused

LARGEST_PAGE = 100
PUSH_ADDRESSES = ["103.115.78.0/24", "103.115.79.0/24"]
KINDS: tuple[Kind, ...] = get_args(Kind)
OTHER_KINDS = ("supplier", "user", "principal")  # brand and supplier accounts: nobody here is one


@endpoint("POST", "/api/v2/auth/token/get", Level.PUBLIC, wrap=False)
def get_access_token(call: Call) -> dict[str, Any]:
    """Shopee: public.get_access_token; a code, once, for the first pair of everything that was ticked."""
    _check_partner(call)
    text = call.text("code", required=True)
    owners = [(name, call.integer(name)) for name in ("shop_id", "main_account_id") if name in call.body]
    if len(owners) != 1 or owners[0][1] is None:
        raise Problem("error_param", "Wrong parameters, detail: give one of shop_id and main_account_id.")
    name, ident = owners[0]
    return _first_pair(call, text, (name, ident or 0))


@endpoint("POST", "/api/v2/public/get_token_by_resend_code", Level.PUBLIC, wrap=False)
def get_token_by_resend_code(call: Call) -> dict[str, Any]:
    """Shopee: public.get_token_by_resend_code; a new first pair where the last one was lost."""
    return _first_pair(call, call.text("resend_code", required=True), None)


@endpoint("POST", "/api/v2/auth/access_token/get", Level.PUBLIC, wrap=False)
def refresh_access_token(call: Call) -> dict[str, Any]:
    """Shopee: public.refresh_access_token; the next pair of one subject, for a token that is then used up."""
    _check_partner(call)
    text = call.text("refresh_token", required=True)
    known = (*KINDS, *OTHER_KINDS)
    given = [(kind, call.integer(f"{kind}_id", low=1)) for kind in known if call.body.get(f"{kind}_id") is not None]
    if len(given) != 1:
        raise Problem("error_param", f"Wrong parameters, detail: give one of {', '.join(f'{k}_id' for k in known)}.")
    name, ident = given[0]
    kind = next((one for one in KINDS if one == name), None)
    if kind is None or ident is None:
        raise Problem(f"{name}_no_linked", f"The {name} is not linked to the partner.")
    shop = call.shopee.shops.get(ident) if kind == "shop" else None
    if shop and shop.status == "BANNED":
        raise Problem("shop_banned", "The shop is banned.")
    books, account = call.world.books, f"{kind}:{ident}"
    try:
        pair, again = call.shopee.tokens.change_refresh(call.app.partner_id, text, (kind, ident), now=call.now)
    except TokenRefused as refused:
        books.enter(PLATFORM, account, "refreshes_refused", call.now, code=refused.code)
        raise Problem(refused.code, refused.message) from None
    books.enter(PLATFORM, account, "refreshes_repeated" if again else "refreshes", call.now)
    return {"partner_id": call.app.partner_id, f"{kind}_id": ident, **_printed(call, pair)}


@endpoint("GET", "/api/v2/public/get_shops_by_partner", Level.PUBLIC, wrap=False)
def get_shops_by_partner(call: Call) -> dict[str, Any]:
    """Shopee: public.get_shops_by_partner; primaries carry their affiliates."""
    grants = [
        grant
        for grant in call.shopee.tokens.grants(call.app.partner_id, "shop", call.now)
        if not call.shopee.shops[grant.subject[1]].is_affiliate
    ]
    page, more = _page(call, grants)
    rows = []
    for grant in page:
        shop = call.shopee.shops[grant.subject[1]]
        affiliates = [
            {"region": call.shopee.shops[ident].region, "affi_shop_id": ident} for ident in shop.sip_affiliates
        ]
        row = {"region": shop.region, "shop_id": shop.shop_id, **times(grant)}
        rows.append({**row, "sip_affi_shop_list": affiliates} if affiliates else row)
    return {"authed_shop_list": rows, "more": more}


@endpoint("GET", "/api/v2/public/get_merchants_by_partner", Level.PUBLIC, wrap=False)
def get_merchants_by_partner(call: Call) -> dict[str, Any]:
    """Shopee: public.get_merchants_by_partner."""
    page, more = _page(call, call.shopee.tokens.grants(call.app.partner_id, "merchant", call.now))
    rows = []
    for grant in page:
        merchant = call.shopee.merchants[grant.subject[1]]
        rows.append({"region": merchant.region, "merchant_id": merchant.merchant_id, **times(grant)})
    return {"authed_merchant_list": rows, "more": more}


@endpoint("GET", "/api/v2/public/get_shopee_ip_ranges", Level.PUBLIC, wrap=False)
def get_shopee_ip_ranges(call: Call) -> dict[str, Any]:
    """Shopee: public.get_shopee_ip_ranges; from where its messages come."""
    return {"ip_list": PUSH_ADDRESSES}


def times(grant: Grant) -> dict[str, int]:
    """Return since when and until when the seller lets the app act, in seconds since 1970."""
    return {"auth_time": int(grant.since), "expire_time": int(grant.until)}


def _check_partner(call: Call) -> None:
    """Refuse a body which names another app than the query."""
    if call.integer("partner_id", required=True) != call.app.partner_id:
        raise wrong("partner_id", "the same as in query")


def _first_pair(call: Call, text: str, owner: tuple[str, int] | None) -> dict[str, Any]:
    try:
        code, pair = call.shopee.tokens.change_code(call.app.partner_id, text, owner, call.now)
    except TokenRefused as refused:
        call.world.books.enter(PLATFORM, "app", "codes_refused", call.now, code=refused.code)
        raise Problem(refused.code, refused.message) from None
    call.world.books.enter(PLATFORM, "app", "codes", call.now, owner=dict([code.owner]))
    return {**_printed(call, pair, first=True), **_lists(call, code)}


def _lists(call: Call, code: Code) -> dict[str, list[int] | None]:
    """Return what was ticked; a shop's own login gets no lists, and an empty list comes as null."""
    if code.owner[0] == "shop_id" and not code.resend:
        return {}
    shops = [ident for kind, ident in code.subjects if kind == "shop" and not call.shopee.shops[ident].is_affiliate]
    merchants = [ident for kind, ident in code.subjects if kind == "merchant"]
    return {"merchant_id_list": merchants or None, "shop_id_list": shops or None}


def _printed(call: Call, pair: Pair, *, first: bool = False) -> dict[str, Any]:
    expire_in = int(pair.access_until if first and call.shopee.expiry_as_epoch else pair.access_until - call.now)
    return {"access_token": pair.access, "refresh_token": pair.refresh, "expire_in": expire_in}


def _page(call: Call, grants: list[Grant]) -> tuple[list[Grant], bool]:
    size = call.integer("page_size", default=LARGEST_PAGE, low=1, high=LARGEST_PAGE) or LARGEST_PAGE
    number = call.integer("page_no", default=1, low=1) or 1
    return grants[(number - 1) * size : number * size], len(grants) > number * size
