"""Which selection a command means, found or made from what was said on its line."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts import services
from accounts.errors import Refused
from accounts.models import PlatformAccount, Shop
from catalog.models import Category, Product, Selection
from catalog.services import selections
from integrations.gateways import sells_on

# What a saved search says where nothing was said; `create_selection` fills in the same.
NOTHING = {each.name: each.get_default() for each in Selection._meta.fields if each.name in selections.FILTERS}


def account_of(text: str, *, sells: bool | None = None) -> PlatformAccount:
    """Return the account that is meant; without a text the only one there is.

    With `sells` one that sells (True), or a supplier's (False); Refused where another is named.
    """
    if text:
        account = services.find_account(text)
        if sells is not None and sells != (account.platform in sells_on()):
            words = _("%(account)s is a supplier's account: name one that sells.")
            if not sells:
                words = _("%(account)s is a selling account: name a supplier's.")
            raise Refused(words % {"account": account}, field="account")
        return account
    fitting = PlatformAccount.objects.order_by("pk")
    if sells is not None:
        fitting = fitting.filter(platform__in=sells_on()) if sells else fitting.exclude(platform__in=sells_on())
    known = list(fitting[:2])
    if len(known) == 1:
        return known[0]
    if known:
        raise Refused(
            _("There are several accounts: say which one by --account (its number, id or name)."), field="account"
        )
    raise Refused(_("No account is connected yet. `manage.py connect` does it."), field="account")


def shops_of(account: PlatformAccount, text: str) -> list[Shop] | None:
    """Return the shops meant by a list of markets, ids, names or our numbers; None, all of them, where it is empty."""
    chosen: dict[int, Shop] = {}
    known = list(account.shops.order_by("pk"))
    for word in filter(None, (part.strip() for part in text.split(","))):
        meant = [
            shop
            for shop in known
            if word in (shop.external_id, str(shop.pk), shop.name) or word.casefold() == shop.region.casefold()
        ]
        if not meant:
            listed = ", ".join(f"{shop.region} ({shop.external_id})" for shop in known) or "–"
            words = _("%(account)s has no shop “%(text)s”. Known: %(known)s.")
            raise Refused(words % {"account": account, "text": word, "known": listed}, field="shops")
        chosen |= {shop.pk: shop for shop in meant}
    return list(chosen.values()) or None


def find_product(text: str) -> Product:
    """Return the product that is meant by its SKU, a variant's SKU, the supplier's id or our number."""
    by_number = Q(pk=int(text)) if text.isdecimal() and len(text) < 19 else Q(pk=None)
    for wanted in (Q(sku=text) | Q(external_id=text), Q(variants__sku=text), by_number):
        found = list(Product.objects.filter(wanted).distinct().order_by("pk")[:2])
        if len(found) == 1:
            return found[0]
        if found:
            words = _("Several products are meant by “%(text)s”: give our number, such as %(number)d.")
            raise Refused(words % {"text": text, "number": found[0].pk}, field="product")
    raise Refused(
        _("There is no product “%(text)s”. Give its SKU, its id or its number.") % {"text": text}, field="product"
    )


def find_selection(text: str, account: PlatformAccount | None) -> Selection:
    """Return the selection that is meant by its number or its name; Refused where it is not one."""
    known = Selection.objects.select_related("account", "category").order_by("pk")
    known = known.filter(account=account) if account else known
    by_number = Q(pk=int(text)) if text.isdecimal() and len(text) < 19 else Q(pk=None)
    found = list(known.filter(Q(name=text) | by_number)[:2])
    if len(found) == 1:
        return found[0]
    if found:
        words = _("Several selections are meant by “%(text)s”: give --account too, or the number. %(known)s")
        raise Refused(
            words % {"text": text, "known": _listed(known.filter(Q(name=text) | by_number))}, field="selection"
        )
    words = _("There is no selection “%(text)s”. %(known)s")
    raise Refused(words % {"text": text, "known": _listed(known)}, field="selection")


def _listed(rows: Any) -> str:
    names = [f"{row.pk} ({row.name})" for row in rows[:10]]
    return (
        _("Known: %(known)s.") % {"known": ", ".join(names)}
        if names
        else _("None is there yet: say what to carry, as by --keyword.")
    )


def find_category(text: str, account: PlatformAccount) -> Category:
    """Return the category that is meant by our number, their id, its path or its name; Refused where it is not one."""
    known = Category.objects.filter(platform=account.platform)
    by_number = Q(pk=int(text)) if text.isdecimal() and len(text) < 19 else Q(pk=None)
    for wanted in (Q(external_id=text) | Q(path__iexact=text), Q(name__iexact=text) | by_number):
        found = list(known.filter(wanted).order_by("path")[:5])
        if len(found) == 1:
            return found[0]
        if found:
            words = _("Several categories are called “%(text)s”: give the path of one. %(known)s")
            paths = "; ".join(f"{each.pk} ({each.path})" for each in found)
            raise Refused(words % {"text": text, "known": paths}, field="category")
    hint = "" if known.exists() else " " + _("None is read yet: `manage.py sync categories --wait`.")
    words = _("There is no category “%(text)s”. Give its path, its name or its number.")
    raise Refused(words % {"text": text} + hint, field="category")


def search_for(account: PlatformAccount, filters: Mapping[str, Any], name: str) -> Selection:
    """Return the saved search that says the same, or make it; under `name` where one is given."""
    wanted = NOTHING | {key: value.upper() if key == "country_code" else value for key, value in filters.items()}
    searches = Selection.objects.filter(account=account, kind=Selection.Kind.SEARCH).order_by("pk")
    named = Selection.objects.filter(account=account, name=name).first() if name else None
    if named is not None:
        if named.kind == Selection.Kind.SEARCH and _says(named) == wanted:
            return named
        words = _("“%(name)s” is there already and says something else. Leave the filters out, or give another name.")
        raise Refused(words % {"name": name}, field="selection")
    same = None if name else next((each for each in searches if _says(each) == wanted), None)
    if same is not None:
        return same
    return selections.create_selection(account, name=name or _free_name(account, _described(filters)), **filters)


def mine_of(account: PlatformAccount, name: str) -> Selection:
    """Return the selection of the account's own products at the supplier, or make it."""
    known = Selection.objects.filter(account=account, kind=Selection.Kind.MINE).order_by("pk").first()
    name = name or _free_name(account, _("My products"))
    return known or selections.create_selection(account, name=name, kind=Selection.Kind.MINE)


def list_of(account: PlatformAccount, name: str) -> Selection:
    """Return the list of this name, or make it; Refused where the name is another selection's."""
    known = Selection.objects.filter(account=account, name=name).first()
    return known or selections.create_selection(account, name=name, kind=Selection.Kind.LIST)


def _says(selection: Selection) -> dict[str, Any]:
    return {name: getattr(selection, name) for name in selections.FILTERS}


def _described(filters: Mapping[str, Any]) -> str:
    """Return a name for a search, from what it looks for."""
    words = []
    for name, value in filters.items():
        if value in ("", None):
            continue
        if isinstance(value, Decimal | int) and not isinstance(value, bool):
            words.append(f"{name.replace('_', ' ')} {value}")
        elif value is True:
            words.append(name)
        else:
            words.append(str(value))
    return re.sub(r"\s+", " ", ", ".join(words))[:90] or _("Everything")


def _free_name(account: PlatformAccount, name: str) -> str:
    taken = set(Selection.objects.filter(account=account, name__startswith=name).values_list("name", flat=True))
    return next(each for each in (name, *(f"{name} ({number})" for number in range(2, 1000))) if each not in taken)
