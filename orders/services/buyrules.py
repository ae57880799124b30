"""Buying rules as a person writes them: one for each supplier's account, with caps; without one, people approve all."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import PlatformAccount
from catalog.services.checking import refuse_invalid
from integrations.gateways import buys_from
from orders.models import BuyRule

ANSWERS = (
    *("is_active", "most_per_order", "most_per_payment", "most_per_day", "least_margin_percent", "dearer_percent"),
    *("two_people_over", "keep_balance", "wait_minutes", "together"),
)
MOST_TOGETHER = 100
_AMOUNTS = ("most_per_order", "most_per_payment", "most_per_day", "two_people_over", "keep_balance")


@transaction.atomic
def create_rule(account: PlatformAccount, **answers: Any) -> BuyRule:
    """Say what is bought from a supplier's account without a person. `answers`: those of ANSWERS.

    Raise Refused, naming the field, for what is no rule, and for a second one of the same account.
    """
    if account.platform not in buys_from():
        words = _("%(account)s is no supplier's account: nothing is bought from it.")
        raise Refused(words % {"account": account}, field="account")
    if BuyRule.objects.filter(account=account).exists():
        raise _second(account)
    try:
        with transaction.atomic():
            return _save(BuyRule(account=account), answers)
    except IntegrityError as error:  # another was made since it was looked for
        raise _second(account) from error


@transaction.atomic
def update_rule(rule: BuyRule, **answers: Any) -> BuyRule:
    """Change what is said and leave the rest; raise Refused as `create_rule` does. What is approved stays so."""
    return _save(BuyRule.objects.select_for_update(of=("self",)).get(pk=rule.pk), answers)


def delete_rule(rule: BuyRule) -> None:
    """Take a rule away: from now on people approve everything."""
    rule.delete()


def _second(account: PlatformAccount) -> Refused:
    words = _("There is a rule for %(account)s already. Change that one.")
    return Refused(words % {"account": account}, field="account")


def _save(rule: BuyRule, answers: dict[str, Any]) -> BuyRule:
    unknown = next((name for name in answers if name not in ANSWERS), None)
    if unknown is not None:
        words = _("“%(field)s” can't be set. What can be: %(known)s.")
        raise Refused(words % {"field": unknown, "known": ", ".join(ANSWERS)}, field=unknown)
    for name, value in answers.items():
        setattr(rule, name, value)
    for name in (*_AMOUNTS, "dearer_percent"):
        amount = getattr(rule, name)
        if amount is not None and amount < 0:
            raise Refused(_("%(name)s must be at least 0.") % {"name": name}, field=name)
    if not 1 <= rule.together <= MOST_TOGETHER:
        words = _("together must be from 1 to %(most)d.")
        raise Refused(words % {"most": MOST_TOGETHER}, field="together")
    refuse_invalid(rule)
    rule.save()
    return rule
