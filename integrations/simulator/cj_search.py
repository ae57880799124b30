"""What the product lists can be asked for, and the answer in order (CJ 3.1)."""

from collections.abc import Callable
from dataclasses import dataclass

from integrations.simulator.cj_catalogue import Catalogue
from integrations.simulator.cj_generate import DAY, EPOCH, ZONES, Flag, Product
from integrations.simulator.cj_seeds import areas
from integrations.simulator.cj_shapes import supplier_id, supplier_of

NEW_DAYS = 30
Test = Callable[[Product], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One query; what is empty or None restricts nothing."""

    pid: str = ""
    sku: str = ""
    words: str = ""
    chinese: str = ""
    category_ids: frozenset[str] = frozenset()
    second_ids: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    low: int | None = None
    high: int | None = None
    free_shipping: bool | None = None
    kind: str = ""
    type_name: str = ""
    flag: str = ""
    stock_low: int | None = None
    stock_high: int | None = None
    verified: int = 0
    since: float | None = None
    until: float | None = None
    zone: str = ""
    abroad: bool = False
    supplier: str = ""
    certified: bool | None = None
    pickup: bool | None = None
    custom: bool | None = None
    delivery: str = ""
    listed_low: int | None = None
    listed_high: int | None = None
    nothing: bool = False
    order: str
    descending: bool = True


def search(catalogue: Catalogue, wish: Wish) -> list[Product]:
    """Return the products on sale which a query finds, in its order."""
    if wish.nothing:
        return []

    def make() -> list[Product]:
        ordered = catalogue.ordered(wish.order, descending=wish.descending)
        tests = [*_by_text(wish), *_by_place(wish), *_by_number(wish), *_by_flag(wish)]
        if not tests:
            return ordered
        found = [product for product in ordered if all(test(product) for test in tests)]
        if wish.words and wish.order == "best":  # the whole phrase before scattered words
            found.sort(key=lambda product: wish.words not in product.name.lower())
        return found

    return catalogue.cached(wish, make)


def _by_text(wish: Wish) -> list[Test]:
    tests: list[Test] = []
    if wish.pid:
        tests.append(lambda product: product.pid == wish.pid)
    if wish.sku:
        tests.append(lambda product: product.sku == wish.sku)
    if wish.words:
        tests.append(lambda product: _matches(product, wish.words.split(), wish.words.upper()))
    if wish.chinese:
        tests.append(lambda product: any(wish.chinese in name for name in product.name_zh))
    if wish.supplier:
        tests.append(lambda product: product.supplier is not None and supplier_id(product.supplier) == wish.supplier)
    return tests


def _matches(product: Product, words: list[str], sku: str) -> bool:
    name = product.name.lower()
    return all(word in name for word in words) or (len(sku) >= 5 and product.sku.startswith(sku[:13]))


def _by_place(wish: Wish) -> list[Test]:
    tests: list[Test] = []
    if wish.category_ids:
        tests.append(lambda product: product.category.id in wish.category_ids)
    if wish.second_ids:
        tests.append(lambda product: product.category.second_id in wish.second_ids)
    if wish.countries:
        codes = [area["countryCode"] for area in areas()]
        tests.append(lambda product: any(row.total and codes[row.area] in wish.countries for row in product.stock))
    if wish.abroad:
        tests.append(lambda product: any(row.total and row.area for row in product.stock))
    if wish.zone:
        bit = 1 << ZONES.index(wish.zone) if wish.zone in ZONES else 0
        tests.append(lambda product: bool(product.zones & bit))
    if wish.verified:
        tests.append(lambda product: bool(product.verified) == (wish.verified == 1))
    return tests


def _by_number(wish: Wish) -> list[Test]:
    tests: list[Test] = []
    low, high, since, until = wish.low, wish.high, wish.since, wish.until
    stock_low, stock_high = wish.stock_low, wish.stock_high
    listed_low, listed_high = wish.listed_low, wish.listed_high
    if low is not None:
        tests.append(lambda product: product.low >= low)
    if high is not None:
        tests.append(lambda product: product.low <= high)
    if stock_low is not None:
        tests.append(lambda product: product.total >= stock_low)
    if stock_high is not None:
        tests.append(lambda product: product.total <= stock_high)
    if since is not None:
        tests.append(lambda product: product.created >= since)
    if until is not None:
        tests.append(lambda product: product.created <= until)
    if listed_low is not None:
        tests.append(lambda product: product.listed >= listed_low)
    if listed_high is not None:
        tests.append(lambda product: product.listed <= listed_high)
    return tests


def _by_flag(wish: Wish) -> list[Test]:
    tests: list[Test] = []
    wanted = (
        (Flag.FREE_SHIPPING, wish.free_shipping),
        (Flag.CERTIFIED, wish.certified),
        (Flag.SELF_PICKUP, wish.pickup),
        (Flag.CUSTOM, wish.custom),
        (Flag.VIDEO, {"10": True, "11": False}.get(wish.kind)),
    )
    for flag, value in wanted:
        if value is not None:
            tests.append(_has(flag, value))
    if wish.kind == "4":
        tests.append(lambda product: bool(supplier_of(product)[1]))
    if wish.type_name:
        tests.append(lambda product: product.kind == wish.type_name)
    if wish.delivery:
        tests.append(lambda product: product.delivery is not None and product.delivery <= int(wish.delivery))
    if wish.flag == "1":
        tests.append(lambda product: product.created >= EPOCH - NEW_DAYS * DAY)
    elif wish.flag:
        tests.append(_has({"0": Flag.TRENDING, "2": Flag.VIDEO, "3": Flag.SLOW}[wish.flag], True))
    return tests


def _has(flag: Flag, value: bool) -> Test:
    return lambda product: bool(product.flags & flag) == value
