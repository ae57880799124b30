"""What an order leaves: its price less the marketplace's fee, goods and freight. All in USD; pure but for `Money`."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _

from catalog.models import Variant
from catalog.services.selling import pricing
from catalog.services.selling.pricing import CENT
from orders.machines import PurchaseStatus
from orders.models import Order, OrderLine, PurchaseOrder

from . import choosing

USD = "USD"
IOSS_LIMIT_EUR = Decimal(150)  # the law's own: dearer consignments are declared without it
EU = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class Margin:
    """What is left. None: something that it hangs on is not known; `reasons` say what."""

    revenue: Decimal | None = None
    cost: Decimal | None = None
    margin: Decimal | None = None
    reasons: list[str] = field(default_factory=list)

    @property
    def is_loss(self) -> bool:
        return self.margin is not None and self.margin < 0


@dataclass(frozen=True, slots=True)
class Customs:
    """Under which tax number and at which value a parcel is declared."""

    value: Decimal | None = None
    ioss_kind: int | None = None
    ioss_number: str = ""
    reasons: list[str] = field(default_factory=list)


class Money:
    """Price rules and exchange rates as they are now, read once for many orders."""

    def __init__(self) -> None:
        self._rules = pricing.Rules()

    def in_usd(self, amount: Decimal | None, currency: str) -> Decimal | None:
        """Return an amount in USD; None where it, or the rate, is not known."""
        rate = self._rules.rates.rate(currency, USD)
        return None if amount is None or rate is None else cents(amount * rate)

    def in_eur(self, usd: Decimal) -> Decimal | None:
        """Return dollars in euros; None without a rate."""
        rate = self._rules.rates.rate(USD, "EUR")
        return None if rate is None else usd * rate

    def knows(self, currency: str) -> bool:
        """Tell whether there is a rate into USD."""
        return self._rules.rates.rate(currency, USD) is not None

    def fee_percent(self, order: Order) -> Decimal:
        """Return what the marketplace keeps of the price, as the price rule of the shop says."""
        return self._rules.rule_for(order.shop.account, order.shop).fee_percent

    def cost_of(self, variant: Variant) -> Decimal | None:
        """Return what the supplier asks for one piece, of a range the upper end; None: not known. No query."""
        for offer in variant.offers.all():
            if offer.account_id == variant.product.account_id and offer.price is not None:
                return self.in_usd(max(offer.price, offer.price_high or offer.price), offer.currency)
        return None


def reckon(order: Order, purchases: Iterable[PurchaseOrder], money: Money) -> Margin:
    """Return what an order leaves after these purchases; a bill that is known counts before what was planned."""
    reasons = list[str]()
    revenue = money.in_usd(_sold(order), order.currency)
    if not money.knows(order.currency):
        words = _("No exchange rate from %(currency)s to USD is known: the margin can't be reckoned. Set one.")
        reasons.append(words % {"currency": order.currency})
    elif revenue is None:
        reasons.append(_("The marketplace does not say what the buyer pays: the margin can't be reckoned."))
    costs = [_cost(purchase) for purchase in purchases if purchase.status != PurchaseStatus.CANCELLED]
    known = [cost for cost in costs if cost is not None]
    cost = sum(known, Decimal(0)) if len(known) == len(costs) else None
    if cost is None:
        reasons.append(_("What it costs is not known in full: the margin can't be reckoned."))
    if revenue is None or cost is None:
        return Margin(revenue, cost, None, reasons)
    percent = money.fee_percent(order)
    fee = cents(revenue * percent / 100)
    margin = revenue - fee - cost
    words = _("%(revenue)s USD − fee %(fee)s USD (%(percent)s %%) − cost %(cost)s USD leaves %(margin)s USD.")
    told = {"revenue": revenue, "fee": fee, "percent": percent.normalize(), "cost": cost, "margin": margin}
    return Margin(revenue, cost, margin, [*reasons, words % told])


def _sold(order: Order) -> Decimal | None:
    """Return what the buyer pays for what is still to be sent, without the freight that he pays."""
    lines = [line for line in order.lines.all() if line.wanted]
    if lines and all(line.price is not None for line in lines):
        return _sum((line.price, line.wanted) for line in lines)
    return None if order.total is None else _sum([(order.total, 1), (order.shipping_fee, -1)])


def _cost(purchase: PurchaseOrder) -> Decimal | None:
    if purchase.amount is not None:
        return Decimal(purchase.amount)
    if purchase.planned_goods is None or purchase.planned_freight is None:
        return None
    return _sum([(purchase.planned_goods, 1), (purchase.planned_freight, 1)])


def _sum(amounts: Iterable[tuple[Decimal | None, int]]) -> Decimal:
    return sum(((amount or Decimal(0)) * times for amount, times in amounts), Decimal(0))


def declare(
    country: str,
    pieces: Iterable[tuple[OrderLine, int]],
    goods: Decimal | None,
    currency: str,
    money: Money,
    *,
    ioss_kind: int | None,
    ioss_number: str,
) -> Customs:
    """Return at which value these pieces are declared (what the buyer pays for them, else what they cost), and how."""
    reasons = list[str]()
    prices = [(line.price, number) for line, number in pieces]
    told = all(price is not None for price, _number in prices)
    value = money.in_usd(_sum(prices), currency) if told else None
    if value is None and goods is not None:
        value = goods
        reasons.append(_("Declared at what the goods cost, because their price in USD is not known."))
    if country not in EU or ioss_kind is None:
        return Customs(value, reasons=reasons)
    euros = money.in_eur(value) if value is not None else None
    if ioss_kind != choosing.IOSS_NONE and euros is not None and euros > IOSS_LIMIT_EUR:
        words = _("Declared without IOSS: %(value)s EUR is more than the %(limit)s EUR up to which it may be used.")
        reasons.append(words % {"value": cents(euros), "limit": IOSS_LIMIT_EUR})
        return Customs(value, choosing.IOSS_NONE, "", reasons)
    if ioss_kind != choosing.IOSS_NONE and euros is None:
        reasons.append(_("Whether IOSS may be used up to 150 EUR could not be checked: set a rate from USD to EUR."))
    return Customs(value, ioss_kind, ioss_number if ioss_kind == choosing.IOSS_OWN else "", reasons)


def cents(amount: Decimal) -> Decimal:
    """Round to cents."""
    return amount.quantize(CENT, ROUND_HALF_UP)
