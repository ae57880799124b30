"""One row of everything that is sold, bought and sent, and what tests of the orders' pages share."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

from django.utils import timezone
from reportlab.pdfgen.canvas import Canvas

from accounts.models import PlatformAccount, Shop
from catalog.models import Variant
from orders.models import (
    BuyRule,
    CarrierRule,
    CustomsDeclaration,
    Label,
    LineMatch,
    Order,
    Package,
    Payment,
    PaymentApproval,
    PurchaseOrder,
    StatusChange,
    SupplierBalance,
    TrackingEvent,
)
from tests.factories_orders import make_line, make_order, make_package, make_purchase


def sell_one(shop: Shop, variant: Variant | None, **columns: Any) -> Order:
    """Make an order of one line that is paid and has to be sent in two days."""
    now = timezone.now()
    given = {
        "ordered_at": now - timedelta(hours=5),
        "paid_at": now - timedelta(hours=4),
        "ship_by": now + timedelta(days=2),
        "buyer_name": "aisyah88",
        "seen_at": now,
    }
    order = make_order(shop, **(given | columns))
    make_line(order, variant, quantity=2, name="Canvas tote bag", variant_name="Black")
    return order


def label_pdf(text: str = "Label") -> bytes:
    """Return a label of one page."""
    out = BytesIO()
    canvas = Canvas(out, pagesize=(300, 420))
    canvas.drawString(40, 200, text)
    canvas.save()
    return out.getvalue()


def keep_label(package: Package, **columns: Any) -> Label:
    """Give a package a label that is ready."""
    given = {
        "status": Label.Status.READY,
        "content": label_pdf(str(package)),
        "content_type": "application/pdf",
        "tracking_number": package.tracking_number,
        "fetched_at": timezone.now(),
    }
    return Label.objects.create(package=package, **(given | columns))


def bill(*purchases: PurchaseOrder, amount: str = "12.50", **columns: Any) -> Payment:
    """Make a payment whose bill for these purchases waits to be approved."""
    payment = Payment.objects.create(
        account=purchases[0].account, status=Payment.Status.BILLED, batch_id=f"SHIP{purchases[0].pk}",
        amount=Decimal(amount), expected=Decimal(amount), expires_at=timezone.now() + timedelta(days=2), **columns,
    )  # fmt: skip
    for purchase in purchases:
        purchase.payment, purchase.status = payment, PurchaseOrder.Status.AWAITING_PAYMENT
        purchase.external_id, purchase.amount = f"CJ{purchase.pk}", Decimal(amount)
        purchase.save()
    return payment


def order_all(shop: Shop, variant: Variant, supplier: PlatformAccount) -> dict[str, Any]:
    """Make one row of each model that has a page, belonging to one order that is bought, paid and on its way."""
    now = timezone.now()
    order = sell_one(shop, variant, status="picking", margin_usd=Decimal("1.20"), planned_at=now)
    purchase = make_purchase(
        order, supplier, status="paid", external_id="CJ555", label="marketplace",
        planned_goods=Decimal("4.00"), planned_freight=Decimal("2.50"), amount=Decimal("6.50"),
    )  # fmt: skip
    payment = Payment.objects.create(account=supplier, status="paid", batch_id="SHIP555", amount=Decimal("6.50"))
    PurchaseOrder.objects.filter(pk=purchase.pk).update(payment=payment)
    PaymentApproval.objects.create(payment=payment, amount=Decimal("6.50"), by="owner")
    package = make_package(
        order, purchase=purchase, tracking_number="MY123456789", arranged_at=now, status="processing"
    )
    keep_label(package)
    StatusChange.objects.create(
        order=order,
        machine="order",
        record_id=order.pk,
        old="pending",
        new="processing",
        why="First seen.",
        by="marketplace",
        at=now,
    )
    TrackingEvent.objects.create(
        package=package, source="supplier", at=now, status=2, text="Handed to the carrier", place="Shenzhen", key="k1"
    )
    SupplierBalance.objects.update_or_create(account=supplier, defaults={"amount": Decimal("100"), "read_at": now})
    return {
        "order": order,
        "purchase": purchase,
        "payment": payment,
        "package": package,
        "declaration": CustomsDeclaration.objects.create(
            package=package, number="CD-1", value=Decimal("8"), currency="USD",
            lines=[{"name": "Bag", "hs_code": "420222", "origin": "CN", "quantity": 2, "unit_value": "4.00"}],
        ),
        "match": LineMatch.objects.create(account=shop.account, item_id="771", model_id="1", sku="A", variant=variant),
        "carrier_rule": CarrierRule.objects.create(name="By air"),
        "buy_rule": BuyRule.objects.create(account=supplier),
    }  # fmt: skip
