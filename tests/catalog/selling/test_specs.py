"""What categories ask: kept without loss, read again when old; brands page by page; trees of categories."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.errors import Refused
from catalog import tasks
from catalog.models import Brand, Category, CategorySpec
from catalog.services import categories
from catalog.services.selling import codec, specs
from integrations import jobs
from integrations.channels import BrandData, Cell, Choice, FieldSpec, PublishProgress, Span
from integrations.contracts import CategoryData
from integrations.models import Lane, SyncJob
from tests.channel_fake import FakeMarket, make_rules
from tests.factories import make_account, make_category
from tests.factories_selling import make_seller, make_single_shop, make_spec, make_target

pytestmark = pytest.mark.django_db


def test_rules_are_kept_without_loss():
    inner = FieldSpec(external_id="2", label="Battery", required_in=("TW", "ID"), units=("mAh",), most=3)
    rules = make_rules(
        "7",
        fields=(
            FieldSpec(external_id="1", label="A", choices=(Choice(external_id="9", label="Yes", opens=(inner,)),)),
        ),
        price=Span(high=Decimal("0.10")),
        own_brand=False,
        closed_in=("BR",),
        minimum_images={"BR": 2},
    )

    assert codec.record(type(rules), json.loads(json.dumps(codec.plain(rules)))) == rules


def test_a_notebook_is_kept_without_loss_and_read_by_another_version():
    progress = PublishProgress(
        state={"marks": [1, {"at": None}]}, cells={"5": Cell(status="live", variant_ids={"A": "1"})}, wait=2.5, step="x"
    )
    plain = json.loads(json.dumps(codec.plain(progress)))

    assert codec.record(PublishProgress, plain | {"from_the_future": 1}) == progress
    assert codec.record(PublishProgress, {}) == PublishProgress()


def test_rules_are_asked_for_read_and_kept(market: FakeMarket):
    account = make_seller()
    category = make_target(account)
    market.rules[category.external_id] = make_rules(category.external_id)

    job = specs.request_spec(account, category, requested_by="ann")
    assert (job.lane, specs.spec_of(account, category)) == (Lane.PUBLISH, None)
    jobs.work(until_quiet=True)

    spec = specs.spec_of(account, category)
    assert specs.rules_of(spec) == market.rules[category.external_id]
    assert not specs.is_old(spec)
    assert specs.request_spec_where_old(account, category) is None
    CategorySpec.objects.update(read_at=timezone.now() - timedelta(days=8))
    assert specs.is_old(specs.spec_of(account, category))
    assert specs.request_spec_where_old(account, category).key == job.key


def test_rules_are_asked_for_where_products_can_stand():
    account = make_seller()
    for category, words in (
        (make_category(), "another platform"),
        (make_target(account, market="BR"), "another market"),
        (make_target(account, is_leaf=False), "categories below"),
    ):
        with pytest.raises(Refused, match=words) as refused:
            specs.request_spec(account, category)
        assert refused.value.field == "category_id"
    assert not SyncJob.objects.exists()


def test_brands_are_read_page_by_page_and_those_that_left_go(market: FakeMarket):
    account = make_seller()
    category = make_target(account)
    make_spec(account, category)
    Brand.objects.create(account=account, category=category, external_id="0", name="Gone")
    Brand.objects.create(account=account, category=category, external_id="1", name="Old name")
    market.brands[category.external_id] = [
        BrandData(external_id=str(at), name=name) for at, name in enumerate(["Nike", "Nikon", "Acme", "Unik", "Zed"], 1)
    ]

    specs.request_brands(account, category, requested_by="ann")
    jobs.work(until_quiet=True)

    assert market.calls["brands"] == 3
    assert dict(Brand.objects.values_list("external_id", "name")) == {
        "1": "Nike",
        "2": "Nikon",
        "3": "Acme",
        "4": "Unik",
        "5": "Zed",
    }
    assert specs.spec_of(account, category).brands_read_at is not None
    assert [brand.name for brand in specs.find_brands(account, category, "nik")] == ["Nike", "Nikon", "Unik"]
    assert len(specs.find_brands(account, category)) == 5


def test_a_long_reading_of_brands_goes_on_in_another_job(market: FakeMarket, monkeypatch: pytest.MonkeyPatch):
    account = make_seller()
    category = make_target(account)
    make_spec(account, category)
    market.brands[category.external_id] = [BrandData(external_id=str(at), name=f"B{at}") for at in range(5)]
    monkeypatch.setattr(jobs, "should_yield", lambda: True)

    specs.request_brands(account, category, requested_by="ann")
    jobs.work(until_quiet=True)

    assert (market.calls["brands"], Brand.objects.count()) == (3, 5)
    told = [(job.kwargs["cursor"], job.requested_by) for job in SyncJob.objects.order_by("pk")]
    assert told == [("", "ann"), ("2", "ann"), ("4", "ann")]


def test_values_are_searched_at_the_platform(market: FakeMarket):
    market.values["100"] = [Choice(external_id="1", label="China"), Choice(external_id="2", label="Chile")]

    assert [choice.external_id for choice in specs.find_values(make_seller(), "100", " chil ")] == ["2"]


def test_a_marketplaces_categories_are_kept_with_both_names_and_leaves(market: FakeMarket):
    account = make_seller()
    market.categories = [
        CategoryData(external_id="1", name="Bags", name_local="箱包", level=1, is_leaf=False),
        CategoryData(external_id="2", name="Totes", name_local="托特包", level=2, parent_id="1"),
    ]

    tasks.request_categories(account.pk)
    jobs.work(until_quiet=True)

    assert list(specs.categories_of(account).values_list("path", "name_local", "is_leaf", "parent__name")) == [
        ("Bags", "箱包", False, None),
        ("Bags > Totes", "托特包", True, "Bags"),
    ]
    assert not SyncJob.objects.filter(key__startswith="warehouses").exists()
    assert categories.read_categories(account.pk) == 0  # nothing has changed


def test_the_tree_of_one_market_leaves_the_others_alone(market: FakeMarket):
    merchant, shop = make_seller(), make_single_shop("SG")
    make_target(merchant, external_id="1", name="Everywhere")
    market.categories = [CategoryData(external_id="1", name="Singapore's", level=1, market="SG")]

    categories.read_categories(shop.account_id)

    assert [category.name for category in specs.categories_of(merchant)] == ["Everywhere"]
    assert [category.name for category in specs.categories_of(shop.account)] == ["Singapore's"]
    assert Category.objects.count() == 2


def test_a_suppliers_account_still_asks_for_its_warehouses():
    account = make_account()
    tasks.request_categories(account.pk)
    keys = set(SyncJob.objects.values_list("key", flat=True))
    assert keys == {f"categories:{account.pk}", f"warehouses:{account.pk}"}
