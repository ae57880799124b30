"""CJ 5: cart, its confirmation, and the parent order that fixes the price; none of them moves money."""

from typing import Any

from integrations.simulator import cj_order_moves, cj_order_prices
from integrations.simulator.cj_order_fields import ids, text
from integrations.simulator.cj_orders import CREATED, IN_CART, UNPAID, ZERO, Order, Parent, Shipment, bare_time
from integrations.simulator.cj_protocol import CONFIRM_FAIL, Call, Problem, Style, endpoint

MOST_ORDERS = 200


@endpoint("POST", "/shopping/order/addCart", Style.CART)
def add_cart(call: Call) -> dict[str, Any]:
    """CJ 5, Add Cart: who is not among addSuccessOrders is not in the cart, whatever the envelope says."""
    added: list[str] = []
    held: list[str] = []
    for name in ids(call.body, "cjOrderIdList", most=MOST_ORDERS):
        order = call.cj.orders.find(call.user, name)
        if order is None or not _may_go_on(order, (CREATED, IN_CART)):
            continue
        if order.reasons:
            held.append(name)
            continue
        if order.status == CREATED:
            cj_order_moves.put_into_cart(call.world, order, call.now)
        added.append(name)
    if not added and not held:
        raise _fail()
    return {
        "successCount": len(added),
        "addSuccessOrders": added,
        "unInterceptAddressCount": 0,
        "interceptOrders": held,
    }


@endpoint("POST", "/shopping/order/addCartConfirm", Style.CART)
def add_cart_confirm(call: Call) -> dict[str, Any]:
    """CJ 5, Add Cart Confirm: one shipment for all orders of the call; asked again it tells the same one."""
    names = ids(call.body, "cjOrderIdList", most=MOST_ORDERS)
    found = [(name, order) for name in names if (order := call.cj.orders.find(call.user, name))]
    in_cart = [(name, order) for name, order in found if _may_go_on(order, (IN_CART,))]
    held = [name for name, order in in_cart if order.reasons]
    ready = list(dict.fromkeys(order for _, order in in_cart if not order.reasons))
    if ready:
        return _confirmed(cj_order_moves.confirm(call.world, ready, call.now).id, len(ready), held)
    earlier = {order.shipment for _, order in found if order.status == UNPAID}
    same = earlier.pop() if len(earlier) == 1 and not held else None
    if same and call.cj.switches.confirm_again == "same":
        return _confirmed(same.id, 0, held)
    if held:
        return {**_confirmed("", 0, held), "submitSuccess": False}
    raise _fail()


@endpoint("POST", "/shopping/order/saveGenerateParentOrder", Style.PARENT)
def save_generate_parent_order(call: Call) -> dict[str, Any]:
    """CJ 5, Save Generate Parent Order: success beside what is unmatched, and three amounts of which one is charged."""
    shipment = _shipment(call, text(call.body, "shipmentOrderId", 200, required=True))
    due = shipment.due if shipment else []
    if shipment is None or not due:
        raise _fail()
    held = [order for order in due if order.reasons]
    unmatched = {order: _unmatched(call, order) for order in due if order not in held}
    matched = [order for order, missing in unmatched.items() if not missing]
    for order in matched:
        order.quote = cj_order_prices.quote(call.world, order)
    parent = _parent(call, shipment, matched, unmatched) if matched else None
    data: dict[str, Any] = {
        "orderMoney": float(sum((order.quote.total for order in matched if order.quote), ZERO)),
        "payExpireTime": bare_time(parent.expires_at) if parent else None,
        "payId": parent.pay_id if parent else None,
        "result": 0,
        "submitSuccess": parent is not None,
        "unMatchOrderCodes": [order.code for order, missing in unmatched.items() if missing],
        "successOrders": [order.code for order in matched],
        "unMatchProductCodes": [code for missing in unmatched.values() for code in missing],
        "paymentInformation": _payment_information(call, matched),
    }
    return {**data, "interceptOrders": [order.code for order in held]}


def _may_go_on(order: Order, states: tuple[str, ...]) -> bool:
    return order.status in states and order.complete and not order.logistics_miss


def _confirmed(shipment_id: str, count: int, held: list[str]) -> dict[str, Any]:
    return {
        "successCount": count,
        "submitSuccess": True,
        "shipmentsId": shipment_id,
        "result": 0,
        "interceptOrders": held,
    }


def _shipment(call: Call, name: str) -> Shipment | None:
    """Return the shipment meant by its id, or as CJ's sample does by the code of one of its orders."""
    shipment = call.cj.orders.shipments.get(name)
    if shipment:
        return shipment if shipment.account is call.user else None
    order = call.cj.orders.find(call.user, name)
    return order.shipment if order else None


def _unmatched(call: Call, order: Order) -> list[str]:
    """Return the SKUs of an order which CJ does not find any more."""
    if order.unmatched:
        return [line.sku or line.vid for line in order.lines]
    return [line.sku or line.vid for line in order.lines if cj_order_prices.variant_of(call.world, line) is None]


def _parent(call: Call, shipment: Shipment, orders: list[Order], unmatched: dict[Order, list[str]]) -> Parent:
    """Return the parent order which still holds, or make one."""
    amounts = [order.quote.payable if order.quote else ZERO for order in orders]
    parent = shipment.parent
    if parent and parent.expires_at > call.now and (parent.orders, parent.amounts) == (orders, amounts):
        return parent
    shipment.drop_parent()
    expires_at = call.now + call.cj.switches.pay_window_s
    parent = Parent(call.cj.orders.next_pay_id(), orders, amounts, expires_at)
    shipment.parents.append(parent)
    call.world.books.enter(
        "cj",
        call.user.name_in_books,
        "parent_orders",
        call.now,
        shipment_id=shipment.id,
        pay_id=parent.pay_id,
        amount=str(parent.amount),
        order_numbers=[order.number for order in orders],
        expires_at=expires_at,
        unmatched=[order.number for order, missing in unmatched.items() if missing],
    )
    return parent


def _payment_information(call: Call, orders: list[Order]) -> dict[str, Any]:
    quotes = [order.quote for order in orders if order.quote]
    total, payable = (sum((getattr(one, name) for one in quotes), ZERO) for name in ("total", "payable"))
    taxes, fee = (sum((getattr(one, name) for one in quotes), ZERO) for name in ("ioss_taxes", "ioss_fee"))
    first = orders[0] if orders else None
    return {
        "actualPayment": float(payable),
        "balanceDeduction": 0.0,
        "billAmount": float(payable),
        "canDeduct": call.user.balance >= payable and not call.user.balance_blocked,
        "commodityDiscount": float(sum((one.discount for one in quotes), ZERO)),
        "commodityTotalAmount": float(sum((one.original for one in quotes), ZERO)),
        "couponAmount": 0.0,
        "freight": float(sum((one.postage for one in quotes), ZERO)),
        "iossAmount": float(taxes + fee),
        "iossNumber": (first.address["iossNumber"] or None) if first else None,
        "iossTaxHandlingFee": float(fee),
        "iossTaxes": float(taxes),
        "iossType": first.ioss_type if first else None,
        "orderOriginalAmount": float(total),
        "orderProductAmount": float(sum((one.product for one in quotes), ZERO)),
        "payableAmount": float(payable),
        "postageDiscount": 0.0,
        "serviceFee": float(sum((one.service for one in quotes), ZERO)),
    }


def _fail() -> Problem:
    return Problem(CONFIRM_FAIL, "order confirm fail")
