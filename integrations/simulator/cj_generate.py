"""CJ's products by seed and number: the same number of the same seed is always the same product."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntFlag

from integrations.simulator.cj_seeds import Category, categories, words

EPOCH = 1_772_323_200  # 2026-03-01T00:00:00Z: "today" of every world when it is made
DAY = 86_400
ODDITIES = 40  # kinds of strangeness; product n has kind n % ODDITIES (see cj_shapes)
ZONES = ("shopify", "ebay", "amazon", "tiktok", "etsy", "shopee")
TYPES = ("ORDINARY_PRODUCT", "SUPPLIER_PRODUCT", "SUPPLIER_SHIPPED_PRODUCT", "SERVICE_PRODUCT")
_MASK = (1 << 48) - 1
_FACTOR = 0xB5AD4ECEDA1D  # odd, so that numbers can be scrambled and found again
_INVERSE = pow(_FACTOR, -1, 1 << 48)


class Flag(IntFlag):
    """Yes-or-no properties of a product."""

    FREE_SHIPPING = 1
    VIDEO = 2
    CUSTOM = 4
    CERTIFIED = 8
    SELF_PICKUP = 16
    TRENDING = 32
    SLOW = 64


@dataclass(slots=True)
class AreaStock:
    """What lies in one country."""

    area: int  # index in cj_seeds.areas()
    cj: int
    factory: int
    verified: bool

    @property
    def total(self) -> int:
        """Return all that can be sold from there."""
        return self.cj + self.factory


@dataclass(slots=True)
class Change:
    """What is true of one variant alone: what a test has set, and what orders took."""

    price: int | None = None  # cents
    stock: int | None = None
    gone: bool = False
    sold: dict[int, int] = field(default_factory=dict)  # area → units


@dataclass(slots=True)
class Product:
    """The core of a product; variants, texts and prices for printing are derived when they are asked for."""

    index: int
    pid: str
    sku: str
    category: Category
    name: str
    name_zh: tuple[str, ...]
    salt: int
    price: int  # cents, of the cheapest variant
    step: int  # cents from one variant to the next
    colors: int
    seconds: int
    discount: int  # percent
    weight_g: int
    created: int  # seconds
    listed: int
    kind: str
    supplier: int | None
    delivery: int | None
    flags: int
    zones: int
    stock: list[AreaStock]
    on_sale: bool = True
    removed: bool = False
    changes: dict[int, Change] = field(default_factory=dict)
    low: int = 0
    high: int = 0
    total: int = 0
    verified: int = 0

    @property
    def odd(self) -> int:
        """Return which kind of strangeness the product shows."""
        return self.index % ODDITIES

    @property
    def count(self) -> int:
        """Return the number of variants ever made, those taken off included."""
        return self.colors * self.seconds


def scramble(index: int, position: int, *, digits: bool) -> str:
    """Return the id of a product (position 0) or of its n-th variant, from which `unscramble` finds it."""
    number = ((index << 4 | position) * _FACTOR + 0xB) & _MASK
    if digits:
        return str(1_300_000_000_000_000_000 + number * 1000 + number % 997)
    text = f"{number * 0x9E3779B97F4A7C15 % (1 << 80):020X}{number:012X}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-8{text[17:20]}-{text[20:]}"


def unscramble(given: str) -> tuple[int, int] | None:
    """Return the product's index and the position which an id stands for, or None for a foreign one."""
    try:
        if given.isdigit() and len(given) == 19:
            number = (int(given) - 1_300_000_000_000_000_000) // 1000
        elif len(given) == 36:
            number = int(given[24:], 16)
        else:
            return None
    except ValueError:
        return None
    plain = (number - 0xB) * _INVERSE & _MASK
    return plain >> 4, plain & 15


def products(seed: int, size: int) -> Iterator[Product]:
    """Make the products of a world, one after the other."""
    return (product(seed, index) for index in range(size))


def product(seed: int, index: int) -> Product:
    """Make one product."""
    rng = random.Random(seed << 32 | index)
    pick, chance = rng.choice, rng.random
    all_categories = categories()
    # Neighbors differ, and each category gets its share even in a small world.
    category = all_categories[(index * 23 + rng.randrange(3)) % len(all_categories)]
    digits = chance() < 0.45
    thing, thing_zh = pick(category.things)
    name, name_zh = _name(rng, category, thing, thing_zh)
    low, high = category.price
    price = max(int(100 * low * (high / low) ** chance()), 35)
    colors, seconds = _shape(rng, category.options)
    step = int(price * (0.04 + 0.2 * chance()) / max(colors * seconds - 1, 1)) if chance() < 0.5 else 0
    supplier = rng.randrange(len(words()["suppliers"])) if chance() < 0.3 else None
    flags = sum(flag for flag, share in _SHARES if chance() < share)
    made = Product(
        index=index,
        pid=scramble(index, 0, digits=digits),
        sku=f"CJ{category.code}{(index * 7919 + 1847) % 100_000:05d}",
        category=category,
        name=name,
        name_zh=name_zh,
        salt=rng.getrandbits(62),
        price=price,
        step=step,
        colors=colors,
        seconds=seconds,
        discount=pick((0, 0, 0, 0, 5, 10, 20)),
        weight_g=rng.randint(*category.weight_g),
        created=EPOCH - int(DAY * (chance() * 30 if chance() < 0.08 else 30 + 1700 * chance() ** 2)),
        listed=int(3 * 10 ** (2.6 * chance())),
        kind=pick(TYPES[1:3]) if supplier is not None else (TYPES[3] if chance() < 0.02 else TYPES[0]),
        supplier=supplier,
        delivery=pick((24, 48, 72, None)),
        flags=flags,
        zones=rng.getrandbits(len(ZONES)),
        stock=_stock(rng),
    )
    retotal(made)
    return made


def retotal(made: Product) -> None:
    """Bring the totals by which lists filter and sort in line with prices, stock and single changes."""
    if made.changes:
        prices = [price_of(made, n) for n in range(made.count) if not _gone(made, n)] or [made.price]
        made.low, made.high = min(prices), max(prices)
    else:
        made.low, made.high = made.price, made.price + made.step * (made.count - 1)
    totals = stock_of(made)
    made.total = sum(row.total for row in totals)
    made.verified = sum(row.total for row in totals if row.verified)


def price_of(made: Product, position: int) -> int:
    """Return the price of a variant in cents."""
    change = made.changes.get(position)
    return change.price if change and change.price is not None else made.price + made.step * position


def stock_of(made: Product) -> list[AreaStock]:
    """Return the product's stock by country: the sum over its variants."""
    if not made.changes:
        return made.stock
    rows = [variant_stock(made, n) for n in range(made.count) if not _gone(made, n)]
    summed = [AreaStock(row.area, 0, 0, row.verified) for row in made.stock]
    for variant_rows in rows:
        for total, row in zip(summed, variant_rows, strict=True):
            total.cj += row.cj
            total.factory += row.factory
    return summed


def variant_stock(made: Product, position: int) -> list[AreaStock]:
    """Return the n-th variant's share of the product's stock, by country."""
    change = made.changes.get(position)
    if change and change.stock is not None:
        rows = [AreaStock(row.area, 0, 0, row.verified) for row in made.stock]
        if rows:
            first = rows[0]
            first.cj, first.factory = (change.stock, 0) if first.verified else (0, change.stock)
        return _without(rows, change.sold)
    shares = _shares(made)
    rows = [
        AreaStock(row.area, _share(row.cj, shares, position), _share(row.factory, shares, position), row.verified)
        for row in made.stock
    ]
    return _without(rows, change.sold) if change else rows


def _without(rows: list[AreaStock], sold: dict[int, int]) -> list[AreaStock]:
    """Take from the rows what was sold, CJ's own stock first."""
    for row in rows:
        units = sold.get(row.area, 0)
        own = min(row.cj, units)
        row.cj -= own
        row.factory = max(row.factory - (units - own), 0)
    return rows


def _gone(made: Product, position: int) -> bool:
    change = made.changes.get(position)
    return bool(change and change.gone)


def _shares(made: Product) -> list[int]:
    """Return how the stock is spread over the variants; now and then one has none."""
    weights = [(made.salt >> 5 * n & 31) * 3 // 4 for n in range(made.count)]
    return weights if any(weights) else [1] * made.count


def _share(total: int, shares: list[int], position: int) -> int:
    """Return one share of a total, such that the shares sum up to it exactly."""
    whole = sum(shares)
    before = sum(shares[:position])
    return total * (before + shares[position]) // whole - total * before // whole


_SHARES = (
    (Flag.FREE_SHIPPING, 0.12),
    (Flag.VIDEO, 0.25),
    (Flag.CUSTOM, 0.05),
    (Flag.CERTIFIED, 0.15),
    (Flag.SELF_PICKUP, 0.06),
    (Flag.TRENDING, 0.1),
    (Flag.SLOW, 0.07),
)


def _name(rng: random.Random, category: Category, thing: str, thing_zh: str) -> tuple[str, tuple[str, ...]]:
    lists = words()
    adjective, second = rng.sample(lists["adjectives"], 2)
    material = rng.choice(category.materials)
    style = rng.choice(lists["styles"])
    material_en = material.replace("_", " ").title() if len(material) > 4 else material
    parts = [adjective[0], material_en if rng.random() < 0.5 else second[0], thing, style]
    chinese = (f"{adjective[1]}{thing_zh}", thing_zh, f"{second[1]}{lists['materials'][material]}{thing_zh}")
    return " ".join(filter(None, parts)), chinese[: rng.randint(1, 3)]


def _shape(rng: random.Random, options: str) -> tuple[int, int]:
    """Return how many colors and how many sizes (or the like) there are: 1 to 8 variants."""
    if rng.random() < 0.12:
        return 1, 1
    spec = words()["options"][options]
    if "second" not in spec:
        only = spec["only"]
        return rng.randint(2, min(len(only), 5) if only else 6), 1
    colors = rng.choice((1, 2, 2, 3))
    return colors, rng.randint(2, min(len(spec["second"]), 8 // colors))


def _stock(rng: random.Random) -> list[AreaStock]:
    verified = rng.random() < 0.25
    level = int(40 * 10 ** (2.7 * rng.random()))
    own = level if verified and rng.random() < 0.5 else int(level * 0.2 * verified)
    rows = [AreaStock(0, own, level - own, verified)] if rng.random() < 0.94 else []
    for area, share in ((1, 0.22), (2, 0.08), (3, 0.05), (4, 0.03), (5, 0.05)):
        if rng.random() < share:
            rows.append(AreaStock(area, rng.randint(3, 400), 0, True))
    if rng.random() < 0.03:
        rows = [AreaStock(0, 0, 0, False)]
    return rows
