"""What CJ's carriers ask for a parcel: by route and weight; some routes have none, some goods no weight."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from integrations.simulator.cj_catalogue import Variant

CNY = Decimal("6.90")
CENT = Decimal("0.01")
NO_WEIGHT = 38  # the oddity (cj_shapes.ODD) of products without a weight
CLOSED = ("KP", "SY", "CU", "IR")  # where nothing goes
ZONES = {
    "NA": ("US", "CA"),
    "UK": ("GB",),
    "EU": (
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
        *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
    ),
    "SEA": ("SG", "MY", "TH", "PH", "VN", "ID"),
    "EA": ("TW", "HK", "JP", "KR", "MO"),
    "LATAM": ("BR", "MX", "CL", "CO", "AR", "PE"),
    "OC": ("AU", "NZ"),
}
ZONE_OF = {country: zone for zone, members in ZONES.items() for country in members}
FRENCH_EXTRA = (Decimal("2.30"), Decimal("2.80"), Decimal("3.50"), Decimal("0.00"))
TOTAL_IS_PRICE = ("CA", "GB", "BR")


@dataclass(frozen=True, slots=True)
class Rate:
    """One carrier's price for one zone: cents to begin with, cents per kilogram, days."""

    base: int
    per_kg: int
    days: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Carrier:
    """One of CJ's carriers."""

    name: str
    zh: str
    start: str
    rates: dict[str, Rate]  # by zone, by country, or "*"
    max_g: int = 30_000

    def rate(self, country: str) -> Rate | None:
        """Return the price list for a country, or None where it does not go."""
        return self.rates.get(country) or self.rates.get(ZONE_OF.get(country, "")) or self.rates.get("*")


CARRIERS = (
    Carrier(
        "CJPacket Ordinary",
        "促佳普货专线",
        "CN",
        {
            "NA": Rate(310, 980, (7, 12)),
            "UK": Rate(250, 900, (6, 10)),
            "EU": Rate(290, 1050, (7, 13)),
            "SEA": Rate(120, 520, (5, 9)),
            "EA": Rate(180, 640, (5, 8)),
            "LATAM": Rate(520, 1700, (12, 25)),
            "OC": Rate(330, 1100, (8, 14)),
        },
        max_g=5_000,
    ),
    Carrier(
        "CJPacket Sensitive",
        "促佳特货专线",
        "CN",
        {
            "NA": Rate(360, 1150, (8, 15)),
            "UK": Rate(300, 1040, (7, 12)),
            "EU": Rate(340, 1240, (8, 16)),
            "SEA": Rate(150, 610, (6, 11)),
            "EA": Rate(210, 760, (6, 10)),
        },
        max_g=5_000,
    ),
    Carrier("CJPacket Postal", "促佳航空挂号小包", "CN", {"*": Rate(240, 1320, (12, 50))}, max_g=2_000),
    Carrier(
        "YunExpress Ordinary",
        "云途普货",
        "CN",
        {"NA": Rate(420, 1080, (6, 10)), "EU": Rate(380, 1120, (5, 9)), "UK": Rate(340, 990, (5, 8))},
    ),
    Carrier("DHL Official", "DHL官方", "CN", {"*": Rate(1850, 2100, (3, 7))}),
    Carrier("USPS+", "美国邮政", "US", {"US": Rate(389, 310, (2, 5))}, max_g=20_000),
    Carrier("UPS Ground", "UPS陆运", "US", {"US": Rate(712, 180, (1, 5))}),
    Carrier("DHL Paket", "DHL包裹", "DE", {"DE": Rate(420, 90, (1, 3)), "EU": Rate(890, 210, (3, 6))}),
    Carrier("Royal Mail 48", "英国皇家邮政", "GB", {"GB": Rate(360, 110, (2, 3))}),
    Carrier("Colissimo", "法国邮政", "FR", {"FR": Rate(495, 120, (2, 3)), "EU": Rate(1090, 260, (3, 6))}),
    Carrier("Flash Express", "闪电快递", "TH", {"TH": Rate(95, 60, (1, 4))}),
)
BY_NAME = {carrier.name: carrier for carrier in CARRIERS}


@dataclass(frozen=True, slots=True)
class Offer:
    """What one carrier asks for one parcel; ``price`` zero where the weight is not known."""

    carrier: Carrier
    days: tuple[int, int]
    price: Decimal
    total: Decimal | None  # totalPostageFee, where it is told
    clearance: Decimal = Decimal("0.00")

    @property
    def charged(self) -> Decimal | None:
        """Return what an order is charged, or None where the price is missing."""
        return (self.total if self.total is not None else self.price) or None

    @property
    def aging(self) -> str:
        """Return the days as CJ prints them."""
        return f"{self.days[0]}-{self.days[1]}"


def weight_of(variant: Variant) -> int:
    """Return the weight by which CJ charges, in grams; zero where CJ does not know it."""
    return 0 if variant.product.odd == NO_WEIGHT else variant.weight_g


def offers(start: str, end: str, weight_g: int, *, percent: int = 100) -> list[Offer]:
    """Return what the carriers of a route ask, the cheapest first; an empty list is "no route"."""
    if end in CLOSED:
        return []
    found = [
        _offer(number, carrier, rate, end, weight_g, percent)
        for number, carrier in enumerate(CARRIERS)
        if carrier.start == start and weight_g <= carrier.max_g and (rate := carrier.rate(end))
    ]
    return sorted(found, key=lambda offer: (offer.price, offer.carrier.name))


def offer(start: str, end: str, weight_g: int, name: str, *, percent: int = 100) -> Offer | None:
    """Return what one carrier asks, or None where it does not offer the route."""
    return next((one for one in offers(start, end, weight_g, percent=percent) if one.carrier.name == name), None)


def cents(amount: Decimal) -> Decimal:
    """Round an amount to cents."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def _offer(number: int, carrier: Carrier, rate: Rate, end: str, weight_g: int, percent: int) -> Offer:
    raw = rate.base + Decimal(rate.per_kg * weight_g) / 1000
    price = cents(raw * percent / 10_000) if weight_g else Decimal("0.00")
    clearance = Decimal("1.20") if end == "DE" and carrier.start == "CN" and price else Decimal("0.00")
    total: Decimal | None = None
    if end in TOTAL_IS_PRICE:
        total = price
    elif price and end == "FR":
        total = price + FRENCH_EXTRA[number % len(FRENCH_EXTRA)]  # more than all that is told apart
    elif price and end == "DE":
        total = price + clearance + Decimal("0.35")
    return Offer(carrier, rate.days, price, total, clearance)
