"""What a listing lacks, found before anything is sent: the facts are gathered here, the rules are pure."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import PlatformAccount, Shop
from catalog.models import Brand, CategorySpec, GlobalListing, Listing, Product
from integrations import jobs
from integrations.channels import Carrier, CategoryRules
from integrations.models import Lane, SyncJob
from integrations.sellers import selling_route

from . import pricing, specs
from .common import check_selling
from .drafting import draft_of, with_all
from .findings import Finding, as_json
from .requirements import Facts, ShopFacts, check

__all__ = [
    "Facts",
    "ShopFacts",
    "cells_of",
    "check",
    "check_listing",
    "check_listings",
    "check_loaded",
    "check_many",
    "request_check",
]

A_TURN = 50  # listings checked between two looks at the clock


class Knowledge:
    """What checks of many listings look up, read once: rules of categories, rates, brands."""

    def __init__(self, listings: Sequence[GlobalListing]) -> None:
        accounts = {listing.account_id for listing in listings}
        categories = {listing.category_id for listing in listings if listing.category_id}
        kept = CategorySpec.objects.filter(account__in=accounts, category__in=categories)
        self._specs = {(spec.account_id, spec.category_id): spec for spec in kept}
        self._rules: dict[int, CategoryRules] = {}
        self.prices = pricing.Rules()
        brands = Brand.objects.filter(account__in=accounts, category__in=categories)
        ids = {listing.brand_id for listing in listings if listing.brand_id}
        names = {listing.brand_name for listing in listings if listing.brand_name and not listing.brand_id}
        self._brand_ids = set(
            brands.filter(external_id__in=ids).values_list("account", "category", "external_id") if ids else ()
        )
        self._brand_names: dict[tuple[int, int, str], str] = {}
        for name in names:
            for account, category, external_id in brands.filter(name__iexact=name).values_list(
                "account", "category", "external_id"
            ):
                self._brand_names[account, category, name] = external_id

    def rules_of(self, listing: GlobalListing) -> CategoryRules | None:
        """Return what the listing's category asks, as it was read last."""
        spec = self._spec(listing)
        if spec is None:
            return None
        if spec.pk not in self._rules:
            self._rules[spec.pk] = specs.rules_of(spec)
        return self._rules[spec.pk]

    def _spec(self, listing: GlobalListing) -> CategorySpec | None:
        return self._specs.get((listing.account_id, listing.category_id or 0))

    def facts_of(self, listing: GlobalListing, cells: Iterable[Listing]) -> Facts:
        """Return what is known of a listing beside its draft and its category's rules."""
        spec, category = self._spec(listing), listing.category
        key = (listing.account_id, listing.category_id or 0)
        brands_are_read = spec is not None and spec.brands_read_at is not None
        return Facts(
            category=str(category or ""),
            is_leaf=category is None or category.is_leaf,
            problems=(*_account_problems(listing.account), *_product_problems(listing.product)),
            brand_twin=self._brand_names.get((*key, listing.brand_name), "") if not listing.brand_id else "",
            brand_is_known=not brands_are_read or (*key, listing.brand_id) in self._brand_ids,
            missing_rates=tuple(sorted(self._missing_rates(listing))),
            shops={cell.shop.external_id: _shop_facts(cell) for cell in cells},
        )

    def _missing_rates(self, listing: GlobalListing) -> set[tuple[str, str]]:
        currency, missing = pricing.currency_of(listing.account), set()
        for row in listing.variants.all():
            cost = pricing.cost_of(row)
            needed = row.is_wanted and row.price is None and currency
            if needed and cost and self.prices.rates.rate(cost[1], currency) is None:
                missing.add((cost[1], currency))
        return missing


def _account_problems(account: PlatformAccount) -> list[Finding]:
    if account.is_connected:
        return []
    text = _("%(account)s is not connected (%(state)s).") % {"account": account, "state": account.get_status_display()}
    return [Finding(field="account.status", rule="status", text=text, fix=_("Connect it first."))]


def _product_problems(product: Product) -> list[Finding]:
    if product.status == Product.Status.ACTIVE:
        return []
    text = _("The supplier does not sell it now (%(state)s).") % {"state": product.get_status_display()}
    return [Finding(field="product", rule="status", text=text, fix=_("Choose another product."))]


def _shop_facts(cell: Listing) -> ShopFacts:
    shop = cell.shop
    problem, fix = _shop_problem(cell, shop)
    return ShopFacts(problem=problem, fix=fix, carriers=_carriers(shop), is_there=cell.status in Listing.THERE)


def _shop_problem(cell: Listing, shop: Shop) -> tuple[str, str]:
    if shop.status != Shop.Status.CONNECTED:
        state = {"shop": shop, "state": shop.get_status_display()}
        return _("%(shop)s is not connected (%(state)s).") % state, shop.problem or _("Connect it first.")
    route, why = selling_route(shop)
    if not route:
        return _("No listing can be put into %(shop)s.") % {"shop": shop}, why
    if cell.status == Listing.Status.BANNED:
        text = _("The platform has banned it in %(shop)s.") % {"shop": shop}
        return text, _("Read the reason in the seller center.")
    return "", ""


def _carriers(shop: Shop) -> tuple[Carrier, ...] | None:
    """Return the ways of shipping that the shop's settings named; None: they were not read."""
    told = shop.facts.get("carriers") if isinstance(shop.facts, dict) else None
    if not isinstance(told, list):
        return None
    return tuple(
        Carrier(
            external_id=str(one.get("id", "")), name=str(one.get("name", "")), enabled=bool(one.get("enabled", True))
        )
        for one in told
        if isinstance(one, dict)
    )


# --- of listings


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check of a listing found, and the rules that it was held against."""

    findings: list[Finding]
    rules: CategoryRules | None


def check_listing(global_listing: GlobalListing, shops: Iterable[Shop] | None = None) -> list[Finding]:
    """Check a listing for these shops (default: all that it was prepared for), keep what was found, and return it.

    Asks no platform: the category's rules are as they were read last.
    """
    loaded = with_all(GlobalListing.objects.filter(pk=global_listing.pk)).get()
    found = check_loaded([loaded], shops=None if shops is None else {shop.pk for shop in shops})[loaded.pk].findings
    global_listing.findings, global_listing.checked_at = loaded.findings, loaded.checked_at
    return found


def check_many(global_listings: Sequence[GlobalListing]) -> dict[int, list[Finding]]:
    """Check listings as `check_listing` does, in a fixed number of queries; return by our key what was found."""
    loaded = with_all(GlobalListing.objects.filter(pk__in=[listing.pk for listing in global_listings]))
    return {pk: checked.findings for pk, checked in check_loaded(list(loaded)).items()}


def cells_of(listing: GlobalListing, shops: Container[int] | None = None) -> list[Listing]:
    """Return in which of these shops (by our keys; None: all) a listing is or is to be sold."""
    cells = [cell for cell in listing.listings.all() if cell.status != Listing.Status.DELETED]
    return cells if shops is None else [cell for cell in cells if cell.shop_id in shops]


def check_loaded(loaded: Sequence[GlobalListing], *, shops: Container[int] | None = None) -> dict[int, Checked]:
    """Check listings that `drafting.with_all` has loaded, for these shops, and keep what was found on them."""
    knowledge, now, found = Knowledge(loaded), timezone.now(), dict[int, Checked]()
    for listing in loaded:
        rules = knowledge.rules_of(listing)
        draft = draft_of(listing, cells_of(listing, shops), rules=rules)
        findings = check(draft, rules, knowledge.facts_of(listing, listing.listings.all()))
        found[listing.pk] = Checked(findings, rules)
        listing.findings, listing.checked_at = as_json(findings), now
    GlobalListing.objects.bulk_update(loaded, ["findings", "checked_at"], batch_size=200)
    return found


def request_check(global_listings: Sequence[GlobalListing], *, requested_by: str = "") -> SyncJob:
    """Queue a check of listings of one account; rules of their categories that are old are read first.

    Raise Refused where none is chosen, or they belong to several accounts.
    """
    if not global_listings:
        raise Refused(_("No listing is chosen. Choose at least one."), field="listings")
    account = global_listings[0].account
    if any(listing.account_id != account.pk for listing in global_listings):
        raise Refused(_("The listings belong to several accounts. Check one account at a time."), field="account")
    check_selling(account)
    ids = sorted(listing.pk for listing in global_listings)
    return jobs.enqueue(
        "catalog.tasks.check_listings",
        key=f"check:{account.pk}:{ids[0]}-{ids[-1]}x{len(ids)}",
        lane=Lane.PUBLISH,
        account=account,
        requested_by=requested_by,
        listing_ids=ids,
    )


def check_listings(listing_ids: Sequence[int]) -> int:
    """Check listings by their keys, having read what their categories ask where that is old.

    Return how many have errors. A long check goes on in the next turn; what was checked since the job was asked for is
    not checked again.
    """
    job = jobs.current()
    left = GlobalListing.objects.filter(pk__in=listing_ids).order_by("pk")
    if job:
        left = left.exclude(checked_at__gte=job.created_at)
    read, wrong = set[tuple[int, int]](), 0
    while chunk := list(left.select_related("account", "category")[:A_TURN]):
        for listing in chunk:
            key = (listing.account_id, listing.category_id or 0)
            if listing.category and listing.category.is_leaf and key not in read:
                _read_spec_where_old(listing)
                read.add(key)
        checked = check_many(chunk)
        wrong += sum(any(finding.is_error for finding in found) for found in checked.values())
        left = left.filter(pk__gt=chunk[-1].pk)
        with transaction.atomic():
            jobs.hold()
            jobs.progressed()
        if jobs.should_yield():
            raise jobs.Again(0, progressed=True)
    return wrong


def _read_spec_where_old(listing: GlobalListing) -> None:
    assert listing.category is not None
    spec = specs.spec_of(listing.account, listing.category)
    if spec is None or specs.is_old(spec):
        specs.read_spec(listing.account, listing.category)
