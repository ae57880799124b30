"""What sellers have at Shopee when a world begins: items to adopt, some with CJ's SKUs, some in disorder."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from integrations.simulator import cj_generate
from integrations.simulator.cj_catalogue import Catalogue, Variant
from integrations.simulator.shopee_catalog import Catalog, GlobalItem, Image, Item, Model, Option, ShopItem, Tier
from integrations.simulator.shopee_categories import recommended
from integrations.simulator.shopee_parties import Merchant, Shop
from integrations.simulator.shopee_publishing import make_shop_item, rounded, settle
from integrations.simulator.shopee_seeds import NO_BRAND, categories, markets, per_usd
from integrations.simulator.shopee_world import ShopeeWorld
from integrations.simulator.world import World

DAY = 86_400
MARKUP = Decimal("2.5")
DESCRIPTION = "A thing for every day, carefully checked before it is packed."


@dataclass(frozen=True, slots=True)
class _Start:
    """One item of the beginning: CJ's product by number, or a name and SKU of the seller's own; where it is sold."""

    regions: tuple[str, ...]
    cj: int | None = None
    name: str = ""
    sku: str = ""
    variants: bool = False


STARTS = (
    _Start(("MY", "SG"), cj=1, variants=True),
    _Start(("MY", "TH", "PH"), cj=2, variants=True),
    _Start(("SG",), cj=3),
    _Start(("MY", "TW"), name="Canvas tote bag 38cm", sku="LY-TOTE-01"),
    _Start(("SG",), name="Canvas tote bag with zipper", sku="LY-TOTE-01"),
    _Start(("VN",), name="Stainless steel lunch box"),
)
SHOP_STARTS = (
    _Start((), cj=4, variants=True),
    _Start((), cj=5),
    _Start((), name="Ceramic mug 350ml", sku="HOME-MUG-1"),
    _Start((), name="Bamboo storage box"),
)


def ready(world: World) -> Catalog:
    """Return the catalogue with all that was due until now done."""
    shopee = world.shopee
    catalog: Catalog = shopee.catalog
    if not catalog.populated:
        _populate(catalog, shopee)
    settle(world)
    shopee.trade.settle(world.clock.now())
    return catalog


def _populate(catalog: Catalog, shopee: ShopeeWorld) -> None:
    catalog.populated = True
    seller = next(one for one in shopee.merchants.values() if one.region == "CN" and one.is_upgraded_cbsc)
    for number, start in enumerate(STARTS):
        since = cj_generate.EPOCH - (30 - number) * DAY
        item = _global_item(catalog, shopee, seller, start, since)
        for shop_id in seller.shop_ids:
            if shopee.shops[shop_id].region in start.regions:
                make_shop_item(shopee, item, shopee.shops[shop_id], {}, now=since + 3600)
    for shop in shopee.plain_shops():
        for number, start in enumerate(SHOP_STARTS):
            _shop_item(catalog, shopee, shop, start, cj_generate.EPOCH - (20 - number) * DAY)


def _global_item(catalog: Catalog, shopee: ShopeeWorld, merchant: Merchant, start: _Start, since: int) -> GlobalItem:
    rate = per_usd(merchant.currency) * MARKUP
    name, sku, variants = _goods(catalog.seed, start)
    tiers, models = _variants(start, variants, rate, merchant.location_ids[0], sku)
    for model in models:
        model.model_id = next(catalog.model_ids)
        model.price = model.price.quantize(Decimal("0.01"))
    item = GlobalItem(
        item_id=next(catalog.item_ids),
        owner_id=merchant.merchant_id,
        **_facts(catalog, shopee, name, since),
        sku=sku,
        tiers=tiers,
        models=models,
    )
    catalog.add_global(item)
    return item


def _shop_item(catalog: Catalog, shopee: ShopeeWorld, shop: Shop, start: _Start, since: int) -> Item:
    market = markets()[shop.region]
    name, sku, variants = _goods(catalog.seed, start)
    tiers, models = _variants(start, variants, market.per_usd * MARKUP, f"{shop.region}Z", sku)
    for model in models:
        model.model_id = next(catalog.shop_model_ids)
        model.price = rounded(market, model.price)
    item = ShopItem(
        item_id=next(catalog.shop_item_ids),
        owner_id=shop.shop_id,
        region=shop.region,
        **_facts(catalog, shopee, name, since),
        sku=sku,
        tiers=tiers,
        models=models,
        channels=[one.channel_id for one in shop.channels if one.enabled and not one.mask_channel_id],
    )
    catalog.add_item(item)
    return item


def _goods(seed: int, start: _Start) -> tuple[str, str, list[Variant]]:
    """Return name, SKU and the variants at CJ of an item."""
    if start.cj is None:
        return start.name, start.sku, []
    product = cj_generate.product(seed, start.cj)
    variants = Catalogue.variants(product)
    return product.name, product.sku if start.variants else variants[0].sku, variants


def _variants(
    start: _Start, variants: list[Variant], rate: Decimal, place: str, sku: str
) -> tuple[list[Tier], list[Model]]:
    if not start.variants or len(variants) < 2:
        price = Decimal(variants[0].price) / 100 if variants else Decimal("5.90")
        return [], [Model(0, sku, (), price * rate, {place: 60})]
    tier = Tier("Style", [Option(variant.key[:30]) for variant in variants])
    models = [
        Model(0, variant.sku, (number,), Decimal(variant.price) / 100 * rate, {place: 20 + 5 * number})
        for number, variant in enumerate(variants)
    ]
    return [tier], models


def _facts(catalog: Catalog, shopee: ShopeeWorld, name: str, since: int) -> dict[str, Any]:
    """Return what else an item has."""
    image_ids = []
    for _ in range(2):
        image_id = f"cn-11134207-start-{next(catalog.image_numbers):06d}"
        shopee.images[image_id] = Image(image_id, 800, 800)
        image_ids.append(image_id)
    fallback = next(one.id for one in categories().values() if one.name == "Storage Boxes & Bins")
    return {
        "category_id": next(iter(recommended(name, set())), fallback),
        "name": name,
        "description": DESCRIPTION,
        "image_ids": image_ids,
        "weight": Decimal("0.35"),
        "dimension": {"package_length": 30, "package_width": 25, "package_height": 4},
        "days_to_ship": 2,
        "condition": "NEW",
        "brand_id": 0,
        "brand_name": NO_BRAND,
        "attributes": [],
        "created_at": since,
        "updated_at": since + 60,
    }
