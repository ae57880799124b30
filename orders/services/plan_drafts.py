"""One order's plan, drawn up from what is known here: what is bought where, under which label, by which way.

Nothing is asked and nothing is written; what is missing is a question, what a person must mend is a problem.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import PlatformAccount
from catalog.models import Product
from integrations.bought import Route
from integrations.gateways import buyer_for
from orders.machines import PackageStatus, PurchaseStatus
from orders.models import CarrierRule, FreightQuote, Order, PurchaseOrder

from . import choosing, margins, sourcing_places
from .choosing import CarrierRules, Case
from .margins import Money
from .quoting import Answer, Question, Quotes
from .sourcing_places import Group, Need, Stock

Label = PurchaseOrder.Label
# Of a carrier's demands: the names under which it asks → what we have of it.
_ASKED = {
    "phone": "phone",
    "zip": "zip_code",
    "name": "name",
    "city": "city",
    "province": "state",
}
_LONGEST_PATTERN = 500


class Stuck(Exception):
    """A person has to do something first; the text says what."""


class NoWay(Exception):
    """The supplier knows no way from these countries."""

    def __init__(self, places: Collection[tuple[int, str]]) -> None:
        super().__init__()
        self.places = frozenset(places)  # supplier's account, country


@dataclass(slots=True, kw_only=True)
class Draft:
    """One purchase to be: from one supplier, one place, under one label."""

    account: PlatformAccount
    group: Group
    label: str
    rule: CarrierRule
    goods: Decimal | None
    question: Question | None = None  # None: the marketplace's carrier brings it
    reasons: list[str] = field(default_factory=list)
    route: str = ""
    days: tuple[int | None, int | None] = (None, None)
    freight: Decimal | None = None
    problem: str = ""

    @property
    def warehouse_id(self) -> str:
        return self.group.warehouse.external_id if self.group.warehouse else ""


class Market:
    """Rules, rates and suppliers as they are now, read once for many orders."""

    def __init__(self) -> None:
        self.carriers, self.money = CarrierRules(), Money()
        self._buyers: dict[int, Any] = {}

    def peculiarity(self, product: Product) -> str:
        """Return what is unusual in buying a product (bought.Buyer)."""
        if product.account_id not in self._buyers:
            self._buyers[product.account_id] = buyer_for(product.account)
        return str(self._buyers[product.account_id].peculiarity(product.product_type, product.facts))


# --- what has to be bought


def needs_of(order: Order) -> list[Need]:
    """Return what no purchase covers that is beyond the plan; raise Stuck for a line whose variant can't be bought."""
    covered = _covered(order)
    needs = list[Need]()
    for line in order.lines.all():
        pieces = line.wanted - covered[line.pk]
        if pieces > 0 and line.variant:
            needs.append(Need(line, line.variant, pieces))
    return needs


def _covered(order: Order) -> dict[int, int]:
    found = defaultdict[int, int](int)
    for purchase in order.purchases.all():
        if purchase.status != PurchaseStatus.CANCELLED and not is_replaceable(purchase):
            for line in purchase.lines.all():
                found[line.line_id] += line.quantity
    return found


def is_replaceable(purchase: PurchaseOrder) -> bool:
    """Tell whether a purchase is a mere plan: nobody approved it, nothing of it was ever sent."""
    return purchase.status == PurchaseStatus.PLANNED and not purchase.external_id and not purchase.announced


def drafts_of(
    order: Order, needs: Sequence[Need], market: Market, stock: Stock, without: Collection[tuple[int, str]] = ()
) -> list[Draft]:
    """Divide what has to be bought by supplier and place; take it from `stock`.

    Raise Stuck where a person has to help. `without`: suppliers' countries from which there is no way.
    """
    if not needs:
        return []
    for need in needs:
        _check_buyable(need)
    rule, why = _rule_for(order, needs, market)
    drafts = list[Draft]()
    for (account, own_way), those in _by_supplier(needs, market).items():
        closed = {country for account_id, country in without if account_id == account.pk}
        division = sourcing_places.divide(
            those, stock, destination=order.country_code, wished=rule.from_countries, without=closed
        )
        if division.problem:
            _give_back(drafts, stock)
            raise Stuck(_no_way(order, closed) if closed else division.problem)
        for group in division.groups:
            drafts.append(_draft(order, account, group, rule, own_way, market, stock))
            drafts[-1].reasons[:0] = [*why, *division.reasons]
    return drafts


def _give_back(drafts: Iterable[Draft], stock: Stock) -> None:
    for draft in drafts:
        stock.take(draft.group, back=True)


def _check_buyable(need: Need) -> None:
    variant, product = need.variant, need.variant.product
    off = variant.is_gone or product.status != Product.Status.ACTIVE
    if off or any(offer.account_id == product.account_id and not offer.is_available for offer in variant.offers.all()):
        words = _(
            "%(variant)s is not sold by the supplier any more. Choose another variant for the line, or cancel it."
        )
        raise Stuck(words % {"variant": variant})


def _rule_for(order: Order, needs: Sequence[Need], market: Market) -> tuple[CarrierRule, list[str]]:
    if not order.country_code:
        raise Stuck(_("The order names no country to send it to. Ask the marketplace or the buyer."))
    case = Case(
        account_id=order.shop.account_id,
        country=order.country_code,
        weight_g=_weight(needs),
        total_usd=market.money.in_usd(order.total, order.currency),
        can_label=can_label(order),
        is_masked=is_masked(order),
    )
    rule, why = market.carriers.first(case)
    if rule.label == Label.SUPPLIER and case.is_masked:
        words = _(
            "The marketplace hides the address, and has no parcel of this order that could be labelled: the supplier "
            "can't send it. Wait for the parcel, or get the address."
        )
        raise Stuck(words)
    return rule, why


def _weight(needs: Sequence[Need]) -> Decimal | None:
    weights = [need.variant.weight_g and need.variant.weight_g * need.pieces for need in needs]
    return sum((weight for weight in weights if weight), Decimal(0)) if all(weights) else None


def can_label(order: Order) -> bool:
    """Tell whether the marketplace has a parcel of the order that can travel under its label."""
    off = (PackageStatus.CANCELLED, PackageStatus.DELIVERED, PackageStatus.FAILED)
    return any(not package.is_gone and package.status not in off for package in order.packages.all())


def is_masked(order: Order) -> bool:
    """Tell whether the marketplace hides parts of the address."""
    return bool(order.address.get("masked"))


def _by_supplier(needs: Iterable[Need], market: Market) -> dict[tuple[PlatformAccount, str], list[Need]]:
    """Put together what is bought together: by supplier; a product whose maker ships it himself goes alone."""
    found: dict[tuple[PlatformAccount, str], list[Need]] = {}
    for need in needs:
        found.setdefault((need.variant.product.account, own_sku_of([need], market)), []).append(need)
    return found


def own_sku_of(needs: Sequence[Need], market: Market) -> str:
    """Return the SKU of the product whose maker ships these pieces himself; empty for all others."""
    product = needs[0].variant.product
    return product.sku if market.peculiarity(product) == "self_shipped" else ""


def _draft(
    order: Order,
    account: PlatformAccount,
    group: Group,
    rule: CarrierRule,
    own_sku: str,
    market: Market,
    stock: Stock,
) -> Draft:
    costs = [(market.money.cost_of(need.variant), need.pieces) for need in group.needs]
    known = [cost * pieces for cost, pieces in costs if cost is not None]
    goods = margins.cents(sum(known, Decimal(0))) if len(known) == len(costs) else None
    draft = Draft(account=account, group=group, label=rule.label, rule=rule, goods=goods)
    if goods is None:
        draft.reasons.append(_("What the supplier asks for the goods is not known in USD."))
    if any(market.peculiarity(need.variant.product) == "pictures" for need in group.needs):
        draft.problem = _("Goods made with the buyer's pictures: a person has to see to the pictures.")
    if own_sku:
        draft.reasons.append(_("The product's maker sends it himself: it goes by itself."))
    if rule.label == Label.MARKETPLACE:
        label_by_marketplace(order, draft, stock)
        if own_sku:
            words = _("The product's maker sends it himself: whether he takes the marketplace's label must be asked.")
            draft.problem = draft.problem or words
    else:
        draft.question = question_for(order, draft, own_sku)
    stock.take(group)
    return draft


def question_for(order: Order, draft: Draft, own_sku: str = "") -> Question:
    """Return what the supplier is asked about a draft's freight."""
    items = [(need.variant.external_id, need.variant.sku, need.pieces) for need in draft.group.needs]
    return Question(
        account_id=draft.account.pk,
        from_country=draft.group.country,
        to_country=order.country_code,
        zip_code=str(order.address.get("zip_code") or ""),
        tax_id=order.tax_id,
        items=_together(items),
        own_skus=(own_sku,) if own_sku else (),
    )


def tips_for(question: Question) -> Question:
    """Return the question what the carriers between the same two countries want of an address."""
    return Question(
        account_id=question.account_id,
        from_country=question.from_country,
        to_country=question.to_country,
        items=question.items,
        tips=True,
    )


def _together(items: Iterable[tuple[str, str, int]]) -> tuple[tuple[str, str, int], ...]:
    found = defaultdict[tuple[str, str], int](int)
    for vid, sku, pieces in items:
        found[vid, sku] += pieces
    return tuple((vid, sku, pieces) for (vid, sku), pieces in sorted(found.items()))


def label_by_marketplace(order: Order, draft: Draft, stock: Stock) -> None:
    """Choose the warehouse that sends a draft under the marketplace's label, and the carrier named to the supplier."""
    wished = _marketplace_carriers(order)
    group = draft.group
    group.warehouse = group.warehouse or sourcing_places.warehouse_for(group, stock, draft.account.platform, wished)
    serves = sourcing_places.carriers_of(group.warehouse)
    draft.freight, draft.question = Decimal(0), None
    draft.reasons.append(_("The marketplace's carrier brings it: its freight is not the supplier's."))
    if group.warehouse is None:
        words = _("No single warehouse in %(country)s is known to have all of it: the supplier chooses one.")
        draft.reasons.append(words % {"country": group.country})
    else:
        draft.reasons.append(_("Warehouse %(warehouse)s has all of it.") % {"warehouse": group.warehouse})
    draft.route = _carrier_named(draft.rule, wished, serves)
    if serves and wished and not any(choosing.carrier_among(name, serves) for name in wished):
        words = _("The warehouse does not name %(carrier)s among the carriers whose labels it takes: %(known)s.")
        draft.problem = draft.problem or words % {"carrier": ", ".join(wished), "known": ", ".join(serves[:20])}
    if not draft.route:
        words = _("It is not known which carrier the marketplace's label is of. Choose one: %(known)s.")
        draft.problem = draft.problem or words % {"known": ", ".join(serves[:20]) or "…"}


def _marketplace_carriers(order: Order) -> list[str]:
    return list(dict.fromkeys(package.carrier_name for package in order.packages.all() if package.carrier_name))


def _carrier_named(rule: CarrierRule, wished: Sequence[str], serves: Sequence[str]) -> str:
    for name in (*wished, *rule.names):
        if like := choosing.carrier_among(name, serves):
            return like
    return next(iter((*rule.names, *wished)), "")


# --- by which way


def send(order: Order, drafts: Iterable[Draft], quotes: Quotes) -> tuple[list[Question], list[str]]:
    """Choose each draft's way by what is known; return the questions that are open, and why.

    Raise NoWay where the supplier knows none, and Stuck where none may be used.
    """
    missing, why, closed = list[Question](), list[str](), set[tuple[int, str]]()
    for draft in drafts:
        if draft.question is None:
            continue
        answer, tips = quotes.of(draft.question), quotes.of(tips_for(draft.question))
        if answer.state == FreightQuote.State.NONE:
            closed.add((draft.account.pk, draft.group.country))
            continue
        if answer.state == FreightQuote.State.UNKNOWN:
            missing.append(draft.question)
            why.append(answer.problem or _("The supplier is asked what sending it costs."))
        if not tips.asked:  # once they are asked for, a failure is no reason to wait
            missing.append(tips_for(draft.question))
            why.append(_("The supplier is asked what its carriers want of an address."))
        if draft.question not in missing and tips.asked:
            _choose(order, draft, answer, tips)
    if closed:
        raise NoWay(closed)
    return missing, why


def _choose(order: Order, draft: Draft, answer: Answer, tips: Answer) -> None:
    barred, warnings = _demands(order, tips.routes)
    choice = choosing.choose(draft.rule, answer.routes, barred)
    if choice.route is None:
        raise Stuck(
            _("No way from %(start)s to %(end)s may be used. %(why)s Change the carrier rules, or the address.")
            % {"start": draft.group.country, "end": order.country_code, "why": " ".join(choice.reasons)}
        )
    take(draft, choice.route, [*choice.reasons, *warnings.get(choice.route.name, [])])


def take(draft: Draft, route: Route, reasons: Iterable[str] = ()) -> None:
    """Send a draft by a way."""
    draft.route, draft.freight, draft.days = route.name, margins.cents(route.price), (route.days_low, route.days_high)
    draft.reasons += reasons
    if asked := route.facts.get("supplier_asks"):
        draft.reasons.append(_("The product's maker asks %(price)s USD for sending it.") % {"price": asked})


def _demands(order: Order, routes: Iterable[Route]) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Return which carriers don't take this address, and what others warn of."""
    barred, warned = dict[str, str](), dict[str, list[str]]()
    for route in routes:
        for tip in route.facts.get("tips") or ():
            if _meets(order, tip):
                continue
            words = _("it asks of the %(field)s: %(message)s") % {"field": tip["field"], "message": tip.get("message")}
            if tip.get("blocks"):
                barred.setdefault(route.name, words)
            else:
                warned.setdefault(route.name, []).append(f"{route.name}: {words}")
    return barred, warned


def _meets(order: Order, tip: dict[str, Any]) -> bool:
    """Tell whether an address has what is asked; a demand that we can't read is met."""
    field_name = str(tip.get("field") or "")
    if field_name == "taxId":
        value = order.tax_id
    elif field_name in _ASKED:
        value = str(order.address.get(_ASKED[field_name]) or "")
    else:
        return True
    try:
        return re.match(str(tip.get("pattern") or "")[:_LONGEST_PATTERN], value) is not None
    except re.error:
        return True


def no_way(order: Order, closed: Collection[tuple[int, str]]) -> str:
    """Return in words that there is no way from there."""
    return _no_way(order, {country for _account, country in closed})


def _no_way(order: Order, countries: Collection[str]) -> str:
    words = _("The supplier knows no way from %(start)s to %(end)s. Choose another supplier's variant, or cancel it.")
    return words % {"start": ", ".join(sorted(countries)), "end": order.country_code}
