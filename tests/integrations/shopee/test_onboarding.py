"""The guide's steps: what is seen by itself, what a person ticks, and what ends when."""

from datetime import timedelta

import pytest

from accounts import leads
from accounts.errors import Refused
from accounts.models import OnboardingTick, PlatformAccount, Shop
from integrations import clock, custodian, expiries, jobs, onboarding
from tests.factories import make_account, make_credential
from tests.support_shopee import by_login, make_app, shared_time

pytestmark = pytest.mark.django_db


@pytest.fixture
def app(simulator, settings):
    settings.SHOPEE_BASE_URL = settings.SHOPEE_AUTH_URL = simulator.url
    with shared_time(simulator):
        yield make_app(simulator)


def open_steps(account) -> list[str]:
    return [step.key for step in onboarding.steps_of(account) if not step.is_done]


def by_themselves(account) -> list[str]:
    return [step.key for step in onboarding.steps_of(account) if step.checked_by_itself]


# --- steps


def test_a_connected_and_upgraded_seller_has_only_the_sandbox_left_to_a_person(simulator, app):
    account = by_login(simulator, app).accounts[0]
    jobs.work()
    account.refresh_from_db()
    steps = onboarding.steps_of(account)
    assert [step.key for step in steps] == [
        "register", "profile", "app", "sandbox", "live", "currency", "rates", "authorize", "merchant", "shops",
        "upgrade", "tokens",
    ]  # fmt: skip
    assert open_steps(account) == ["sandbox"]
    assert all(step.title and step.text for step in steps)


def test_a_seller_who_has_not_upgraded_sees_what_is_missing(simulator, app):
    account = by_login(simulator, app, "qihang").accounts[0]
    assert {"currency", "rates", "upgrade"} <= set(open_steps(account))
    assert "rates" not in by_themselves(account)
    assert {"currency", "upgrade"} <= set(by_themselves(account))


def test_a_shop_that_is_paused_opens_its_step_again(simulator, app):
    account = by_login(simulator, app).accounts[0]
    account.shops.first().mark_reconnect("Not ticked.")
    assert "shops" in open_steps(account)


def test_of_a_lead_everything_that_can_not_be_seen_is_ticked_by_a_person_and_taken_back():
    lead = leads.create("shopee", name="Hansol", seller_center="krsc", by="ann")
    onboarding.tick(lead, "register", "ann")
    step = onboarding.steps_of(lead)[0]
    assert (step.key, step.state, step.done_by, step.checked_by_itself) == ("register", "done", "ann", False)
    assert step.done_at is not None
    onboarding.tick(lead, "register", "bob")
    assert OnboardingTick.objects.get().done_by == "ann"
    onboarding.tick(lead, "register", "bob", done=False)
    assert onboarding.steps_of(lead)[0].state == "open"


def test_what_crossdock_sees_by_itself_takes_no_tick():
    lead = leads.create("shopee", name="Hansol")
    with pytest.raises(Refused, match="looked at by Crossdock itself") as refusal:
        onboarding.tick(lead, "authorize", "ann")
    assert refusal.value.field == "step"
    assert not OnboardingTick.objects.exists()


def test_an_unknown_step_is_refused_with_the_known_ones():
    with pytest.raises(Refused, match="Known: register, profile"):
        onboarding.tick(leads.create("shopee", name="Hansol"), "dance", "ann")


def test_the_seller_center_of_the_links_is_the_sellers_own():
    korean = leads.create("shopee", name="Hansol", seller_center="krsc")
    chinese = leads.create("shopee", name="Lanyue", seller_center="cnsc")
    links = [{step.key: step.url for step in onboarding.steps_of(one)}["upgrade"] for one in (korean, chinese)]
    assert links == [
        "https://seller.shopee.kr/portal/product/mtsku/list",
        "https://seller.shopee.cn/portal/product/mtsku/list",
    ]


def test_a_platform_without_a_guide_has_no_steps():
    assert onboarding.steps_of(make_account()) == []


# --- what ends when


def party(days: float | None, *, refresh_days: float = 30, **columns) -> PlatformAccount:
    now = custodian.now()
    ends = None if days is None else now + timedelta(days=days)
    account = make_account(platform="shopee", authorization_expires_at=ends, **columns)
    make_credential(
        account, access_token="a" * 32, refresh_token="b" * 32, refresh_expires_at=now + timedelta(days=refresh_days)
    )
    return account


@pytest.mark.parametrize(
    ("days", "refresh_days", "level"),
    [(300, 29.9, "ok"), (29.9, 29, "warning"), (30.1, 29, "ok"), (300, 6.9, "warning"), (-1, 29, "error")],
)
def test_a_warning_comes_a_month_before_an_authorization_and_a_week_before_a_refresh_token_ends(
    days, refresh_days, level
):
    party(days, refresh_days=refresh_days)
    [row] = expiries.expiries()
    assert row.level == level
    assert len(expiries.ending()) == (level == "warning")


def test_what_does_not_work_stands_first_and_then_what_ends_first():
    late, soon, paused = party(300), party(3), party(200, status="reconnect", problem="Authorize again.")
    rows = expiries.expiries()
    assert [row.account for row in rows] == [paused, soon, late]
    assert rows[0].next_step == "Authorize again."


def test_with_a_key_to_log_in_the_end_of_a_refresh_token_is_no_end():
    account = make_account()
    make_credential(account, api_key="CJ1@api@x", refresh_token="b" * 32, refresh_expires_at=custodian.now())
    [row] = expiries.expiries()
    assert (row.ends_at, row.level) == (None, "ok")


def test_each_shop_has_its_own_line_and_a_disconnected_account_none():
    account = party(300)
    shop = Shop.objects.create(account=account, external_id="1", name="S", status="reconnect", problem="Not ticked.")
    make_credential(account, shop=shop, refresh_token="c" * 32)
    assert [(row.name, row.level) for row in expiries.expiries()] == [("S", "error"), (account.name, "ok")]
    account.mark_disconnected()
    assert expiries.expiries() == []


def test_a_shop_or_merchant_that_never_had_tokens_and_is_to_be_connected_has_a_line_too():
    account = party(300)
    Shop.objects.create(account=account, external_id="1", name="Unticked", status="reconnect", problem="Tick it.")
    Shop.objects.create(account=account, external_id="2", name="Left", status="disconnected")
    first, second = expiries.expiries()
    assert (first.name, first.level, first.next_step, first.ends_at) == ("Unticked", "error", "Tick it.", None)
    assert second.name == account.name


# --- what is ticked by itself


def test_tokens_that_were_not_renewed_in_time_open_their_step(simulator, app):
    account = by_login(simulator, app, "hansol").accounts[0]
    jobs.work()
    assert "tokens" not in open_steps(account)
    clock.sleep(5 * 3600)  # and no worker runs
    assert "tokens" in open_steps(account)


def test_of_a_lead_the_steps_that_our_app_proves_are_done_by_themselves(simulator, app):
    lead = leads.create("shopee", name="Hansol", by="ann")
    assert {"register", "profile", "app"} <= set(by_themselves(lead)) - set(open_steps(lead))
    assert "live" in open_steps(lead)


def test_a_seller_of_the_sandbox_proves_that_it_was_tried(app):
    lead = leads.create("shopee", name="Hansol", by="ann")
    assert "sandbox" in open_steps(lead)
    assert "sandbox" not in by_themselves(lead)
    now = custodian.now()
    make_account(platform="shopee", external_id="9", sandbox=True, authorized_at=now)
    assert "sandbox" not in open_steps(lead)
    assert "sandbox" in by_themselves(lead)
