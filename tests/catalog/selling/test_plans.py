"""What publishing would take: what is ready, what is missing, the calls, and when it will be done."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import GlobalListing, Product
from catalog.services.selling import plans
from integrations import clock, governor
from integrations.clock import VirtualClock
from tests.channel_fake import FakeMarket
from tests.factories_selling import make_ready, make_seller, make_shop, make_sourced, make_spec, make_target

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def virtual_time():
    with clock.use(VirtualClock(start=1_800_000_000.0)) as virtual:
        yield virtual


def test_a_plan_says_what_is_ready_what_is_not_and_until_when(market: FakeMarket):
    account = make_seller()
    shops = [make_shop(account, region) for region in ("MY", "SG")]
    good = make_ready(account)
    bad = make_ready(account, name="")
    governor.configure(governor.account_key(account), account=account, rate=2.0)

    plan = plans.plan([good, bad], shops)

    assert (plan.products, plan.cells, plan.ready) == (1, 2, [good])
    ((listing, findings),) = plan.blocked
    assert (listing, [finding.field for finding in findings]) == (bad, ["name"])
    assert (plan.calls, plan.by_limit) == (8, {governor.account_key(account): 8})
    assert plan.limited_by == governor.account_key(account)
    assert 3.5 <= plan.done_at.timestamp() - 1_800_000_000 <= 5
    assert market.calls.total() == 0  # a plan asks nobody


def test_a_shop_that_cannot_take_it_is_left_out_of_the_plan(market: FakeMarket):
    account = make_seller()
    malaysia, paused = make_shop(account, "MY"), make_shop(account, "SG")
    listing = make_ready(account)
    paused.mark_reconnect("Connect it again.")

    plan = plans.plan([listing], [malaysia, paused])

    assert (plan.products, plan.cells, plan.calls) == (1, 1, 6)
    ((left, shop, findings),) = plan.left_out
    assert (left, shop, [finding.rule for finding in findings]) == (listing, paused, ["status"])


def test_a_limit_that_is_used_up_for_good_has_no_end(market: FakeMarket):
    listing = make_ready()
    key = governor.account_key(listing.account)
    governor.configure(key, account=listing.account, rate=2.0, quota=3, quota_seconds=0)

    plan = plans.plan([listing])

    assert (plan.done_at, plan.limited_by, plan.calls) == (None, key, 8)


def test_nothing_ready_takes_nothing(market: FakeMarket):
    listing = make_ready()
    Product.objects.update(status="gone")

    plan = plans.plan([listing])

    assert (plan.products, plan.cells, plan.calls, plan.done_at, len(plan.blocked)) == (0, 0, 0, None, 1)


def test_a_plan_for_many_products_takes_a_fixed_number_of_queries(market: FakeMarket):
    account = make_seller()
    shop, category = make_shop(account), make_target(account)
    make_spec(account, category)
    listings = [make_ready(account, category=category, product=make_sourced()) for _number in range(6)]

    def queries(some: list[GlobalListing]) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert plans.plan(some, [shop]).products == len(some)
        return len(captured)

    assert queries(listings[:2]) == queries(listings)
