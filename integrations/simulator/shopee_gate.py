"""What every call to Shopee has to pass: partner, time, sign, app, grant, token, limits (Shopee: API call flow)."""

import hashlib
import hmac
from typing import Any

from integrations.simulator.limits import Rule
from integrations.simulator.shopee_protocol import (
    APP_PROBLEMS,
    LARGEST_ID,
    NOT_ALIVE,
    PLATFORM,
    QUOTA_USED,
    TOO_MANY,
    Call,
    Endpoint,
    Level,
    Problem,
)
from integrations.simulator.shopee_tokens import Kind

SIGN_SECONDS = 300  # how far a timestamp may lie from our time
QUOTA_ZONE = 8 * 3600  # the daily quota is fresh at midnight in UTC+8
SHOP_INFO = "/api/v2/shop/get_shop_info"


def sign(key: str, *parts: str | int) -> str:
    """Return the sign over parts that stand side by side (Shopee: signature calculation)."""
    base = "".join(str(part) for part in parts)
    return hmac.new(key.encode(), base.encode(), hashlib.sha256).hexdigest()


def pass_gate(call: Call, endpoint: Endpoint) -> None:
    """Let a call through or raise the documented refusal; what is refused counts against no limit."""
    check_partner(call)
    check_time(call)
    parts = _signed(call, endpoint)
    check_sign(call, *parts)
    check_app(call)
    _check_address(call)
    if endpoint.module in call.app.denied:
        raise Problem("error_api_permission", "The type of the App has no permission to the API.")
    if endpoint.level is Level.MERCHANT:
        _check_token(call, "merchant")
    elif endpoint.level is Level.SHOP:
        _check_token(call, "shop")
        _check_shop(call, endpoint)
    _spend(call)


def check_partner(call: Call) -> None:
    """Refuse a call which names no app that we know."""
    _common_id(call, "partner_id")
    if call.app.partner_id < 0:
        raise Problem("error_auth", "partner_id is invalid")


def check_time(call: Call) -> None:
    """Refuse a call whose timestamp is more than five minutes from now."""
    timestamp = common(call, "timestamp")
    if not timestamp:
        raise Problem("error_param", "no timestamp")
    if not (timestamp.isascii() and timestamp.isdigit()) or len(timestamp) > 12:
        raise Problem("error_param", "Invalid timestamp")
    if abs(call.now - int(timestamp)) > SIGN_SECONDS:
        raise Problem("error_param", "Timestamp is expired.")


def check_sign(call: Call, *parts: str) -> None:
    """Refuse a wrong sign; ``parts`` is what the level signs after the timestamp."""
    given = common(call, "sign")
    if not given:
        raise absent("sign")
    wanted = sign(call.app.partner_key, common(call, "partner_id"), call.path, common(call, "timestamp"), *parts)
    if not hmac.compare_digest(wanted.encode(), given.encode()):
        raise Problem("error_sign", "Wrong sign.")


def check_app(call: Call) -> None:
    """Refuse an app that may not call now."""
    if call.app.status in APP_PROBLEMS:
        raise Problem(*APP_PROBLEMS[call.app.status])


def _check_address(call: Call) -> None:
    """Refuse a server that is not in the whitelist, where there is one."""
    if call.app.ip_whitelist and call.ip not in call.app.ip_whitelist:
        raise Problem("source_ip_undeclared", f"The source IP {call.ip} is not in the IP whitelist of the App.")


def common(call: Call, name: str) -> str:
    """Return a common parameter; it comes in the query, for a POST, too."""
    return (call.query.get(name) or [""])[-1]


def absent(name: str) -> Problem:
    """Return the refusal of a call without a common parameter."""
    return Problem("error_param", f"There is no {name} in query.")


def _common_id(call: Call, name: str) -> str:
    text = common(call, name)
    if not text:
        raise absent(name)
    if not (text.isascii() and text.isdigit()) or int(text) > LARGEST_ID:
        raise Problem("error_param", f"{name} is invalid, should be an integer between 0 and {LARGEST_ID}.")
    return text


def _signed(call: Call, endpoint: Endpoint) -> tuple[str, ...]:
    """Return what the level signs after the timestamp: nothing, or the token and the id of its subject."""
    if endpoint.level is Level.PUBLIC:
        return ()
    name = f"{endpoint.level.value}_id"
    # A merchant's call may name a shop as its business; a shop's call names no merchant.
    if endpoint.level is Level.SHOP and common(call, "merchant_id"):
        raise Problem("error_param", "Only one of shop_id and merchant_id should be in query.")
    token = common(call, "access_token")
    if not token:
        raise absent("access_token")
    return token, _common_id(call, name)


def _check_token(call: Call, kind: Kind) -> None:
    """Refuse a dead or foreign token, and whom the seller has not linked to the app."""
    ident = int(common(call, f"{kind}_id"))
    grant = call.shopee.tokens.grant(call.app.partner_id, kind, ident)
    if grant is None or grant.cancelled:
        raise Problem(f"{kind}_no_linked", f"The {kind} is not linked to the partner.")
    pair = call.shopee.tokens.by_access(call.app.partner_id, common(call, "access_token"))
    if pair is None:
        raise Problem("invalid_acceess_token", "Invalid access_token, please have a check.")  # spelt so
    if call.now >= grant.until:
        raise Problem("error_auth", "Invalid partner_id or shopid.")
    if not pair.serves((kind, ident), call.now):
        raise Problem("error_auth", NOT_ALIVE)


def _check_shop(call: Call, endpoint: Endpoint) -> None:
    """Refuse what a banned, frozen or affiliated shop may not do; its own state can always be read."""
    shop = call.the_shop
    if endpoint.path == SHOP_INFO:
        return
    if shop.status == "BANNED":
        raise Problem("shop_banned", "The shop is banned.")
    if shop.status == "FROZEN" and endpoint.method == "POST":
        raise Problem("error_permission", "Sorry you don't have the permission to operate a frozen shop.")
    if shop.is_affiliate and endpoint.module != "shop":
        raise Problem("error_ashop_api_permission", "The affiliate shop has no permission to the API.")


def _spend(call: Call) -> None:
    """Count the call against its windows and the app's daily quota, or refuse it and count nothing."""
    limits, app = call.world.limits, call.app
    rules = _rules(call)
    if limits.check(rules, call.now):
        raise Problem(TOO_MANY, "Too many requests, please try again later.")
    key, here = (PLATFORM, app.partner_id, "daily"), call.now + QUOTA_ZONE
    if app.daily_limit is not None and limits.used_today(key, here) >= app.daily_limit:
        raise Problem(QUOTA_USED, "The daily call quota of the App is used up.")
    limits.use_today(key, here)
    limits.count(rules, call.now)


def _rules(call: Call) -> list[Rule]:
    """Return the windows: one of the subject, and where the app was given a rate, one of all its calls."""
    shopee, subject, partner_id = call.shopee, call.subject, call.app.partner_id
    rps = shopee.rates.get(subject, shopee.rps)
    rules = [] if rps is None else [_rule((PLATFORM, partner_id, subject), rps)]
    whole = shopee.rates.get("app")
    if whole is not None and subject != "app":
        rules.append(_rule((PLATFORM, partner_id, "all"), whole))
    return rules


def _rule(key: tuple[Any, ...], rps: float) -> Rule:
    """Return a window of a second; a limit below one a second is one call in a longer window."""
    return Rule(key, int(rps), 1) if rps >= 1 or rps <= 0 else Rule(key, 1, 1 / rps)
