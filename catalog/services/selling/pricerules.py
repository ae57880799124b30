"""Price rules as a person sets them: one for all, one for each account, one for each shop."""

from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.errors import Refused
from catalog.models import PriceRule
from catalog.services.checking import refuse_invalid
from integrations.gateways import sells_on

from . import pricing

ANSWERS = ("name", "account", "shop", "margin_percent", "fee_percent", "freight", "minimum", "ending")


@transaction.atomic
def create_rule(*, by: str, **answers: Any) -> PriceRule:
    """Say how selling prices come from what the supplier asks: of a shop, else of an account, else of all.

    `answers`: those of ANSWERS; percentages are of the selling price, freight is in USD, the lowest price in the
    currency of the account or shop. Raise Refused, naming the field, for what makes no price, and for a second rule of
    the same range.
    """
    return _save(PriceRule(), by, answers)


@transaction.atomic
def edit_rule(rule: PriceRule, *, by: str, **answers: Any) -> PriceRule:
    """Change what is said and leave the rest; raise Refused as `create_rule` does. Prices follow with the next push."""
    return _save(PriceRule.objects.select_for_update(of=("self",)).get(pk=rule.pk), by, answers)


def _save(rule: PriceRule, by: str, answers: dict[str, Any]) -> PriceRule:
    unknown = next((name for name in answers if name not in ANSWERS), None)
    if unknown is not None:
        words = _("“%(field)s” can't be set. What can be: %(known)s.")
        raise Refused(words % {"field": unknown, "known": ", ".join(ANSWERS)}, field=unknown)
    for name, value in answers.items():
        setattr(rule, name, value.strip() if isinstance(value, str) else value)
    if rule.shop and "account" not in answers:
        rule.account = rule.shop.account
    _check(rule)
    rule._change_reason = _("Set by %(name)s") % {"name": by} if by else None  # type: ignore[attr-defined]
    try:
        with transaction.atomic():
            rule.save()
    except IntegrityError as error:  # another was made since it was looked for: nothing else can clash
        raise _second(rule) from error
    return rule


def _check(rule: PriceRule) -> None:
    if rule.shop and rule.account_id != rule.shop.account_id:
        words = _("%(shop)s does not belong to %(account)s. Choose the shop's own account.")
        raise Refused(words % {"shop": rule.shop, "account": rule.account or _("all accounts")}, field="account")
    if rule.account and rule.account.platform not in sells_on():
        words = _("%(account)s sells nothing: it is a supplier's account. Choose a selling account.")
        raise Refused(words % {"account": rule.account}, field="account")
    for name in ("margin_percent", "fee_percent", "freight", "minimum", "ending"):
        amount = getattr(rule, name)
        if amount is not None and amount < 0:
            raise Refused(_("%(name)s must be at least 0.") % {"name": name}, field=name)
    for name in ("margin_percent", "fee_percent"):
        if getattr(rule, name) >= 100:
            raise Refused(_("%(name)s must be less than 100.") % {"name": name}, field=name)
    # What leaves nothing of the price is refused by the reckoning itself.
    pricing.price(pricing.CENT, pricing.CENT, Decimal(rule.fee_percent), Decimal(rule.margin_percent), "USD")
    others = PriceRule.objects.filter(shop=rule.shop).exclude(pk=rule.pk)
    if (others if rule.shop else others.filter(account=rule.account)).exists():
        raise _second(rule)
    refuse_invalid(rule)


def _second(rule: PriceRule) -> Refused:
    if rule.account is None:
        return Refused(_("There is a rule for all accounts already. Change that one."), field="account")
    words = _("There is a rule for %(range)s already. Change that one.")
    return Refused(words % {"range": rule.shop or rule.account}, field="shop" if rule.shop else "account")
