"""Items and their variants as a publication makes and changes them: a merchant's global items, or one shop's items.

Both do the same under other names. Every method is one write, or reads as few pages as it can.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from django.utils.translation import gettext as _

from integrations import clock
from integrations.errors import NotFound, OutcomeUnknown, Rejected

from . import mappers, paging, variants
from .chunks import chunked
from .client import Client
from .parsing import known_id, listed, mapping, records, text
from .variants import ADD, DELETE, INIT, TIERS, Seen, Write
from .words import GLOBAL, SHOP, Words

# Clocks differ: an item that was made after our mark may be older by theirs.
SKEW = timedelta(minutes=5)
GLOBAL_INFOS, SHOP_INFOS = 20, 50  # items that one call describes
THERE = ("NORMAL", "UNLIST", "REVIEWING", "BANNED")  # statuses of items that are not deleted


@dataclass(frozen=True, slots=True)
class Found:
    """What was found when an item was looked for: ours, or another one of the same name."""

    item_id: str = ""
    similar: tuple[str, ...] = ()  # for people: number and SKU of each


class Ware(Protocol):
    """What a publication asks of the place where its item stands."""

    words: Words

    def find(self, sku: str, *, name: str = "", since: float | None = None) -> Found: ...
    def add(self, body: Mapping[str, Any]) -> str: ...
    def update(self, item_id: str, body: Mapping[str, Any]) -> None: ...
    def seen(self, item_id: str) -> Seen: ...
    def change(self, item_id: str, write: Write, form: str) -> None: ...


class GlobalWare:
    """A merchant's global items."""

    words = GLOBAL

    def __init__(self, client: Client) -> None:
        self._calls = client.global_product

    def find(self, sku: str, *, name: str = "", since: float | None = None) -> Found:
        """Look for an item by our SKU among those changed since a time (epoch seconds), or among all.

        Nothing searches by SKU: lists and descriptions are read until it turns up.
        """
        window: dict[str, Any] = {}
        if since is not None:
            start = datetime.fromtimestamp(since, UTC) - SKEW
            window = {"update_time_from": start, "update_time_to": datetime.fromtimestamp(clock.now(), UTC)}
        rows = paging.by_mark(
            lambda offset: self._calls.get_global_item_list(offset=offset, **window), "global_item_list"
        )
        ids = (known_id(mapping(row).get("global_item_id")) for row in rows)
        similar: list[str] = []
        for chunk in chunked(filter(None, ids), GLOBAL_INFOS):
            for row in self.describe(chunk):
                item_id, its_sku = known_id(row.get("global_item_id")), text(row.get("global_item_sku"), 200)
                if its_sku == sku:
                    return Found(item_id)
                if name and text(row.get("global_item_name"), 500) == name:
                    similar.append(_named(item_id, its_sku))
        return Found(similar=tuple(similar))

    def describe(self, item_ids: Sequence[str]) -> list[dict[str, Any]]:
        """Describe up to 20 items; those that are gone are left out, though one of them fails the whole call."""
        try:
            return records(mapping(self._calls.get_global_item_info(item_ids)).get("global_item_list"))
        except NotFound:
            if len(item_ids) == 1:
                return []
            return [row for item_id in item_ids for row in self.describe([item_id])]

    def add(self, body: Mapping[str, Any]) -> str:
        """Make an item and return its id."""
        return _id_of(self._calls.add_global_item(body), self.words)

    def update(self, item_id: str, body: Mapping[str, Any]) -> None:
        """Change fields of an item."""
        self._calls.update_global_item({**body, "global_item_id": item_id})

    def seen(self, item_id: str) -> Seen:
        """Read axes and variants."""
        return variants.to_seen(self._calls.get_global_model_list(item_id), self.words)

    def change(self, item_id: str, write: Write, form: str) -> None:
        """Change axes or variants."""
        if write.kind == DELETE:
            _all_deleted(self._calls.delete_global_model(item_id, write.model_id))
        elif write.kind == ADD:
            self._calls.add_global_model(item_id, write.rows)
        elif write.kind in (INIT, TIERS):
            name = "global_model" if write.kind == INIT else "model_list"
            body = {"global_item_id": item_id, name: list(write.rows), **mappers.spell(write.tiers or (), form)}
            (self._calls.init_tier_variation if write.kind == INIT else self._calls.update_tier_variation)(body)
        else:
            self._calls.update_global_model(item_id, write.rows)


class ShopWare:
    """The items of one shop that has no global products; `carriers` are its shipping channels where none is chosen."""

    words = SHOP

    def __init__(self, client: Client) -> None:
        self._calls, self._logistics = client.product, client.logistics

    def find(self, sku: str, *, name: str = "", since: float | None = None) -> Found:
        """Look for an item by our SKU: by search, and among those changed since a time, which the search may lag."""
        similar: list[str] = []
        for chunk in chunked(self._candidates(sku, name, since), SHOP_INFOS):
            for row in self.describe(chunk):
                item_id, its_sku = known_id(row.get("item_id")), text(row.get("item_sku"), 200)
                if text(row.get("item_status"), 40) not in THERE:
                    continue
                if its_sku == sku:
                    return Found(item_id)
                if name and text(row.get("item_name"), 500) == name:
                    similar.append(_named(item_id, its_sku))
        return Found(similar=tuple(similar))

    def _candidates(self, sku: str, name: str, since: float | None) -> Iterator[str]:
        found: dict[str, None] = {}
        rows = listed(mapping(self._calls.search_item(item_sku=sku)).get("item_id_list"))
        if name:
            rows += listed(mapping(self._calls.search_item(item_name=name)).get("item_id_list"))
        found |= dict.fromkeys(known_id(row) for row in rows)
        if since is not None:
            start = datetime.fromtimestamp(since, UTC) - SKEW
            end = datetime.fromtimestamp(clock.now(), UTC)
            changed = paging.by_offset(
                lambda offset: self._calls.get_item_list(
                    offset=offset, item_status=THERE, update_time_from=start, update_time_to=end
                ),
                "item",
            )
            found |= dict.fromkeys(known_id(mapping(row).get("item_id")) for row in changed)
        found.pop("", None)
        yield from found

    def describe(self, item_ids: Sequence[str]) -> list[dict[str, Any]]:
        """Describe up to 50 items; those that are gone are left out."""
        try:
            return records(mapping(self._calls.get_item_base_info(item_ids)).get("item_list"))
        except NotFound:
            return []

    def add(self, body: Mapping[str, Any]) -> str:
        """Make an item and return its id; a shop's item has to name its shipping channels."""
        if "logistic_info" not in body:
            body = {**body, "logistic_info": self._enabled_carriers()}
        return _id_of(self._calls.add_item(body), self.words)

    def _enabled_carriers(self) -> list[dict[str, Any]]:
        answer = mapping(self._logistics.get_channel_list())
        usable = [
            known_id(row.get("logistics_channel_id"))
            for row in records(answer.get("logistics_channel_list"))
            if row.get("enabled") is True and not known_id(row.get("mask_channel_id"))
        ]
        return mappers.to_carriers(usable)

    def update(self, item_id: str, body: Mapping[str, Any]) -> None:
        """Change fields of an item."""
        self._calls.update_item({**body, "item_id": item_id})

    def seen(self, item_id: str) -> Seen:
        """Read axes and variants."""
        return variants.to_seen(self._calls.get_model_list(item_id), self.words)

    def change(self, item_id: str, write: Write, form: str) -> None:
        """Change axes or variants."""
        if write.kind == DELETE:
            self._calls.delete_model(item_id, write.model_id)
        elif write.kind == ADD:
            self._calls.add_model(item_id, write.rows)
        elif write.kind in (INIT, TIERS):
            name = "model" if write.kind == INIT else "model_list"
            body = {"item_id": item_id, name: list(write.rows), **mappers.spell(write.tiers or (), form)}
            (self._calls.init_tier_variation if write.kind == INIT else self._calls.update_tier_variation)(body)
        else:
            self._calls.update_model(item_id, write.rows)


def _id_of(answer: object, words: Words) -> str:
    item_id = known_id(mapping(answer).get(words.item_id))
    if not item_id:
        raise OutcomeUnknown(_("Shopee took the product, but its answer names no number for it."))
    return item_id


def _named(item_id: str, sku: str) -> str:
    return f"{item_id} (SKU {sku})" if sku else item_id


def _all_deleted(answer: object) -> None:
    """Raise Rejected naming the shops where a variant is left; Shopee keeps it there, for instance in a promotion."""
    left = records(mapping(answer).get("failures"))
    if left:
        shops = ", ".join(dict.fromkeys(known_id(row.get("shop_id")) for row in left))
        raise Rejected(_("Shopee could not delete a variant in these shops: %(shops)s.") % {"shops": shops})
