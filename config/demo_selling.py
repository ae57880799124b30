"""What a seller does before anything can be sold: allow the app, map categories, answer what they ask.

By the services that console and API call. The simulator's seller clicks "allow" by its control call; the answers are
the first ones that a category takes, which will do for buyers who read no further.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from accounts.models import Platform, PlatformAccount, PlatformApp
from catalog.models import Category, CategorySpec, GlobalListing, Product
from catalog.services.selling import drafts, mappings, preflight, pricerules, rates, specs
from integrations import consents, platform_apps
from integrations.channels import CategoryRules, FieldSpec, Value

from .demo_simulator import control

# How many of each currency a dollar buys, as the simulated markets reckon.
RATES = {"CNY": Decimal("7.2"), "KRW": Decimal(1380)}
DAYS_TO_SHIP = 2  # where a category takes any number
_EXAMPLE = re.compile(r"such as ([A-Z0-9-]{4,})", re.IGNORECASE)
_NUMBERED = re.compile(r"letters, a hyphen and (\d+)", re.IGNORECASE)
_DATES = {"day": "31/12/2030", "month": "01/2026"}


# --- the seller's consent


def connect(simulator: str, world: Mapping[str, Any], login: str) -> PlatformAccount:
    """Connect the first merchant of a main account with all its shops, and set what its prices are made from."""
    main = next(one for one in world["main_accounts"] if one["login"] == login)
    account = allow(simulator, register_app(world), main, main["merchants"][0])
    rates.set_rate("USD", account.currency, RATES[account.currency], "demo")
    pricerules.create_rule(
        by="demo", name=f"Demo: {account.name}", account=account, margin_percent=Decimal(30), fee_percent=Decimal(8)
    )
    return account


def register_app(world: Mapping[str, Any]) -> PlatformApp:
    """Keep the app that the simulated platform knows, as its console shows it."""
    return platform_apps.save(
        Platform.SHOPEE, app_key=str(world["partner_id"]), app_secret=world["partner_key"], name="Demo app"
    )


def allow(
    simulator: str, app: PlatformApp, main_account: Mapping[str, Any], merchant: Mapping[str, Any]
) -> PlatformAccount:
    """Let a main account allow the app to act for one of its merchants with all its shops; return its account."""
    redirect = consents.way_back(app.platform)
    authorization, _link = consents.start(app, requested_by="demo", redirect=redirect)
    given = control(
        simulator,
        "authorize",
        platform="shopee",
        main_account_id=main_account["main_account_id"],
        merchants=[merchant["merchant_id"]],
        shops=[shop["shop_id"] for shop in merchant["shops"] if shop["sip_primary"] is None],
        redirect=redirect,
        state=authorization.state,
    )
    consents.finish(app.platform, consents.query_of(given["location"]), requested_by="demo")
    return PlatformAccount.objects.get(platform=app.platform, external_id=str(merchant["merchant_id"]))


# --- products to sell


def choose(account: PlatformAccount, products: Iterable[Product], most: int) -> list[GlobalListing]:
    """Make products ready for all shops of an account until there are so many in which a check finds no error."""
    chosen: list[GlobalListing] = []
    for product in products:
        if len(chosen) == most:
            break
        if not map_category(account, product):
            continue
        listing = drafts.prepare(product, account, by="demo")
        if not any(finding.is_error for finding in preflight.check_listing(listing)):
            chosen.append(listing)
    return chosen


# --- categories and their answers


def map_category(account: PlatformAccount, product: Product) -> bool:
    """Map a product's category into the account's, as was done before or the platform recommends.

    The answers that the category wants are saved with the mapping, its rules and brands read. Return whether there is a
    mapping; there is none where no category fits.
    """
    source = product.category
    if source is None or account.category_mappings.filter(source=source).exists():
        return source is not None
    target = _target(account, product)
    if target is None:
        return False
    _save(account, source, target[0], specs.rules_of(target[1]))
    return True


def _target(account: PlatformAccount, product: Product) -> tuple[Category, CategorySpec] | None:
    """Return the best category that is open in all markets and asks for nothing that can't be sent."""
    for suggestion in mappings.suggest(account, product, ask=True):
        category = suggestion.category
        spec = specs.spec_of(account, category) or specs.read_spec(account, category)
        rules = specs.rules_of(spec)
        if not rules.size_chart_required and not rules.closed_in:
            return category, spec
    return None


def _save(account: PlatformAccount, source: Category, target: Category, rules: CategoryRules) -> None:
    if rules.brand_required:
        specs.read_brands(account, target)
    brands = specs.find_brands(account, target) if rules.brand_required else []
    markets = [shop.region for shop in account.shops.all()]
    mappings.save(
        account,
        source,
        target,
        brand_id=brands[0].external_id if brands else "",
        brand_name=brands[0].name if brands else "",
        attributes=answers(rules.fields, markets),
        days_to_ship=rules.days_to_ship[0][0] if rules.days_to_ship else DAYS_TO_SHIP,
        by="demo",
    )


def answers(fields: Sequence[FieldSpec], markets: Iterable[str]) -> dict[str, list[Value]]:
    """Return an answer to each field that is required, everywhere or in one of the markets."""
    found: dict[str, list[Value]] = {}
    wanted = set(markets)
    for field in fields:
        if field.required or wanted & set(field.required_in):
            choice = next(iter(sorted(field.choices, key=lambda each: bool(each.opens))), None)
            found[field.external_id] = [
                Value(external_id=choice.external_id, text=choice.label) if choice else written(field)
            ]
            found |= answers(choice.opens, wanted) if choice else {}
    return found


def written(field: FieldSpec) -> Value:
    """Return a text that a field takes: the example that its help gives, or a plain one of its kind."""
    if field.kind == "date":
        return Value(text=_DATES[field.date_format or "day"])
    numbered = _NUMBERED.search(field.help_text)
    example = _EXAMPLE.search(field.help_text)
    text = "Universal"
    if field.kind in ("integer", "decimal"):
        text = "10"
    elif example:
        text = example[1]
    elif numbered:
        text = "DEMO-" + "1" * int(numbered[1])
    return Value(text=text, unit=field.units[0] if field.units else "")
