"""Which carrier brings it: the first rule that fits an order decides, and a person edits the rules."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import Refused
from catalog.services.checking import refuse_invalid
from integrations.bought import Route
from integrations.gateways import sells_on
from orders.models import CarrierRule

ANSWERS = (
    *("name", "position", "is_active", "account", "countries", "heaviest_g", "dearest", "label", "prefer", "names"),
    *("never", "most_days", "from_countries", "ioss_kind", "ioss_number"),
)
IOSS_NONE, IOSS_OWN, IOSS_SUPPLIER = 1, 2, 3  # declared without one, by our own number, by the supplier's
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
_LONGEST_NAME = 200

Label = CarrierRule.Label


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What rules look at. None: not known, which fits no limit."""

    account_id: int
    country: str
    weight_g: Decimal | None = None
    total_usd: Decimal | None = None
    can_label: bool = False  # the marketplace has a parcel of it that can be labelled
    is_masked: bool = False  # the address can't be written on a label of the supplier's


@dataclass(frozen=True, slots=True)
class Choice:
    """The way that was chosen, None where no one fits, and why."""

    route: Route | None
    reasons: list[str] = field(default_factory=list)


class CarrierRules:
    """The rules as they are now, read once for many orders."""

    def __init__(self) -> None:
        self._rules = list(CarrierRule.objects.filter(is_active=True).order_by("position", "pk"))

    def first(self, case: Case) -> tuple[CarrierRule, list[str]]:
        """Return the first rule that fits, or the plain one, and in words why it is that one."""
        passed: list[str] = []
        for rule in self._rules:
            if not _fits(rule, case):
                continue
            objection = _objection(rule.label, case)
            if not objection:
                return rule, [*passed, _("By the rule “%(rule)s”.") % {"rule": rule.name}]
            passed.append(_("The rule “%(rule)s” was passed over: %(why)s") % {"rule": rule.name, "why": objection})
        label = Label.MARKETPLACE if case.is_masked and case.can_label else Label.SUPPLIER
        plain = CarrierRule(name=_("Plain rule"), label=label)
        words = _(
            "No rule fits: the cheapest way, under the supplier's label or, for a hidden address, the marketplace's."
        )
        return plain, [*passed, words]


def _fits(rule: CarrierRule, case: Case) -> bool:
    if rule.account_id not in (None, case.account_id):
        return False
    if rule.countries and case.country not in rule.countries:
        return False
    if rule.heaviest_g is not None and (case.weight_g is None or case.weight_g > rule.heaviest_g):
        return False
    return rule.dearest is None or (case.total_usd is not None and case.total_usd <= rule.dearest)


def _objection(label: str, case: Case) -> str:
    """Return why an order can't be sent under this label; empty where it can."""
    if label == Label.MARKETPLACE and not case.can_label:
        return _("the marketplace has no parcel of this order that could be labelled.")
    if label == Label.SUPPLIER and case.is_masked:
        return _("the marketplace hides the address, so the supplier can't write a label.")
    return ""


def choose(rule: CarrierRule, routes: Iterable[Route], barred: dict[str, str] | None = None) -> Choice:
    """Return the way that a rule prefers. `barred`: names of carriers that don't take this address → why."""
    reasons, left = list[str](), list[Route]()
    for route in routes:
        why = _unfit(rule, route) or (barred or {}).get(route.name, "")
        if why:
            reasons.append(_("Not %(carrier)s: %(why)s") % {"carrier": route.name, "why": why})
        else:
            left.append(route)
    if not left:
        return Choice(None, reasons)
    best = min(left, key=lambda route: _rank(rule, route))
    return Choice(best, [*reasons, _told(rule, best)])


def _unfit(rule: CarrierRule, route: Route) -> str:
    if rule.names and not _among(route.name, rule.names):
        return _("the rule does not name it.")
    if _among(route.name, rule.never):
        return _("the rule says never.")
    if rule.most_days is not None and (route.days_high is None or route.days_high > rule.most_days):
        if route.days_high is None:
            return _("how long it takes is not known.")
        return _("it takes up to %(days)d days.") % {"days": route.days_high}
    return ""


def _rank(rule: CarrierRule, route: Route) -> tuple[Any, ...]:
    days = 10_000 if route.days_high is None else route.days_high
    if rule.prefer == CarrierRule.Prefer.FASTEST:
        return days, route.price, route.name
    if rule.prefer == CarrierRule.Prefer.LISTED and rule.names:
        return _place(route.name, rule.names), route.price, route.name
    return route.price, days, route.name


def _told(rule: CarrierRule, route: Route) -> str:
    words = {
        CarrierRule.Prefer.FASTEST: _("%(carrier)s is the fastest that may be used: %(price)s USD, %(days)s days."),
        CarrierRule.Prefer.LISTED: _("%(carrier)s is the first that the rule names: %(price)s USD, %(days)s days."),
    }.get(
        CarrierRule.Prefer(rule.prefer),
        _("%(carrier)s is the cheapest that may be used: %(price)s USD, %(days)s days."),
    )
    return words % {"carrier": route.name, "price": route.price, "days": days_of(route)}


def days_of(route: Route) -> str:
    """Return the days of a way as people read them."""
    ends = [str(days) for days in (route.days_low, route.days_high) if days is not None]
    return "–".join(dict.fromkeys(ends)) or "?"


def _among(name: str, names: Sequence[str]) -> bool:
    return _place(name, names) < len(names)


def _place(name: str, names: Sequence[str]) -> int:
    folded = [each.casefold() for each in names]
    return folded.index(name.casefold()) if name.casefold() in folded else len(folded)


def carrier_among(wished: str, carriers: Sequence[str]) -> str:
    """Return the one of a warehouse's carriers that the marketplace's carrier is; empty where none is like it."""
    bare = _bare(wished)
    equal = [name for name in carriers if _bare(name) == bare]
    like = [name for name in carriers if bare and _bare(name) and (_bare(name) in bare or bare in _bare(name))]
    return next(iter([*equal, *sorted(like, key=len, reverse=True)]), "")


def _bare(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


# --- by people


@transaction.atomic
def create_rule(**answers: Any) -> CarrierRule:
    """Say which way goods go. `answers`: those of ANSWERS; raise Refused, naming the field, for what is no rule."""
    return _save(CarrierRule(), answers)


@transaction.atomic
def update_rule(rule: CarrierRule, **answers: Any) -> CarrierRule:
    """Change what is said and leave the rest; raise Refused as `create_rule` does. What is planned stays as it is."""
    return _save(CarrierRule.objects.select_for_update(of=("self",)).get(pk=rule.pk), answers)


def delete_rule(rule: CarrierRule) -> None:
    """Take a rule away; what was planned by it stays as it is."""
    rule.delete()


def _save(rule: CarrierRule, answers: dict[str, Any]) -> CarrierRule:
    unknown = next((name for name in answers if name not in ANSWERS), None)
    if unknown is not None:
        words = _("“%(field)s” can't be set. What can be: %(known)s.")
        raise Refused(words % {"field": unknown, "known": ", ".join(ANSWERS)}, field=unknown)
    for name, value in answers.items():
        setattr(rule, name, value.strip() if isinstance(value, str) else value)
    for name in ("countries", "from_countries"):
        setattr(rule, name, _countries(getattr(rule, name), name))
    for name in ("names", "never"):
        setattr(rule, name, _names(getattr(rule, name), name))
    _check(rule)
    refuse_invalid(rule)
    rule.save()
    return rule


def _check(rule: CarrierRule) -> None:
    if rule.account and rule.account.platform not in sells_on():
        words = _("account: %(account)s sells nothing. Choose the account that sells, or none for all.")
        raise Refused(words % {"account": rule.account}, field="account")
    for name in ("heaviest_g", "dearest", "most_days"):
        limit = getattr(rule, name)
        if limit is not None and limit <= 0:
            raise Refused(_("%(name)s must be more than 0, or empty for no limit.") % {"name": name}, field=name)
    if rule.prefer == CarrierRule.Prefer.LISTED and not rule.names:
        raise Refused(_("names: to prefer the first of the names, give at least one."), field="names")
    both = next((name for name in rule.names if _among(name, rule.never)), None)
    if both is not None:
        words = _("never: %(carrier)s is among the carriers to use as well. Take it out of one list.")
        raise Refused(words % {"carrier": both}, field="never")
    _check_ioss(rule)


def _check_ioss(rule: CarrierRule) -> None:
    if rule.ioss_kind not in (None, IOSS_NONE, IOSS_OWN, IOSS_SUPPLIER):
        words = _("ioss_kind must be 1 (none), 2 (your own number), 3 (the supplier's) or empty.")
        raise Refused(words, field="ioss_kind")
    if rule.ioss_kind == IOSS_OWN and not rule.ioss_number:
        raise Refused(_("ioss_number: to declare by your own IOSS, give its number."), field="ioss_number")
    if rule.ioss_kind != IOSS_OWN and rule.ioss_number:
        words = _("ioss_number is used with your own IOSS only: set ioss_kind to 2, or leave the number empty.")
        raise Refused(words, field="ioss_number")


def _countries(said: Any, name: str) -> list[str]:
    found = [str(each).strip().upper() for each in _list(said, name)]
    wrong = next((each for each in found if not _COUNTRY.fullmatch(each)), None)
    if wrong is not None:
        words = _("%(name)s: “%(value)s” is no country. Use two letters, such as MY.")
        raise Refused(words % {"name": name, "value": wrong[:20]}, field=name)
    return list(dict.fromkeys(found))


def _names(said: Any, name: str) -> list[str]:
    found = [str(each).strip() for each in _list(said, name)]
    if any(not each or len(each) > _LONGEST_NAME for each in found):
        words = _("%(name)s: each carrier's name has 1 to %(most)d characters.")
        raise Refused(words % {"name": name, "most": _LONGEST_NAME}, field=name)
    return list(dict.fromkeys(found))


def _list(said: Any, name: str) -> list[Any]:
    if said in (None, ""):
        return []
    if not isinstance(said, list | tuple):
        raise Refused(_("%(name)s must be a list.") % {"name": name}, field=name)
    return list(said)
