"""Selling on the simulator's Shopee as the catalogue's worker does: step by step, each progress saved first."""

import json
from collections import Counter
from dataclasses import asdict
from typing import Any

from accounts.models import PlatformAccount
from integrations import clock
from integrations.channels import Cell, DraftRefused, ListingDraft, PublishProgress
from integrations.shopee.gateway import gateway_for
from tests.support import Simulator

MOST_STEPS = 200


def saved(progress: PublishProgress) -> PublishProgress:
    """Return a progress as it comes back from the database: through JSON."""
    data = json.loads(json.dumps(asdict(progress)))
    cells = {shop: Cell(**cell) for shop, cell in data.pop("cells").items()}
    return PublishProgress(**data, cells=cells)


def publish(
    account: PlatformAccount,
    draft: ListingDraft,
    progress: PublishProgress | None = None,
    *,
    steps: list[str] | None = None,
) -> PublishProgress:
    """Publish to the end. Where a step waits, another process goes on."""
    progress = progress or PublishProgress()
    channel = gateway_for(account)
    for _step in range(MOST_STEPS):
        progress = saved(channel.publish(draft, progress))
        if steps is not None:
            steps.append(progress.step)
        if progress.done:
            return progress
        if progress.wait:
            clock.sleep(progress.wait)
            channel = gateway_for(account)
    raise AssertionError(f"not done after {MOST_STEPS} steps: {progress}")


def publish_until_refused(
    account: PlatformAccount, draft: ListingDraft, progress: PublishProgress | None = None
) -> tuple[PublishProgress, DraftRefused]:
    """Publish until the product is refused; return what was saved before, and the refusal."""
    progress, channel = progress or PublishProgress(), gateway_for(account)
    for _step in range(MOST_STEPS):
        try:
            progress = saved(channel.publish(draft, progress))
        except DraftRefused as refusal:
            return progress, refusal
        assert not progress.done, "nothing was refused"
        if progress.wait:
            clock.sleep(progress.wait)
            channel = gateway_for(account)
    raise AssertionError(f"not refused after {MOST_STEPS} steps: {progress}")


def publish_until_death(
    simulator: Simulator, account: PlatformAccount, draft: ListingDraft, progress: PublishProgress, *, at: str
) -> PublishProgress:
    """Publish until an endpoint was called, and return what was saved before that step: its process has died."""
    before, channel = calls(simulator)[at], gateway_for(account)
    for _step in range(MOST_STEPS):
        following = saved(channel.publish(draft, progress))
        if calls(simulator)[at] > before:
            return progress
        progress = following
        assert not progress.done, f"{at} was never called"
        clock.sleep(progress.wait)
        if progress.wait:
            channel = gateway_for(account)
    raise AssertionError(f"not done after {MOST_STEPS} steps: {progress}")


def calls(simulator: Simulator) -> Counter[str]:
    """Count the calls that reached the simulator's Shopee, by endpoint: "global_product.add_global_item"."""
    found = simulator.look("calls", platform="shopee", limit=5000)["calls"]
    return Counter(
        str(call["path"]).removeprefix("/api/v2/").replace("/", ".") for call in found if call["platform"] == "shopee"
    )


def books(simulator: Simulator, kind: str) -> list[dict[str, Any]]:
    """Return what the simulator's Shopee entered in its books of a kind: global_items, publish_tasks, shop_items …"""
    return [
        entry for entry in simulator.look("books", platform="shopee", kind=kind)["entries"] if entry["kind"] == kind
    ]
