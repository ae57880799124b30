"""The gateway against the simulator, as the catalogue uses it."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.errors import Refused
from accounts.models import Credential, Platform, PlatformAccount
from integrations import custodian, gateways
from integrations.cj import access
from integrations.cj.gateway import CJGateway, gateway_for
from integrations.cj.reading import product_asked_for
from integrations.contracts import ProductFilter, ProductSummary, SourcingWish, SummaryPage, Supplier
from integrations.errors import (
    AuthRequired,
    Invalid,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    TokenExpired,
    Unavailable,
    UnexpectedReply,
)
from integrations.issuers import issuer_for
from integrations.models import ApiCall, SyncJob
from tests.factories import make_account
from tests.support import Simulator

ANY = ProductFilter()


@pytest.fixture
def cj(account: PlatformAccount) -> CJGateway:
    return gateway_for(account)


def read_all(cj: Supplier, wanted: ProductFilter = ANY, *, size: int = 100, most: int = 500) -> list[SummaryPage]:
    pages = [cj.search(wanted, cursor=None, size=size)]
    while pages[-1].cursor is not None:
        assert len(pages) < most
        pages.append(cj.search(wanted, cursor=pages[-1].cursor, size=size))
    return pages


def items(pages: list[SummaryPage]) -> list[ProductSummary]:
    return [item for page in pages for item in page.items]


def calls_of(simulator: Simulator, path: str) -> list[dict[str, Any]]:
    return [call for call in simulator.look("calls")["calls"] if call["path"] == path]


def fault(simulator: Simulator, path: str, **how: Any) -> None:
    simulator.control("faults", platform="cj", path=path, **how)


def change(simulator: Simulator, **what: Any) -> Any:
    return simulator.control("change", platform="cj", **what)


# The account


def test_an_account_is_served_by_its_platforms_gateway(account):
    supplier = gateways.supplier_for(account)
    assert isinstance(supplier, CJGateway)
    assert supplier.max_page_size == 100


def test_an_account_of_a_platform_that_supplies_nothing_is_refused(db):
    with pytest.raises(Refused, match="Shopee") as caught:
        gateways.supplier_for(make_account(platform=Platform.SHOPEE))
    assert caught.value.field == "account"


def test_limits_are_those_that_the_account_itself_names(simulator, cj):
    simulator.control("limits", platform="cj", rps=4, daily=1000, path="/product/list")
    found = cj.account()
    assert found.requests_per_second == 4.0
    assert [(quota.endpoint, quota.limit, quota.window_s) for quota in found.quotas] == [
        ("/product/list", 1000, 86_400)
    ]
    assert found.external_id == PlatformAccount.objects.get().external_id
    assert found.sandbox is False


def test_categories_come_in_three_levels_with_their_parents_before_them(cj):
    found = cj.categories()
    known: set[str] = set()
    for category in found:
        assert category.parent_id in known or (category.level == 1 and not category.parent_id)
        known.add(category.external_id)
    assert len(known) == len(found)
    assert {category.level for category in found} == {1, 2, 3}


def test_warehouses_and_the_storages_that_hold_stock(cj):
    areas = {area.country_code: area for area in cj.warehouses()}
    assert areas["CN"].kind == "area"
    (first,) = cj.search(ANY, cursor=None, size=1).items
    storage_id = next(
        row.warehouse_id for rows in cj.stock(first.external_id).values() for row in rows if row.warehouse_id
    )
    storage = cj.warehouse(f"{{{storage_id}}}")
    assert (storage.kind, storage.external_id) == ("storage", storage_id)
    assert storage.facts["carriers"]
    with pytest.raises(NotFound, match="warehouse"):
        cj.warehouse("nowhere")


# Searches


def test_a_search_reads_every_product_once(cj):
    pages = read_all(cj, size=7)
    found = items(pages)
    assert len(found) == len({item.external_id for item in found}) == pages[0].total
    assert all(page.complete and not page.unreadable for page in pages)
    assert all(item.fingerprint and item.name and item.price for item in found)


def test_a_full_last_page_is_followed_by_one_look_and_no_more(simulator, cj):
    total = cj.search(ANY, cursor=None, size=1).total or 0
    before = len(calls_of(simulator, "/product/listV2"))
    assert len(items(read_all(cj, size=total))) == total
    assert len(calls_of(simulator, "/product/listV2")) - before == 2


@pytest.mark.parametrize("newest", [True, False])
def test_a_search_beyond_what_its_pages_can_show_is_read_in_windows_of_time(simulator, account, newest):
    simulator.reset(size=150)
    cj = CJGateway(access.client_for(_connected_again(simulator, account)), most_pages=2)
    wanted = replace(ANY, sort="newest" if newest else "price")
    pages = read_all(cj, wanted, size=10)
    found = Counter(item.external_id for item in items(pages))
    assert len(found) == pages[0].total == cj.search(ANY, cursor=None, size=1).total
    assert len(found) > 100
    assert all(page.complete and page.total == pages[0].total for page in pages)
    if newest:  # it goes on where it stood: only the product at the seam may come twice
        assert sum(found.values()) - len(found) <= 1
    else:  # its first 20 are met again
        assert sum(found.values()) - len(found) == 20
    assert [item.external_id for item in items(pages[:2])] == [
        item.external_id for item in cj.search(wanted, cursor=None, size=20).items
    ]


def _connected_again(simulator: Simulator, account: PlatformAccount) -> PlatformAccount:
    """Log in once more: a fresh world knows no tokens of the one before."""
    credential = Credential.objects.get(account=account)
    pair = issuer_for("cj").log_in(credential.api_key, account=account)
    custodian.store(credential, pair)
    return account


def test_fingerprints_change_with_what_changed_at_the_platform_and_with_nothing_else(simulator, cj):
    before = {item.external_id: item.fingerprint for item in items(read_all(cj))}
    assert {item.external_id: item.fingerprint for item in items(read_all(cj))} == before
    with_more = replace(ANY, extra={"features": "enable_description,enable_video"})
    assert {item.external_id: item.fingerprint for item in items(read_all(cj, with_more))} == before
    changed = change(simulator, share=0.25, seed=3, kinds=["price", "stock", "name"])["pids"]
    after = {item.external_id: item.fingerprint for item in items(read_all(cj))}
    assert {pid for pid, fingerprint in after.items() if before[pid] != fingerprint} == set(changed)
    assert len(changed) > 5


def test_a_search_that_fills_its_last_possible_page_exactly_is_read_once(simulator, account):
    simulator.reset(size=30)
    cj = CJGateway(access.client_for(_connected_again(simulator, account)), most_pages=3)
    pages = read_all(cj, size=10)
    assert pages[0].total == 30
    assert len(pages) == 3
    assert len({item.external_id for item in items(pages)}) == len(items(pages)) == 30
    assert all(page.complete for page in pages)


def test_a_list_that_ends_before_its_promise_says_so(simulator, cj):
    first = cj.search(ANY, cursor=None, size=10)
    assert first.cursor is not None
    beyond = cj.search(ANY, cursor=first.cursor | {"page": 900}, size=10)
    assert beyond.items == ()
    assert beyond.cursor is None
    assert beyond.complete is False
    (problem,) = beyond.unreadable
    assert problem.kind == "incomplete"
    assert str(first.total) in problem.reason


def test_a_page_that_comes_twice_ends_the_reading_and_is_not_counted_twice(cj):
    first = cj.search(ANY, cursor=None, size=10)
    assert first.cursor is not None
    again = cj.search(ANY, cursor=first.cursor | {"page": 1}, size=10)
    assert (again.items, again.cursor, again.complete) == ((), None, False)


def test_an_answer_without_data_is_no_empty_list(simulator, cj):
    for mutation in ("null_data", "text_data", "no_envelope", "html", "not_json", "empty"):
        fault(simulator, "/product/listV2", mutate=mutation)
        with pytest.raises(UnexpectedReply):
            cj.search(ANY, cursor=None, size=10)
    fault(simulator, "/product/listV2", mutate="list_data")
    assert cj.search(ANY, cursor=None, size=10).items


def test_filters_reach_the_platform(simulator, cj):
    everything = items(read_all(cj))
    dear = items(read_all(cj, replace(ANY, price_min=Decimal(10), price_max=Decimal(30))))
    assert dear
    assert len(dear) < len(everything)
    assert all(item.price and item.price.high >= 10 and item.price.low <= 30 for item in dear)
    stocked = items(read_all(cj, replace(ANY, stock_min=1000)))
    assert {item.external_id for item in stocked} == {
        item.external_id for item in everything if (item.stock_total or 0) >= 1000
    }
    some = everything[len(everything) // 2]
    since = items(read_all(cj, replace(ANY, listed_after=some.created_at)))
    assert {item.external_id for item in since} == {
        item.external_id
        for item in everything
        if item.created_at and some.created_at and item.created_at >= some.created_at
    }
    (cheapest,) = cj.search(replace(ANY, sort="price", descending=False), cursor=None, size=1).items
    assert cheapest.price
    assert cheapest.price.low == min(item.price.low for item in everything if item.price)


def test_categories_of_every_level_can_be_searched(cj):
    tree = {category.external_id: category for category in cj.categories()}
    everything = items(read_all(cj))
    third = tree[everything[0].category_id]
    second = tree[third.parent_id]
    first = tree[second.parent_id]
    for category in (third, second, first):
        below = {category.external_id}
        for other in tree.values():
            if other.parent_id in below:
                below.add(other.external_id)
        wanted = replace(ANY, category_id=category.external_id, category_level=category.level)
        assert {item.external_id for item in items(read_all(cj, wanted))} == {
            item.external_id for item in everything if item.category_id in below
        }
    with pytest.raises(Invalid, match="Read the categories again"):
        cj.search(replace(ANY, category_id="L1-gone", category_level=1), cursor=None, size=10)


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (replace(ANY, keyword="x" * 201), ["keyWord", "200"]),
        (replace(ANY, country_code="USA"), ["countryCode", "USA"]),
        (replace(ANY, price_min=Decimal(2), price_max=Decimal(1)), ["startSellPrice", "endSellPrice"]),
        (replace(ANY, stock_min=-1), ["startWarehouseInventory", "-1"]),
        (replace(ANY, sort="loudest"), ["sort", "newest", "loudest"]),
        (replace(ANY, extra={"productType": "7"}), ["productType", "4, 10, 11"]),
        (replace(ANY, extra={"features": "enable_all"}), ["features", "enable_all"]),
        (replace(ANY, extra={"page": 3}), ["page", "productType"]),
        (replace(ANY, extra={"supplierId": "x" * 201}), ["supplierId", "200"]),
    ],
)
def test_a_filter_that_cj_would_refuse_is_refused_before_any_call(simulator, cj, wanted, words):
    before = simulator.look("calls")["total"]
    with pytest.raises(Invalid) as caught:
        cj.check_filter(wanted)
    assert all(word in str(caught.value) for word in words)
    with pytest.raises(Invalid):
        cj.search(wanted, cursor=None, size=10)
    assert simulator.look("calls")["total"] == before


def test_sizes_outside_the_documented_are_refused_before_any_call(simulator, cj):
    before = simulator.look("calls")["total"]
    for size in (0, 101):
        with pytest.raises(Invalid, match="size"):
            cj.search(ANY, cursor=None, size=size)
    assert simulator.look("calls")["total"] == before


def test_each_further_filter_is_described_and_taken(cj):
    examples = {"text": "shopify", "boolean": True}
    for described in cj.filter_fields():
        value = described.choices[0][0] if described.choices else examples[described.kind]
        value = "enable_video" if described.name == "features" else value
        cj.check_filter(replace(ANY, extra={described.name: value}))
        cj.search(replace(ANY, extra={described.name: value}), cursor=None, size=5)
        cj.check_filter(replace(ANY, extra={described.name: ""}))


# Products


def test_products_are_read_in_full_with_stock_in_the_same_call_and_in_order(simulator, cj):
    pids = [item.external_id for item in items(read_all(cj))][:12]
    before = simulator.look("calls")["total"]
    found = list(cj.products(pids))
    assert [each.external_id for each in found] == pids
    assert simulator.look("calls")["total"] - before == len(pids)
    for each in found:
        assert each.product
        assert each.product.external_id == each.external_id
        assert each.product.variants
        assert not each.gone
        assert each.problem is None
    assert any(variant.stock for each in found if each.product for variant in each.product.variants)


def test_of_several_ids_each_gets_its_own_answer(simulator, cj):
    first, second, third = (item.external_id for item in items(read_all(cj))[:3])
    change(simulator, pids=[second], fields={"on_sale": False})
    change(simulator, remove=[third])
    a, b, c, d, e = cj.products([first, second, third, "", "x" * 80])
    assert a.product is not None
    assert (b.product, b.off_sale, b.gone) == (None, True, False)
    assert (c.product, c.off_sale, c.gone) == (None, False, True)
    assert [each.problem.kind for each in (b, c, d, e) if each.problem] == [
        "off_sale",
        "not_found",
        "refused",
        "refused",
    ]
    assert not d.gone
    assert not e.gone


def test_a_refusal_that_is_not_the_documented_not_found_never_makes_a_product_gone(simulator, cj):
    (pid,) = (item.external_id for item in cj.search(ANY, cursor=None, size=1).items)
    for code in (1600100, 1600101, 1600300, 1799999):
        fault(simulator, "/product/query", code=code)
        (found,) = cj.products([pid])
        assert (found.product, found.gone, found.off_sale) == (None, False, False)
        assert found.problem
        assert found.problem.kind == "refused"


def test_an_answer_that_can_not_be_understood_sets_aside_one_product_and_not_the_run(simulator, cj):
    pids = [item.external_id for item in items(read_all(cj))][:3]
    for mutation in ("null_data", "text_data", "html", "truncated", "no_envelope"):
        fault(simulator, "/product/query", mutate=mutation, pid=pids[1])
        one, two, three = cj.products(pids)
        assert one.product
        assert three.product
        assert two.problem
        assert (two.product, two.gone, two.problem.kind) == (None, False, "shape")


def test_another_product_than_the_one_asked_for_is_set_aside(cj):
    first, second = (item.external_id for item in items(read_all(cj))[:2])
    data = cj.client.product_query(pid=second)
    found = product_asked_for(first, data)
    assert found.product is None
    assert found.problem
    assert second in found.problem.reason
    upper = product_asked_for(second.swapcase(), data)
    assert upper.product
    assert upper.product.external_id == second.swapcase()


def test_a_product_that_can_not_be_reached_is_set_aside_while_others_can(simulator, cj):
    pids = [item.external_id for item in items(read_all(cj))][:4]
    fault(simulator, "/product/query", status=500, pid=pids[1], times=None)
    found = list(cj.products(pids))
    assert [each.external_id for each in found] == pids
    assert [each.problem.kind if each.problem else "" for each in found] == ["", "unavailable", "", ""]


def test_a_platform_that_is_down_is_raised_and_not_told_of_each_product(simulator, cj):
    pids = [item.external_id for item in items(read_all(cj))]
    fault(simulator, "/product/query", status=503, times=None)
    with pytest.raises(Unavailable):
        list(cj.products(pids))
    with pytest.raises(Unavailable):
        list(cj.products(pids[:1]))


def test_a_passing_fault_is_repeated_unseen(simulator, cj):
    pids = [item.external_id for item in items(read_all(cj))][:5]
    fault(simulator, "/product/query", code=1600000)
    fault(simulator, "/product/query", cut=True, when="after")
    assert all(each.product for each in cj.products(pids))


def test_a_used_up_quota_is_raised(simulator, cj):
    pids = [item.external_id for item in items(read_all(cj))][:5]
    fault(simulator, "/product/query", code=1600201)
    with pytest.raises(RateLimited) as caught:
        list(cj.products(pids))
    assert caught.value.quota
    assert caught.value.retry_after
    assert caught.value.retry_after > 60


def test_a_sku_finds_its_product_whether_it_is_the_products_or_a_variants(cj):
    item = cj.search(ANY, cursor=None, size=1).items[0]
    (full,) = cj.products([item.external_id])
    assert full.product
    by_product = cj.product_by_sku(item.sku)
    by_variant = cj.product_by_sku(full.product.variants[-1].sku)
    assert by_product.product == by_variant.product == full.product
    unknown = cj.product_by_sku("CJNOTHING0001")
    assert (unknown.product, unknown.gone, unknown.external_id) == (None, True, "CJNOTHING0001")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" 000B9312-456A-4D31-94BD-B083E2A198E8 ", ("id", "000B9312-456A-4D31-94BD-B083E2A198E8")),
        ("{000b9312-456a-4d31-94bd-b083e2a198e8}", ("id", "000b9312-456a-4d31-94bd-b083e2a198e8")),
        ("1444929719182168064", ("id", "1444929719182168064")),
        ("CJJJJTJT05843", ("sku", "CJJJJTJT05843")),
        ("CJJJJTJT05843-Light Blue", ("sku", "CJJJJTJT05843-Light Blue")),
        (
            "https://cjdropshipping.com/product/small-trailer-p-1444929719182168064.html",
            ("id", "1444929719182168064"),
        ),
        (
            "https://www.cjdropshipping.com/product/trailer-p-000B9312-456A-4D31-94BD-B083E2A198E8.html?from=US",
            ("id", "000B9312-456A-4D31-94BD-B083E2A198E8"),
        ),
        ("cjdropshipping.com/product/x-p-1444929719182168064.html", ("id", "1444929719182168064")),
        ("https://app.cjdropshipping.com/product-detail.html?id=1444929719182168064", ("id", "1444929719182168064")),
    ],
)
def test_what_is_pasted_is_an_id_an_sku_or_an_address(cj, text, expected):
    assert cj.id_from_text(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "12345",
        "C",
        "https://evil.test/x-p-1444929719182168064.html",
        "https://cjdropshipping.com.evil.test/x-p-1444929719182168064.html",
        "https://cjdropshipping.com/about.html",
        "http://[",
        "x" * 5000,
        "CJ\x00\ud800",
    ],
)
def test_what_is_none_of_them_is_refused_with_what_would_do(cj, text):
    with pytest.raises(Invalid, match="paste its id, an SKU that begins with CJ"):
        cj.id_from_text(text)


def test_variants_and_one_variant_with_its_stock(cj):
    item = cj.search(ANY, cursor=None, size=1).items[0]
    (full,) = cj.products([item.external_id])
    assert full.product
    variants = cj.variants(item.external_id)
    assert [variant.external_id for variant in variants] == [variant.external_id for variant in full.product.variants]
    one = cj.variant(variants[0].external_id)
    assert one.external_id == variants[0].external_id
    assert one.stock == full.product.variants[0].stock
    with pytest.raises(NotFound):
        cj.variant("1111111111111111111")


def test_stock_by_product_by_variant_and_by_sku_agree(cj):
    item = cj.search(replace(ANY, stock_min=1), cursor=None, size=1).items[0]
    by_product = cj.stock(item.external_id)
    variant = next(each for each in cj.variants(item.external_id) if each.external_id in by_product)

    def totals(rows: Any) -> dict[tuple[str, str], int | None]:
        return {(row.country_code, row.warehouse_id): row.total for row in rows}

    assert totals(cj.variant_stock(variant.external_id)) == totals(by_product[variant.external_id])
    assert totals(cj.stock_by_sku(variant.sku)) == totals(by_product[variant.external_id])
    assert cj.variant_stock("1111111111111111111") == ()
    assert cj.stock_by_sku("CJNOTHING0001") == ()
    with pytest.raises(NotFound):
        cj.stock("1111111111111111111")


# Wishes


def test_a_product_put_on_my_products_is_there_and_once_more_is_done(simulator, cj):
    pid = cj.search(ANY, cursor=None, size=1).items[0].external_id
    cj.add_to_mine(pid)
    cj.add_to_mine(pid)
    page = cj.my_products(cursor=None)
    assert [(item.external_id, item.is_mine) for item in page.items] == [(pid, True)]
    assert (page.total, page.cursor, page.complete) == (1, None, True)
    assert len(calls_of(simulator, "/product/addToMyProduct")) == 2


def test_a_lost_answer_to_adding_is_looked_up_and_done(simulator, cj):
    pid = cj.search(ANY, cursor=None, size=1).items[0].external_id
    fault(simulator, "/product/addToMyProduct", status=502, when="after")
    cj.add_to_mine(pid)
    assert [item.external_id for item in cj.my_products(cursor=None).items] == [pid]
    assert len(calls_of(simulator, "/product/addToMyProduct")) == 1


def test_a_busy_system_is_not_taken_for_already_added(simulator, cj):
    pid = cj.search(ANY, cursor=None, size=1).items[0].external_id
    fault(simulator, "/product/addToMyProduct", code=1600000)
    with pytest.raises(Unavailable) as caught:
        cj.add_to_mine(pid)
    assert not isinstance(caught.value, OutcomeUnknown)
    assert caught.value.retryable
    assert cj.my_products(cursor=None).items == ()


def test_my_products_are_read_to_their_end(simulator, cj):
    pids = [item.external_id for item in items(read_all(cj))]
    for pid in pids:
        cj.client.add_to_my_product(pid)
    page = cj.my_products(cursor=None)
    assert {item.external_id for item in page.items} == set(pids)
    assert page.complete


def test_reviews_are_paged_with_a_total(cj):
    for item in items(read_all(cj)):
        found, total = cj.reviews(item.external_id, page=1, size=5)
        assert total is not None
        assert len(found) == min(total, 5)
        if total > 5:
            more, _total = cj.reviews(item.external_id, page=2, size=5)
            assert not {each.external_id for each in found} & {each.external_id for each in more}
            return
    pytest.fail("The world has no product with more than five reviews.")


WISH = SourcingWish(name="Cup", image_url="https://pictures.test/cup.jpg", reference="SR-7", price=Decimal("2.50"))


def test_a_wish_is_sent_with_our_reference_and_followed_to_its_end(simulator, cj):
    asked = cj.find_source(WISH)
    assert (asked.is_final, asked.product_id) == (False, "")
    (waiting,) = cj.sourcing_states([asked.external_id])
    assert waiting.is_final is False
    simulator.control("advance", platform="cj", id=asked.external_id, to="completed")
    (found,) = cj.sourcing_states([asked.external_id])
    assert found.is_final
    assert found.product_id
    assert found.variant_sku


def test_states_of_several_wishes_are_asked_for_one_by_one(simulator, cj):
    one, two = cj.find_source(WISH), cj.find_source(replace(WISH, reference="SR-8"))
    simulator.control("advance", platform="cj", id=two.external_id, to="failed")
    states = cj.sourcing_states([one.external_id, two.external_id, "unknown"])
    assert [state.external_id for state in states] == [one.external_id, two.external_id]
    assert (states[1].is_final, states[1].product_id) == (True, "")


@pytest.mark.parametrize(
    "how",
    [{"status": 502, "when": "after"}, {"cut": True, "when": "after"}, {"code": 1600000}, {"mutate": "null_data"}],
)
def test_a_wish_whose_answer_is_lost_is_sent_once_and_unknown(simulator, cj, how):
    fault(simulator, "/product/sourcing/create", **how)
    with pytest.raises(OutcomeUnknown):
        cj.find_source(WISH)
    assert len(calls_of(simulator, "/product/sourcing/create")) == 1


def test_a_wish_that_breaks_a_limit_is_not_sent(simulator, cj):
    with pytest.raises(Invalid, match="productImage"):
        cj.find_source(replace(WISH, image_url="https://pictures.test/" + "c" * 200))
    assert calls_of(simulator, "/product/sourcing/create") == []


def test_a_plan_counts_pages_of_lists_and_details(cj):
    assert cj.calls_needed(listed=50_000, details=1500) == 2000
    assert cj.calls_needed(listed=1, details=0) == 1


# Tokens


def test_a_dead_token_is_raised_and_a_refresh_is_queued(simulator, account, cj):
    before = Credential.objects.get(account=account)
    fault(simulator, "/setting/get", code=1600001)
    with pytest.raises(TokenExpired):
        cj.account()
    assert SyncJob.objects.filter(key=f"token:{before.pk}", state="queued").count() == 1
    custodian.refresh(before.pk)
    assert cj.account().requests_per_second


def test_the_ambiguous_code_refreshes_an_old_token_once_and_is_then_a_refusal(simulator, account, cj, virtual_time):
    item = cj.search(ANY, cursor=None, size=1).items[0]
    virtual_time.sleep(timedelta(hours=2).total_seconds())
    fault(simulator, "/product/variant/query", code=1600100, times=None)
    with pytest.raises(TokenExpired):
        cj.variants(item.external_id)
    custodian.refresh(Credential.objects.get(account=account).pk)
    with pytest.raises(Rejected) as caught:
        cj.variants(item.external_id)
    assert type(caught.value) is Rejected
    assert caught.value.code == "1600100"


def test_an_account_without_tokens_says_that_it_has_to_be_connected(db):
    with pytest.raises(AuthRequired, match="Connect it again"):
        gateway_for(make_account()).account()


def test_another_process_may_have_stored_a_new_pair_meanwhile(simulator, account, cj):
    cj.account()
    custodian.store((credential := Credential.objects.get(account=account)), issuer_for("cj").refresh(credential))
    assert cj.account().requests_per_second


def test_exchanges_are_kept_with_the_record_they_concerned(cj):
    pid = cj.search(ANY, cursor=None, size=1).items[0].external_id
    list(cj.products([pid]))
    kept = ApiCall.objects.get(subject=f"product:{pid}")
    assert (kept.endpoint, kept.outcome, kept.code) == ("/product/query", "ok", "200")
