"""Which orders, shops and people a command means, found by what was said on its line."""

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import PlatformAccount, Shop
from catalog.management import choosing
from orders.models import Order


def orders_of(numbers: Sequence[str], account: PlatformAccount | None = None) -> list[Order]:
    """Return the orders of these marketplace's numbers; `account`: that sold them."""
    known = Order.objects.select_related("shop__account").order_by("pk")
    known = known.filter(shop__account=account) if account else known
    return [_one(list(known.filter(external_id=number.strip())[:2]), number.strip()) for number in numbers]


def _one(found: Sequence[Order], number: str) -> Order:
    if len(found) == 1:
        return found[0]
    if found:
        shops = ", ".join(f"{order.shop} ({order.shop.account})" for order in found)
        words = _("Several shops have an order %(number)s: %(shops)s. Do it in the console.")
        raise Refused(words % {"number": number, "shops": shops}, field="order")
    words = _("There is no order “%(number)s” here. `manage.py sync orders --order %(number)s --shop MY` reads it.")
    raise Refused(words % {"number": number[:64]}, field="order")


def shop_of(account: PlatformAccount, number: str, text: str) -> Shop:
    """Return the shop in which an order is: as named, as it is known here, or the account's only one."""
    named = choosing.shops_of(account, text) if text else None
    if named and len(named) == 1:
        return named[0]
    if named:
        raise Refused(_("Name one shop."), field="shop")
    known = Order.objects.filter(shop__account=account, external_id=number).select_related("shop__account").first()
    if known:
        return known.shop
    shops = list(account.shops.select_related("account").order_by("pk")[:2])
    if len(shops) == 1:
        return shops[0]
    raise Refused(
        _("Order %(number)s is not known here yet: name its shop by --shop.") % {"number": number}, field="shop"
    )


def person(name: str | None) -> str:
    """Return the name of the user who allows what a command is about to do; Refused without one."""
    if not name:
        words = _("Say who allows it by --by, the name of a user of the console.")
        raise Refused(words, field="by")
    if not User.objects.filter(username=name, is_active=True).exists():
        raise Refused(_("There is no active user “%(name)s”.") % {"name": name[:150]}, field="by")
    return name
