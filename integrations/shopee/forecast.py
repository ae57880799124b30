"""How many calls a publication still takes where all goes well, by the limit that each meets. Calls nothing."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from integrations.channels import CallsNeeded, Cell, ListingDraft, PublishProgress

from . import access
from .notebook import AGAIN, PUBLISHING, WAITING
from .shops import Shops

LOOKS = 4  # at what is published, until the last of some shops is done


def calls_needed(shops: Shops, draft: ListingDraft, progress: PublishProgress, *, uploads: int) -> CallsNeeded:
    """Return the calls that are left: pictures, item, variants, tasks, looks, and the shops' own variants."""
    account = shops.account
    own: Counter[str] = Counter()
    if uploads:
        own[access.public_bucket_for(access.app_of(account))] += uploads
    merchant = access.bucket_for(account)
    if not draft.is_global:
        for shop in draft.shops:
            state = progress.state.get("parts", {}).get(shop.shop_id, {}).get("state", {})
            own[access.bucket_for(account, shops.row(shop.shop_id))] += _of_the_item(draft, state) + 1
        return CallsNeeded(by_limit=dict(own))
    own[merchant] += _of_the_item(draft, {"item": progress.global_id} | progress.state)
    cells = [progress.cells.get(shop.shop_id, Cell()) for shop in draft.shops]
    tasks = sum(cell.status in (WAITING, *AGAIN) for cell in cells)
    own[merchant] += tasks + (1 if tasks else 0)
    own[merchant] += LOOKS if tasks or any(cell.status == PUBLISHING for cell in cells) else 1
    for shop, cell in zip(draft.shops, cells, strict=True):
        if draft.axes and not cell.variant_ids:
            own[access.bucket_for(account, shops.row(shop.shop_id))] += 1
    return CallsNeeded(by_limit={key: calls for key, calls in own.items() if calls})


def _of_the_item(draft: ListingDraft, state: Mapping[str, Any]) -> int:
    """Return the calls for the item and its variants: one to make it, two to make them and read their numbers.

    An item of one shop needs its shop's carriers too.
    """
    calls = 0 if state.get("item") else 1
    if not draft.is_global and calls and not all(shop.carriers for shop in draft.shops):
        calls += 1
    return calls + (2 if draft.axes and not state.get("shape") else 0)
