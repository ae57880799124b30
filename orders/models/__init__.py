"""What was sold, bought and sent."""

from .bought import BuyRule, Payment, PaymentApproval, PurchaseAlias, PurchaseLine, PurchaseOrder, SupplierBalance
from .sent import CustomsDeclaration, FirstMileBatch, Label, Package, PackageLine, TrackingEvent
from .sold import IntakeCursor, LineMatch, Order, OrderLine, StatusChange
from .ways import CarrierRule, FreightQuote

__all__ = [
    "BuyRule",
    "CarrierRule",
    "CustomsDeclaration",
    "FirstMileBatch",
    "FreightQuote",
    "IntakeCursor",
    "Label",
    "LineMatch",
    "Order",
    "OrderLine",
    "Package",
    "PackageLine",
    "Payment",
    "PaymentApproval",
    "PurchaseAlias",
    "PurchaseLine",
    "PurchaseOrder",
    "StatusChange",
    "SupplierBalance",
    "TrackingEvent",
]
