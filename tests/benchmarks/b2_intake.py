"""B2: from a marketplace's word to a plan, orders an hour, told twice and in any order, against one query a row.

Each order is told twice as it was first (unpaid) and twice as it is now (paid), all shuffled, in pages of fifty as the
intake reads them; then it is planned. What the supplier's answers to the freight questions take is not counted.
Promises: at least 20,000 orders an hour on PostgreSQL, 10,000 on SQLite; none twice, none lost, none behind the newest
word; faster than the control, which writes row by row, on a tenth of the orders.

    python -m tests.benchmarks.b2_intake --db postgres --orders 4000
"""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.benchmarks import workbench

PAGE = 50
VARIANTS = 400
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def told(number: int, random_: random.Random) -> list[Any]:
    """Return the words of one order in the order in which they were said."""
    from integrations.sold import AddressData, OrderData, OrderLineData, PackageData, PackageLineData

    chosen = random_.sample(range(VARIANTS), random_.randint(1, 3))
    lines = tuple(
        OrderLineData(
            external_id=f"{item}:{item}:{item}:0",
            item_id=str(900_000 + item),
            model_id=str(item + 1),
            sku=f"BENCH-{item}",
            name=f"Bag {item}",
            variant_name="Black",
            quantity=random_.randint(1, 3),
            price=Decimal("19.90"),
        )
        for item in chosen
    )
    packed = tuple(PackageLineData(line_id=line.external_id, quantity=line.quantity) for line in lines)
    package = PackageData(external_id=f"OFG{number:016}", status="created", platform_status="READY", lines=packed)
    zip_code = f"{50_000 + number % 20}"
    now = OrderData(
        external_id=f"2603{number:010}",
        shop_id="1",
        stage="open",
        platform_status="READY_TO_SHIP",
        currency="MYR",
        lines=lines,
        packages=(package,),
        address=AddressData(
            name="Aisyah", phone="+60 12 345 6789", lines=("12 Jalan Merdeka",), zip_code=zip_code, country_code="MY"
        ),
        buyer_id=str(number),
        buyer_name=f"buyer{number}",
        total=Decimal("59.70"),
        ordered_at=NOON,
        paid_at=NOON + timedelta(minutes=5),
        changed_at=NOON + timedelta(minutes=5, seconds=number),
        ship_by=NOON + timedelta(days=2),
    )
    first = replace(
        now, stage="unpaid", platform_status="UNPAID", packages=(), paid_at=None, changed_at=NOON, address=AddressData()
    )
    return [first, now]


def goods() -> None:
    """Make what is sold: variants with a price, in stock."""
    from tests.factories import make_account, make_offer, make_product, make_variant
    from tests.factories_orders import make_stock
    from tests.factories_selling import make_rate

    make_rate("USD", "MYR", "4.00")
    supplier = make_account()
    product = make_product(supplier, hs_code="420222")
    for number in range(VARIANTS):
        variant = make_variant(product, sku=f"BENCH-{number}", weight_g=Decimal(200))
        make_offer(variant, price=Decimal("2.50"))
        make_stock(variant, "CN", 1_000_000)


def take_in(shop: Any, words: list[Any]) -> None:
    """Save pages of words, then plan what is to be planned, as the jobs do."""
    from orders.services import intake, planning

    for start in range(0, len(words), PAGE):
        intake.save_orders(shop, words[start : start + PAGE], "bench")
    planning.plan_due(shop.account_id)


def plan(shop: Any) -> None:
    """Plan what waited for quotes."""
    from orders.models import Order
    from orders.services import planning

    planning.plan_orders(Order.objects.filter(shop=shop, planned_at=None).only("pk"), "bench")


def one_by_one(shop: Any, words: list[Any]) -> None:
    """The control: each row looked for and written by itself, each order planned by itself."""
    from django.db import transaction

    from catalog.models import Variant
    from orders.models import Order, OrderLine, Package, PackageLine
    from orders.services import moves, planning, reserving

    status = {"unpaid": "pending", "open": "processing"}
    for data in words:
        with transaction.atomic():
            order, is_new = Order.objects.get_or_create(
                shop=shop, external_id=data.external_id, defaults={"currency": data.currency}
            )
            if not is_new and order.changed_at and order.changed_at > data.changed_at:
                continue
            for name in ("stage", "platform_status", "buyer_id", "buyer_name", "total", "changed_at", "ship_by"):
                setattr(order, name, getattr(data, name))
            order.country_code = "MY"
            order.address = {"zip_code": data.address.zip_code, "country_code": "MY"}
            order.save()
            if order.status != status[data.stage]:
                moves.move(order, status[data.stage], by="bench")
            for line in data.lines:
                variant = Variant.objects.filter(sku=line.sku).first()
                OrderLine.objects.update_or_create(
                    order=order,
                    external_id=line.external_id,
                    defaults={"item_id": line.item_id, "sku": line.sku, "quantity": line.quantity, "variant": variant},
                )
                reserving.recount([variant.pk] if variant else [])
            for parcel in data.packages:
                package, _new = Package.objects.update_or_create(order=order, external_id=parcel.external_id)
                for packed in parcel.lines:
                    row = order.lines.get(external_id=packed.line_id)
                    PackageLine.objects.update_or_create(
                        package=package, line=row, defaults={"quantity": packed.quantity}
                    )
        if data.stage == "open":
            planning.plan_orders([order], "bench")


def shuffled(count: int, seed: int) -> list[Any]:
    """Return the words of so many orders, each twice, in any order."""
    chance = random.Random(seed)
    words = [word for number in range(count) for word in told(number, chance)] * 2
    chance.shuffle(words)
    return words


def missing_and_double(shop: Any, count: int) -> tuple[int, int, int, int]:
    """Return how many orders are lost, double, behind the newest word, and not planned."""
    from django.db.models import Count, Sum

    from catalog.models import Reservation
    from orders.models import Order, OrderLine, PurchaseOrder

    orders = Order.objects.filter(shop=shop)
    lines = OrderLine.objects.filter(order__shop=shop)
    twice = orders.values("external_id").annotate(times=Count("pk")).filter(times__gt=1).count()
    bought = PurchaseOrder.objects.filter(order__shop=shop).exclude(status="cancelled")
    twice += bought.values("order").annotate(times=Count("pk")).filter(times__gt=1).count()
    pieces = lines.aggregate(pieces=Sum("quantity"))["pieces"]
    reserved = Reservation.objects.aggregate(pieces=Sum("pieces"))["pieces"]
    behind = orders.exclude(stage="open", status="processing").count() + (pieces != reserved)
    return count - orders.count(), twice, behind, count - bought.values("order").distinct().count()


def main() -> None:
    given = workbench.arguments(__doc__ or "", orders=2_000)
    with workbench.own_database(given.db):
        from tests.factories_orders import answer_quotes, make_route
        from tests.factories_selling import make_seller, make_shop

        goods()
        shop, other, third = (make_shop(make_seller(), "MY") for _ in range(3))
        words = shuffled(given.orders, 7)
        took = workbench.seconds(lambda: take_in(shop, words))
        answer_quotes(make_route())
        took += workbench.seconds(lambda: plan(shop))
        lost, twice, behind, unplanned = missing_and_double(shop, given.orders)

        few = max(1, given.orders // 10)
        ours_few = workbench.seconds(lambda: take_in(other, shuffled(few, 8)))
        control = workbench.seconds(lambda: one_by_one(third, shuffled(few, 8)))

        an_hour = given.orders / took * 3600
        print(f"B2 intake to plan, {given.db}, {given.orders} orders, {workbench.machine()}\n")
        workbench.table(
            ["case", "orders", "words", "seconds", "orders/hour"],
            [
                ["ours", given.orders, len(words), took, int(an_hour)],
                ["ours, few", few, few * 4, ours_few, int(few / ours_few * 3600)],
                ["row by row, few", few, few * 4, control, int(few / control * 3600)],
            ],
        )
        print(f"\nlost {lost}, double {twice}, behind {behind}, not planned {unplanned}\n")
        least = 20_000 if given.db == "postgres" else 10_000
        workbench.conclude(
            {
                f"at least {least:,} orders an hour": an_hour >= least,
                "none lost": lost == 0,
                "none double": twice == 0,
                "none behind the newest word": behind == 0,
                "all planned": unplanned == 0,
                "faster than row by row": ours_few < control,
            }
        )


if __name__ == "__main__":
    main()
