"""From where goods are sent: one place if one has all of it, else as few as can be.

Stock is what the suppliers told last, less what is planned and bought but not paid yet.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _

from catalog.models import StockLevel, Variant, Warehouse
from orders.machines import PurchaseStatus
from orders.models import OrderLine, PurchaseLine

# What the supplier has not been paid for is still in its numbers.
UNPAID = (
    PurchaseStatus.PLANNED,
    PurchaseStatus.APPROVED,
    PurchaseStatus.SENT,
    PurchaseStatus.CARTED,
    PurchaseStatus.CONFIRMED,
    PurchaseStatus.AWAITING_PAYMENT,
    PurchaseStatus.UNKNOWN,
)


@dataclass(frozen=True, slots=True)
class Need:
    """So many pieces of a line that are still to be bought."""

    line: OrderLine
    variant: Variant
    pieces: int


@dataclass(slots=True)
class Group:
    """What is sent from one country."""

    country: str
    needs: list[Need] = field(default_factory=list)
    warehouse: Warehouse | None = None

    @property
    def pieces(self) -> Counter[int]:
        """Return how many pieces of each variant (our key) it holds."""
        return _summed(self.needs)


@dataclass(frozen=True, slots=True)
class Division:
    """From where it is sent and why; or what a person has to mend."""

    groups: list[Group] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    problem: str = ""


class Stock:
    """What is free of these variants, by country and by warehouse; read once for many orders.

    `replanned`: orders (our keys) whose planned purchases are about to be replaced, so that they take nothing.
    """

    def __init__(self, variants: Collection[int], replanned: Collection[int] = ()) -> None:
        self._free: dict[tuple[int, str, str], int] = {}
        self._warehouses: dict[str, dict[str, Warehouse]] = defaultdict(dict)
        levels = StockLevel.objects.filter(variant__in=variants).select_related("warehouse")
        for level in levels.order_by("pk"):
            told = _told(level)
            if level.warehouse:
                self._warehouses[level.country_code][level.warehouse.external_id] = level.warehouse
            if told is not None and level.country_code:
                place = level.warehouse.external_id if level.warehouse else ""
                self._free[level.variant_id, level.country_code, place] = told
        for variant, country, place, pieces in _taken(variants, replanned):
            self._move(variant, country, place, -pieces)

    def free(self, variant_id: int, country: str, warehouse_id: str = "") -> int:
        """Return how many pieces a place has; what is not known is 0."""
        return max(0, self._free.get((variant_id, country, warehouse_id), 0))

    def countries_of(self, variant_id: int) -> list[str]:
        """Return the countries of whose stock something is known."""
        return sorted({country for variant, country, place in self._free if variant == variant_id and not place})

    def warehouses_in(self, country: str) -> list[Warehouse]:
        """Return the single warehouses of a country that were named for any of the variants."""
        return [self._warehouses[country][name] for name in sorted(self._warehouses[country])]

    def take(self, group: Group, *, back: bool = False) -> None:
        """Count a group's pieces as gone, or as there again."""
        for variant, pieces in group.pieces.items():
            place = group.warehouse.external_id if group.warehouse else ""
            self._move(variant, group.country, place, pieces if back else -pieces)

    def _move(self, variant: int, country: str, place: str, pieces: int) -> None:
        for key in {(variant, country, ""), (variant, country, place)}:
            if key in self._free:
                self._free[key] += pieces


def _told(level: StockLevel) -> int | None:
    """Return what a row says that there is; where it tells only one of the two parts, that one is there at least."""
    if level.total is not None:
        return level.total
    parts = [part for part in (level.cj, level.factory) if part is not None]
    return sum(parts) if parts else None


def _taken(variants: Collection[int], replanned: Collection[int]) -> Iterable[tuple[Any, ...]]:
    lines = PurchaseLine.objects.filter(variant__in=variants, purchase__status__in=UNPAID)
    lines = lines.exclude(purchase__status=PurchaseStatus.PLANNED, purchase__order__in=replanned)
    grouped = lines.values_list("variant", "purchase__from_country", "purchase__warehouse_id").order_by()
    return grouped.annotate(pieces=Sum("quantity"))


def divide(
    needs: Sequence[Need], stock: Stock, *, destination: str, wished: Sequence[str] = (), without: Collection[str] = ()
) -> Division:
    """Say from where these pieces are sent.

    `wished`: only these countries, in this order; empty: the buyer's own first, then where all of it is, then where
    most of it is. `without`: countries from which there is no way.
    """
    wanted = _summed(needs)
    ranked = _ranked(wanted, stock, destination, wished, without)
    if problem := _short(needs, wanted, stock, ranked, bool(wished)):
        return Division(problem=problem)
    for country in ranked:
        if all(stock.free(variant, country) >= pieces for variant, pieces in wanted.items()):
            return Division([Group(country, list(needs))], [_why(country, destination, wished)])
    groups = _split(needs, stock, ranked)
    words = _("No single place has all of it: it is sent from %(places)s.")
    return Division(groups, [words % {"places": ", ".join(group.country for group in groups)}])


def _ranked(
    wanted: Counter[int], stock: Stock, destination: str, wished: Sequence[str], without: Collection[str]
) -> list[str]:
    if wished:
        return [country for country in wished if country not in without]
    there = {country for variant in wanted for country in stock.countries_of(variant)} - set(without)

    def rank(country: str) -> tuple[Any, ...]:
        whole = sum(stock.free(variant, country) >= pieces for variant, pieces in wanted.items())
        return country != destination, -whole, -sum(stock.free(variant, country) for variant in wanted), country

    return sorted(there, key=rank)


def _short(needs: Sequence[Need], wanted: Counter[int], stock: Stock, ranked: Sequence[str], is_wished: bool) -> str:
    """Return what is missing, in words; empty where there is enough."""
    names = {need.variant.pk: str(need.variant) for need in needs}
    for variant, pieces in wanted.items():
        if not stock.countries_of(variant):
            words = _("Nobody has told how many of %(variant)s there are. Refresh its stock, then plan again.")
            return words % {"variant": names[variant]}
        free = sum(stock.free(variant, country) for country in ranked)
        if free < pieces:
            words = _(
                "Of %(variant)s %(wanted)d are wanted and %(free)d are free%(where)s. Refresh its stock, choose "
                "another variant, or cancel."
            )
            where = _(" in %(countries)s") % {"countries": ", ".join(ranked)} if is_wished and ranked else ""
            return words % {"variant": names[variant], "wanted": pieces, "free": free, "where": where}
    return ""


def _why(country: str, destination: str, wished: Sequence[str]) -> str:
    if wished:
        return _("Sent from %(country)s: the first that the rule names and that has all of it.") % {"country": country}
    if country == destination:
        return _("Sent from %(country)s: all of it is in the buyer's own country.") % {"country": country}
    return _("Sent from %(country)s: all of it is there.") % {"country": country}


def _split(needs: Sequence[Need], stock: Stock, ranked: Sequence[str]) -> list[Group]:
    """Give each line to one place where one has it whole, else divide its pieces; the place with most lines first."""
    free = {(need.variant.pk, country): stock.free(need.variant.pk, country) for need in needs for country in ranked}
    groups, left = dict[str, Group](), list(needs)
    while left:
        covered = {country: _whole(left, free, country) for country in ranked}
        best = max(ranked, key=lambda country: len(covered[country]))  # of equal ones the first in rank
        if not covered[best]:
            break
        for need in covered[best]:
            free[need.variant.pk, best] -= need.pieces
            _into(groups, best, need)
        left = [need for need in left if need not in covered[best]]
    for need in left:
        _piecewise(need, free, ranked, groups)
    return [groups[country] for country in ranked if country in groups]


def _whole(needs: Iterable[Need], free: dict[tuple[int, str], int], country: str) -> list[Need]:
    """Return the lines that a country can send whole, one beside the other."""
    found, rest = list[Need](), Counter[int]()
    for need in needs:
        if rest[need.variant.pk] + need.pieces <= free[need.variant.pk, country]:
            rest[need.variant.pk] += need.pieces
            found.append(need)
    return found


def _piecewise(need: Need, free: dict[tuple[int, str], int], ranked: Sequence[str], groups: dict[str, Group]) -> None:
    wanted = need.pieces
    for country in ranked:
        pieces = min(wanted, free[need.variant.pk, country])
        if pieces:
            free[need.variant.pk, country] -= pieces
            _into(groups, country, Need(need.line, need.variant, pieces))
            wanted -= pieces


def _into(groups: dict[str, Group], country: str, need: Need) -> None:
    groups.setdefault(country, Group(country)).needs.append(need)


def _summed(needs: Iterable[Need]) -> Counter[int]:
    found = Counter[int]()
    for need in needs:
        found[need.variant.pk] += need.pieces
    return found


def warehouse_for(group: Group, stock: Stock, platform: str, serves: Sequence[str] = ()) -> Warehouse | None:
    """Return the single warehouse that has all of a group, one that serves these carriers first; None: none has."""
    pieces = group.pieces
    having = [
        warehouse
        for warehouse in stock.warehouses_in(group.country)
        if warehouse.platform == platform
        and all(
            stock.free(variant, group.country, warehouse.external_id) >= wanted for variant, wanted in pieces.items()
        )
    ]

    def rank(warehouse: Warehouse) -> tuple[Any, ...]:
        free = sum(stock.free(variant, group.country, warehouse.external_id) for variant in pieces)
        return not set(serves) & set(carriers_of(warehouse)), -free, warehouse.external_id

    return min(having, key=rank, default=None)


def carriers_of(warehouse: Warehouse | None) -> list[str]:
    """Return the carriers whose labels a warehouse serves, as far as they were read."""
    named = warehouse.facts.get("carriers") if warehouse else None
    return [name for name in named if isinstance(name, str)] if isinstance(named, list) else []
