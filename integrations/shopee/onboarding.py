"""The way of a seller into Shopee's Open Platform, as its guides for CNSC and KRSC have it: data, read by a person."""

from django.utils.translation import gettext_lazy as _

from accounts.models import PlatformAccount
from integrations.onboarding import Guided

from .portals import portal_of

CONSOLE_APPS = "https://open.shopee.com/myconsole/management/app"
TEST_ACCOUNTS = "https://open.shopee.com/myconsole/tools/test-account"
CHINA, KOREA = "https://seller.shopee.cn", "https://seller.shopee.kr"
SANDBOX = "https://seller.test-stable.shopee.cn"
SETTINGS, GLOBAL_SKU = "/portal/merchant/setting/basic", "/portal/product/mtsku/list"


def guide_for(account: PlatformAccount) -> list[Guided]:
    """Return the steps for a seller; a shop under no merchant has fewer, and the sandbox its own seller center."""
    steps = [
        Guided(
            key="register",
            title=_("Register as a developer"),
            text=_("Sign up at the Open Platform with an email address, confirm it and set a password."),
            url="https://open.shopee.com/",
            check="app",
        ),
        Guided(
            key="profile",
            title=_("Complete the developer profile"),
            text=_("Console > App List: choose the developer type, fill in the profile. Shopee reviews it."),
            url=CONSOLE_APPS,
            check="app",
        ),
        Guided(
            key="app",
            title=_("Create an app"),
            text=_(
                "Console > App List > Create App. Its type must include product and global product; the type "
                "“Original” can't be used. Declare the domain of PUBLIC_URL as its redirect URL domain."
            ),
            url=CONSOLE_APPS,
            check="app",
        ),
        Guided(
            key="sandbox",
            title=_("Try it in the sandbox"),
            text=_(
                "Create a China merchant under Test Account and log in to its seller center; the one-time password is "
                "123456. Korean sellers test with a China merchant too; only CNY is offered there."
            ),
            url=TEST_ACCOUNTS,
            check="sandbox",
        ),
        Guided(
            key="live",
            title=_("Go live"),
            text=_("Select the app, press “Go live” and send the form. It is online after about 24 hours."),
            url=CONSOLE_APPS,
            check="live",
        ),
    ]
    if not account.is_shop:
        steps += _of_merchant(account)
    steps.append(
        Guided(
            key="authorize",
            title=_("Authorize the app"),
            text=_(
                "Log in with the main account (its login looks like name:main; “Switch to Sub Account” leads to its "
                "form). A sub-account can't authorize. One authorization lasts for 365 days at most."
            ),
            check="authorized",
        )
    )
    if not account.is_shop:
        steps += [
            Guided(
                key="merchant",
                title=_("Tick “Auth Merchant”"),
                text=_("Without it no global product can be made and nothing published. Authorize again to add it."),
                check="merchant",
            ),
            Guided(
                key="shops",
                title=_("Tick every shop"),
                text=_("Nothing can be published to a shop that is not ticked. Authorize again to add it."),
                check="shops",
            ),
            Guided(
                key="upgrade",
                title=_("Upgrade to Global SKU"),
                text=_(
                    "Open Global SKU in the seller center, finish its settings and press “Start to upgrade to Global "
                    "SKU” for all shops; then authorize again with the main account."
                ),
                url=_seller_center(account) + GLOBAL_SKU,
                check="upgraded",
            ),
        ]
    steps.append(
        Guided(
            key="tokens",
            title=_("Tokens are renewed"),
            text=_("Crossdock renews the tokens of the merchant and of each shop by itself while a worker runs."),
            check="tokens",
        )
    )
    return steps


def _of_merchant(account: PlatformAccount) -> list[Guided]:
    center = _seller_center(account)
    return [
        Guided(
            key="currency",
            title=_("Set the currency"),
            text=_(
                "In the seller center, after the first login. China: CNY or USD, Hong Kong: USD, Korea: KRW or USD."
            ),
            url=center + SETTINGS,
            check="currency",
        ),
        Guided(
            key="rates",
            title=_("Set the market exchange rates"),
            text=_("Each market's rate is needed before global products work; the page says which range is allowed."),
            url=center + SETTINGS,
            check="rates",
        ),
    ]


def _seller_center(account: PlatformAccount) -> str:
    if account.sandbox or (account.app is not None and portal_of(account.app).sandbox):
        return SANDBOX
    return KOREA if account.seller_center == PlatformAccount.SellerCenter.KRSC else CHINA
