"""Shopee: payment; what the seller gets for an order."""

from decimal import Decimal
from typing import Any

from integrations.simulator.shopee_orders import order_asked
from integrations.simulator.shopee_protocol import Call, Level, Problem, endpoint
from integrations.simulator.shopee_publishing import rounded
from integrations.simulator.shopee_seeds import markets
from integrations.simulator.shopee_trade import UNPAID

COMMISSION, SERVICE, TRANSACTION = Decimal("0.05"), Decimal("0.03"), Decimal("0.02")


@endpoint("GET", "/api/v2/payment/get_escrow_detail", Level.SHOP)
def get_escrow_detail(call: Call) -> dict[str, Any]:
    """Shopee: payment.get_escrow_detail; the fees are shares of what the buyer paid for the goods."""
    try:
        order = order_asked(call)
    except Problem as problem:
        if problem.code == "error_not_found":
            raise Problem("order_not_found", "The order is not found.") from None
        raise
    if order.status == UNPAID:
        raise Problem("order_not_found", "The order is not found.")
    market = markets()[order.shop.region]
    goods = order.total - order.shipping_fee
    commission, service, transaction = (rounded(market, goods * share) for share in (COMMISSION, SERVICE, TRANSACTION))
    escrow = goods - commission - service - transaction
    income = {
        "escrow_amount": escrow,
        "escrow_amount_after_adjustment": escrow,
        "buyer_total_amount": order.total,
        "order_original_price": goods,
        "order_selling_price": goods,
        "order_discounted_price": goods,
        "seller_discount": 0,
        "shopee_discount": 0,
        "voucher_from_seller": 0,
        "voucher_from_shopee": 0,
        "coins": 0,
        "buyer_paid_shipping_fee": order.shipping_fee,
        "actual_shipping_fee": order.shipping_fee,
        "shopee_shipping_rebate": 0,
        "commission_fee": commission,
        "service_fee": service,
        "seller_transaction_fee": transaction,
        "campaign_fee": 0,
        "cross_border_tax": 0,
        "escrow_tax": 0,
        "seller_return_refund": 0,
        "reverse_shipping_fee": 0,
        "order_adjustment": None,
        "items": [
            {
                "item_id": line.item_id,
                "item_sku": line.item_sku,
                "model_id": line.model_id,
                "model_sku": line.model_sku,
                "quantity_purchased": line.active,
                "discounted_price": line.price * line.active,
            }
            for line in order.lines
        ],
    }
    return {
        "order_sn": order.sn,
        "buyer_user_name": order.buyer.username,
        "return_order_sn_list": [],
        "order_income": income,
        "buyer_payment_info": {"buyer_payment_method": "Cash on Delivery" if order.cod else "Online Payment"},
    }
