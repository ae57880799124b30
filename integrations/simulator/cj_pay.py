"""CJ 5, Payment: the balance is spent by payBalance, payBalanceV2 and by createOrderV2 with payType 2."""

from decimal import Decimal
from typing import Any

from integrations.simulator import cj_order_moves, cj_order_prices, cj_stock
from integrations.simulator.cj_order_fields import text
from integrations.simulator.cj_orders import UNPAID, ZERO, Order, Parent, Shipment
from integrations.simulator.cj_protocol import (
    BALANCE_BLOCKED,
    BALANCE_SHORT,
    ORDER_NOT_FOUND,
    PAY_FAIL,
    STOCK_FAIL,
    Call,
    Problem,
    endpoint,
)

BLOCKED = (
    "The balance payment function is temporarily restricted. "
    "Please log in to My CJ and make the order payment on the page"
)


@endpoint("POST", "/shopping/pay/payBalanceV2")
def pay_balance_v2(call: Call) -> None:
    """CJ 5, Pay Balance V2: a shipment by its parent order; with an order code in its place nothing is paid."""
    name = text(call.body, "shipmentOrderId", 200, required=True)
    pay_id = text(call.body, "payId", 200, required=True)
    shipment = call.cj.orders.shipments.get(name)
    if shipment is None or shipment.account is not call.user:
        if call.cj.orders.find(call.user, name):
            return  # as is seen: the answer is success, the balance is untouched
        raise _not_found()
    parent = next((one for one in shipment.parents if one.pay_id == pay_id), None)
    if parent is None:
        raise _refuse(call, shipment.orders, by="payBalanceV2", shipment=shipment, pay_id=pay_id)
    if all(order.is_paid for order in parent.orders):
        _again(call, parent.orders, parent.amounts, by="payBalanceV2", shipment=shipment, pay_id=pay_id)
        return
    if parent.dead or parent.expires_at <= call.now:
        raise _refuse(call, parent.orders, by="payBalanceV2", shipment=shipment, pay_id=pay_id)
    pay(call, parent.orders, by="payBalanceV2", shipment=shipment, parent=parent)


@endpoint("POST", "/shopping/pay/payBalance")
def pay_balance(call: Call) -> None:
    """CJ 5, Pay Balance: one order at the price of now, without a parent order."""
    order = call.cj.orders.find(call.user, text(call.body, "orderId", 200, required=True))
    if order is None:
        raise _not_found()
    if order.is_paid:
        _again(call, [order], [order.quote.payable if order.quote else ZERO], by="payBalance", shipment=order.shipment)
        return
    held = order.reasons or order.unmatched
    if order.status != UNPAID or held:
        raise _refuse(call, [order], by="payBalance", shipment=order.shipment)
    pay(call, [order], by="payBalance", shipment=order.shipment)
    if order.shipment:
        order.shipment.drop_parent()


def pay(call: Call, orders: list[Order], *, by: str, shipment: Shipment | None, parent: Parent | None = None) -> None:
    """Pay orders from the balance, all of them or none; without a parent order at the price of now."""
    pay_id = parent.pay_id if parent else ""
    if call.user.balance_blocked:
        raise _refuse(call, orders, by=by, shipment=shipment, pay_id=pay_id, code=BALANCE_BLOCKED, message=BLOCKED)
    if cj_stock.is_short(call.cj.catalogue, orders):
        message = "Inventory deduction fail, please contact CJ order center"
        raise _refuse(call, orders, by=by, shipment=shipment, pay_id=pay_id, code=STOCK_FAIL, message=message)
    amounts = parent.amounts if parent else _amounts(call, orders)
    _charge(call, orders, amounts, by=by, shipment=shipment, pay_id=pay_id, repeat=False)
    for order in orders:
        cj_order_moves.set_paid(call.world, order, call.now)


def _amounts(call: Call, orders: list[Order]) -> list[Decimal]:
    for order in orders:
        order.quote = cj_order_prices.quote(call.world, order)
    return [order.quote.payable if order.quote else ZERO for order in orders]


def _again(
    call: Call,
    orders: list[Order],
    amounts: list[Decimal],
    *,
    by: str,
    shipment: Shipment | None,
    pay_id: str = "",
) -> None:
    """Meet a payment of what is paid: refused, or charged once more where CJ is set to be that careless."""
    facts = {"by": by, "shipment_id": shipment.id if shipment else "", "pay_id": pay_id}
    numbers = [order.number for order in orders]
    name = call.user.name_in_books
    call.world.books.enter("cj", name, "payments_repeated", call.now, **facts, order_numbers=numbers)
    if not call.cj.switches.pay_twice:
        raise _refuse(call, orders, by=by, shipment=shipment, pay_id=pay_id)
    _charge(call, orders, amounts, by=by, shipment=shipment, pay_id=pay_id, repeat=True)


def _charge(
    call: Call,
    orders: list[Order],
    amounts: list[Decimal],
    *,
    by: str,
    shipment: Shipment | None,
    pay_id: str,
    repeat: bool,
) -> None:
    amount, before = sum(amounts, ZERO), call.user.balance
    if before < amount:
        message = "Balance is insufficient"
        raise _refuse(call, orders, by=by, shipment=shipment, pay_id=pay_id, code=BALANCE_SHORT, message=message)
    call.user.balance = before - amount
    for order, part in zip(orders, amounts, strict=True):
        order.payments.append({"pay_id": pay_id, "amount": str(part), "at": call.now, "by": by})
    facts: dict[str, Any] = {
        "shipment_id": shipment.id if shipment else "",
        "pay_id": pay_id,
        "order_ids": [order.id for order in orders],
        "order_numbers": [order.number for order in orders],
        "amount": str(amount),
        "balance_before": str(before),
        "balance_after": str(call.user.balance),
    }
    call.world.books.enter("cj", call.user.name_in_books, "payments", call.now, by=by, **facts, repeat=repeat)


def _refuse(
    call: Call,
    orders: list[Order],
    *,
    by: str,
    shipment: Shipment | None,
    pay_id: str = "",
    code: int = PAY_FAIL,
    message: str = "Order pay fail, please contact CJ order center",
) -> Problem:
    facts: dict[str, Any] = {
        "shipment_id": shipment.id if shipment else "",
        "pay_id": pay_id,
        "order_numbers": [order.number for order in orders],
        "code": code,
    }
    call.world.books.enter("cj", call.user.name_in_books, "payments_refused", call.now, by=by, **facts)
    return Problem(code, message)


def _not_found() -> Problem:
    return Problem(ORDER_NOT_FOUND, "Order not found, please check the CJ order id")
