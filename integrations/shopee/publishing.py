"""Step by step from a draft to an item with its variants: pictures, item, variants; each step sends at most one write.

Where a mark of an earlier step is found whose answer may be lost, it is looked first (notebook.py says how).
"""

import re
from collections.abc import Mapping
from typing import Any, Protocol

from django.utils.translation import gettext as _

from integrations import clock
from integrations.channels import DraftRefused, ListingDraft, PublishProgress
from integrations.errors import NotFound, OutcomeUnknown, Rejected, Unavailable

from . import mappers, variants
from .codes import REPEATED_GLOBAL_ITEM, bare_code
from .images import ImageHost, urls_of
from .mappers import OLD, STANDARD
from .notebook import SETTLE_S, Marks, Notebook, Unsent
from .refusals import in_words_of_the_draft
from .variants import INIT, Seen, Write
from .ware import Ware

IMAGES, PRODUCT, VARIANTS = "images", "product", "variants"
READY_S = 5.0  # from making an item to its variants (Shopee: init_tier_variation)
ROUGH = (2.0, 5.0, 15.0, 60.0, 300.0)  # seconds to wait where a write was refused for now
_MEASURES = {"weight_g", "length_mm", "days_to_ship"}  # of the item: they overwrite those of its variants
_SAME_LEVEL = re.compile(r"level of tier-?variation not change", re.IGNORECASE)
_NO_IMAGE = re.compile(r"image not exist|invalid image|image is invalid", re.IGNORECASE)
_OF_THE_DATA = re.compile(r"level|tier_index|image|duplicat|at most|price|stock|location", re.IGNORECASE)


class Spreading(Protocol):
    """What comes after the item: its way into the shops."""

    def step(self, draft: ListingDraft, book: Notebook) -> None: ...


class Publisher:
    """Takes publications of one account a step nearer."""

    def __init__(self, ware: Ware, images: ImageHost, spreading: Spreading, unsent: Unsent) -> None:
        self._ware, self._images, self._spreading, self._unsent = ware, images, spreading, unsent

    def step(self, draft: ListingDraft, progress: PublishProgress) -> PublishProgress:
        """Take one step. Lost answers and refusals for now are noted in the progress, with the seconds to wait.

        Raise DraftRefused where the product itself is refused; what was kept before stays good.
        """
        _refuse_shapeless(draft)
        book = Notebook(draft, progress)
        sending = _Sending()
        self._tell_refusal(book)
        try:
            in_words_of_the_draft(lambda: self._advance(draft, book, sending))
        except OutcomeUnknown as error:
            book.count_lost(error)
        except DraftRefused as refusal:
            if not sending.now:
                raise
            if _NO_IMAGE.search(str(refusal)):
                self._images.forget(urls_of(draft))
            self._keep_refusal(book, refusal)
        except Unavailable as error:
            # A write that was certainly not done: its mark goes, or the next step would look for what is not there.
            if not sending.now or book.state.get("rough", 0) >= len(ROUGH):
                raise
            book.unmark()
            rough = book.state["rough"] = book.state.get("rough", 0) + 1
            book.wait = max(error.retry_after or 0.0, ROUGH[rough - 1])
        return book.progress()

    def _keep_refusal(self, book: Notebook, refusal: DraftRefused) -> None:
        """Note that a write was refused, so that its mark is gone before anybody is told: there is nothing to look for.

        The next step of this process tells; another process tries again, for then something may have been mended.
        """
        book.unmark()
        book.count_answer()
        book.state["refused"] = {
            "key": self._unsent.new(),
            "message": str(refusal),
            "field": refusal.field,
            "code": refusal.code,
            "request_id": refusal.request_id,
        }

    def _tell_refusal(self, book: Notebook) -> None:
        refused = book.state.pop("refused", None)
        if refused and self._unsent.take(refused.pop("key")):
            raise DraftRefused(refused.pop("message"), **refused)

    def _advance(self, draft: ListingDraft, book: Notebook, sending: "_Sending") -> None:
        if not book.round.get("item"):
            book.step = IMAGES
            if not self._pictures(draft, book):
                return
            book.step = PRODUCT
            images = self._images.known(urls_of(draft))
            parts = mappers.item_parts(draft, images, self._ware.words)
            if not book.item_id:
                self._make(draft, book, parts, sending)
                return
            if not self._bring_up_to_date(book, parts, sending):
                return
        if not book.round.get("variants"):
            book.step = VARIANTS
            if not self._variants(draft, book, sending):
                return
        self._spreading.step(draft, book)

    # Pictures

    def _pictures(self, draft: ListingDraft, book: Notebook) -> bool:
        """Upload what is missing, one call a step; tell whether all are there."""
        urls = urls_of(draft)
        known = self._images.known(urls)
        if all(url in known for url in urls):
            return True
        left = self._images.upload(urls)
        book.count_answer()
        if not left and not book.item_id:
            book.mark(PRODUCT, self._unsent)
            book.step = PRODUCT
        return False

    # The item

    def _make(
        self, draft: ListingDraft, book: Notebook, parts: Mapping[str, Mapping[str, Any]], sending: "_Sending"
    ) -> None:
        """Make the item, having announced it; where an answer may be lost, look for our SKU first."""
        mark = book.marked(PRODUCT)
        if mark is None:
            book.mark(PRODUCT, self._unsent)
            return
        if not self._unsent.take(mark["key"]) and not self._is_lacking(draft, book, mark, parts):
            return
        body = mappers.new_item(draft, parts) | self._shop_fields(draft)
        mark["since"] = clock.now()
        try:
            with sending:
                item_id = self._ware.add(body)
        except Rejected as refusal:
            if refusal.code != REPEATED_GLOBAL_ITEM:
                raise
            self._adopt(draft, book, refusal)
            return
        book.count_answer()
        book.made(item_id, mappers.digests(parts))
        book.state["seen"] = Seen().to_json()  # a new item has no variants
        book.round["item"] = True
        book.step = VARIANTS
        if draft.axes and draft.is_global:
            book.wait = READY_S

    def _is_lacking(
        self, draft: ListingDraft, book: Notebook, mark: Marks, parts: Mapping[str, Mapping[str, Any]]
    ) -> bool:
        """Tell whether an item of which the answer was lost is not there; one that is, is taken over."""
        rest = mark["since"] + SETTLE_S - clock.now()
        if rest > 0:
            book.wait = rest
            return False
        found = self._ware.find(draft.reference, since=mark["since"])
        if not found.item_id:
            return True
        # Where the draft was changed since, the item has other words: all of them are sent again.
        is_this_draft = mark["draft"] == book.state["draft"]
        book.made(found.item_id, mappers.digests(parts) if is_this_draft else {})
        return False

    def _adopt(self, draft: ListingDraft, book: Notebook, refusal: Rejected) -> None:
        """Take over the item that has our SKU already; refuse, naming it, where it is somebody else's."""
        found = self._ware.find(draft.reference, name=draft.name)
        if not found.item_id:
            raise DraftRefused(
                _("%(reason)s The one that is there: %(item)s.") % {"reason": refusal, "item": ", ".join(found.similar)}
                if found.similar
                else refusal,
                field="name",
                code=refusal.code,
                request_id=refusal.request_id,
            ) from refusal
        book.made(found.item_id, {})

    def _shop_fields(self, draft: ListingDraft) -> dict[str, Any]:
        """Return what only an item of one shop has: carriers, and whether it is shown."""
        if draft.is_global or not draft.shops:
            return {}
        shop = draft.shops[0]
        fields: dict[str, Any] = {"item_status": "NORMAL" if shop.listed else "UNLIST"}
        return fields | ({"logistic_info": mappers.to_carriers(shop.carriers)} if shop.carriers else {})

    def _bring_up_to_date(self, book: Notebook, parts: Mapping[str, Mapping[str, Any]], sending: "_Sending") -> bool:
        """Send the parts that changed since they were sent last; tell whether nothing was to be sent.

        To say the same twice does no harm, so that it needs no mark: a lost answer is said again.
        """
        known = mappers.digests(parts)
        changed = [name for name in parts if book.sent.get(name) != known[name]]
        if changed:
            body: dict[str, Any] = {}
            for name in changed:
                body |= parts[name]
            with sending:
                self._ware.update(book.item_id, body)
            book.count_answer()
            if book.sent and _MEASURES & set(changed):
                book.state.pop("shape", None)
        book.state["sent"] = known
        book.round["item"] = True
        return not changed

    # Variants

    def _variants(self, draft: ListingDraft, book: Notebook, sending: "_Sending") -> bool:
        """Bring axes and variants nearer to the draft, one write a step; tell whether they agree."""
        images = self._images.known(urls_of(draft))
        tiers = mappers.to_tiers(draft, images)
        wanted = [(each.sku, each.options, mappers.model_measures(each)) for each in draft.variants]
        shape = mappers.digest([repr(tiers), wanted])
        if book.state.get("shape") == shape:
            book.round["variants"] = True
            return True
        mark = book.marked(VARIANTS)
        if mark and not self._unsent.take(mark["key"]):
            book.state.pop("seen", None)  # what was sent may have changed it: this is the look before it is sent again
        seen = self._seen(book)
        write = variants.next_write(draft, tiers, seen, self._ware.words)
        done: list[str] = book.round.setdefault("writes", [])
        if write is None or write.key in done:  # said once and taken: Shopee keeps a spelling of its own
            book.unmark()
            self._settle(draft, book, seen, shape)
            return True
        if not mark:
            rest = book.state.get("made_at", 0.0) + READY_S - clock.now()
            if draft.is_global and write.kind == INIT and rest > 0:
                book.wait = rest
                return False
            book.mark(VARIANTS, self._unsent)
            return False
        with sending:
            self._send_variants(book, write)
        book.count_answer()
        book.state.pop("seen", None)
        done.append(write.key)
        book.unmark()
        return False

    def _seen(self, book: Notebook) -> Seen:
        kept = book.state.get("seen")
        if kept is not None:
            return Seen.from_json(kept)
        seen = self._ware.seen(book.item_id)
        book.state["seen"] = seen.to_json()
        return seen

    def _settle(self, draft: ListingDraft, book: Notebook, seen: Seen, shape: str) -> None:
        """Note that the variants are as wanted, and which id each has."""
        known = variants.matched(draft, seen)
        if draft.axes:
            book.variant_ids = {sku: model.model_id for sku, model in known.items()}
            book.state["indexes"] = {sku: list(model.index) for sku, model in known.items()}
        else:
            book.variant_ids = {variant.sku: "" for variant in draft.variants}
            book.state["indexes"] = {}
        book.state["shape"] = shape
        book.state.pop("seen", None)
        book.round["variants"] = True

    def _send_variants(self, book: Notebook, write: Write) -> None:
        """Send a write, in the spelling of axes that Shopee takes: the new one, or the old one where it is refused."""
        form: str = book.state.get("form", STANDARD)
        try:
            self._ware.change(book.item_id, write, form)
        except NotFound:
            raise
        except Rejected as refusal:
            if bare_code(refusal.code) == "error_check_language_fail":  # here of no text but an option's or an axis's
                raise DraftRefused(
                    refusal, field="variants", code=refusal.code, request_id=refusal.request_id
                ) from refusal
            if write.kind == INIT and _SAME_LEVEL.search(str(refusal)):
                return  # it was done before
            said = str(refusal).rpartition("error_param:")[2]
            if refusal.code != "error_param" or write.tiers is None or form == OLD or _OF_THE_DATA.search(said):
                raise
            self._ware.change(book.item_id, write, OLD)
            book.state["form"] = OLD


def _refuse_shapeless(draft: ListingDraft) -> None:
    """Refuse a draft that can't be put into Shopee's words; a check finds it earlier, but it may be edited since."""
    if not draft.variants:
        raise DraftRefused(_("There is nothing to sell: no variant is chosen."), field="variants")
    if any(len(variant.options) != len(draft.axes) for variant in draft.variants):
        raise DraftRefused(_("Each variant needs one option for each axis."), field="axes")


class _Sending:
    """Whether an error came from a write, rather than from a look before it."""

    def __init__(self) -> None:
        self.now = False

    def __enter__(self) -> None:
        self.now = True

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        self.now = kind is not None
