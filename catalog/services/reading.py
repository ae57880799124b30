"""What all ways of reading a selection share: one step, and saving what products were answered with.

Each step calls the supplier outside of any transaction and then saves rows, counts and cursor together, so a worker
that is killed costs one step (design.md §3, promise 8).
"""

from collections.abc import Iterable, Mapping, Sequence

from django.db.models import OuterRef, Subquery, TextChoices
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import Product, Selection, SelectionItem
from integrations.contracts import Fetched, Supplier, Unreadable
from integrations.errors import PlatformError
from integrations.models import SyncRun
from integrations.runs import Page

from . import endings
from .upserts import Listed, upsert_products

CHUNK = 20  # details read between two saves


class Mode(TextChoices):
    """How thoroughly a selection is read."""

    FULL = "full", gettext_lazy("Everything in full")
    SCREEN = "screen", gettext_lazy("Lists, and in full what changed")
    SWEEP = "sweep", gettext_lazy("Everything in full, and what is gone")


class Reading:
    """One run through one selection."""

    def __init__(self, run: SyncRun, selection: Selection, supplier: Supplier) -> None:
        self.run, self.selection, self.supplier = run, selection, supplier
        self.account, self.mode = run.account, run.mode
        self.reason = str(run)[:100]

    def step(self) -> bool:
        """Take one step; return False when nothing is left to do."""
        raise NotImplementedError

    def shortcoming(self) -> str:
        """Return why not all of it was read, in words; empty where it was."""
        return ""

    def _fetch(self, external_ids: Sequence[str]) -> tuple[list[Fetched], PlatformError | None]:
        """Read products in full; what was read before an error is not lost."""
        found: list[Fetched] = []
        try:
            found.extend(self.supplier.products(external_ids))
        except PlatformError as error:
            return found, error
        return found, None

    def _save(
        self, page: Page, fetched: Iterable[Fetched], listed: Mapping[str, Listed], *, may_conclude: bool
    ) -> tuple[set[str], set[str]]:
        """Write what was read and count it; return the ids that were set aside, and those that are gone.

        `may_conclude`: a product that its own detail does not know is gone; else it is only set aside.
        """
        answers = list(fetched)
        now = timezone.now()
        outcome = upsert_products(
            self.account,
            [answer.product for answer in answers if answer.product],
            listed=listed,
            reason=self.reason,
            when=now,
        )
        without = {answer.external_id: answer for answer in answers if not answer.product}
        off_sale = [external_id for external_id, answer in without.items() if answer.off_sale]
        off_sale, newly_off = endings.mark_off_sale(self.account, off_sale, self.reason, now)
        gone = [external_id for external_id, answer in without.items() if answer.gone and may_conclude]
        gone = endings.mark_gone(self.account, gone, self.reason, now)
        problems = [*outcome.set_aside]
        for external_id in without.keys() - {*off_sale, *gone}:
            problems.append(without[external_id].problem or unknown(external_id))
        for problem in problems:
            page.set_aside(problem)
        page.oddities(outcome.oddities)
        page.created += len(outcome.created)
        page.updated += len(outcome.updated) + len(newly_off)
        page.unchanged += len(outcome.unchanged) + len(off_sale) - len(newly_off)
        page.gone += len(gone)
        page.calls += self.supplier.calls_needed(listed=0, details=len(answers))
        self._tie(outcome.products, problems)
        return {problem.external_id for problem in problems}, set(gone)

    def _tie(self, products: Mapping[str, int], problems: Sequence[Unreadable]) -> None:
        """Let the selection's items know their products, or why they have none."""
        items = SelectionItem.objects.filter(selection=self.selection)
        ours = Product.objects.filter(account=self.account, external_id=OuterRef("external_id"))
        items.filter(external_id__in=products, product=None).update(product_id=Subquery(ours.values("pk")[:1]))
        items.filter(external_id__in=products).exclude(problem="").update(problem="")
        for problem in problems:
            items.filter(external_id=problem.external_id).update(problem=problem.reason[:500])


def unknown(external_id: str) -> Unreadable:
    return Unreadable(external_id=external_id, kind="not_found", reason=_("The supplier does not know this product."))
