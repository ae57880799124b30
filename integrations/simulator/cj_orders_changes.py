"""What control can set about CJ's accounts and orders, and how CJ behaves: ``POST /_control/change``."""

from decimal import Decimal, InvalidOperation
from typing import Any

from integrations.simulator import cj_messages, cj_split, cj_time
from integrations.simulator.cj_accounts import Account
from integrations.simulator.cj_order_switches import NextOrders
from integrations.simulator.cj_orders_control import describe, find
from integrations.simulator.fields import BadField, Fields
from integrations.simulator.world import World

CHANGES = ("balance", "account", "order", "next_orders", "split", "switches")


def change(world: World, fields: Fields) -> dict[str, Any]:
    """Change accounts, orders, the next orders, and how CJ behaves."""
    cj_time.settle(world)
    done: dict[str, Any] = {}
    actions = {
        "balance": _set_balance,
        "account": _set_account,
        "order": _set_order,
        "next_orders": _set_next,
        "split": _split,
        "switches": _set_switches,
    }
    for name, action in actions.items():
        if name in fields:
            done[name] = action(world, Fields(fields.mapping(name)))
    return done


def _set_balance(world: World, fields: Fields) -> dict[str, str]:
    fields.only("account", "amount", "add")
    account = _account(world, fields)
    if ("amount" in fields) == ("add" in fields):
        raise BadField("amount", "missing, or given together with add", 'Give {"account": "…", "amount": "12.34"}.')
    name = "amount" if "amount" in fields else "add"
    given = _money(fields, name)
    account.balance = given if name == "amount" else account.balance + given
    world.books.enter("cj", account.name_in_books, "balance_set", world.clock.now(), balance=str(account.balance))
    return {"account": account.name_in_books, "balance": str(account.balance)}


def _set_account(world: World, fields: Fields) -> dict[str, Any]:
    fields.only("account", "foreign_skus", "balance_blocked")
    account = _account(world, fields)
    if "foreign_skus" in fields:
        account.foreign_skus = fields.flag("foreign_skus")
    if "balance_blocked" in fields:
        account.balance_blocked = fields.flag("balance_blocked")
    flags = {"foreign_skus": account.foreign_skus, "balance_blocked": account.balance_blocked}
    return {"account": account.name_in_books, **flags}


def _set_order(world: World, fields: Fields) -> dict[str, Any]:
    fields.only("id", "intercept", "unmatched", "logistics_miss", "production", "abnormal")
    order = find(world, fields.text("id", required=True))
    if "intercept" in fields:
        order.reasons = _reasons(fields)
    if "unmatched" in fields:
        order.unmatched = fields.flag("unmatched")
    if "logistics_miss" in fields:
        order.logistics_miss = fields.flag("logistics_miss")
    production = fields.integer("production", default=None, low=1, high=5)
    abnormal = fields.integers("abnormal")
    for line in order.lines:
        if line.pod is not None and (production or abnormal):
            line.production, line.abnormal = production or 5, abnormal
    cj_messages.order_changed(world, order, world.clock.now())
    return describe(order)


def _set_next(world: World, fields: Fields) -> dict[str, Any]:
    fields.only("times", "order_number", "intercept", "unmatched", "logistics_miss")
    one = NextOrders(
        times=fields.integer("times", default=1, low=1) or 1,
        order_number=fields.text("order_number"),
        intercept=_reasons(fields),
        unmatched=fields.flag("unmatched"),
        logistics_miss=fields.flag("logistics_miss"),
    )
    if not (one.intercept or one.unmatched or one.logistics_miss):
        raise BadField("intercept", "nothing befalls the orders", "Give intercept, unmatched or logistics_miss.")
    world.cj.next_orders.append(one)
    return {"waiting": len(world.cj.next_orders)}


def _split(world: World, fields: Fields) -> dict[str, Any]:
    fields.only("id", "parts")
    order = find(world, fields.text("id", required=True))
    cj_split.split(world, order, fields.integer("parts", default=2, low=2, high=10) or 2, world.clock.now())
    return {"id": order.id, "children": [describe(child) for child in order.children]}


def _set_switches(world: World, fields: Fields) -> dict[str, Any]:
    switches = world.cj.switches
    known = tuple(switches.__slots__)
    fields.only(*known)
    if not any(name in fields for name in known):
        raise BadField("switches", "nothing to change", f"Give some of: {', '.join(known)}.")
    if "pay_twice" in fields:
        switches.pay_twice = fields.flag("pay_twice")
    if "dispatch_s" in fields:
        switches.dispatch_s = fields.integer("dispatch_s", default=None, low=0)
    switches.confirm_again = fields.choice("confirm_again", ("same", "refused"), default=switches.confirm_again)
    switches.list_default = fields.choice("list_default", ("bare", "always"), default=switches.list_default)
    switches.freight = fields.choice("freight", ("ok", "down", "empty"), default=switches.freight)
    for name, low in (("freight_percent", 1), ("pay_window_s", 1), ("unpaid_s", 1), ("label_dispatch_s", 0)):
        setattr(switches, name, fields.integer(name, default=getattr(switches, name), low=low))
    switches.exceptions_every = fields.integer("exceptions_every", default=switches.exceptions_every, low=0) or 0
    return {name: getattr(switches, name) for name in known}


def _account(world: World, fields: Fields) -> Account:
    name = fields.text("account", required=True)
    found = world.cj.account_named(name)
    if found is None:
        known = ", ".join(one.name_in_books for one in world.cj.accounts)
        raise BadField("account", f"{name!r} is unknown", f"Use one of: {known}.")
    return found


def _money(fields: Fields, name: str) -> Decimal:
    text = fields.text(name, required=True)
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0:
        raise BadField(name, f"{text!r} is no amount", 'Give dollars, such as "12.34".')
    return amount.quantize(Decimal("0.01"))


def _reasons(fields: Fields) -> list[dict[str, Any]]:
    rows = fields.rows("intercept")
    for row in rows:
        if not isinstance(row.get("code"), int) or not isinstance(row.get("message"), str):
            raise BadField("intercept", f"{row!r} is no reason", 'Give [{"code": 1001, "message": "…"}].')
    return rows
