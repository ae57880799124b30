"""From what a supplier asks to what a buyer pays: cost + freight, so that fee and margin are left; then rounded.

Amounts are Decimal, with their currency beside them; fee and margin are percent of the selling price.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Protocol

from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import PlatformAccount, Shop
from catalog.models import GlobalListing, GlobalVariant, ListingVariant, PriceRule, SupplierOffer

from . import rates
from .rates import Rates

WHOLE = frozenset({"KRW", "JPY", "VND", "IDR", "TWD", "PHP", "THB", "CLP", "COP"})  # sold in whole units there
CENT = Decimal("0.01")


class Terms(Protocol):
    """What a price rule says (models.PriceRule)."""

    margin_percent: Decimal
    fee_percent: Decimal
    freight: Decimal | None  # in the supplier's currency
    minimum: Decimal | None  # in the selling currency
    ending: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoning:
    """How a price came about. `cost` and `freight` in the supplier's currency, all others in `currency`."""

    cost: Decimal
    freight: Decimal
    cost_currency: str
    rate: Decimal
    fee: Decimal
    margin: Decimal  # what is left of the price, which is at least the rule's percentage
    price: Decimal
    currency: str
    rule: str = ""  # the rule's name


# --- pure


def unit(currency: str) -> Decimal:
    """Return the smallest amount in which prices are set in a currency."""
    return Decimal(1) if currency in WHOLE else CENT


def price(
    cost: Decimal,
    freight: Decimal,
    fee_percent: Decimal,
    margin_percent: Decimal,
    currency: str,
    *,
    ending: Decimal | None = None,
    minimum: Decimal | None = None,
) -> Decimal:
    """Return the price of something that costs `cost` and `freight`, all in `currency`.

    After fee and margin, both percent of the price, at least cost and freight are left; at least `minimum`; rounded up
    to the ending, or to the currency's unit. Raise Refused where fee and margin together leave nothing.
    """
    left = 1 - (fee_percent + margin_percent) / 100
    if left <= 0:
        words = _("Fee and margin together are %(sum)s %%: they must be less than 100 %%.")
        raise Refused(words % {"sum": fee_percent + margin_percent}, field="margin_percent")
    return round_up(max((cost + freight) / left, minimum or Decimal(0)), currency, ending)


def round_up(amount: Decimal, currency: str, ending: Decimal | None = None) -> Decimal:
    """Return the lowest price from `amount` on that can be set in the currency and ends as wanted.

    An ending below 1 is that of the cents (0.90), below 10 that of the last whole figure (9.90), else of two (99.00).
    """
    smallest = unit(currency)
    if ending is None or (ending < 1 and smallest == 1):
        return _up(amount, smallest) * smallest
    step = Decimal(1) if ending < 1 else Decimal(10) if ending < 10 else Decimal(100)
    tail = (ending / smallest).to_integral_value(ROUND_FLOOR) * smallest
    rounded = _up(amount - tail, step) * step + tail
    return rounded if rounded > 0 else rounded + step


def _up(amount: Decimal, step: Decimal) -> Decimal:
    return (amount / step).to_integral_value(ROUND_CEILING)


def reckon(cost: Decimal, terms: Terms, rate: Decimal, currency: str, *, cost_currency: str = "USD") -> Reckoning:
    """Return what something is sold for that costs so much, and how that comes about."""
    freight = terms.freight or Decimal(0)
    asked = price(
        cost * rate,
        freight * rate,
        terms.fee_percent,
        terms.margin_percent,
        currency,
        ending=terms.ending,
        minimum=terms.minimum,
    )
    fee = asked * terms.fee_percent / 100
    return Reckoning(
        cost=cost,
        freight=freight,
        cost_currency=cost_currency,
        rate=rate,
        fee=fee.quantize(CENT),
        margin=(asked - fee - (cost + freight) * rate).quantize(CENT),
        price=asked,
        currency=currency,
        rule=getattr(terms, "name", ""),
    )


# --- by the rules


class Rules:
    """The price rules and rates as they are now, read once for many prices."""

    def __init__(self) -> None:
        self.rates: Rates = rates.table()
        self._of_shop: dict[int, PriceRule] = {}
        self._of_account: dict[int | None, PriceRule] = {}
        for rule in PriceRule.objects.order_by("-pk"):  # of several for all, the oldest
            if rule.shop_id:
                self._of_shop[rule.shop_id] = rule
            else:
                self._of_account[rule.account_id] = rule

    def rule_for(self, account: PlatformAccount, shop: Shop | None = None) -> PriceRule:
        """Return the most particular rule: the shop's, the account's, that for all, or the plain one (30 % margin)."""
        found = self._of_shop.get(shop.pk) if shop else None
        found = found or self._of_account.get(account.pk) or self._of_account.get(None)
        return found or PriceRule(name=_("Plain rule"), margin_percent=Decimal(30), fee_percent=Decimal(0))

    def price_for(self, variant: GlobalVariant) -> Reckoning | None:
        """Return what a variant is sold for in its account's currency; None without a cost, a currency or a rate."""
        account = variant.global_listing.account
        return self._reckon(variant, self.rule_for(account), currency_of(account))

    def price_in(self, variant: GlobalVariant, shop: Shop) -> Reckoning | None:
        """Return what a variant is sold for in a shop that has its own prices; None as for `price_for`."""
        return self._reckon(variant, self.rule_for(variant.global_listing.account, shop), shop.currency)

    def _reckon(self, variant: GlobalVariant, rule: PriceRule, currency: str) -> Reckoning | None:
        cost = cost_of(variant)
        rate = self.rates.rate(cost[1], currency) if cost and currency else None
        if cost is None or rate is None:
            return None
        return reckon(cost[0], rule, rate, currency, cost_currency=cost[1])


def cost_of(variant: GlobalVariant) -> tuple[Decimal, str] | None:
    """Return what the supplier asks now, of a range the upper end, with its currency; None where it says nothing."""
    account_id = variant.variant.product.account_id
    offers: Iterable[SupplierOffer] = variant.variant.offers.all()  # all: those of a prefetch cost no query
    asked = [
        (max(offer.price, offer.price_high or offer.price), offer.currency)
        for offer in offers
        if offer.account_id == account_id and offer.price is not None
    ]
    return asked[0] if asked else None


def currency_of(account: PlatformAccount) -> str:
    """Return the currency in which an account's prices are set; empty where the platform has none yet."""
    if account.currency:
        return account.currency
    shops = [] if sells_globally(account) else list(account.shops.all())
    return shops[0].currency if len(shops) == 1 else ""


def sells_globally(account: PlatformAccount) -> bool:
    """Tell whether the account's shops get their listings from global products."""
    return account.upgraded and not account.is_shop


def follows(shop: Shop) -> bool:
    """Tell whether a shop's prices come from the global price, as far as its switch says; asks no platform."""
    if not sells_globally(shop.account):
        return False
    switches = getattr(shop, "field_sync", None)
    return switches is None or switches.price


def price_for(global_variant: GlobalVariant) -> Reckoning | None:
    """Return what a variant is sold for in its account's currency, and how that comes about."""
    return Rules().price_for(global_variant)


def apply(global_listing: GlobalListing, rules: Rules | None = None) -> int:
    """Set the prices that no person has set, of the account and of those shops that have their own; return how many.

    A shop that follows the global price has none of its own, unless a person has set it. Where no price can be
    reckoned the old one stays.
    """
    rules, changed = rules or Rules(), list[GlobalVariant]()
    for variant in _variants(global_listing):
        reckoned = None if variant.is_price_fixed else rules.price_for(variant)
        if reckoned and reckoned.price != variant.price:
            variant.price = reckoned.price
            changed.append(variant)
    GlobalVariant.objects.bulk_update(changed, ["price"])
    return len(changed) + _apply_in_shops(global_listing, rules)


def _variants(global_listing: GlobalListing) -> list[GlobalVariant]:
    found = list(
        global_listing.variants.filter(is_wanted=True)
        .select_related("variant__product")
        .prefetch_related("variant__offers")
    )
    for variant in found:
        variant.global_listing = global_listing
    return found


def _apply_in_shops(global_listing: GlobalListing, rules: Rules) -> int:
    new, changed = list[ListingVariant](), list[ListingVariant]()
    variants = _variants(global_listing)
    for listing in global_listing.listings.select_related("shop__account", "shop__field_sync"):
        own = {row.global_variant_id: row for row in listing.variants.all()}
        for variant in variants:
            row = own.get(variant.pk) or ListingVariant(listing=listing, global_variant=variant)
            if row.is_price_fixed:
                continue
            reckoned = None if follows(listing.shop) else rules.price_in(variant, listing.shop)
            if reckoned is None and not follows(listing.shop):
                continue
            wanted = reckoned.price if reckoned else None
            if wanted != row.price:
                row.price = wanted
                (changed if row.pk else new).append(row)
    ListingVariant.objects.bulk_create(new)
    ListingVariant.objects.bulk_update(changed, ["price"])
    return len(new) + len(changed)
