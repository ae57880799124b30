"""What control can do to CJ's part of the world: limits, changes of the catalogue, sourcing; orders beside it."""

from decimal import Decimal, InvalidOperation
from typing import Any

from integrations.simulator import cj_orders_changes, cj_orders_control
from integrations.simulator.cj_accounts import Account
from integrations.simulator.cj_catalogue import KINDS
from integrations.simulator.cj_generate import AreaStock, Flag, Product
from integrations.simulator.cj_protocol import ENDPOINTS, PLATFORM
from integrations.simulator.fields import BadField, Fields
from integrations.simulator.world import MAX_SIZE, World

PRODUCT_FIELDS = ("price", "stock", "name", "on_sale", "listed", "discount", "weight_g", "free_shipping")


def account(world: World, name: str) -> Account:
    """Return the account meant by a name, or say which there are."""
    found = world.cj.account_named(name)
    if found is None:
        known = ", ".join(f"{one.name_in_books} ({one.plan})" for one in world.cj.accounts)
        raise BadField("account", f"{name!r} is unknown", f"Use one of: {known}.")
    return found


def set_limits(world: World, fields: Fields) -> dict[str, Any]:
    """Change the rates and quotas of one account (or of all), of an IP, and how refusals look."""
    names = ("rps", "daily", "path", "points", "ip_rps", "ip_rps_without_login", "http_429_every")
    fields.only("platform", "account", *names)
    if not any(name in fields for name in names):
        raise BadField("rps", "nothing to change", f"Give at least one of {', '.join(names)}; null means no limit.")
    cj = world.cj
    chosen = [account(world, fields.text("account"))] if fields.text("account") else cj.accounts
    path = fields.text("path").removeprefix("/api2.0/v1")
    if path and path not in ENDPOINTS:
        raise BadField("path", f"{path!r} is no endpoint of CJ", "Give it as in the documents: /product/query.")
    if "rps" in fields:
        for one in chosen:
            one.rps = _rate(fields, "rps")
    if "daily" in fields:
        daily = fields.integer("daily", default=None, low=0)
        limited = [path] if path else [known for known, endpoint in ENDPOINTS.items() if endpoint.points]
        for one in chosen:
            for known in limited:
                if daily is None:
                    one.daily.pop(known, None)
                else:
                    one.daily[known] = daily
    if "points" in fields:
        for one in chosen:
            one.points = fields.integer("points", default=None, low=0)
    if "ip_rps" in fields:
        cj.ip_rps = _rate(fields, "ip_rps")
    if "ip_rps_without_login" in fields:
        cj.ip_rps_without_login = _rate(fields, "ip_rps_without_login")
    if "http_429_every" in fields:
        cj.http_429_every = fields.integer("http_429_every", default=0, low=0) or 0
    return {
        "ip_rps": cj.ip_rps,
        "ip_rps_without_login": cj.ip_rps_without_login,
        "http_429_every": cj.http_429_every,
        "accounts": [
            {
                "id": one.name_in_books,
                "plan": one.plan,
                "rps": one.rps,
                "daily": one.daily,
                "points": one.points,
            }
            for one in chosen
        ],
    }


def change(world: World, fields: Fields) -> dict[str, Any]:
    """Change a share of the products, single products or variants; add and remove products; accounts and orders."""
    orders = cj_orders_changes.CHANGES
    fields.only("platform", "share", "seed", "kinds", "pids", "fields", "vids", "remove", "add", *orders)
    done = cj_orders_changes.change(world, fields)
    if not any(name in fields for name in ("share", "pids", "vids", "remove", "add")):
        if done:
            return done
        fix = f'Give share, pids with fields, vids with fields, remove, add, {", ".join(orders)}: {{"share": 0.03}}.'
        raise BadField("share", "nothing to change", fix)
    changed = [
        *_change_share(world, fields),
        *_change_products(world, fields),
        *_change_variants(world, fields),
        *_remove(world, fields),
        *_add(world, fields),
    ]
    pids = list(dict.fromkeys(pid for pid, _ in changed))
    world.books.enter(PLATFORM, "", "changes", world.clock.now(), products=len(pids))
    return {"pids": pids, "changed": [{"pid": pid, "kind": kind} for pid, kind in changed], **done}


def advance(world: World, fields: Fields) -> dict[str, Any]:
    """Let an order go on, or decide a sourcing request: ``to`` is completed or failed."""
    name = fields.text("id", required=True)
    if cj_orders_control.is_order(world, name):
        return cj_orders_control.advance(world, fields)
    sourcing = world.cj.sourcing.get(name)
    if sourcing is None:
        raise BadField("id", "no such order or sourcing request", "Give any name of an order, or a cjSourcingId.")
    sourcing.outcome = fields.choice("to", ("completed", "failed"), required=True)
    return {"id": sourcing.id, "state": sourcing.outcome}


def _change_share(world: World, fields: Fields) -> list[tuple[str, str]]:
    share = fields.number("share", default=None, low=0, high=1)
    if share is None:
        return []
    kinds = fields.texts("kinds") or ["price", "stock", "name"]
    for kind in kinds:
        if kind not in KINDS:
            raise BadField("kinds", f"{kind!r} is unknown", f"Use some of: {', '.join(KINDS)}.")
    seed = fields.integer("seed", default=1) or 0
    done = world.cj.catalogue.change_share(share, seed=seed, kinds=kinds, now=world.clock.now())
    return [(product.pid, kind) for product, kind in done]


def _change_products(world: World, fields: Fields) -> list[tuple[str, str]]:
    wanted = Fields(fields.mapping("fields"))
    products = [_product(world, pid) for pid in fields.texts("pids")]
    if not products:
        return []
    wanted.only(*PRODUCT_FIELDS)
    for product in products:
        _set(product, wanted)
    world.cj.catalogue.touch(*products)
    kinds = [name for name in PRODUCT_FIELDS if name in wanted]
    return [(product.pid, kind) for product in products for kind in kinds]


def _set(product: Product, wanted: Fields) -> None:
    if "price" in wanted:
        product.price = _cents(wanted)
    if "stock" in wanted:
        stock = wanted.integer("stock", default=0, low=0) or 0
        verified = bool(product.stock and product.stock[0].verified)
        product.stock = [AreaStock(0, stock if verified else 0, 0 if verified else stock, verified)]
        for change in product.changes.values():
            change.stock, change.sold = None, {}
    if "name" in wanted:
        product.name = wanted.text("name", required=True)
    if "on_sale" in wanted:
        product.on_sale = wanted.flag("on_sale")
    if "listed" in wanted:
        product.listed = wanted.integer("listed", default=0, low=0) or 0
    if "discount" in wanted:
        product.discount = wanted.integer("discount", default=0, low=0, high=99) or 0
    if "weight_g" in wanted:
        product.weight_g = wanted.integer("weight_g", default=0, low=0) or 0
    if "free_shipping" in wanted:
        rest = product.flags & ~Flag.FREE_SHIPPING
        product.flags = rest | (Flag.FREE_SHIPPING if wanted.flag("free_shipping") else 0)


def _change_variants(world: World, fields: Fields) -> list[tuple[str, str]]:
    wanted = Fields(fields.mapping("fields"))
    done: list[tuple[str, str]] = []
    for vid in fields.texts("vids"):
        variant = world.cj.catalogue.find_variant(vid=vid)
        if variant is None:
            raise BadField("vids", f"{vid!r} is unknown", "Give vids of /product/query.")
        wanted.only("price", "stock", "gone")
        world.cj.catalogue.change_variant(
            variant,
            price=_cents(wanted) if "price" in wanted else None,
            stock=wanted.integer("stock", default=None, low=0),
            gone=wanted.flag("gone") if "gone" in wanted else None,
        )
        done += [(variant.product.pid, f"variant {name}") for name in ("price", "stock", "gone") if name in wanted]
    return done


def _remove(world: World, fields: Fields) -> list[tuple[str, str]]:
    products = [_product(world, pid) for pid in fields.texts("remove")]
    for product in products:
        world.cj.catalogue.remove(product)
    return [(product.pid, "removed") for product in products]


def _add(world: World, fields: Fields) -> list[tuple[str, str]]:
    room = MAX_SIZE - len(world.cj.catalogue.products)
    number = fields.integer("add", default=0, low=0, high=room) or 0
    now = world.clock.now()
    return [(world.cj.catalogue.add(now).pid, "new") for _ in range(number)]


def _product(world: World, pid: str) -> Product:
    product = world.cj.catalogue.find(pid=pid)
    if product is None:
        raise BadField("pids", f"{pid!r} is unknown or removed", "Give pids of /product/listV2.")
    return product


def _cents(wanted: Fields) -> int:
    text = wanted.text("price", required=True)
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or not 0 < amount < 1_000_000:
        raise BadField("price", f"{text!r} is no price", 'Give dollars, such as "12.34".')
    return int(amount * 100)


def _rate(fields: Fields, name: str) -> float | None:
    """Return a rate in whole numbers where it is one, since CJ prints it so."""
    rate = fields.number(name, default=None, low=0)
    return int(rate) if rate is not None and rate == int(rate) else rate
