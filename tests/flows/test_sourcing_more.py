"""Stock by itself, categories, warehouses, reviews, wishes to find something: against the simulator."""

from decimal import Decimal
from typing import Any

import pytest

from accounts.errors import Refused
from catalog.models import Category, Product, Review, SourcingRequest, StockLevel, Variant, Warehouse
from catalog.services import categories, finding, reviews, selections, sourcing, stock
from integrations import jobs
from integrations.errors import NotFound
from integrations.gateways import supplier_for
from integrations.models import SyncJob, SyncRun
from tests.catalog.connected import worked_off
from tests.factories import make_account, make_product

pytestmark = pytest.mark.django_db


@pytest.fixture
def everything(account):
    selection = selections.create_selection(account, name="Everything")
    worked_off(sourcing.request_sync(selection))
    return selection


@pytest.fixture
def product(everything):
    return Product.objects.order_by("pk").first()


def done(job: SyncJob) -> SyncJob:
    jobs.work(until_quiet=True, patience=7200)
    job.refresh_from_db()
    return job


# --- one product


def test_sync_now_reads_one_product_in_full(product, simulator):
    simulator.control("change", platform="cj", pids=[product.external_id], fields={"name": "Another name"})
    before = simulator.look("calls")["found"]

    job = done(sourcing.request_refresh(product, requested_by="mei"))

    product.refresh_from_db()
    assert (job.state, job.requested_by, product.name) == ("done", "mei", "Another name")
    assert product.history.latest().history_change_reason == "Sync now"
    assert simulator.look("calls")["found"] == before + 1


def test_sync_now_of_a_product_that_the_supplier_does_not_know_fails_and_concludes_nothing(product, simulator):
    simulator.control("change", platform="cj", remove=[product.external_id])

    job = done(sourcing.request_refresh(product))

    product.refresh_from_db()
    assert (job.state, job.error_kind) == ("failed", NotFound.__name__)
    assert "sweep" in job.problem
    assert product.status == Product.Status.ACTIVE


def test_product_taken_off_the_shelves_is_off_sale(product, simulator):
    simulator.control("change", platform="cj", pids=[product.external_id], fields={"on_sale": False})

    done(sourcing.request_refresh(product))

    product.refresh_from_db()
    assert product.status == Product.Status.OFF_SALE


# --- stock


def test_stock_of_one_product_is_one_call_and_touches_nothing_else(product, simulator):
    other = Product.objects.exclude(pk=product.pk).first()
    simulator.control("change", platform="cj", pids=[product.external_id, other.external_id], fields={"stock": 77})
    before, name = simulator.look("calls")["found"], product.name

    job = done(stock.request_stock(product))

    product.refresh_from_db()
    assert (job.state, job.problem) == ("done", "")
    assert simulator.look("calls")["found"] == before + 1
    assert product.stock_total == sum(product.variants.values_list("stock_total", flat=True))
    assert product.stock_total == 77 * product.variants.count() or product.stock_total == 77
    assert product.name == name
    updated = other.updated_at
    other.refresh_from_db()
    assert other.updated_at == updated


def test_stock_that_went_and_came_back_is_not_hidden_by_an_equal_answer(product, simulator):
    """A look at the stock between two equal full answers: the second one puts the old stock back."""
    before = product.stock_total
    stock.save_stock(
        product.account,
        {product.pk: {variant.external_id: () for variant in product.variants.all()}},
        product.updated_at,
    )
    product.refresh_from_db()
    assert product.stock_total is None

    done(sourcing.request_refresh(product))

    product.refresh_from_db()
    assert product.stock_total == before


def test_equal_stock_writes_nothing(product):
    before = list(StockLevel.objects.order_by("pk").values())

    done(stock.request_stock(product))

    updated = product.updated_at
    product.refresh_from_db()
    assert product.updated_at == updated
    assert product.content_hash != ""
    assert list(StockLevel.objects.order_by("pk").values()) == before


def test_stock_is_asked_variant_by_variant_where_the_product_call_says_nothing(product, simulator):
    simulator.control("change", platform="cj", pids=[product.external_id], fields={"stock": 77})
    simulator.control("faults", platform="cj", path="/product/stock/getInventoryByPid", code=1600300, times=None)

    job = done(stock.request_stock(product))

    product.refresh_from_db()
    assert job.state == "done"
    assert simulator.look("calls", path="/product/stock/queryByVid")["found"] == product.variants.count()
    assert product.stock_total in (77, 77 * product.variants.count())


def test_stock_run_goes_through_what_is_carried_in_turns(everything, simulator):
    account = everything.account
    make_product(account)  # in no selection
    left = everything.items.order_by("pk").first()
    left.has_left = True
    left.save()
    off = Product.objects.filter(account=account).order_by("-pk")[1]
    off.status = Product.Status.OFF_SALE
    off.save()
    simulator.control("change", platform="cj", share=1, kinds=["stock"])

    first = worked_off(stock.request_stock_sync(account, budget=25))
    second = worked_off(stock.request_stock_sync(account, budget=25))

    assert (first.state, first.seen, first.total) == (SyncRun.State.DONE, 25, 25)
    assert first.updated + first.unchanged == 25
    assert first.updated > 0
    assert second.seen == 25
    assert second.updated > 0  # the thirteen that the first did not reach
    assert simulator.look("calls", path="/product/stock/getInventoryByPid")["found"] == 50
    third = worked_off(stock.request_stock_sync(account, budget=1_000))
    assert (third.seen, third.updated, third.unchanged) == (38, 0, 38)


def test_stock_run_sets_aside_what_cannot_be_read(everything, simulator):
    pid = Product.objects.order_by("pk").first().external_id
    for path in ("getInventoryByPid", "queryByVid", "queryBySku"):
        simulator.control("faults", platform="cj", path=f"/product/stock/{path}", code=1600300, times=None, match={})
    run = worked_off(stock.request_stock_sync(everything.account, budget=3))

    assert (run.state, run.seen, run.failed) == (SyncRun.State.DONE, 3, 3)
    assert run.problems.filter(external_id=pid).exists()
    assert Product.objects.get(external_id=pid).stock_total is not None


def test_stock_run_without_a_budget_is_refused(account):
    with pytest.raises(Refused) as refusal:
        stock.request_stock_sync(account, budget=0)

    assert refusal.value.field == "budget"
    assert SyncRun.objects.count() == 0


# --- categories and warehouses


def test_categories_are_kept_as_a_tree_and_written_once(account):
    job = done(categories.request_categories(account))
    said = supplier_for(account).categories()

    assert job.state == "done"
    assert Category.objects.count() == len(said)
    leaf = Category.objects.filter(level=3).first()
    assert leaf.path == f"{leaf.parent.parent.name} > {leaf.parent.name} > {leaf.name}"
    before = list(Category.objects.order_by("pk").values())

    assert categories.read_categories(account.pk) == 0

    assert list(Category.objects.order_by("pk").values()) == before


def test_categories_met_in_products_are_completed(everything):
    met = Category.objects.count()
    assert met > 0
    keys = set(Category.objects.values_list("pk", flat=True))

    done(categories.request_categories(everything.account))

    assert keys < set(Category.objects.values_list("pk", flat=True))
    assert not Category.objects.filter(level=3, parent=None).exists()
    assert not Product.objects.filter(category=None).exists()


def test_warehouses_are_areas_and_the_storages_met_in_stock_rows(everything, simulator):
    unread = Warehouse.objects.filter(kind="storage", read_at=None).count()
    assert unread > 0

    job = done(categories.request_warehouses(everything.account))

    assert (job.state, job.problem) == ("done", "")
    assert Warehouse.objects.filter(kind="area").count() == len(supplier_for(everything.account).warehouses())
    assert not Warehouse.objects.filter(read_at=None).exists()
    assert simulator.look("calls", path="/warehouse/detail")["found"] == unread
    before = list(Warehouse.objects.order_by("pk").values())
    done(categories.request_warehouses(everything.account))
    assert list(Warehouse.objects.order_by("pk").values()) == before
    assert simulator.look("calls", path="/warehouse/detail")["found"] == unread


# --- reviews


def test_reviews_are_read_to_the_end_and_written_once(everything):
    supplier = supplier_for(everything.account)
    product = max(Product.objects.all(), key=lambda one: supplier.reviews(one.external_id, page=1, size=50)[1] or 0)
    total = supplier.reviews(product.external_id, page=1, size=50)[1]
    assert total

    job = done(reviews.request_reviews(product))

    assert job.state == "done"
    assert product.reviews.count() == total
    before = list(Review.objects.order_by("pk").values())
    assert reviews.read_reviews(product.pk) == 0
    assert list(Review.objects.order_by("pk").values()) == before


# --- finding something


WISH: dict[str, Any] = {"name": "A folding trailer", "image_url": "https://pictures.test/trailer.jpg"}


def test_wish_is_sent_once_and_its_state_is_followed(account, simulator):
    wish = finding.request_source(account, **WISH, url="https://shop.test/1", price=Decimal("9.90"), remark="blue")
    assert wish.status == "planned"
    jobs.work(until_quiet=True, patience=60)
    wish.refresh_from_db()
    assert (wish.status, wish.problem) == ("sent", "")
    assert wish.external_id != ""

    done(finding.request_check(account))
    wish.refresh_from_db()
    assert wish.status == "sent"
    assert wish.checked_at is not None

    simulator.control("advance", platform="cj", id=wish.external_id, to="completed")
    done(finding.request_check(account))
    wish.refresh_from_db()
    assert wish.status == "found"
    assert wish.found_product_id or wish.found_sku
    assert simulator.look("calls", path="/product/sourcing/create")["found"] == 1


def test_wish_that_the_supplier_could_not_fulfil_is_failed(account, simulator):
    wish = finding.request_source(account, **WISH)
    jobs.work(until_quiet=True, patience=60)
    wish.refresh_from_db()
    simulator.control("advance", platform="cj", id=wish.external_id, to="failed")

    done(finding.request_check(account))

    wish.refresh_from_db()
    assert wish.status == "failed"


def test_wish_whose_answer_was_lost_is_never_sent_again_by_itself(account, simulator):
    simulator.control("faults", platform="cj", path="/product/sourcing/create", when="after", cut=True)
    wish = finding.request_source(account, **WISH)
    jobs.work(until_quiet=True, patience=86_400)
    wish.refresh_from_db()
    job = SyncJob.objects.get(key=f"source:{wish.pk}")
    assert (wish.status, job.state, job.error_kind) == ("unknown", "failed", "OutcomeUnknown")

    jobs.revive(job)
    jobs.work(until_quiet=True, patience=86_400)

    job.refresh_from_db()
    wish.refresh_from_db()
    assert (wish.status, job.state) == ("unknown", "done")
    assert simulator.look("calls", path="/product/sourcing/create")["found"] == 1

    finding.send_again(wish)
    jobs.work(until_quiet=True, patience=60)

    wish.refresh_from_db()
    assert wish.status == "sent"
    assert simulator.look("calls", path="/product/sourcing/create")["found"] == 2


def test_worker_that_dies_while_sending_leaves_the_truth(account, simulator, monkeypatch):
    wish = finding.request_source(account, **WISH)

    class Killed(BaseException):
        pass

    def die(*_args, **_kwargs):
        raise Killed

    monkeypatch.setattr(finding, "supplier_for", die)
    with pytest.raises(Killed):
        finding.send(wish.pk)
    monkeypatch.undo()

    finding.send(wish.pk)

    wish.refresh_from_db()
    assert wish.status == "unknown"
    assert simulator.look("calls", path="/product/sourcing/create")["found"] == 0


def test_wish_that_met_a_limit_is_sent_later(account, simulator):
    simulator.control("faults", platform="cj", path="/product/sourcing/create", code=1600200, times=1)
    wish = finding.request_source(account, **WISH)

    jobs.work(until_quiet=True, patience=86_400)

    wish.refresh_from_db()
    assert wish.status == "sent"


def test_refused_wish_says_why(account, simulator):
    simulator.control(
        "faults", platform="cj", path="/product/sourcing/create", code=1600300, message="No such picture", times=1
    )
    wish = finding.request_source(account, **WISH)

    jobs.work(until_quiet=True, patience=86_400)

    wish.refresh_from_db()
    assert wish.status == "refused"
    assert "No such picture" in wish.problem
    with pytest.raises(Refused):
        finding.send_again(SourcingRequest(pk=finding.request_source(account, **WISH).pk, account=account))


def test_product_fills_in_what_the_wish_does_not_say(product):
    wish = finding.request_source(product.account, product=product)

    assert (wish.name, wish.image_url, wish.product) == (product.name[:200], product.image_url, product)


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("name", {"name": ""}),
        ("name", {"name": "x" * 201}),
        ("image_url", {"image_url": "not an address"}),
        ("image_url", {"image_url": "javascript:alert(1)"}),
        ("url", {"url": "ftp//x"}),
        ("price", {"price": Decimal("-1")}),
        ("price", {"price": Decimal("1e20")}),
        ("remark", {"remark": "x" * 201}),
    ],
)
def test_wish_that_does_not_fit_is_refused_by_name_and_nothing_is_queued(db, field, said):
    with pytest.raises(Refused) as refusal:
        finding.request_source(make_account(), **WISH | said)

    assert refusal.value.field == field
    assert SourcingRequest.objects.count() == SyncJob.objects.count() == 0


def test_nothing_is_asked_for_an_account_that_is_not_connected(db):
    account = make_account(status="disconnected")
    product = make_product(account)
    for request in (
        lambda: finding.request_source(account, **WISH),
        lambda: finding.request_check(account),
        lambda: stock.request_stock(product),
        lambda: stock.request_stock_sync(account),
        lambda: categories.request_categories(account),
        lambda: categories.request_warehouses(account),
        lambda: reviews.request_reviews(product),
        lambda: sourcing.request_refresh(product),
    ):
        with pytest.raises(Refused, match="Connect it first") as refusal:
            request()
        assert refusal.value.field == "account"
    assert SyncJob.objects.count() == SyncRun.objects.count() == 0


def test_gone_variants_are_not_asked_for(product, simulator):
    Variant.objects.filter(product=product).update(is_gone=True)

    job = done(stock.request_stock(product))

    product.refresh_from_db()
    assert job.state == "done"
