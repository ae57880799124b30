"""Shopee's sellers of the simulator, connected as a seller would, and drafts of products for them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings as django_settings

from accounts.models import Credential, Platform, PlatformAccount, PlatformApp, Shop
from accounts.secrets import Secret
from integrations import clock
from integrations.channels import DraftVariant, ListingDraft, ShopDraft, Value
from integrations.shopee import access, settings
from tests.support import Simulator

LEAF = "100207"  # sports bags: asks for no attribute and no brand


def make_shopee_app(simulator: Simulator) -> PlatformApp:
    """Register the simulator's app with us."""
    world = simulator.look("world")["shopee"]
    app, _made = PlatformApp.objects.get_or_create(
        platform=Platform.SHOPEE,
        app_key=str(world["partner_id"]),
        defaults={"name": "Simulated app", "app_secret": Secret(world["partner_key"])},
    )
    return app


def connect_merchant(simulator: Simulator, *, which: int = 0, **columns: Any) -> PlatformAccount:
    """Connect the merchant that comes at this place in the simulator's world, with all its shops, tokens of their own.

    0 is CNSC with eight shops.
    """
    app = make_shopee_app(simulator)
    mains = simulator.look("world")["shopee"]["main_accounts"]
    main, merchant = [(main, merchant) for main in mains for merchant in main["merchants"]][which]
    pair = _consent(simulator, app, main_account_id=main["main_account_id"])
    region = merchant["region"]
    account = PlatformAccount.objects.create(
        platform=Platform.SHOPEE,
        app=app,
        external_id=str(merchant["merchant_id"]),
        **{
            "name": merchant["name"],
            "region": region,
            "currency": merchant["currency"],
            "seller_center": settings.SELLER_CENTERS.get(region, ""),
            "upgraded": merchant["upgraded"],
            "authorized_by": str(main["main_account_id"]),
        }
        | columns,
    )
    _keep(app, pair, account, None, merchant_id=merchant["merchant_id"])
    for said in merchant["shops"]:
        if said["sip_primary"] is None:
            _keep(app, pair, account, _shop(account, said), shop_id=said["shop_id"])
    return account


def connect_shop(simulator: Simulator, *, which: int = 0, **columns: Any) -> PlatformAccount:
    """Connect one of the simulator's shops that stand alone."""
    app = make_shopee_app(simulator)
    said = simulator.look("world")["shopee"]["shops"][which]
    pair = _consent(simulator, app, shop_id=said["shop_id"])
    account = PlatformAccount.objects.create(
        platform=Platform.SHOPEE,
        app=app,
        external_id=f"shop-{said['shop_id']}",
        **{"name": said["name"], "is_shop": True, "region": said["region"], "currency": said["currency"]} | columns,
    )
    _keep(app, pair, account, _shop(account, said), shop_id=said["shop_id"])
    return account


def make_draft(account: PlatformAccount, **said: Any) -> ListingDraft:
    """Return a product in two colors and two sizes, good for every shop of the account."""
    is_global = account.upgraded
    prices = {"CNY": "60", "KRW": "12000", "USD": "9"}
    price = Decimal(prices.get(account.currency, "30"))
    variants = tuple(
        DraftVariant(
            sku=f"CJTOTE-{color[:1]}{size}".upper(),
            options=(color, size),
            price=price,
            stock={"": 20},
            image_url=picture(color),
            weight_g=Decimal(350),
        )
        for color in ("Red", "Blue")
        for size in ("S", "M")
    )
    shops = tuple(
        ShopDraft(shop_id=shop.external_id, region=shop.region, currency=shop.currency)
        for shop in account.shops.order_by("pk")
    )
    defaults: dict[str, Any] = {
        "reference": "CJTOTE",
        "is_global": is_global,
        "name": "Canvas tote bag 38cm",
        "description": "A canvas tote bag, 38 x 42 cm, with reinforced handles. It folds flat and is light to carry.",
        "category_id": LEAF,
        "attributes": {},
        "image_urls": (picture("0"), picture("1")),
        "days_to_ship": 2,
        "weight_g": Decimal(350),
        "length_mm": Decimal(300),
        "width_mm": Decimal(250),
        "height_mm": Decimal(40),
        "currency": account.currency,
        "axes": ("Color", "Size"),
        "variants": variants,
        "shops": shops,
    }
    return ListingDraft(**defaults | said)


def picture(which: str) -> str:
    """Return the address of a picture that the simulator's CJ shows."""
    return f"{django_settings.CJ_BASE_URL}/img/CJTOTE-{which}.jpg"


def chosen(*external_ids: str) -> tuple[Value, ...]:
    """Return an answer of values by their ids."""
    return tuple(Value(external_id=each) for each in external_ids)


def _consent(simulator: Simulator, app: PlatformApp, **who: int) -> dict[str, Any]:
    given = simulator.control("authorize", platform="shopee", **who)
    return access.public_client_for(app).public.get_access_token(Secret(given["code"]), **who)


def _shop(account: PlatformAccount, said: dict[str, Any]) -> Shop:
    return Shop.objects.create(
        account=account,
        external_id=str(said["shop_id"]),
        name=said["name"],
        region=said["region"],
        currency=said["currency"],
        upgraded=said["upgraded"],
        facts={"merchant_id": "" if account.is_shop else account.external_id},
    )


def _keep(app: PlatformApp, pair: dict[str, Any], account: PlatformAccount, shop: Shop | None, **who: int) -> None:
    """Store a pair of the subject's own: the first one is shared, a refresh separates it."""
    own = access.public_client_for(app).public.refresh_access_token(Secret(pair["refresh_token"]), **who)
    now = datetime.fromtimestamp(clock.now(), UTC)
    Credential.objects.create(
        account=account,
        shop=shop,
        access_token=Secret(own["access_token"]),
        refresh_token=Secret(own["refresh_token"]),
        access_expires_at=now + timedelta(seconds=int(own["expire_in"])),
        refresh_expires_at=now + timedelta(days=30),
        obtained_at=now,
        generation=1,
    )
