"""From a global item into the shops: one task a shop, then the list of what is published as the truth.

The order of the calls is made to need few. One asks which shops can be published to, one starts a task for each, and
one look at the list of published items tells of all shops that are done. Tasks themselves are asked only when they are
late: then they are probably the ones that failed, and know why. No task is started twice: where an answer was lost, the
list and the shop's own state are looked at first, until a task that may be running must have ended.
"""

import re

from django.utils.translation import gettext as _

from integrations import clock
from integrations.channels import Cell, ListingDraft, ShopDraft
from integrations.errors import OutcomeUnknown, Rejected, Unavailable

from . import mappers, paging
from .checking import CHECK, Checking, own_texts, published, settle
from .notebook import PUBLISHING, WAITING, Marks, Notebook, Unsent
from .parsing import flag, known_id, mapping, records, text
from .refusals import field_of, field_of_error
from .shops import Shops

SHOPS, RESULTS = "shops", "results"
PAUSES = (2.0, 3.0, 5.0, 8.0, 13.0, 20.0, 30.0, 60.0, 60.0, 300.0, 600.0)  # seconds between two looks
ASK_FROM = 3  # looks after which the tasks that are not done are asked themselves: some 18 s, most take less
DOUBT_S = 120.0  # after which a task whose start nobody confirmed is not running
LATE_S = 60.0  # after a success that the list does not show
MOST_TRIES = 4  # to start a task, where it is refused for now or answers are lost
_RUNNING = re.compile(r"task .*running|is publishing|in progress", re.IGNORECASE)


class GlobalSpreading:
    """Publishes the global items of a merchant to its shops."""

    def __init__(self, shops: Shops, unsent: Unsent) -> None:
        self._shops, self._unsent = shops, unsent
        self._checking = Checking(shops)

    def step(self, draft: ListingDraft, book: Notebook) -> None:
        """Go on in all shops of the draft: at most one write."""
        book.step = SHOPS
        wanted = [shop for shop in draft.shops if book.cells[shop.shop_id].status == WAITING]
        if unasked := [shop for shop in wanted if shop.shop_id not in book.shops]:
            self._ask_which(unasked, book)
            self._announce(draft, book)
            return
        for shop in wanted:
            mark = book.shops[shop.shop_id]
            if _is_free(mark):
                self._announce(draft, book)
                return
            if not self._unsent.take(mark["key"]):
                self._doubt(shop, mark, book)
                continue
            self._start(shop, mark, draft, book)
            if not book.wait:  # a mark that waits would be another process's, and look as if it had been sent
                self._announce(draft, book)
            return
        if [shop for shop in draft.shops if book.cells[shop.shop_id].status == PUBLISHING]:
            book.step = RESULTS
            self._look(draft, book)
            return
        book.step = CHECK
        self._checking.step(draft, book)

    # Which shops can be published to

    def _ask_which(self, wanted: list[ShopDraft], book: Notebook) -> None:
        said = self._publishable(book.item_id)
        closed = [shop for shop in wanted if said.get(shop.shop_id, ("", ""))[0] != "yes"]
        there = published(self._shops, book.item_id) if closed else {}
        for shop in wanted:
            verdict, reason = said.get(shop.shop_id, ("", ""))
            if shop.shop_id in there:
                settle(shop, there[shop.shop_id], book)
            elif verdict == "yes":
                book.shops[shop.shop_id] = {}
            elif _RUNNING.search(reason):
                book.shops[shop.shop_id] = {"doubt": clock.now()}
                book.set_cell(shop.shop_id, status=PUBLISHING, reason=reason)
            else:
                self._block(shop, reason, book)

    def _block(self, shop: ShopDraft, reason: str, book: Notebook) -> None:
        unnamed = _("Shopee does not offer this shop. Check that the seller ticked it when allowing the app.")
        book.shops.pop(shop.shop_id, None)
        book.cells[shop.shop_id] = Cell(
            status="blocked", reason=reason or unnamed, field=field_of("", reason) if reason else "shop"
        )

    def _publishable(self, item_id: str) -> dict[str, tuple[str, str]]:
        """Return by shop "yes" or "no", and why not."""
        calls = self._shops.merchant.global_product
        rows = paging.by_offset(
            lambda offset: calls.get_shop_publishable_status(item_id, offset=offset), "shop_publishable_status_list"
        )
        return {
            known_id(row.get("shop_id")): (
                "yes" if flag(row.get("shop_publishable_status")) else "no",
                text(row.get("unpublishable_reason"), 500),
            )
            for row in records(list(rows))
        }

    # Tasks

    def _announce(self, draft: ListingDraft, book: Notebook) -> None:
        """Mark the next shop that waits for its task: it is saved together with what this step made."""
        for shop in draft.shops:
            mark = book.shops.get(shop.shop_id)
            if mark is not None and _is_free(mark) and book.cells[shop.shop_id].status == WAITING:
                mark |= {"key": self._unsent.new(), "since": clock.now()}
                return

    def _start(self, shop: ShopDraft, mark: Marks, draft: ListingDraft, book: Notebook) -> None:
        """Start a shop's task; what goes wrong with it concerns this shop alone."""
        body = mappers.publish_task(book.item_id, shop, draft, book.state.get("indexes", {}))
        try:
            answer = mapping(self._shops.merchant.global_product.create_publish_task(body))
        except OutcomeUnknown:
            self._doubt(shop, mark, book)
            return
        except Unavailable as error:  # certainly not started
            rough = mark.get("rough", 0) + 1
            if rough > MOST_TRIES:
                raise
            book.shops[shop.shop_id] = {"rough": rough, "lost": mark.get("lost", 0)}
            book.wait = max(error.retry_after or 0.0, PAUSES[rough])
            return
        except Rejected as refusal:
            book.shops.pop(shop.shop_id)
            book.cells[shop.shop_id] = Cell(
                status="refused", reason=str(refusal), code=refusal.code, field=field_of_error(refusal)
            )
            return
        book.count_answer()
        task = known_id(answer.get("publish_task_id"))
        if not task:
            self._doubt(shop, mark, book)
            return
        book.shops[shop.shop_id] = {"task": task, "since": clock.now()}
        book.set_cell(shop.shop_id, status=PUBLISHING, reason="", code="", field="")
        if wanted := own_texts(shop):
            book.state.setdefault("texts", {})[shop.shop_id] = mappers.digest(wanted)

    def _doubt(self, shop: ShopDraft, mark: Marks, book: Notebook) -> None:
        """Note that a task may or may not have been started; the next looks tell."""
        mark.pop("key", None)
        mark["doubt"] = mark.get("since", clock.now())
        book.set_cell(shop.shop_id, status=PUBLISHING, reason=_("The answer was lost; it is looked for."))

    # Results

    def _look(self, draft: ListingDraft, book: Notebook) -> None:
        """Look once at what is published; ask tasks that are late, each once."""
        pace = book.state.setdefault("pace", {})
        now, looks = clock.now(), pace.get("looks", 0)
        if "next" not in pace:
            pace["next"] = now + PAUSES[0]
        if now < pace["next"]:
            book.wait = pace["next"] - now
            return
        there = published(self._shops, book.item_id)
        for shop in draft.shops:
            if book.cells[shop.shop_id].status != PUBLISHING:
                continue
            if shop.shop_id in there:
                settle(shop, there[shop.shop_id], book)
            elif looks >= ASK_FROM:
                self._ask_task(shop, book)
        book.round["checked"] = True
        pace |= {"looks": looks + 1, "next": now + PAUSES[min(looks + 1, len(PAUSES) - 1)]}
        if any(book.cells[shop.shop_id].status == PUBLISHING for shop in draft.shops):
            book.wait = pace["next"] - now

    def _ask_task(self, shop: ShopDraft, book: Notebook) -> None:
        mark = book.shops.setdefault(shop.shop_id, {"doubt": clock.now()})
        if "task" not in mark:
            self._end_doubt(shop, mark, book)
            return
        try:
            result = mapping(self._shops.merchant.global_product.get_publish_task_result(mark["task"]))
        except Rejected as refusal:
            self._doubt(shop, mark, book)
            mark.pop("task")
            mark["reason"] = str(refusal)
            return
        except Unavailable:  # the next look tells
            return
        status = text(result.get("publish_status"), 40).lower()
        if status == "failed":
            reason = text(mapping(result.get("failed")).get("failed_reason"), 1000)
            book.shops.pop(shop.shop_id)
            book.cells[shop.shop_id] = Cell(
                status="refused",
                reason=reason or _("Shopee gives no reason."),
                code="publish_failed",
                field=field_of("", reason),
            )
        elif status == "success":
            item_id = known_id(mapping(result.get("success")).get("item_id"))
            mark.setdefault("success", clock.now())
            if item_id and clock.now() - mark["success"] > LATE_S:  # the list lags behind: the task's word is good
                settle(shop, ("live", item_id), book)

    def _end_doubt(self, shop: ShopDraft, mark: Marks, book: Notebook) -> None:
        """Start the task again once nothing of the first one can be under way; the shop itself says so."""
        if clock.now() - mark["doubt"] < DOUBT_S:
            return
        verdict, reason = self._publishable(book.item_id).get(shop.shop_id, ("", ""))
        lost = mark.get("lost", 0) + 1
        if verdict == "yes" and lost < MOST_TRIES:
            book.shops[shop.shop_id] = {"lost": lost}
            book.cells[shop.shop_id] = Cell()
        elif verdict == "yes":
            book.shops.pop(shop.shop_id)
            reason = _("Shopee's answers were lost %(times)s times; nothing was published.") % {"times": lost}
            book.cells[shop.shop_id] = Cell(status="refused", reason=reason, code="answers_lost")
        elif not _RUNNING.search(reason):
            self._block(shop, reason, book)


def _is_free(mark: Marks) -> bool:
    """Tell whether nothing was sent for a shop, nor announced."""
    return not {"key", "task", "doubt"} & set(mark)
