"""What a supplier says becomes rows: all of it, once, and only where something changed."""

import random
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Category, Image, OfferPrice, Product, StockLevel, SupplierOffer, Variant, Warehouse
from catalog.services.upserts import Listed, upsert_products
from tests.factories import make_account, make_category, make_product_data, make_stock_data, make_variant_data, price

pytestmark = pytest.mark.django_db

DAY_1 = datetime(2026, 11, 1, tzinfo=UTC)
DAY_2 = DAY_1 + timedelta(days=1)


def writes(captured: CaptureQueriesContext) -> list[str]:
    return [query["sql"] for query in captured if query["sql"].split()[0] in ("INSERT", "UPDATE", "DELETE")]


def test_new_product_is_written_with_all_below_it():
    account, category = make_account(), make_category(external_id="CAT-3")
    stock = (
        make_stock_data(country_code="US", total=30, cj=30, factory=0, verified=True),
        make_stock_data(country_code="US", warehouse_id="W1", warehouse_name="New Jersey", total=30, cj=30, factory=0),
        make_stock_data(total=100),
    )
    data = make_product_data(
        variants=(
            make_variant_data(stock=stock, suggested_price=price("99")),
            make_variant_data(2, price=price("3", "5")),
        )
    )

    outcome = upsert_products(account, [data], when=DAY_1)

    product = Product.objects.get()
    assert outcome.created == ["P1"]
    assert (outcome.updated, outcome.unchanged, outcome.set_aside) == ([], [], [])
    assert outcome.products == {"P1": product.pk}
    assert (product.name, product.category, product.stock_total) == ("Small trailer 1", category, 230)
    assert (product.price_low, product.currency, product.updated_at) == (Decimal("58.09"), "USD", DAY_1)
    assert list(product.images.values_list("url", "position")) == [
        ("https://pictures.test/1/a.jpg", 0),
        ("https://pictures.test/1/b.jpg", 1),
    ]
    first, second = product.variants.order_by("external_id")
    assert (first.stock_total, second.stock_total) == (130, 100)
    assert list(first.stock_levels.order_by("place").values_list("place", "total", "cj", "is_verified")) == [
        ("CN", 100, 0, False),
        ("US", 30, 30, True),
        ("US/W1", 30, 30, False),
    ]
    assert first.stock_levels.get(place="US/W1").warehouse == Warehouse.objects.get(external_id="W1", name="New Jersey")
    assert first.offers.get().suggested_price == 99
    assert (second.offers.get().price, second.offers.get().price_high) == (3, 5)
    assert list(second.offers.get().prices.values_list("price", "seen_at")) == [(Decimal("3"), DAY_1)]
    assert not product.history.exists()


def test_equal_answer_writes_nothing():
    account, data = make_account(), [make_product_data(number) for number in range(1, 21)]
    upsert_products(account, data, when=DAY_1)

    with CaptureQueriesContext(
        connection,
    ) as captured:
        outcome = upsert_products(account, data, when=DAY_2)

    assert sorted(outcome.unchanged) == sorted(product.external_id for product in data)
    assert writes(captured) == []
    assert set(Product.objects.values_list("updated_at", flat=True)) == {DAY_1}


def test_order_of_keys_variants_and_stock_rows_is_no_change():
    account = make_account()
    stock = (make_stock_data(), make_stock_data(country_code="US", total=3))
    variants = (make_variant_data(1, stock=stock), make_variant_data(2))
    upsert_products(account, [make_product_data(variants=variants, facts={"a": 1, "b": {"c": 2, "d": 3}})])
    shuffled = (make_variant_data(2), make_variant_data(1, stock=stock[::-1]))

    outcome = upsert_products(account, [make_product_data(variants=shuffled, facts={"b": {"d": 3, "c": 2}, "a": 1})])

    assert outcome.unchanged == ["P1"]


def test_chunk_takes_as_many_queries_as_one_product():
    account = make_account()
    with CaptureQueriesContext(connection) as one:
        upsert_products(account, [make_product_data()], when=DAY_1)
    some = [make_product_data(number) for number in range(2, 12)]
    with CaptureQueriesContext(connection) as ten:
        upsert_products(account, some, when=DAY_1)
    assert len(ten) <= len(one)

    changed = [replace(data, name=f"{data.name}!", variants=data.variants[:1]) for data in some]
    with CaptureQueriesContext(connection) as one_changed:
        upsert_products(account, changed[:1], when=DAY_2)
    with CaptureQueriesContext(connection) as nine_changed:
        upsert_products(account, changed[1:], when=DAY_2)
    assert len(nine_changed) == len(one_changed)


def test_changed_price_touches_that_offer_only():
    account, first, second = make_account(), make_variant_data(1), make_variant_data(2)
    other = make_product_data(5)
    upsert_products(account, [make_product_data(variants=(first, second)), other], when=DAY_1)

    outcome = upsert_products(
        account, [make_product_data(variants=(replace(first, price=price("60")), second)), other], when=DAY_2
    )

    assert (outcome.updated, outcome.unchanged, outcome.created) == (["P1"], ["P5"], [])
    offer = SupplierOffer.objects.get(variant__external_id="V1")
    assert (offer.price, offer.changed_at) == (60, DAY_2)
    assert list(offer.prices.values_list("price", "seen_at")) == [(Decimal("60"), DAY_2), (Decimal("58.09"), DAY_1)]
    untouched = SupplierOffer.objects.get(variant__external_id="V2")
    assert (untouched.changed_at, untouched.prices.count()) == (DAY_1, 1)
    assert set(Variant.objects.values_list("updated_at", flat=True)) == {DAY_1}
    assert set(StockLevel.objects.values_list("observed_at", flat=True)) == {DAY_1}
    assert Product.objects.get(external_id="P1").updated_at == DAY_2
    assert Product.objects.get(external_id="P5").updated_at == DAY_1


def test_other_offer_columns_make_no_price_history():
    account = make_account()
    upsert_products(account, [make_product_data(variants=(make_variant_data(),))], when=DAY_1)

    upsert_products(account, [make_product_data(variants=(make_variant_data(suggested_price=price("9")),))], when=DAY_2)

    assert SupplierOffer.objects.get().changed_at == DAY_1
    assert OfferPrice.objects.count() == 1


def test_variant_that_a_full_answer_lacks_is_gone_and_comes_back():
    account, data = make_account(), make_product_data()
    upsert_products(account, [data], when=DAY_1)

    upsert_products(account, [replace(data, variants=data.variants[:1])], when=DAY_2)

    gone = Variant.objects.get(external_id="V12")
    assert (gone.is_gone, gone.updated_at) == (True, DAY_2)
    assert not gone.offers.get().is_available
    assert Product.objects.get().stock_total == 100
    assert not Variant.objects.get(external_id="V11").is_gone

    upsert_products(account, [data])

    gone.refresh_from_db()
    assert not gone.is_gone
    assert gone.offers.get().is_available
    assert gone.offers.get().prices.count() == 1
    assert Product.objects.get().stock_total == 200


def test_unknown_stock_leaves_what_we_know():
    account = make_account()
    upsert_products(account, [make_product_data(variants=(make_variant_data(),))], when=DAY_1)

    outcome = upsert_products(account, [make_product_data(variants=(make_variant_data(stock=None),))], when=DAY_2)

    assert outcome.unchanged == ["P1"]
    assert StockLevel.objects.get().total == 100
    assert Product.objects.get().stock_total == Variant.objects.get().stock_total == 100
    assert Product.objects.get().updated_at == DAY_1


def test_total_of_the_list_counts_where_no_variant_tells_its_stock():
    account, data = make_account(), make_product_data(variants=(make_variant_data(stock=None),))
    upsert_products(account, [data], listed={"P1": Listed(stock_total=40)}, when=DAY_1)
    assert Product.objects.get().stock_total == 40

    outcome = upsert_products(account, [data], listed={"P1": Listed(stock_total=30)}, when=DAY_2)
    assert outcome.updated == ["P1"]
    assert (Product.objects.get().stock_total, Product.objects.get().updated_at) == (30, DAY_2)

    assert upsert_products(account, [data], listed={"P1": Listed(stock_total=30)}).unchanged == ["P1"]
    assert upsert_products(account, [data]).unchanged == ["P1"]
    upsert_products(account, [make_product_data()], listed={"P1": Listed(stock_total=999)})
    assert Product.objects.get().stock_total == 200  # what the variants tell goes first


def test_place_that_the_supplier_no_longer_names_is_dropped():
    account = make_account()
    both = (make_stock_data(), make_stock_data(country_code="US", total=5))
    upsert_products(account, [make_product_data(variants=(make_variant_data(stock=both),))])

    upsert_products(account, [make_product_data(variants=(make_variant_data(stock=both[:1]),))])

    assert list(StockLevel.objects.values_list("place", flat=True)) == ["CN"]
    assert Product.objects.get().stock_total == 100


def test_pictures_follow_the_suppliers_order():
    account = make_account()
    urls = tuple(f"https://pictures.test/{name}.jpg" for name in "abc")
    upsert_products(account, [make_product_data(image_urls=urls)])

    upsert_products(account, [make_product_data(image_urls=(urls[2], urls[0], "javascript:alert(1)", urls[2]))])

    assert list(Image.objects.values_list("url", flat=True)) == [urls[2], urls[0]]
    product = Product.objects.get()
    assert product.image_url == urls[2]
    assert product.oddities == ["not_an_address:image"]


def test_history_tells_before_and_after_with_the_run():
    account, data = make_account(), make_product_data()
    upsert_products(account, [data], when=DAY_1)
    assert Product.history.count() == 0

    upsert_products(account, [replace(data, name="Big trailer")], reason="products Toys #7", when=DAY_2)

    after, before = Product.history.all()
    assert (before.history_type, before.name, before.history_date) == ("+", "Small trailer 1", DAY_1)
    assert (after.history_type, after.name, after.history_date) == ("~", "Big trailer", DAY_2)
    assert after.history_change_reason == "products Toys #7"


def test_moving_stock_is_no_history():
    account = make_account()
    upsert_products(account, [make_product_data(variants=(make_variant_data(),))])

    outcome = upsert_products(
        account, [make_product_data(variants=(make_variant_data(stock=(make_stock_data(total=1),)),))]
    )

    assert outcome.updated == ["P1"]
    assert Product.objects.get().stock_total == 1
    assert Product.history.count() == 0


def test_description_is_harmless():
    html = (
        '<p onclick="x()">Nice <b>thing</b></p><script>steal()</script><style>p{}</style><iframe src="https://a.test"></iframe>'
        '<img src="//cdn.test/a.jpg" onerror="x()"><img src="data:image/png;base64,AAAA"><a href="javascript:x()">j</a>'
        '<a href="https://a.test/">a</a><form><input></form>'
    )
    upsert_products(make_account(), [make_product_data(description_html=html)])

    assert Product.objects.get().description == (
        '<p>Nice <b>thing</b></p><img src="https://cdn.test/a.jpg"><img><a rel="noopener noreferrer nofollow">j</a>'
        '<a href="https://a.test/" rel="noopener noreferrer nofollow">a</a>'
    )


def test_list_notes_are_kept_without_touching_the_product():
    account, data = make_account(), make_product_data()
    upsert_products(account, [data], listed={"P1": Listed(fingerprint="one")}, when=DAY_1)

    outcome = upsert_products(account, [data], listed={"P1": Listed(fingerprint="two", is_mine=True)}, when=DAY_2)

    product = Product.objects.get()
    assert outcome.unchanged == ["P1"]
    assert (product.list_fingerprint, product.is_mine, product.updated_at) == ("two", True, DAY_1)


def test_category_is_found_by_id_else_by_path_else_noted():
    by_path = make_category(path="Home > Kitchen > Knives")
    upsert_products(
        make_account(),
        [
            make_product_data(1, category_id="", category_path="Home > Kitchen > Knives"),
            make_product_data(2, category_id="NEW", category_path="Toys > Models > Trailers"),
            make_product_data(3, category_id="", category_path="Never heard of"),
        ],
    )

    known, noted, none = (Product.objects.get(external_id=f"P{number}").category for number in (1, 2, 3))
    assert known == by_path
    assert (noted.external_id, noted.name, noted.level) == ("NEW", "Trailers", 3)
    assert none is None
    assert Category.objects.count() == 2


@pytest.mark.parametrize(
    "said",
    [
        {"name": "x" * 2_000},
        {"name": "nul\x00 and half \ud83d"},
        {"facts": {"a\x00": ["\x00", float("nan"), {"b": "\udc00"}]}},
        {"description_html": "<p>\x00\ud83d</p>"},
        {"listed_count": 10**30},
        {"weight_low_g": Decimal("1e40")},
        {"price": price("1e30")},
        {"price": price("Infinity")},
        {"category_id": "c" * 500},
        {"category_id": "c\x00d"},
        {"image_urls": ("https://a.test/" + "x" * 5_000, "ftp://b", "", "https://ok.test/\x00a.jpg")},
        {"variants": (make_variant_data(1), make_variant_data(1), make_variant_data(2, external_id=""))},
        {"variants": (make_variant_data(1, stock=(make_stock_data(total=10**20), make_stock_data(total=5))),)},
        {"variants": (make_variant_data(1, stock=(make_stock_data(warehouse_id="w" * 400, country_code="USA" * 9),)),)},
        {"variants": (make_variant_data(1, options=("a\x00",), key="k" * 999, name="\ud800"),)},
        {"variants": (make_variant_data(1, external_id="v" * 65),)},
        {"created_at": datetime.min.replace(tzinfo=timezone(timedelta(hours=14)))},
        {"status": "on the moon"},
        {"name": "", "sku": ""},
    ],
    ids=lambda said: ",".join(said),
)
def test_whatever_does_not_fit_stops_neither_the_product_nor_the_others(said):
    outcome = upsert_products(
        make_account(), [make_product_data(1), make_product_data(2, **said), make_product_data(3)]
    )

    assert outcome.created == ["P1", "P2", "P3"]
    assert outcome.set_aside == []
    assert Product.objects.count() == 3


def test_whatever_does_not_fit_is_named():
    upsert_products(make_account(), [make_product_data(name="x" * 501, listed_count=2**31, price=price("1e20"))])

    assert Product.objects.get().oddities == [
        "cut:name",
        "out_of_range:listed_count",
        "out_of_range:price_high",
        "out_of_range:price_low",
    ]


def test_product_without_usable_id_is_set_aside():
    outcome = upsert_products(
        make_account(),
        [make_product_data(1), make_product_data(2, external_id="p" * 65), make_product_data(3, external_id="a\x00b")],
    )

    assert outcome.created == ["P1"]
    assert [(problem.external_id, problem.kind) for problem in outcome.set_aside] == [
        ("p" * 65, "shape"),
        ("ab", "shape"),
    ]


def test_product_that_the_database_refuses_is_set_aside_alone():
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE catalog_product ADD CONSTRAINT no_bad CHECK (sku <> 'BAD')")
        else:
            cursor.execute(
                "CREATE TEMP TRIGGER no_bad BEFORE INSERT ON catalog_product WHEN NEW.sku = 'BAD' "
                "BEGIN SELECT RAISE(ABORT, 'no_bad'); END"
            )
    data = [make_product_data(number, **({"sku": "BAD"} if number == 7 else {})) for number in range(1, 12)]

    outcome = upsert_products(make_account(), data)

    (problem,) = outcome.set_aside
    assert (problem.external_id, problem.kind) == ("P7", "database")
    assert "no_bad" in problem.reason
    assert len(outcome.created) == Product.objects.count() == 10
    assert Variant.objects.count() == 20


def test_same_product_twice_in_a_chunk_counts_once():
    outcome = upsert_products(make_account(), [make_product_data(1), make_product_data(1)])

    assert outcome.created == ["P1"]
    assert Variant.objects.count() == 2


def test_two_accounts_keep_their_own_products():
    one, two = make_account(), make_account()

    upsert_products(one, [make_product_data()])
    outcome = upsert_products(two, [make_product_data()])

    assert outcome.created == ["P1"]
    assert Product.objects.count() == 2


def test_product_that_was_gone_is_back_though_its_answer_is_the_old_one():
    account, data = make_account(), make_product_data()
    upsert_products(account, [data])
    Product.objects.update(status=Product.Status.GONE)

    outcome = upsert_products(account, [data])

    assert outcome.updated == ["P1"]
    assert Product.objects.get().status == Product.Status.ACTIVE


def test_any_sequence_of_answers_ends_as_the_last_one():
    """Ten products through 15 rounds of random changes look exactly like the last answers written into empty tables."""
    dice = random.Random(7)
    account, fresh = make_account(), make_account()
    last = []
    for _ in range(15):
        last = [
            make_product_data(
                number,
                name=f"Name {dice.randint(1, 3)}",
                image_urls=tuple(f"https://p.test/{name}" for name in dice.sample("abc", dice.randint(0, 3))),
                variants=tuple(
                    make_variant_data(
                        number * 10 + index,
                        price=price(str(dice.randint(1, 3))),
                        stock=tuple(
                            make_stock_data(country_code=code, total=dice.randint(0, 2))
                            for code in dice.sample(["CN", "US"], 2)
                        ),
                    )
                    for index in range(3)
                ),
            )
            for number in range(1, 11)
        ]
        upsert_products(account, last)
    upsert_products(fresh, last)

    assert picture(account) == picture(fresh)


def picture(account):
    return {
        "products": list(
            account.products.order_by("external_id").values_list("external_id", "name", "stock_total", "image_url")
        ),
        "images": list(
            Image.objects.filter(product__account=account)
            .order_by("product__external_id", "position")
            .values_list("product__external_id", "url")
        ),
        "stock": list(
            StockLevel.objects.filter(variant__product__account=account)
            .order_by("variant__external_id", "place")
            .values_list("variant__external_id", "place", "total")
        ),
        "offers": list(account.offers.order_by("variant__external_id").values_list("variant__external_id", "price")),
    }


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one write at a time")
def test_two_runs_that_write_the_same_new_products_at_once_write_each_once():
    account = make_account()
    data = [make_product_data(number) for number in range(1, 41)]
    together = threading.Barrier(2)
    errors: list[BaseException] = []

    def write(chunk):
        try:
            for start in range(0, 40, 10):
                together.wait(10)
                upsert_products(account, chunk[start : start + 10])
        except BaseException as error:
            errors.append(error)
            raise
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(chunk,)) for chunk in (data, data[::-1][30:] + data[10:])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert Product.objects.count() == 40
    assert Variant.objects.count() == SupplierOffer.objects.count() == OfferPrice.objects.count() == 80
