"""Lists ask a fixed number of questions, whatever they show, and find what one looks for."""

from decimal import Decimal

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.adminsite import CappedCount, CappedPaginator
from accounts.shown import list_url
from catalog.models import Product, StockLevel, Variant, Warehouse
from integrations.models import ApiCall, RunProblem, SyncJob, SyncRun
from tests.factories import make_account, make_item, make_offer, make_product, make_selection, make_variant

pytestmark = pytest.mark.django_db


def fill(rows, count: int) -> None:
    """Add rows to the lists that grow."""
    for number in range(count):
        product = make_product(rows.account, image_url=f"https://pictures.test/{number}.jpg")
        variant = make_variant(product)
        make_offer(variant)
        make_item(make_selection(rows.account), product=product, external_id=product.external_id)
        StockLevel.objects.create(
            variant=variant, country_code="US", warehouse=rows.warehouse, place="US/w1", total=number
        )
        SyncJob.objects.create(task="t", key=f"k:{number}", account=rows.account, state="failed")
        run = SyncRun.objects.create(account=rows.account, kind="products", state="done")
        RunProblem.objects.create(run=run, kind="shape", reason="x")
        ApiCall.objects.create(account=rows.account, platform="cj", endpoint="e", method="GET", url="u", outcome="ok")


@pytest.mark.parametrize(
    "model", [Product, Variant, StockLevel, SyncRun, SyncJob, RunProblem, ApiCall], ids=lambda m: m.__name__
)
def test_a_longer_list_asks_no_more_questions(owner, rows, model):
    fill(rows, 2)
    with CaptureQueriesContext(
        connection,
    ) as few:
        owner.get(list_url(model))
    fill(rows, 15)
    with CaptureQueriesContext(connection) as many:
        assert owner.get(list_url(model)).status_code == 200
    assert len(many) == len(few)


def shown(owner, **query) -> set[int]:
    page = owner.get(list_url(Product), query)
    assert page.status_code == 200
    return {row.pk for row in page.context["cl"].result_list}


def test_a_product_is_found_by_its_id_its_sku_a_variants_sku_and_words_of_its_name(owner, rows):
    lamp = make_product(rows.account, name="Bright desk lamp", external_id="777", sku="LAMP-1")
    variant = make_variant(lamp, sku="LAMP-1-RED", external_id="888")
    for term in ("777", "LAMP-1", variant.sku, "888", "desk lamp", "LAMP bright"):
        assert shown(owner, q=term) == {lamp.pk}, term
    assert shown(owner, q="no such thing") == set()


def test_filters_narrow_the_products(owner, rows):
    other = make_product(rows.account, stock_total=None, status="gone", price_low=Decimal(90), is_mine=True)
    selected = rows.product.pk
    assert shown(owner, status__exact="gone") == {other.pk}
    assert shown(owner, in_stock="few") == {selected}
    assert shown(owner, in_stock="unknown") == {other.pk}
    assert shown(owner, country="US") == {selected}
    assert shown(owner, country="DE") == set()
    assert shown(owner, selection=rows.selection.pk) == {selected}
    assert shown(owner, is_mine__exact="1") == {other.pk}
    assert shown(owner, price_low_from="50", price_low_to="100") == {other.pk}
    assert shown(owner, price_low_from="dear") == {selected, other.pk}
    assert shown(owner, updated_at_since="hour") == {selected, other.pk}
    assert shown(owner, updated_at_since="before") == set()
    assert shown(owner, category__id__exact=rows.category.pk) == {selected}
    assert shown(owner, account__id__exact=make_account().pk) == set()


def test_counting_stops_at_a_cap(monkeypatch, rows):
    monkeypatch.setattr(CappedPaginator, "cap", 3)
    for _ in range(5):
        make_product(rows.account)
    pages = CappedPaginator(Product.objects.order_by("pk"), 2)
    assert (int(pages.count), str(pages.count), pages.num_pages) == (3, "3+", 2)
    assert isinstance(pages.count, CappedCount)
    assert str(CappedPaginator(Warehouse.objects.order_by("pk"), 2).count) == "1"


def test_only_indexed_columns_of_long_lists_are_sorted():
    product_admin = admin.site._registry[Product]
    assert product_admin.sortable_by == ["price", "stock_total", "changed"]
    for model in (SyncJob, SyncRun, ApiCall, RunProblem, Variant, StockLevel):
        assert admin.site._registry[model].sortable_by == ()
