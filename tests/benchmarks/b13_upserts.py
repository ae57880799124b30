"""B13: the catalogue's upsert against raw `executemany`, on the same rows in the same database.

The rows are what products really cost: product, pictures, variants, stock levels, offers, prices. The control gets the
finished values for nothing (no reading, hashing, cleaning, comparing) and writes each table by one executemany with
ON CONFLICT DO UPDATE. Promises: at most 3 × its time when all is new; faster than it when 2 % changed.

    python -m tests.benchmarks.b13_upserts --db postgres --rows 20000
"""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import islice
from typing import Any

from tests.benchmarks import workbench

CHUNK = 100


def products(count: int) -> list[Any]:
    """Return products as a supplier sends them: two variants in two countries, two pictures, a description."""
    from integrations.contracts import PriceRange, ProductData, StockData, VariantData

    def variant(number: int) -> Any:
        stock = [StockData(country_code=code, total=100 + number % 50, cj=0, factory=100) for code in ("CN", "US")]
        price = PriceRange(low=Decimal(number % 90 + 1), high=Decimal(number % 90 + 1))
        return VariantData(
            external_id=f"VID-{number:010}",
            sku=f"CJ{number:010}",
            name=f"Folding trailer {number} Black-XL",
            key="Black-XL",
            options=("Black", "XL"),
            image_url=f"https://pictures.test/{number}.jpg",
            weight_g=Decimal("1580"),
            length_mm=Decimal(300),
            width_mm=Decimal(200),
            height_mm=Decimal(100),
            volume_mm3=Decimal(6_000_000),
            price=price,
            stock=tuple(stock),
        )

    return [
        ProductData(
            external_id=f"PID-{number:010}",
            sku=f"CJ{number:08}",
            name=f"Folding trailer {number}",
            name_local=f"拖斗车 {number}",
            description_html="<p>A trailer that folds.</p><ul><li>Steel</li><li>Wheels of rubber</li></ul>" * 4,
            image_urls=(f"https://pictures.test/{number}/a.jpg", f"https://pictures.test/{number}/b.jpg"),
            category_id=f"CAT-{number % 40}",
            category_path=f"Garden > Trailers > Kind {number % 40}",
            platform_status="3",
            product_type="ORDINARY_PRODUCT",
            weight_low_g=Decimal(1500),
            weight_high_g=Decimal(1600),
            properties=("COMMON",),
            materials=("METAL",),
            option_names=("Color", "Size"),
            price=PriceRange(low=Decimal("58.09"), high=Decimal("60.00")),
            listed_count=number % 1_000,
            facts={"customizationVersion": 1},
            variants=(variant(2 * number), variant(2 * number + 1)),
        )
        for number in range(count)
    ]


def changed(data: list[Any], percent: int) -> list[Any]:
    """Return the same products with another name and price for every `100 / percent`-th of them."""
    if not percent:
        return data
    step = 100 // percent
    return [
        replace(product, name=f"{product.name}, new", listed_count=5_000) if number % step == 0 else product
        for number, product in enumerate(data)
    ]


def chunks(data: list[Any]) -> Iterator[list[Any]]:
    """Return the products as a run gets them."""
    rest = iter(data)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


class Raw:
    """The control: the tables as they stand, written again by executemany."""

    def __init__(self) -> None:
        from django.db import connection

        from catalog.models import Image, OfferPrice, Product, StockLevel, SupplierOffer, Variant

        self.connection = connection
        self.models = [Product, Image, Variant, StockLevel, SupplierOffer, OfferPrice]
        self.statements: list[tuple[str, list[tuple[Any, ...]]]] = []
        with connection.cursor() as cursor:
            for model in self.models:
                names = [field.column for field in model._meta.concrete_fields]
                types = [field.db_type(connection) for field in model._meta.concrete_fields]
                listed = ", ".join(names)
                cursor.execute(f"SELECT {listed} FROM {model._meta.db_table} ORDER BY id")
                rows = [
                    tuple(
                        self._ready(value) if kind == "jsonb" else value for value, kind in zip(row, types, strict=True)
                    )
                    for row in cursor.fetchall()
                ]
                marks = ", ".join(["%s"] * len(names))
                update = ", ".join(f"{name} = excluded.{name}" for name in names if name != "id")
                statement = (
                    f"INSERT INTO {model._meta.db_table} ({listed}) VALUES ({marks}) "
                    f"ON CONFLICT (id) DO UPDATE SET {update}"
                )
                self.statements.append((statement, rows))

    @staticmethod
    def _ready(value: Any) -> Any:
        from psycopg.types.json import Jsonb

        return Jsonb(value) if not isinstance(value, str) else value

    @property
    def rows(self) -> int:
        return sum(len(rows) for _, rows in self.statements)

    def write(self) -> None:
        from django.db import transaction

        with transaction.atomic(), self.connection.cursor() as cursor:
            for statement, rows in self.statements:
                cursor.executemany(statement, rows)


def empty(models: list[Any]) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        for model in reversed(models):
            cursor.execute(f"DELETE FROM {model._meta.db_table}")
        if connection.vendor == "postgresql":
            connection.set_autocommit(True)
            cursor.execute("VACUUM ANALYZE")


def main() -> None:
    given = workbench.arguments(__doc__ or "", rows=20_000, rounds=3)
    with workbench.own_database(given.db):
        from accounts.models import PlatformAccount
        from catalog.services.upserts import upsert_products

        account = PlatformAccount.objects.create(platform="cj", name="Bench", external_id="1")
        data = products(given.rows // 13)

        def upsert(some: list[Any]) -> None:
            for chunk in chunks(some):
                upsert_products(account, chunk)

        upsert(data)
        raw = Raw()
        ours_new, raw_new, ours_some, raw_some, ours_all, ours_none = [], [], [], [], [], []
        for _ in range(given.rounds):
            empty(raw.models)
            raw_new.append(workbench.seconds(raw.write))
            raw_some.append(workbench.seconds(raw.write))
            empty(raw.models)
            ours_new.append(workbench.seconds(lambda: upsert(data)))
            ours_some.append(workbench.seconds(lambda: upsert(changed(data, 2))))
            ours_none.append(workbench.seconds(lambda: upsert(changed(data, 2))))
            ours_all.append(workbench.seconds(lambda: upsert(changed(data, 100))))

        new, control = workbench.median(ours_new), workbench.median(raw_new)
        some, again = workbench.median(ours_some), workbench.median(raw_some)
        print(f"B13 upserts, {given.db}, {raw.rows} rows ({len(data)} products), {workbench.machine()}\n")
        workbench.table(
            ["case", "ours s", "raw s", "ratio", "ours rows/s", "raw rows/s"],
            [
                ["all new", new, control, new / control, int(raw.rows / new), int(raw.rows / control)],
                ["2 % changed", some, again, some / again, int(raw.rows / some), int(raw.rows / again)],
                ["nothing changed", none := workbench.median(ours_none), again, none / again, int(raw.rows / none), ""],
                ["all changed", every := workbench.median(ours_all), again, every / again, int(raw.rows / every), ""],
            ],
        )
        workbench.conclude(
            {
                "all new: at most 3 × raw executemany": new <= 3 * control,
                "2 % changed: faster than raw executemany": some < again,
            }
        )


if __name__ == "__main__":
    main()
