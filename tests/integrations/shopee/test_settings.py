"""What Shopee says of merchants and shops, what has changed since, and how a shop is sold through."""

import pytest

from accounts.models import PlatformAccount, Shop
from integrations import connections, custodian, gateways, jobs, sellers
from integrations.channels import PlaceData, SellerData, ShopData
from integrations.shopee import settings as shopee_settings
from tests.support_shopee import by_login, fail, make_app, shared_time

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(simulator, settings):
    """The CNSC merchant with eight shops, connected."""
    settings.SHOPEE_BASE_URL = settings.SHOPEE_AUTH_URL = simulator.url
    with shared_time(simulator):
        connected = by_login(simulator, make_app(simulator)).accounts[0]
        jobs.work()
        yield connected


def reread(account) -> None:
    connections.request_settings(account)
    jobs.work()
    account.refresh_from_db()


def test_places_and_dates_are_kept(simulator, account):
    assert account.facts["places"] == [{"id": "CNZ", "name": "深圳仓"}]
    assert account.authorized_at < account.authorization_expires_at
    assert account.settings_read_at is not None


def test_each_shop_has_the_currency_of_its_market(account):
    assert {shop.region: shop.currency for shop in account.shops.all()} == {
        "MY": "MYR", "SG": "SGD", "PH": "PHP", "TH": "THB", "VN": "VND", "TW": "TWD", "BR": "BRL", "MX": "MXN",
    }  # fmt: skip


def test_carriers_are_those_that_products_can_be_given(account):
    shop = account.shops.get(region="MY")
    carriers = gateways.channel_for(account).carriers(shop.external_id)
    assert [(carrier.external_id, carrier.enabled) for carrier in carriers] == [("28016", True), ("28017", False)]


def test_the_carriers_of_a_shop_are_kept_with_it(account):
    assert account.shops.get(region="MY").facts["carriers"] == [
        {"id": "28016", "name": "Standard Delivery", "enabled": True},
        {"id": "28017", "name": "Economy Delivery", "enabled": False},
    ]


def test_carriers_that_can_not_be_read_stay_as_they_were_and_the_shop_is_read(simulator, account):
    shop = account.shops.get(region="MY")
    known = shop.facts["carriers"]
    simulator.control("change", platform="shopee", shop={"shop_id": int(shop.external_id), "status": "FROZEN"})
    fail(simulator, "logistics.get_channel_list", times=8, code="error_param", message="Wrong parameters.")
    reread(account)
    shop.refresh_from_db()
    assert (shop.status, shop.platform_status, shop.facts["carriers"]) == ("connected", "FROZEN", known)
    assert account.is_connected


def test_the_first_reading_is_no_change(account):
    reasons = account.history.exclude(history_change_reason=None).values_list("history_change_reason", flat=True)
    assert not any("→" in reason for reason in reasons)


def test_a_changed_currency_is_kept_in_the_history_with_what_it_was(simulator, account):
    wanted = {"merchant_id": int(account.external_id), "currency": "USD"}
    simulator.control("change", platform="shopee", merchant=wanted)
    reread(account)
    assert account.currency == "USD"
    assert account.history.first().history_change_reason == "currency: CNY → USD"


def test_a_shop_that_lost_its_upgrade_and_was_frozen_shows_both(simulator, account):
    shop = account.shops.get(region="SG")
    wanted = {"shop_id": int(shop.external_id), "upgraded": False, "status": "FROZEN", "holiday": True}
    simulator.control("change", platform="shopee", shop=wanted)
    reread(account)
    shop.refresh_from_db()
    assert (shop.upgraded, shop.platform_status, shop.facts["holiday"]) == (False, "FROZEN", True)
    assert shop.history.first().history_change_reason == "upgraded: yes → no; their status: NORMAL → FROZEN"
    route, reason = sellers.selling_route(shop)
    assert route == ""
    assert "the shop's upgrade to Global SKU is not complete" in reason


def test_reading_the_same_again_writes_no_history(account):
    counts = account.history.count(), sum(shop.history.count() for shop in account.shops.all())
    reread(account)
    assert (account.history.count(), sum(shop.history.count() for shop in account.shops.all())) == counts


def test_one_shop_that_can_not_be_read_leaves_the_others_read(simulator, account):
    Shop.objects.filter(account=account).update(platform_status="")
    fail(simulator, "shop.get_shop_info", code="error_auth", message="Invalid partner_id or shopid.")
    reread(account)
    states = sorted(account.shops.values_list("status", flat=True))
    assert states == ["connected"] * 7 + ["reconnect"]
    assert account.is_connected
    assert account.shops.filter(platform_status="NORMAL").count() == 7


def test_an_account_that_has_ended_meanwhile_is_no_error():
    connections.refresh_settings(4711)
    assert not PlatformAccount.objects.exists()


# --- the decision of shopee.md, without calls


def shop_of(region: str, *, upgraded: bool, shop_upgraded: bool = True, merchant: str = "7") -> Shop:
    center = {"CN": "cnsc", "HK": "cnsc", "KR": "krsc"}.get(region, "")
    account = PlatformAccount.objects.create(
        platform="shopee", name="M", external_id="7", region=region, seller_center=center, upgraded=upgraded
    )
    facts = {"merchant_id": merchant}
    return Shop.objects.create(account=account, external_id="1", name="S", upgraded=shop_upgraded, facts=facts)


@pytest.mark.parametrize("region", ["CN", "HK", "KR"])
def test_upgraded_under_a_merchant_of_china_or_korea_is_sold_by_global_products(region):
    route, reason = sellers.selling_route(shop_of(region, upgraded=True))
    assert route == "global"
    assert ("Korean" if region == "KR" else "China") in reason


@pytest.mark.parametrize("shop_upgraded", [True, False])
def test_not_upgraded_is_sold_by_the_shops_own_products(shop_upgraded):
    assert sellers.selling_route(shop_of("CN", upgraded=False, shop_upgraded=shop_upgraded))[0] == "shop"


def test_a_shop_that_is_left_behind_by_its_merchants_upgrade_is_not_sold_through_yet():
    assert sellers.selling_route(shop_of("CN", upgraded=True, shop_upgraded=False))[0] == ""


def test_a_merchant_elsewhere_is_never_sold_by_global_products():
    assert sellers.selling_route(shop_of("SG", upgraded=True))[0] == "shop"


def test_a_copied_shop_is_not_sold_through_from_here():
    shop = shop_of("KR", upgraded=True)
    shop.facts["is_affiliate"] = True
    route, reason = sellers.selling_route(shop)
    assert route == ""
    assert "SIP" in reason


def test_a_shop_follows_its_merchant(db):
    shop = shop_of("CN", upgraded=True)
    other = PlatformAccount.objects.create(platform="shopee", name="Other", external_id="8", region="HK")
    sellers.learn_shop(shop, ShopData(external_id="1", name="S", account_id="7"))
    changes = sellers.learn_shop(shop, ShopData(external_id="1", name="S", account_id="8"))
    shop.refresh_from_db()
    assert shop.account == other
    assert changes == ["account: Other"]
    assert shop.history.first().history_change_reason == "moved from M"
    assert PlatformAccount.objects.filter(external_id="7").exists()  # a merchant stays, whatever leaves it


def test_an_account_name_of_ones_own_is_kept():
    account = PlatformAccount.objects.create(platform="shopee", name="Ours", external_id="7")
    sellers.learn_account(account, SellerData(external_id="7", name="Theirs"))
    assert account.name == "Ours"


def test_dates_that_are_not_said_leave_those_that_are_known(db):
    shop, now = shop_of("CN", upgraded=True), custodian.now()
    account = shop.account
    for row in (account, shop):
        row.authorized_at = row.authorization_expires_at = now
        row.save()
    sellers.learn_account(account, SellerData(external_id="7", name="M", region="CN"))
    sellers.learn_shop(shop, ShopData(external_id="1", name="S", account_id="7"))
    for row in (account, shop):
        row.refresh_from_db()
        assert (row.authorized_at, row.authorization_expires_at) == (now, now)


def test_warehouses_that_came_and_went_are_told_in_the_history(db):
    account = PlatformAccount.objects.create(platform="shopee", name="M", external_id="7", region="CN")

    def read(*places: str) -> list[str]:
        found = tuple(PlaceData(external_id=place) for place in places)
        return sellers.learn_account(account, SellerData(external_id="7", region="CN", places=found))

    assert read("CNZ", "CNA") == []
    assert read("CNA", "CNZ") == []
    assert read("CNZ", "HKZ") == ["warehouses: CNA, CNZ → CNZ, HKZ"]
    assert account.history.first().history_change_reason == "warehouses: CNA, CNZ → CNZ, HKZ"


def test_a_merchant_elsewhere_has_no_global_products_and_that_is_the_reason():
    route, reason = sellers.selling_route(shop_of("SG", upgraded=True))
    assert (route, "(SG)" in reason, "no global products" in reason) == ("shop", True, True)


def test_a_shop_that_was_never_read_is_not_sold_through_yet():
    shop = shop_of("CN", upgraded=True)
    shop.facts = {}
    route, reason = sellers.selling_route(shop)
    assert route == ""
    assert "has not been read" in reason


def test_a_shop_whose_merchant_was_never_read_is_not_sold_through_yet():
    account = PlatformAccount.objects.create(platform="shopee", name="M", external_id="7")
    shop = Shop.objects.create(account=account, external_id="1", name="S", facts={"merchant_id": "7"})
    assert sellers.selling_route(shop)[0] == ""


@pytest.mark.parametrize(
    ("said", "upgraded"),
    [
        ({"is_upgraded_cbsc": True}, True),
        ({"is_upgraded_cbsc": False}, False),
        ({}, False),
        ({"mtsku_upgraded_status": "UPGRADED"}, True),
        ({"mtsku_upgraded_status": "NOT_UPGRADED"}, False),
        ({"is_upgraded_cbsc": True, "mtsku_upgraded_status": "UPGRADED"}, True),
        ({"is_upgraded_cbsc": True, "mtsku_upgraded_status": "UPGRADING"}, False),
        ({"is_upgraded_cbsc": False, "mtsku_upgraded_status": "UPGRADED"}, False),
    ],
)
def test_a_shop_is_upgraded_where_all_that_shopee_says_of_it_agrees(said, upgraded):
    assert shopee_settings._is_upgraded(said, "7", lambda: "KR") is upgraded
