"""What happens to an account: connected, to be connected again, disconnected (design.md §3, promises 9 and 10)."""

import logging

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from .errors import Refused
from .models import Credential, PlatformAccount, PlatformApp, Shop
from .secrets import mask_text

logger = logging.getLogger(__name__)


@transaction.atomic
def ask_to_reconnect(account: PlatformAccount, problem: str) -> bool:
    """Pause the account until a person connects it again; `problem` says why and what to do. Return whether it was new.

    Nothing happens to an account that is paused already, or that a person has connected since `account` was read: what
    its old tokens met is no news.
    """
    row = PlatformAccount.objects.select_for_update().get(pk=account.pk)
    if not row.is_connected or row.connected_at != account.connected_at:
        return False
    row.mark_reconnect(mask_text(problem))
    account.status, account.problem = row.status, row.problem
    logger.warning("Account %s has to be connected again: %s", row.pk, row.problem)
    return True


@transaction.atomic
def ask_shop_to_reconnect(shop: Shop, problem: str) -> bool:
    """Pause one shop until a person connects it again, as `ask_to_reconnect` does a whole account."""
    row = locked_shop(shop)
    if row.status != Shop.Status.CONNECTED or row.connected_at != shop.connected_at:
        return False
    row.mark_reconnect(mask_text(problem))
    if row.account.is_shop and row.account.is_connected:
        row.account.mark_reconnect(mask_text(problem))
    shop.status, shop.problem = row.status, row.problem
    logger.warning("Shop %s has to be connected again: %s", row.pk, row.problem)
    return True


@transaction.atomic
def disconnect(account: PlatformAccount, problem: str = "") -> None:
    """Erase every secret of the account and pause it; `problem` is what a person still has to do at the platform."""
    lock_parties(account.app)
    for credential in Credential.objects.select_for_update().filter(account=account):
        credential.erase()
    for shop in account.shops.exclude(status=Shop.Status.DISCONNECTED):
        shop.mark_disconnected()
    account.mark_disconnected(problem)


def lock_parties(app: PlatformApp | None) -> None:
    """Let one transaction at a time decide which accounts and shops an app has and where they belong, until it ends.

    Two of them would make a shop twice, miss one that moves, or wait for each other for ever.
    """
    if app is not None:
        PlatformApp.objects.select_for_update().filter(pk=app.pk).first()


def locked_shop(shop: Shop) -> Shop:
    """Return a shop as it is now, locked until the transaction ends."""
    # Without a join: PostgreSQL would look for the account that the shop had before the lock was waited for.
    return Shop.objects.select_for_update().get(pk=shop.pk)


def credential_of(account: PlatformAccount) -> Credential | None:
    """Return the account's own token pair, not one of a shop of it."""
    return account.credentials.filter(shop=None).select_related("account").first()


def credential_of_shop(shop: Shop) -> Credential | None:
    """Return the shop's own token pair."""
    return shop.credentials.select_related("account", "shop").first()


def find_account(text: str, *, platform: str = "") -> PlatformAccount:
    """Return the account a person means by our number, the platform's id or its name; Refused where it is not one."""
    text = text.strip()
    accounts = PlatformAccount.objects.filter(**({"platform": platform} if platform else {})).order_by("pk")
    wanted = Q(external_id=text) | Q(name=text) | (Q(pk=int(text)) if text.isdecimal() and len(text) < 19 else Q())
    found = list(accounts.filter(wanted)[:3]) if text else []
    if len(found) == 1:
        return found[0]
    if found:
        reason = _("More than one account is called %(text)s: give its number.") % {"text": text}
    else:
        reason = _("There is no account %(text)s.") % {"text": text or "?"}
    known = ", ".join(f"{account.pk} ({account})" for account in (found or accounts[:10]))
    hint = (
        _("Known: %(known)s.") % {"known": known} if known else _("None is connected yet: `manage.py connect` does it.")
    )
    raise Refused(f"{reason} {hint}", field="account")
