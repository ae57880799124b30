"""Selling through the API alone, against the simulator: prepare, see what is missing, publish, keep in line, delete."""

from collections.abc import Iterator
from typing import Any

import pytest

from accounts.models import PlatformAccount
from catalog.models import Image, Product, Variant
from integrations import clock, jobs
from integrations.clock import VirtualClock
from tests.factories_selling import make_sourced
from tests.factories_shopee import LEAF, connect_merchant, picture
from tests.integrations.shopee.selling import calls
from tests.support import Simulator

from .support import error

V1 = "/api/v1/"


@pytest.fixture(autouse=True)
def virtual_time(simulator: Simulator) -> Iterator[VirtualClock]:
    """Let all waiting pass in a moment, the simulator's clock following ours."""
    with clock.use(VirtualClock(start=simulator.look("clock")["now"], header="X-Simulator-Time")) as ours:
        assert isinstance(ours, VirtualClock)
        yield ours


@pytest.fixture
def merchant(simulator: Simulator, virtual_time: VirtualClock, db: None) -> PlatformAccount:
    """Connect a merchant with eight shops."""
    return connect_merchant(simulator)


@pytest.fixture
def product(db: None) -> Product:
    """Make a product whose pictures the simulator shows."""
    made = make_sourced(name="Canvas tote bag 38cm", image_url=picture("0"))
    made.images.all().delete()
    Image.objects.create(product=made, url=picture("1"), position=1)
    Variant.objects.filter(product=made).update(image_url=picture("Red"))
    return made


def work() -> None:
    jobs.work(until_quiet=True, patience=7200)


def good(answer: Any) -> Any:
    assert answer.status_code in (200, 201, 202), answer.content
    return answer.json()


def done(api: Any, answer: Any) -> None:
    """Let the workers do what was queued, and see by the API that it is done."""
    job = good(answer)["job"]
    work()
    told = api.get(f"{V1}jobs/{job}/").json()
    assert (told["state"], told["problem"]) == ("done", "")


def prepared(api: Any, account: PlatformAccount, product: Product) -> str:
    """Bring a product to where nothing is missing, as a program would; return its address."""
    good(api.post(f"{V1}exchange-rates/", {"base": "USD", "quote": account.currency, "rate": "7.2"}))
    done(api, api.post(f"{V1}categories/sync/", {"account": account.pk}))
    (category,) = api.get(f"{V1}categories/", {"platform": account.platform, "external_id": LEAF}).json()["results"]
    done(api, api.post(f"{V1}category-rules/read/", {"account": account.pk, "category": category["id"]}))
    (spec,) = api.get(f"{V1}category-rules/", {"account": account.pk, "category": category["id"]}).json()["results"]
    days = api.get(f"{V1}category-rules/{spec['id']}/").json()["limits"]["days_to_ship"][0][0]
    made = good(api.post(f"{V1}global-listings/", {"product": product.pk, "account": account.pk}))
    address = f"{V1}global-listings/{made['id']}/"
    missing = good(api.post(f"{address}check/"))["findings"]
    assert "category_id" in {finding["field"] for finding in missing}
    good(api.patch(address, {"category": category["id"], "days_to_ship": days}))
    assert [found for found in good(api.post(f"{address}check/"))["findings"] if found["level"] == "error"] == []
    return address


def test_a_product_is_prepared_mended_published_and_read_shop_by_shop(api, simulator, merchant, product):
    address = prepared(api, merchant, product)
    plan = good(api.post(f"{address}plan/"))
    assert (plan["products"], plan["cells"], plan["blocked"]) == (1, 8, [])
    before = calls(simulator)

    done(api, api.post(f"{address}publish/"))

    assert (calls(simulator) - before).total() <= plan["calls"] + 4
    shown = api.get(address).json()
    assert (shown["status"], shown["problem"], shown["error_count"]) == ("live", "", 0)
    assert {(cell["status"], cell["problem"]) for cell in shown["listings"]} == {("live", "")}
    assert all(cell["external_id"] and cell["url"] for cell in shown["listings"])
    assert len(shown["listings"]) == 8
    assert all(variant["external_id"] and variant["sent_price"] for variant in shown["variants"])
    assert api.get(f"{V1}pushes/", {"account": merchant.pk}).json()["total"] == 0


def test_what_is_missing_is_said_before_any_call(api, simulator, merchant, product):
    address = prepared(api, merchant, product)
    good(api.patch(address, {"name": ""}))
    before = calls(simulator)
    refused = error(api.post(f"{address}publish/"), 409)
    assert [problem["field"] for problem in refused["problems"]] == ["name"]
    work()
    assert calls(simulator) == before
    assert api.get(address).json()["status"] == "draft"


def test_what_is_sold_is_kept_in_line_and_taken_down(api, simulator, merchant, product):
    address = prepared(api, merchant, product)
    shops = [shop["id"] for shop in api.get(f"{V1}shops/", {"account": merchant.pk}).json()["results"][:2]]
    done(api, api.post(f"{address}publish/", {"shops": shops}))
    cells = {cell["shop"]: cell for cell in api.get(address).json()["listings"]}
    assert {shop for shop, cell in cells.items() if cell["status"] == "live"} == set(shops)

    Variant.objects.filter(product=product).update(stock_total=7)
    body = {"account": merchant.pk, "what": "stock"}
    assert good(api.post(f"{V1}pushes/", body | {"dry_run": True}))["total"] == 2
    assert len(good(api.post(f"{V1}pushes/", body))["jobs"]) == 1
    work()
    assert api.get(f"{V1}pushes/", body).json()["total"] == 0

    done(api, api.post(f"{V1}differences/sync/", {"account": merchant.pk}))
    assert api.get(f"{V1}differences/", {"account": merchant.pk}).json()["results"] == []

    cell = f"{V1}listings/{cells[shops[0]]['id']}/"
    for action, status in (("unlist", "unlisted"), ("relist", "live")):
        done(api, api.post(f"{cell}{action}/"))
        assert api.get(cell).json()["status"] == status
    done(api, api.delete(cell))
    assert (api.get(cell).json()["status"], api.get(address).json()["status"]) == ("deleted", "live")
    done(api, api.delete(address))
    assert api.get(address).json()["status"] == "deleted"
    done(api, api.post(f"{V1}found-listings/sync/", {"account": merchant.pk}))
    skus = [found["sku"] for found in api.get(f"{V1}found-listings/", {"page_size": 100}).json()["results"]]
    assert product.sku not in skus
