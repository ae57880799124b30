"""Which selection a command means, found or made from what was said on its line."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts import services
from accounts.errors import Refused
from accounts.models import PlatformAccount
from catalog.models import Category, Selection
from catalog.services import selections

# What a saved search says where nothing was said; `create_selection` fills in the same.
NOTHING = {each.name: each.get_default() for each in Selection._meta.fields if each.name in selections.FILTERS}


def account_of(text: str) -> PlatformAccount:
    """Return the account that is meant; without a text the only one there is."""
    if text:
        return services.find_account(text)
    known = list(PlatformAccount.objects.order_by("pk")[:2])
    if len(known) == 1:
        return known[0]
    if known:
        raise Refused(
            _("There are several accounts: say which one by --account (its number, id or name)."), field="account"
        )
    raise Refused(_("No account is connected yet. `manage.py connect` does it."), field="account")


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
