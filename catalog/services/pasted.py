"""Reading a list that a person put together: every item is asked for by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import takewhile

from catalog.models import SelectionItem
from integrations import runs
from integrations.contracts import Fetched, Unreadable
from integrations.errors import Invalid, PlatformError

from . import reading
from .reading import Mode, Reading, unknown


class PastedReading(Reading):
    """A list of products that a person put together: every item is asked for by itself.

    "Full" reads the items that have no product yet, the others read all.
    """

    def step(self) -> bool:
        after = self.run.cursor.get("after")
        items = self.selection.items.all()
        if self.mode == Mode.FULL:
            items = items.filter(product=None)
        chunk = list(items.filter(pk__gt=after or 0).order_by("pk").select_related("product")[: reading.CHUNK])
        total = items.count() if after is None else None
        answers, error = self._ask(chunk)
        if answers or after is None:
            with runs.page(self.run) as page:
                if total is not None:
                    page.total = total
                doubles = self._name(answers)
                page.seen += len(answers) - len(doubles)
                page.total = (page.total or 0) - len(doubles)
                kept = {pk: answer for pk, answer in answers.items() if pk not in doubles}
                self._save(page, kept.values(), {}, may_conclude=self.mode == Mode.SWEEP)
                page.cursor["after"] = max(answers, default=after or 0)
        if error:
            raise error
        return bool(chunk)

    def _ask(self, items: Sequence[SelectionItem]) -> tuple[dict[int, Fetched], PlatformError | None]:
        """Return the answers by the items' keys, as far as they came, in the items' order."""
        by_id: dict[int, str] = {}
        answers: dict[int, Fetched] = {}
        error: PlatformError | None = None
        for item in items:
            try:
                kind, value = (
                    ("id", item.external_id) if item.product_id else self.supplier.id_from_text(item.external_id)
                )
                if kind == "id":
                    by_id[item.pk] = value
                else:
                    answers[item.pk] = self.supplier.product_by_sku(value)
            except Invalid as problem:
                answers[item.pk] = _refused(item, problem)
            except PlatformError as trouble:
                error = trouble
                break
        fetched, trouble_with_ids = self._fetch(list(by_id.values()))
        answers |= dict(zip(by_id, fetched, strict=False))
        in_a_row = takewhile(lambda item: item.pk in answers, items)  # the cursor goes by keys: nothing behind a gap
        return {item.pk: _as_pasted(item, answers[item.pk]) for item in in_a_row}, error or trouble_with_ids

    def _name(self, answers: Mapping[int, Fetched]) -> set[int]:
        """Put the product's id where a SKU was pasted; return the keys of items that turned out to be on the list."""
        doubles: set[int] = set()
        named = {pk: answer.product.external_id for pk, answer in answers.items() if answer.product}
        taken = set(
            self.selection.items.filter(external_id__in=named.values())
            .exclude(pk__in=named)
            .values_list("external_id", flat=True)
        )
        for pk, external_id in named.items():
            if external_id in taken:
                doubles.add(pk)
            taken.add(external_id)
        SelectionItem.objects.filter(pk__in=doubles).delete()
        renamed = [
            SelectionItem(pk=pk, external_id=external_id) for pk, external_id in named.items() if pk not in doubles
        ]
        SelectionItem.objects.bulk_update(renamed, ["external_id"])
        return doubles


def _as_pasted(item: SelectionItem, answer: Fetched) -> Fetched:
    """Return an answer without a product under the text that was pasted, as its item is known."""
    if answer.product or item.product_id:
        return answer
    problem = replace(answer.problem or unknown(item.external_id), external_id=item.external_id)
    return Fetched(external_id=item.external_id, problem=problem)


def _refused(item: SelectionItem, error: PlatformError) -> Fetched:
    problem = Unreadable(external_id=item.external_id, kind="refused", reason=str(error))
    return Fetched(external_id=item.external_id, problem=problem)
