"""Products of shops that have no global ones: the same draft, once for each shop, each with a notebook of its own.

What a shop refuses is said in its cell where there are others; a product of one shop alone is refused as a whole.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from integrations.channels import Cell, DraftRefused, ListingDraft, PublishProgress, ShopDraft

Step = Callable[[ListingDraft, PublishProgress], PublishProgress]


def step(draft: ListingDraft, progress: PublishProgress, publish: Step) -> PublishProgress:
    """Take one step in the first shop that is not done; when all are, the whole is."""
    parts: dict[str, Any] = {shop: dict(part) for shop, part in progress.state.get("parts", {}).items()}
    cells, wait, word = dict(progress.cells), 0.0, ""
    if progress.done:  # a new round, in which each has one
        parts = {shop: part | {"over": False} for shop, part in parts.items()}
    waiting = [shop for shop in draft.shops if not parts.get(shop.shop_id, {}).get("over")]
    for shop in waiting[:1]:
        cell = cells.get(shop.shop_id, Cell())
        part = parts.setdefault(shop.shop_id, {"state": {}, "done": False})
        if cell.status == "deleted":
            part |= {"state": {}, "done": False}  # it is made anew
        before = PublishProgress(
            state=part["state"], cells={shop.shop_id: cell}, variant_ids=cell.variant_ids, done=part["done"]
        )
        try:
            after = publish(of_shop(draft, shop), before)
        except DraftRefused as refusal:
            if len(draft.shops) == 1:
                raise
            cells[shop.shop_id] = Cell(status="refused", reason=str(refusal), code=refusal.code, field=refusal.field)
            parts[shop.shop_id] = part | {"done": True, "over": True}
            continue
        parts[shop.shop_id] = {"state": after.state, "done": after.done, "over": after.done}
        cells |= after.cells
        wait, word = after.wait, after.step
    done = all(parts.get(shop.shop_id, {}).get("over") for shop in draft.shops)
    return PublishProgress(
        state={"parts": parts}, cells=cells, step="" if done else word, done=done, wait=0.0 if done else wait
    )


def of_shop(draft: ListingDraft, shop: ShopDraft) -> ListingDraft:
    """Return the draft as one shop is to have it: with its own words and prices."""
    return replace(
        draft,
        name=shop.name or draft.name,
        description=shop.description or draft.description,
        variants=tuple(replace(each, price=shop.prices.get(each.sku, each.price)) for each in draft.variants),
        shops=(shop,),
    )
