"""What was sold, bought and sent, made for tests."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from django.utils import timezone

from accounts.models import Platform, PlatformAccount, Shop
from catalog.models import StockLevel, Variant, Warehouse
from catalog.services.selling import codec
from integrations.bought import Route
from orders.models import FreightQuote, Order, OrderLine, Package, PackageLine, PurchaseLine, PurchaseOrder
from tests.factories import make_account, make_product, make_variant
from tests.factories_selling import make_seller, make_shop

_numbers = count(1)

ADDRESS = {
    "name": "Aisyah binti Ahmad",
    "phone": "+60 12 345 6789",
    "lines": ["12 Jalan Merdeka"],
    "city": "Asajaya",
    "state": "Sarawak",
    "zip_code": "94600",
    "country_code": "MY",
}


def make_order(shop: Shop | None = None, **columns: Any) -> Order:
    """Make an order without lines."""
    number = next(_numbers)
    shop = shop or make_shop(make_seller(name=f"Seller {number}"), "MY")
    given = {
        "external_id": f"26112100{number:06}",
        "status": Order.Status.PROCESSING,
        "stage": "open",
        "platform_status": "READY_TO_SHIP",
        "currency": "MYR",
        "total": Decimal("34.80"),
        "address": ADDRESS,
        "country_code": "MY",
    }
    return Order.objects.create(shop=shop, **(given | columns))


def make_line(order: Order, variant: Variant | None = None, **columns: Any) -> OrderLine:
    """Make a line of an order; with a variant it is matched."""
    number = next(_numbers)
    given = {
        "external_id": f"{number}:0:0:0",
        "item_id": str(number),
        "sku": variant.sku if variant else f"SKU-{number}",
        "name": "Tote bag",
        "quantity": 1,
        "price": Decimal("17.40"),
    }
    return OrderLine.objects.create(order=order, variant=variant, **(given | columns))


def make_sold_variant(account: PlatformAccount | None = None, **columns: Any) -> Variant:
    """Make a variant of a supplier's product."""
    return make_variant(make_product(account or make_account()), **columns)


def make_purchase(order: Order, account: PlatformAccount | None = None, **columns: Any) -> PurchaseOrder:
    """Make a purchase that buys all matched lines of an order."""
    lines = [line for line in order.lines.all() if line.variant_id]
    supplier = account or (lines[0].variant.product.account if lines and lines[0].variant else make_account())
    given = {"reference": f"BO-{order.pk}-{next(_numbers)}", "from_country": "CN", "route": "CJPacket Ordinary"}
    purchase = PurchaseOrder.objects.create(order=order, account=supplier, **(given | columns))
    for line in lines:
        PurchaseLine.objects.create(purchase=purchase, line=line, variant=line.variant, quantity=line.wanted)
    return purchase


def make_package(order: Order, **columns: Any) -> Package:
    """Make a package that holds all lines of an order."""
    given = {"external_id": f"OFG{next(_numbers):018}"}
    package = Package.objects.create(order=order, **(given | columns))
    for line in order.lines.all():
        PackageLine.objects.create(package=package, line=line, quantity=line.wanted)
    return package


def make_stock(variant: Variant, country: str = "CN", total: int | None = 100, **columns: Any) -> StockLevel:
    """Make what a country has of a variant; with a warehouse, what that one has."""
    warehouse = columns.get("warehouse")
    place = f"{country}/{warehouse.external_id}" if warehouse else country
    given = {"variant": variant, "country_code": country, "place": place, "total": total}
    return StockLevel.objects.create(**(given | columns))


def make_warehouse(country: str = "CN", *carriers: str, **columns: Any) -> Warehouse:
    """Make a supplier's single warehouse that takes the labels of these carriers."""
    number = next(_numbers)
    given = {"platform": Platform.CJ, "external_id": f"W{number:05}", "name": f"Warehouse {number}"}
    return Warehouse.objects.create(**(given | {"country_code": country, "facts": {"carriers": carriers}} | columns))


def make_route(
    name: str = "CJPacket Ordinary", price: str = "3.20", low: int | None = 5, high: int | None = 9
) -> Route:
    """Return one way of a supplier."""
    return Route(name=name, price=Decimal(price), days_low=low, days_high=high)


def answer_quotes(*routes: Route, tips: Sequence[Route] = (), **columns: Any) -> list[FreightQuote]:
    """Answer all quotes that are waited for: with these ways, or with none at all. Return the questions for prices."""
    routes = routes or (make_route(),) if not columns else routes
    now = timezone.now()
    answered = []
    for row in FreightQuote.objects.filter(is_wanted=True).order_by("pk"):
        is_tips = row.key == "tips"
        row.state, row.routes = "known", [codec.plain(route) for route in (tips if is_tips else routes)]
        row.is_wanted, row.quoted_at, row.ask_again_at = False, now, now + timedelta(hours=24)
        for name, value in ({} if is_tips else columns).items():
            setattr(row, name, value)
        row.save()
        answered += [] if is_tips else [row]
    return answered
