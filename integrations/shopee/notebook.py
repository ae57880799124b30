"""The notebook of a publication: what a `PublishProgress` keeps in `state`, JSON only, in words of this package.

Every write is announced before it is sent: a step writes a mark and returns, so that the mark is saved; the next one
sends. A mark with nothing behind it means that the answer may be lost: then it is looked for first. Whether a mark has
been sent is known to the process that made it (`Unsent`); another one has to look.

A round goes from the first step to `done`. A progress that is done, or whose draft has changed, begins a new one: its
shops that were refused or blocked are tried again, and all that was sent before is compared by digests.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import uuid4

from integrations import clock
from integrations.channels import Cell, ListingDraft, PublishProgress
from integrations.errors import OutcomeUnknown

from .mappers import digest

WAITING, PUBLISHING = "waiting", "publishing"
AGAIN = ("refused", "blocked", "deleted")  # cells that a new round tries again
MOST_LOST = 6  # answers in a row; then a person shall look at what is wrong
SETTLE_S = 10.0  # after a lost answer: what was sent may still be at work, and lists lag behind

Marks = dict[str, Any]


class Unsent:
    """The marks that this process made and has not sent yet: theirs are the only writes that need no look first."""

    def __init__(self) -> None:
        self._keys: set[str] = set()

    def new(self) -> str:
        """Return the key of a new mark."""
        key = uuid4().hex[:12]
        self._keys.add(key)
        return key

    def take(self, key: str) -> bool:
        """Tell whether a mark is certainly unsent; from now on it is not."""
        if key not in self._keys:
            return False
        self._keys.remove(key)
        return True


class Notebook:
    """A progress while a step works on it; `progress()` returns the next one."""

    def __init__(self, draft: ListingDraft, progress: PublishProgress) -> None:
        self._before = progress
        self.state: dict[str, Any] = deepcopy(progress.state)
        self.variant_ids = dict(progress.variant_ids)
        self.cells = dict(progress.cells)
        self.item_id: str = progress.global_id or self.state.get("item", "") or self._taken_over(draft)
        self.done, self.wait, self.step = False, 0.0, progress.step
        self._is_global = draft.is_global
        written = digest(repr(_words_of(draft)))
        if progress.done or self.state.get("draft") != written:
            self._begin_round(draft, written)

    def _begin_round(self, draft: ListingDraft, written: str) -> None:
        self.state |= {"draft": written, "round": {}, "pace": {}}
        for shop in draft.shops:
            cell = self.cells.get(shop.shop_id)
            if cell is None or cell.status in AGAIN:
                self.cells[shop.shop_id] = Cell()
                self.shops.pop(shop.shop_id, None)

    def _taken_over(self, draft: ListingDraft) -> str:
        """Note the item that stands in the only shop of a draft without knowing it from here: it was there before."""
        cell = self.cells.get(draft.shops[0].shop_id, Cell()) if not draft.is_global and draft.shops else Cell()
        if cell.status == "deleted" or not cell.listing_id:
            return ""
        self.state["item"] = cell.listing_id
        return cell.listing_id

    # What is known

    @property
    def round(self) -> dict[str, Any]:
        """Return what this round has done already."""
        found: dict[str, Any] = self.state.setdefault("round", {})
        return found

    @property
    def shops(self) -> dict[str, Marks]:
        """Return by shop: the publish task, or the mark of one."""
        found: dict[str, Marks] = self.state.setdefault("shops", {})
        return found

    @property
    def sent(self) -> dict[str, str]:
        """Return by part of the item the digest of what was sent last."""
        found: dict[str, str] = self.state.setdefault("sent", {})
        return found

    def made(self, item_id: str, sent: Mapping[str, str]) -> None:
        """Note that the item is there, and with what it was made."""
        self.item_id = item_id
        self.state |= {"item": item_id, "made_at": clock.now(), "sent": dict(sent)}
        self.state.pop("mark", None)

    def set_cell(self, shop_id: str, **changes: Any) -> None:
        """Change what is said of a shop."""
        self.cells[shop_id] = replace(self.cells.get(shop_id, Cell()), **changes)

    # Marks

    def mark(self, what: str, unsent: Unsent) -> None:
        """Announce a write; return from the step, so that it is saved."""
        self.state["mark"] = {"what": what, "since": clock.now(), "key": unsent.new(), "draft": self.state["draft"]}

    def marked(self, what: str) -> Marks | None:
        """Return the mark of an announced write."""
        found: Marks | None = self.state.get("mark")
        return found if found and found["what"] == what else None

    def unmark(self) -> None:
        """Forget the mark: what it announced is done, or certainly not done."""
        self.state.pop("mark", None)

    def count_lost(self, error: OutcomeUnknown) -> None:
        """Note a lost answer and wait a little; raise it where too many came in a row."""
        self.state["lost"] = self.state.get("lost", 0) + 1
        if self.state["lost"] > MOST_LOST:
            raise error
        self.wait = max(self.wait, SETTLE_S)

    def count_answer(self) -> None:
        """Note that a write was answered."""
        self.state.pop("lost", None)
        self.state.pop("rough", None)

    # The end of a step

    def progress(self) -> PublishProgress:
        """Return how far it is now."""
        return PublishProgress(
            state=self.state,
            global_id=self.item_id if self._is_global else "",
            variant_ids=self.variant_ids,
            cells=self.cells,
            step="" if self.done else self.step,
            done=self.done,
            wait=0.0 if self.done else self.wait,
        )


def _words_of(draft: ListingDraft) -> ListingDraft:
    """Return a draft without prices and stock: these move all the time, and are pushed by calls of their own."""
    return replace(
        draft,
        variants=tuple(replace(variant, price=Decimal(0), stock={}) for variant in draft.variants),
        shops=tuple(replace(shop, prices={}) for shop in draft.shops),
    )
