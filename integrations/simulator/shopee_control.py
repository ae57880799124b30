"""What control can do to Shopee's part of the world: authorize, limits, and changes of sellers, apps and tokens."""

import re
from collections.abc import Callable
from typing import Any

from integrations.simulator import shopee_catalog_control, shopee_orders_changes
from integrations.simulator.fields import BadField, Fields
from integrations.simulator.shopee_parties import Merchant, Shop
from integrations.simulator.shopee_protocol import APP_PROBLEMS, ENDPOINTS, PLATFORM
from integrations.simulator.shopee_redirects import SUB_ACCOUNT_REFUSED, callback
from integrations.simulator.shopee_tokens import LONGEST_GRANT_DAYS, Subject
from integrations.simulator.world import World

Change = Callable[[World, Fields], dict[str, Any]]
STATUSES = ("NORMAL", "BANNED", "FROZEN")
FULFILLMENTS = ("Others", "Pure - FBS Shop", "Pure - 3PF Shop", "PFF - FBS Shop", "PFF - 3PF Shop", "LFF Hybrid Shop")
# Where the documented name is not the path.
REAL_PATHS = {
    "public.get_access_token": "/api/v2/auth/token/get",
    "public.refresh_access_token": "/api/v2/auth/access_token/get",
    "product.get_variations": "/api/v2/product/get_variation_tree",
}
_NAME = re.compile(r"^[a-z_]+\.([a-z_]+|\*)$")


def endpoint_path(text: str) -> str:
    """Return the path meant by ``/api/v2/…`` or by ``module.action``; either may end with ``*``."""
    path = REAL_PATHS.get(text) or (f"/api/v2/{text.replace('.', '/')}" if _NAME.match(text) else text)
    known = path.endswith("*") and any(one.startswith(path[:-1]) for one in ENDPOINTS)
    if not known and path not in ENDPOINTS:
        fix = "Give it as in the documents: global_product.add_global_item, /api/v2/shop/get_shop_info, or product.*."
        raise BadField("path", f"{text!r} is no endpoint of Shopee", fix)
    return path


def account_name(world: World, text: str) -> str:
    """Return the name in the books of a merchant, a shop or the app; a bare id will do."""
    shopee = world.shopee
    kind, _, digits = text.rpartition(":")
    ident = int(digits) if digits.isascii() and digits.isdigit() else 0
    if kind in ("", "merchant") and ident in shopee.merchants:
        return f"merchant:{ident}"
    if kind in ("", "shop") and ident in shopee.shops:
        return f"shop:{ident}"
    if text == "app":
        return text
    raise BadField(
        "account", f"{text!r} is unknown", "Give merchant:<id>, shop:<id> or app, as in GET /_control/world."
    )


def authorize(world: World, fields: Fields) -> dict[str, Any]:
    """Let a seller click "allow": a main account or a shop's own login; what is not named is ticked."""
    names = ("main_account_id", "shop_id", "login", "merchants", "shops", "days", "redirect", "state", "resend")
    fields.only("platform", *names)
    shopee, now = world.shopee, world.clock.now()
    owner, subjects = _owner(world, fields)
    for name, kind in (("merchants", "merchant"), ("shops", "shop")):
        if name in fields:
            ticked = fields.integers(name)
            strangers = set(ticked) - {ident for which, ident in subjects if which == kind}
            if strangers:
                fix = f"Give ids of its {name}, as in GET /_control/world."
                raise BadField(name, f"{sorted(strangers)} are not of this account", fix)
            subjects = [(which, ident) for which, ident in subjects if which != kind or ident in ticked]
    days = fields.number("days", default=LONGEST_GRANT_DAYS, low=0.001, high=LONGEST_GRANT_DAYS) or LONGEST_GRANT_DAYS
    code = shopee.allow(shopee.app, owner, subjects, now=now, days=days, resend=fields.flag("resend"))
    world.books.enter(PLATFORM, "app", "authorizations", now, owner=dict([owner]), subjects=len(code.subjects))
    if code.resend:
        return {"resend_code": code.text}
    answer: dict[str, Any] = {"code": code.text, owner[0]: owner[1]}
    if fields.text("redirect"):
        answer["location"] = callback(fields.text("redirect"), code, fields.text("state"))
    return answer


def set_limits(world: World, fields: Fields) -> dict[str, Any]:
    """Change the calls a second of one merchant, shop or the app (or the usual rate), and the app's daily quota."""
    fields.only("platform", "account", "rps", "daily", "http_429_every")
    if not any(name in fields for name in ("rps", "daily", "http_429_every")):
        fix = "Give at least one of rps, daily, http_429_every; null means no limit."
        raise BadField("rps", "nothing to change", fix)
    shopee = world.shopee
    name = account_name(world, fields.text("account")) if fields.text("account") else ""
    if "rps" in fields:
        rps = fields.number("rps", default=None, low=0)
        if name:
            shopee.rates[name] = rps
        else:
            shopee.rps, shopee.rates = rps, {}
    if "daily" in fields:
        if name not in ("", "app"):
            raise BadField("daily", "only the app has a daily quota", 'Leave account out, or give "app".')
        shopee.app.daily_limit = fields.integer("daily", default=None, low=0)
    if "http_429_every" in fields:
        shopee.http_429_every = fields.integer("http_429_every", default=0, low=0) or 0
    return {"rps": shopee.rps, "rates": shopee.rates, "daily": shopee.app.daily_limit}


def change(world: World, fields: Fields) -> dict[str, Any]:
    """Do what the given names stand for, each with its own fields: ``{"shop": {"shop_id": 1, "holiday": true}}``."""
    fields.only("platform", *CHANGES)
    done = {name: act(world, Fields(fields.mapping(name))) for name, act in CHANGES.items() if name in fields}
    if not done:
        fix = f'Give at least one of {", ".join(CHANGES)}, such as {{"shop": {{"shop_id": 1, "holiday": true}}}}.'
        raise BadField("shop", "nothing to change", fix)
    return done


def _change_merchant(world: World, wanted: Fields) -> dict[str, Any]:
    """Upgrade a merchant with its shops, set its currency or its market rates."""
    wanted.only("merchant_id", "upgraded", "currency", "rates_set")
    merchant = _merchant(world, wanted)
    if "upgraded" in wanted:
        merchant.is_upgraded_cbsc = wanted.flag("upgraded")
        for ident in merchant.shop_ids:
            world.shopee.shops[ident].is_upgraded_cbsc = merchant.is_upgraded_cbsc
    if "currency" in wanted:
        merchant.currency = wanted.text("currency").upper()
    if "rates_set" in wanted:
        merchant.market_rates_set = wanted.flag("rates_set")
    return {
        "merchant_id": merchant.merchant_id,
        "upgraded": merchant.is_upgraded_cbsc,
        "currency": merchant.currency,
        "rates_set": merchant.market_rates_set,
    }


def _change_shop(world: World, wanted: Fields) -> dict[str, Any]:
    """Change a shop's status, holiday, penalty, upgrade or kind of fulfillment."""
    wanted.only("shop_id", "status", "holiday", "penalty", "upgraded", "fulfillment")
    shop = _shop(world, wanted)
    shop.status = wanted.choice("status", STATUSES, default=shop.status)
    shop.fulfillment_flag = wanted.choice("fulfillment", FULFILLMENTS, default=shop.fulfillment_flag)
    if "holiday" in wanted:
        shop.holiday, shop.holiday_since = wanted.flag("holiday"), world.clock.now()
    if "penalty" in wanted:
        shop.penalty = wanted.flag("penalty")
    if "upgraded" in wanted:
        shop.is_upgraded_cbsc = wanted.flag("upgraded")
    return {
        "shop_id": shop.shop_id,
        "status": shop.status,
        "holiday": shop.holiday,
        "penalty": shop.penalty,
        "upgraded": shop.is_upgraded_cbsc,
        "fulfillment": shop.fulfillment_flag,
    }


def _change_app(world: World, wanted: Fields) -> dict[str, Any]:
    """Change what the console says of the app."""
    wanted.only("status", "redirect_domains", "ip_whitelist", "denied")
    app = world.shopee.app
    app.status = wanted.choice("status", ("online", *APP_PROBLEMS), default=app.status)
    for name in ("redirect_domains", "ip_whitelist", "denied"):
        if name in wanted:
            setattr(app, name, wanted.texts(name))
    return {"partner_id": app.partner_id, "status": app.status, "redirect_domains": app.redirect_domains}


def _change_authorization(world: World, wanted: Fields) -> dict[str, Any]:
    """Cancel what a seller allowed, or let it end in so many days from now."""
    wanted.only("main_account_id", "merchant_id", "shop_id", "cancel", "days")
    shopee, now, subjects = world.shopee, world.clock.now(), _subjects(world, wanted)
    days = wanted.number("days", default=None, low=0, high=LONGEST_GRANT_DAYS)
    if not wanted.flag("cancel") and days is None:
        raise BadField("cancel", "nothing to change", 'Give {"cancel": true}, or the days that are left.')
    grants = [shopee.tokens.grant(shopee.app.partner_id, kind, ident) for kind, ident in subjects]
    for grant in (one for one in grants if one and days is not None):
        grant.until = now + (days or 0) * 86_400
    ended = shopee.tokens.cancel(shopee.app.partner_id, subjects) if wanted.flag("cancel") else []
    for kind, ident in ended:
        world.books.enter(PLATFORM, f"{kind}:{ident}", "cancellations", now)
    return {"cancelled": [f"{kind}:{ident}" for kind, ident in ended], "found": len([one for one in grants if one])}


def _change_tokens(world: World, wanted: Fields) -> dict[str, Any]:
    """End the access or refresh tokens of a merchant, a shop or a whole account."""
    wanted.only("main_account_id", "merchant_id", "shop_id", "expire")
    which = wanted.choice("expire", ("access", "refresh"), required=True)
    now, tokens = world.clock.now(), world.shopee.tokens
    return {"expired": sum(tokens.expire(subject, which, now) for subject in _subjects(world, wanted))}


def _change_switches(world: World, wanted: Fields) -> dict[str, Any]:
    """Choose between what is documented in two ways."""
    wanted.only("replay", "dead_token_status", "expiry_as_epoch")
    shopee = world.shopee
    if "replay" in wanted:
        shopee.tokens.replay = wanted.flag("replay")
    if "dead_token_status" in wanted:
        shopee.dead_token_status = wanted.integer("dead_token_status", default=200, low=200, high=499) or 200
    if "expiry_as_epoch" in wanted:
        shopee.expiry_as_epoch = wanted.flag("expiry_as_epoch")
    return {
        "replay": shopee.tokens.replay,
        "dead_token_status": shopee.dead_token_status,
        "expiry_as_epoch": shopee.expiry_as_epoch,
    }


CHANGES: dict[str, Change] = {
    "merchant": _change_merchant,
    "shop": _change_shop,
    "app": _change_app,
    "authorization": _change_authorization,
    "tokens": _change_tokens,
    "switches": _change_switches,
    **shopee_catalog_control.CHANGES,
    **shopee_orders_changes.CHANGES,
}


def _owner(world: World, fields: Fields) -> tuple[tuple[str, int], list[Subject]]:
    """Return who logs in and what there is to tick."""
    shopee, login = world.shopee, fields.text("login")
    if login in shopee.sub_accounts:
        raise BadField("login", SUB_ACCOUNT_REFUSED, "Use a main account: its login ends with :main.")
    for account in shopee.main_accounts.values():
        if login == account.login or fields.text("main_account_id") == str(account.main_account_id):
            return ("main_account_id", account.main_account_id), shopee.to_tick(account)
    if fields.text("main_account_id") or login:
        name = "login" if login else "main_account_id"
        raise BadField(name, f"{fields.text(name)!r} is unknown", "Give one of GET /_control/world.")
    shop = _shop(world, fields)
    return ("shop_id", shop.shop_id), [("shop", shop.shop_id)]


def _subjects(world: World, wanted: Fields) -> list[Subject]:
    if wanted.text("main_account_id"):
        return _owner(world, wanted)[1]
    if "merchant_id" in wanted:
        return [("merchant", _merchant(world, wanted).merchant_id)]
    return [("shop", ident) for ident in world.shopee.with_affiliates([_shop(world, wanted).shop_id])]


def _merchant(world: World, wanted: Fields) -> Merchant:
    merchant = world.shopee.merchants.get(wanted.integer("merchant_id", default=0) or 0)
    if merchant is None:
        raise BadField("merchant_id", "missing or unknown", "Give one of GET /_control/world.")
    return merchant


def _shop(world: World, wanted: Fields) -> Shop:
    shop = world.shopee.shops.get(wanted.integer("shop_id", default=0) or 0)
    if shop is None:
        raise BadField("shop_id", "missing or unknown", "Give one of GET /_control/world.")
    return shop
