"""Mappings, categories' rules, brands, rates and price rules in the API."""

from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Platform
from catalog.models import Brand, CategoryMapping, CategorySpec, ExchangeRate, PriceRule
from integrations import gateways
from integrations.channels import Choice, FieldSpec
from integrations.models import SyncJob
from tests import channel_fake
from tests.factories import make_account, make_category, make_product
from tests.factories_selling import (
    make_price_rule,
    make_rate,
    make_ready,
    make_seller,
    make_shop,
    make_sourced,
    make_spec,
    make_target,
)

from .support import error

V1 = "/api/v1/"
MAPPINGS, RULES, BRANDS = f"{V1}category-mappings/", f"{V1}category-rules/", f"{V1}brands/"
RATES, PRICES = f"{V1}exchange-rates/", f"{V1}price-rules/"


@pytest.fixture(autouse=True)
def market(monkeypatch: pytest.MonkeyPatch, db: None) -> channel_fake.FakeMarket:
    """Put an empty marketplace in the place of one that sells."""
    monkeypatch.setitem(gateways._CHANNELS, Platform.SHOPEE, "tests.channel_fake.gateway_for")
    return channel_fake.fresh_market()


def ids(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


# --- mappings


def made(api: Any, **body: Any) -> Any:
    account = make_seller()
    target = make_target(account)
    make_spec(account, target)
    wish = {"account": account.pk, "source": make_category().pk, "target": target.pk}
    return api.post(MAPPINGS, wish | body)


def test_a_mapping_is_made_with_its_answers(api):
    answer = made(api, brand_id="0", brand_name="NoBrand", attributes={"100": [{"external_id": "1"}]}, days_to_ship=5)
    assert answer.status_code == 201, answer.content
    row = CategoryMapping.objects.get()
    assert (row.pk, row.brand_name, row.days_to_ship) == (answer.json()["id"], "NoBrand", 5)
    assert row.attributes["100"][0]["external_id"] == "1"
    assert row.history.get().history_change_reason == "Set by owner"
    assert ids(api.get(MAPPINGS, {"account": row.account_id})) == [row.pk]
    assert ids(api.get(MAPPINGS, {"source": row.target_id})) == []


def test_a_mapping_is_changed_where_it_is_said(api):
    pk = made(api, brand_id="0", brand_name="NoBrand", days_to_ship=5).json()["id"]
    changed = api.patch(f"{MAPPINGS}{pk}/", {"days_to_ship": 2})
    assert changed.status_code == 200, changed.content
    assert (changed.json()["brand_name"], changed.json()["days_to_ship"]) == ("NoBrand", 2)
    assert CategoryMapping.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"target": None}, 400, "target"),
        ({"target": 999_999}, 400, "target"),
        ({"goal": 1}, 400, "goal"),
        ({"attributes": {"100": [{"external_id": "77"}]}}, 409, "attributes.100"),
        ({"days_to_ship": 3}, 409, "days_to_ship"),
    ],
)
def test_a_wrong_mapping_is_named_and_not_kept(api, body, status, field):
    assert error(made(api, **body), status)["field"] == field
    assert not CategoryMapping.objects.exists()


def test_a_mapping_is_deleted(api):
    pk = made(api).json()["id"]
    assert api.delete(f"{MAPPINGS}{pk}/").status_code == 204
    assert not CategoryMapping.objects.exists()


def test_suggestions_come_from_what_is_known_and_ask_only_when_told(api, market):
    product = make_product(category=make_category())
    account = make_seller()
    mapped, recommended = make_target(account), make_target(account)
    CategoryMapping.objects.create(account=account, source=product.category, target=mapped)
    market.recommended = [recommended.external_id]
    query = {"account": account.pk, "product": product.pk}
    known = api.get(f"{MAPPINGS}suggestions/", query)
    assert [(each["category"]["id"], each["reason"]) for each in known.json()] == [(mapped.pk, "mapped")]
    assert not market.calls
    asked = api.get(f"{MAPPINGS}suggestions/", query | {"ask": "true"})
    assert [(each["category"]["id"], each["reason"]) for each in asked.json()] == [
        (mapped.pk, "mapped"),
        (recommended.pk, "recommended"),
    ]


def test_suggestions_need_their_parameters(api):
    assert error(api.get(f"{MAPPINGS}suggestions/", {"account": make_seller().pk}), 400)["field"] == "product"
    assert error(api.get(f"{MAPPINGS}suggestions/", {"category": 1}), 400)["field"] == "category"


def test_coverage_counts_products_of_suppliers_categories(api):
    source, account = make_category(), make_seller()
    make_product(category=source)
    make_product(category=source)
    (row,) = api.get(f"{MAPPINGS}coverage/", {"account": account.pk}).json()
    assert (row["source"]["id"], row["products"], row["mapping"]) == (source.pk, 2, None)


# --- categories' rules and brands


def test_rules_show_fields_and_limits(api):
    account = make_seller()
    opened = FieldSpec(external_id="101", label="Wattage", kind="decimal", units=("W", "kW"))
    asked = FieldSpec(
        external_id="100",
        label="Power",
        required=True,
        choices=(Choice(external_id="1", label="Mains", opens=(opened,)),),
    )
    category = make_target(account)
    spec = make_spec(account, category, channel_fake.make_rules(category.external_id, fields=(asked,)))
    (row,) = api.get(RULES, {"account": account.pk}).json()["results"]
    assert (row["id"], row["is_old"]) == (spec.pk, False)
    assert "limits" not in row
    shown = api.get(f"{RULES}{spec.pk}/").json()
    (field,) = shown["fields_asked"]
    assert (field["external_id"], field["label"], field["required"]) == ("100", "Power", True)
    assert field["choices"][0]["opens"][0]["units"] == ["W", "kW"]
    assert shown["limits"]["name_length"] == {"low": "1", "high": "120"}
    assert shown["limits"]["days_to_ship"] == [[2, 2], [5, 10]]
    assert shown["limits"]["price_ratio"] == {"": "7", "MY": "5"}


@pytest.mark.parametrize(("address", "key"), [(RULES, "spec"), (BRANDS, "brands")])
def test_reading_anew_is_queued(api, market, address, key):
    account = make_seller()
    category = make_target(account)
    answer = api.post(f"{address}read/", {"account": account.pk, "category": category.pk})
    assert answer.status_code == 202, answer.content
    job = SyncJob.objects.get(pk=answer.json()["job"])
    assert (job.key, job.requested_by) == (f"{key}:{account.pk}:{category.pk}", "owner")
    assert not market.calls


@pytest.mark.parametrize("address", [RULES, BRANDS])
def test_a_category_where_nothing_stands_is_not_read(api, address):
    account = make_seller()
    category = make_target(account, is_leaf=False)
    body = {"account": account.pk, "category": category.pk}
    assert error(api.post(f"{address}read/", body), 409)["field"] == "category_id"
    assert not SyncJob.objects.exists()
    assert not CategorySpec.objects.exists()


def test_values_of_a_field_are_looked_up(api, market):
    market.values = {"100": [Choice(external_id="5", label="Mainland China"), Choice(external_id="6", label="Korea")]}
    query = {"account": make_seller().pk, "field": "100", "search": "china"}
    found = api.get(f"{RULES}values/", query)
    assert [(each["external_id"], each["label"], each["opens"]) for each in found.json()] == [
        ("5", "Mainland China", [])
    ]


def test_brands_are_filtered(api):
    account = make_seller()
    category = make_target(account)
    apex = Brand.objects.create(account=account, category=category, external_id="1", name="Apex")
    zeta = Brand.objects.create(account=account, category=category, external_id="2", name="Zeta")
    assert ids(api.get(BRANDS, {"category": category.pk})) == [zeta.pk, apex.pk]
    assert ids(api.get(BRANDS, {"account": account.pk, "search": "ape"})) == [apex.pk]
    assert ids(api.get(BRANDS, {"account": make_seller().pk})) == []


# --- rates


def test_a_rate_is_set_and_set_again(api):
    first = api.post(RATES, {"base": "usd", "quote": "CNY", "rate": "7.1"})
    assert first.status_code == 200, first.content
    second = api.post(RATES, {"base": "USD", "quote": "CNY", "rate": "7.2"})
    row = ExchangeRate.objects.get()
    assert (first.json()["id"], second.json()["id"], row.rate) == (row.pk, row.pk, Decimal("7.2"))
    assert ids(api.get(RATES, {"base": "usd"})) == [row.pk]
    assert ids(api.get(RATES, {"quote": "KRW"})) == []


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"rate": "0"}, 409, "rate"),
        ({"rate": "much"}, 400, "rate"),
        ({"quote": "USD"}, 409, "quote"),
        ({"base": "U1D"}, 409, "base"),
        ({"base": "DOLLAR"}, 400, "base"),
        ({"rate": "0.000000001"}, 400, "rate"),
    ],
)
def test_a_wrong_rate_is_named_and_not_kept(api, body, status, field):
    assert error(api.post(RATES, {"base": "USD", "quote": "CNY", "rate": "7"} | body), status)["field"] == field
    assert not ExchangeRate.objects.exists()


# --- price rules


def test_a_price_rule_is_made_changed_and_deleted(api):
    shop = make_shop()
    body = {"name": "Malaysia", "shop": shop.pk, "margin_percent": "35", "freight": "2.40", "ending": "0.90"}
    answer = api.post(PRICES, body)
    assert answer.status_code == 201, answer.content
    rule = PriceRule.objects.get()
    assert (rule.account_id, rule.margin_percent, rule.fee_percent) == (shop.account_id, Decimal(35), Decimal(0))
    assert rule.history.get().history_change_reason == "Set by owner"
    changed = api.patch(f"{PRICES}{rule.pk}/", {"fee_percent": "6.5", "ending": None})
    assert changed.status_code == 200, changed.content
    assert (changed.json()["fee_percent"], changed.json()["ending"], changed.json()["margin_percent"]) == (
        "6.50",
        None,
        "35.00",
    )
    assert ids(api.get(PRICES, {"shop": shop.pk})) == [rule.pk]
    assert api.delete(f"{PRICES}{rule.pk}/").status_code == 204
    assert not PriceRule.objects.exists()


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"name": " "}, 400, "name"),
        ({"margin_percent": "100"}, 400, "margin_percent"),
        ({"margin_percent": "60", "fee_percent": "40"}, 409, "margin_percent"),
        ({"freight": "-1"}, 400, "freight"),
        ({"ending": "100"}, 400, "ending"),
        ({"margin": "3"}, 400, "margin"),
    ],
)
def test_a_rule_that_makes_no_price_is_named_and_not_kept(api, body, status, field):
    assert error(api.post(PRICES, {"name": "Rule"} | body), status)["field"] == field
    assert not PriceRule.objects.exists()


def test_each_range_has_one_rule(api):
    shop = make_shop()
    for columns, field in (({}, "account"), ({"account": shop.account}, "account"), ({"shop": shop}, "shop")):
        make_price_rule(**({"account": shop.account} if "shop" in columns else {}), **columns)
        body = {name: record.pk for name, record in columns.items()}
        assert error(api.post(PRICES, {"name": "Second"} | body), 409)["field"] == field
    assert PriceRule.objects.count() == 3


def test_of_two_who_make_a_rule_at_once_one_is_refused(api, monkeypatch):
    account = make_seller()
    make_price_rule(account=account)
    monkeypatch.setattr(
        "catalog.services.selling.pricerules._check", lambda _rule: None
    )  # it looked before the other saved
    found = error(api.post(PRICES, {"name": "Second", "account": account.pk}), 409)
    assert found["message"] == f"There is a rule for {account} already. Change that one."
    assert PriceRule.objects.count() == 1


def test_a_rule_for_a_supplier_or_a_foreign_shop_is_refused(api):
    assert error(api.post(PRICES, {"name": "R", "account": make_account().pk}), 409)["field"] == "account"
    body = {"name": "R", "account": make_seller().pk, "shop": make_shop().pk}
    assert error(api.post(PRICES, body), 409)["field"] == "account"
    assert not PriceRule.objects.exists()


def test_a_changed_rule_stays_as_it_was_where_the_change_is_refused(api):
    rule = make_price_rule(margin_percent=Decimal(30))
    assert error(api.patch(f"{PRICES}{rule.pk}/", {"fee_percent": "70"}), 409)["field"] == "margin_percent"
    rule.refresh_from_db()
    assert rule.fee_percent == 0


# --- who may


@pytest.mark.parametrize(
    ("method", "path", "codename"),
    [
        ("post", "category-mappings/", "change_categorymapping"),
        ("patch", "category-mappings/1/", "change_categorymapping"),
        ("delete", "category-mappings/1/", "delete_categorymapping"),
        ("post", "category-rules/read/", "change_categoryspec"),
        ("post", "brands/read/", "change_brand"),
        ("post", "exchange-rates/", "change_exchangerate"),
        ("post", "price-rules/", "add_pricerule"),
        ("patch", "price-rules/1/", "change_pricerule"),
        ("delete", "price-rules/1/", "delete_pricerule"),
    ],
)
def test_who_may_view_may_not_act(reader, method, path, codename):
    assert f"“catalog.{codename}”" in error(getattr(reader, method)(f"{V1}{path}"), 403)["message"]


def test_who_may_view_may_look(reader):
    make_rate()
    make_ready(product=make_sourced())
    for address in (MAPPINGS, RULES, BRANDS, RATES, PRICES):
        assert reader.get(address).status_code == 200
