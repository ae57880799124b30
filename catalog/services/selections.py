"""What a merchandiser chose to carry: saved searches, "my products", lists of pasted ids or hits of a live search."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import PlatformAccount
from catalog.models import Product, Selection, SelectionItem, Variant
from integrations.errors import Invalid
from integrations.gateways import supplier_for
from integrations.models import SyncRun

from . import columns, sourcing
from .checking import refuse_invalid
from .filters import wanted_by

MOST_LINES = 10_000  # of one pasting
LONGEST_TEXT = 2_000_000  # characters
FILTERS = (
    *("keyword", "category", "country_code", "price_min", "price_max", "stock_min", "stock_max", "verified"),
    *("listed_after", "listed_before", "sort", "descending", "extra", "max_products"),
)
ANSWERS = ("name", "is_active", *FILTERS)


@dataclass(slots=True)
class Added:
    """What became of the lines of one pasting."""

    added: int = 0
    doubles: int = 0  # on the list already, or twice in the text
    wrong: list[tuple[str, str]] = field(default_factory=list)  # the line as it was pasted, and what is wrong with it
    run: SyncRun | None = None  # which reads what was added; None: nothing new, or the account is not connected


def create_selection(
    account: PlatformAccount, *, name: str, kind: str = Selection.Kind.SEARCH, **answers: Any
) -> Selection:
    """Save a new selection. Raise Refused or Invalid, naming the field and the fix; nothing is saved then."""
    selection = Selection(account=account, kind=kind)
    _answer(selection, {"name": name, **answers})
    _save(selection)
    return selection


@transaction.atomic
def edit_selection(selection: Selection, **answers: Any) -> Selection:
    """Change a selection. A search that was changed counts as never read: what it held has left until it is met again.

    Raise Refused or Invalid, naming the field and the fix, also while it is being read.
    """
    before = {name: getattr(selection, name) for name in FILTERS}
    _answer(selection, answers)
    changed = [name for name in FILTERS if getattr(selection, name) != before[name]]
    if changed:
        if SyncRun.objects.filter(key=sourcing.key_of(selection), state__in=SyncRun.OPEN).exists():
            words = _("“%(name)s” is being read. Wait until that ends, or cancel the run.")
            raise Refused(words % {"name": selection.name}, field=changed[0])
        selection.swept_at = None
        selection.items.update(has_left=True)
    _save(selection)
    return selection


def _save(selection: Selection) -> None:
    """Save; raise Refused where another has taken the name since it was checked."""
    try:
        with transaction.atomic():
            selection.save()
    except IntegrityError as error:  # the name is all that can clash: references are checked at the commit
        words = _("“%(name)s” is there already. Choose another name.")
        raise Refused(words % {"name": selection.name}, field="name") from error


def _answer(selection: Selection, answers: dict[str, Any]) -> None:
    unknown = [name for name in answers if name not in ANSWERS]
    if unknown:
        words = _("“%(field)s” can't be set. What can be: %(known)s.")
        raise Refused(words % {"field": unknown[0], "known": ", ".join(ANSWERS)}, field=unknown[0])
    for name, value in answers.items():
        setattr(selection, name, _tidy(name, value))
    if selection.kind != Selection.Kind.SEARCH:
        for name in set(FILTERS) - {"max_products", "extra", "sort", "descending"}:
            if getattr(selection, name) not in (None, ""):
                raise Refused(_("Only a saved search has filters: leave this empty."), field=name)
    _check(selection)
    if selection.kind == Selection.Kind.SEARCH:
        supplier_for(selection.account).check_filter(wanted_by(selection))


def _tidy(name: str, value: Any) -> Any:
    if isinstance(value, str):
        value = value.strip()
        return value.upper() if name == "country_code" else value
    return value


def _check(selection: Selection) -> None:
    refuse_invalid(selection)
    for low, high in (("price_min", "price_max"), ("stock_min", "stock_max"), ("listed_after", "listed_before")):
        start, end = getattr(selection, low), getattr(selection, high)
        if start is not None and end is not None and start > end:
            raise Refused(_("%(low)s must not be above %(high)s.") % {"low": low, "high": high}, field=low)
    for name in ("price_min", "price_max"):
        amount = getattr(selection, name)
        if amount is not None and amount < 0:
            raise Refused(_("%(name)s must be at least 0.") % {"name": name}, field=name)
    if selection.country_code and not re.fullmatch("[A-Z]{2}", selection.country_code):
        raise Refused(_("country_code must be two letters, such as US."), field="country_code")
    if selection.max_products == 0:
        raise Refused(_("max_products must be at least 1, or empty for all."), field="max_products")
    if not isinstance(selection.extra, dict):
        raise Refused(_("extra must be an object of filters, such as {}."), field="extra")
    if selection.category and selection.category.platform != selection.account.platform:
        raise Refused(_("The category is of another platform. Choose one of the account's own."), field="category")


# --- lists


def add_to_list(selection: Selection, text: str, *, requested_by: str = "") -> Added:
    """Put pasted product ids, SKUs and addresses on a list, one a line or separated by commas, and have them read.

    A line that is none of them is returned with the reason, the others are added. Raise Refused for a selection that
    is no list, an empty text, or more than 10,000 lines.
    """
    _check_list(selection)
    lines = (
        [line.strip() for line in re.split(r"[\n\r,;\t]+", text) if line.strip()] if len(text) <= LONGEST_TEXT else []
    )
    if not lines and len(text) <= LONGEST_TEXT:
        raise Refused(_("Paste at least one product id, SKU or address."), field="text")
    if not 0 < len(lines) <= MOST_LINES:
        words = _("That is too much at once: paste at most %(most)d lines.")
        raise Refused(words % {"most": MOST_LINES}, field="text")
    supplier, outcome, wanted = supplier_for(selection.account), Added(), list[tuple[str, str]]()
    for line in lines:
        try:
            wanted.append(supplier.id_from_text(line))
        except Invalid as problem:
            outcome.wrong.append((line[:200], str(problem)))
    skus = _known_skus(selection.account, [value for kind, value in wanted if kind == "sku"])
    found = [skus.get(value, value) if kind == "sku" else value for kind, value in wanted]
    return _add(selection, found, outcome, requested_by=requested_by)


def carry(
    account: PlatformAccount, external_ids: Iterable[str], selection: Selection, *, requested_by: str = ""
) -> Added:
    """Put hits of a live search on a list, and have them read. Raise Refused for another account's list, or no list."""
    _check_list(selection)
    if selection.account_id != account.pk:
        raise Refused(_("The list belongs to another account. Choose one of this account's."), field="selection")
    ids = list(external_ids)
    if not 0 < len(ids) <= MOST_LINES:
        words = _("Choose between 1 and %(most)d products.")
        raise Refused(words % {"most": MOST_LINES}, field="products")
    wrong = [external_id for external_id in ids if not columns.is_id(external_id)]
    outcome = Added(wrong=[(external_id[:200], _("This is no product id.")) for external_id in wrong])
    return _add(selection, [one for one in ids if one not in wrong], outcome, requested_by=requested_by)


@transaction.atomic
def carry_on_new_list(
    account: PlatformAccount, external_ids: Iterable[str], name: str, *, requested_by: str = ""
) -> tuple[Selection, Added]:
    """Make a list of hits of a live search, and have them read. Raise Refused, leaving no list, where none is added."""
    selection = create_selection(account, name=name, kind=Selection.Kind.LIST)
    added = carry(account, external_ids, selection, requested_by=requested_by)
    if not added.added:
        line, problem = added.wrong[0]
        raise Refused(f"{line}: {problem}", field="products")
    return selection, added


def remove(selection: Selection, external_ids: Iterable[str]) -> int:
    """Take products off a list; they stay in the catalogue. Return how many were on it."""
    _check_list(selection)
    return selection.items.filter(external_id__in=list(external_ids)).delete()[0]


def _check_list(selection: Selection) -> None:
    if selection.kind != Selection.Kind.LIST:
        words = _("“%(name)s” is no list: what it holds is decided by its search. Choose a list, or make one.")
        raise Refused(words % {"name": selection.name}, field="selection")


def _known_skus(account: PlatformAccount, skus: Sequence[str]) -> dict[str, str]:
    """Return the product's id for each SKU, of a product or a variant, that we have already."""
    products = Product.objects.filter(account=account)
    found = dict(
        Variant.objects.filter(product__account=account, sku__in=skus).values_list("sku", "product__external_id")
    )
    return found | dict(products.filter(sku__in=skus).values_list("sku", "external_id"))


def _add(selection: Selection, external_ids: Sequence[str], outcome: Added, *, requested_by: str) -> Added:
    wanted = dict.fromkeys(external_ids)
    with transaction.atomic():
        there = set(selection.items.filter(external_id__in=wanted).values_list("external_id", flat=True))
        new = [external_id for external_id in wanted if external_id not in there]
        ours = Product.objects.filter(account=selection.account, external_id__in=new)
        products = dict(ours.values_list("external_id", "pk"))
        SelectionItem.objects.bulk_create(
            [
                SelectionItem(selection=selection, external_id=external_id, product_id=products.get(external_id))
                for external_id in new
            ],
            ignore_conflicts=True,
        )
        outcome.added, outcome.doubles = len(new), len(external_ids) - len(new)
        if new and selection.account.is_connected:
            outcome.run = sourcing.request_sync(selection, requested_by=requested_by)
    return outcome
