"""What CJ charges for an order: goods by the price of the moment, freight by route and weight, fees."""

from decimal import Decimal

from integrations.simulator import cj_freight
from integrations.simulator.cj_catalogue import Variant
from integrations.simulator.cj_freight import ZONES, cents
from integrations.simulator.cj_orders import ZERO, Line, Order, Quote
from integrations.simulator.world import World

LABEL_FEE = Decimal("0.80")  # for an order that leaves with the label of the shop's platform
VAT = Decimal("0.20")
IOSS_FEE = Decimal("0.50")
CJ_IOSS = 3


def variant_of(world: World, line: Line) -> Variant | None:
    """Return the variant of a line, if CJ sells it now."""
    variant = world.cj.catalogue.find_variant(vid=line.vid) if line.known else None
    return variant if variant and variant.product.on_sale else None


def weight_of(world: World, order: Order) -> int:
    """Return what an order weighs, in grams; zero where the weight of any of its goods is not known."""
    weights: list[int] = []
    for line in order.lines:
        variant = world.cj.catalogue.find_variant(vid=line.vid) if line.known else None
        weights.append(cj_freight.weight_of(variant) * line.quantity if variant else 0)
    return sum(weights) if all(weights) else 0


def quote(world: World, order: Order) -> Quote | None:
    """Price an order at this moment; None where its postage can't be told and never was."""
    original = discount = ZERO
    for line in order.lines:
        variant = variant_of(world, line)
        if variant:
            line.price = Decimal(variant.price) / 100
            discount += cents(line.price * variant.product.discount / 100) * line.quantity
        original += line.price * line.quantity
    postage = _postage(world, order)
    if postage is None:
        if order.quote is None:
            return None
        postage = order.quote.postage
    taxed = order.ioss_type == CJ_IOSS and order.country in ZONES["EU"]
    return Quote(
        original=original,
        discount=discount,
        postage=postage,
        service=LABEL_FEE if order.own_label else ZERO,
        ioss_taxes=cents((original - discount) * VAT) if taxed else ZERO,
        ioss_fee=IOSS_FEE if taxed else ZERO,
    )


def _postage(world: World, order: Order) -> Decimal | None:
    if order.own_label:
        return ZERO
    switches = world.cj.switches
    if switches.freight != "ok":
        return None
    weight = weight_of(world, order)
    percent = switches.freight_percent
    found = cj_freight.offer(order.from_country, order.country, weight, order.logistic, percent=percent)
    return found.charged if found else None
