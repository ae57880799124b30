"""B9: products published to the eight shops of a CNSC merchant, on a virtual clock, against a simulator of its own.

The simulated CJ catalogue is read and made ready; one product in twenty gets a fault, of some thirty kinds; 2 % of the
writes lose their answer, before or after acting. Promises: the check finds the faults and names product, shop and
field; what is sent uses the limit, costs few calls, meets no refusal, and makes nothing twice. The control is what
people write first: one task a shop, asked each second until it is done, and sent again where an answer is lost.

The floor of a product with variants in 8 shops is 29 calls: item, variants, their numbers, where it can go and what is
published (5), and for each shop a task, its result and the numbers of its variants (3 × 8). Without variants it needs
neither them nor their numbers, in fewer shops less; so the floor is reckoned product by product. Uploads come on top.

Four workers publish, a call takes each of them 0.1 s of the virtual clock; the control is one process.

    python -m tests.benchmarks.b9_publishing --db postgres --products 1000 --rate 10
"""

import random
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

from tests.benchmarks import faulty, naive_seller, sold, supplied, workbench
from tests.benchmarks.shift import Shift

SHOPS = 8
FLOOR = 5 + 3 * SHOPS
LOST = 0.02  # share of the writes whose answer is lost
WRITES = ("create_publish_task",) * 8 + ("init_tier_variation",)
A_TURN_S = 0.001  # what a worker's turn takes, at least
A_CALL_S = 0.1  # what a call takes
WORKERS = 4  # that publish
CONTROL = 40  # products of the control


class Trouble:
    """Loses answers: the first turns of all products make items, the later ones their variants and tasks."""

    def __init__(self, running: supplied.Simulator, clock: Any, products: int) -> None:
        self._running, self._clock, self._products = running, clock, products
        self._random = random.Random(9)
        self.turns = self.placed = 0

    def after(self, _job: Any) -> None:
        """Count a turn of a job, and lose the answer to one of the writes that come next."""
        self._clock.sleep(A_TURN_S)
        self.turns += 1
        early = self.turns < self._products
        # A product's first turn sends an upload and its item, the next one nine or ten writes.
        if self._random.random() >= LOST * (2 if early else 9):
            return
        if self.turns >= 2 * self._products:
            return
        action = "add_global_item" if early else self._random.choice(WRITES)
        path = "media_space.upload_image" if early and self.placed % 2 else f"global_product.{action}"
        when = self._random.choice(("before", "after"))
        self._running.control("faults", platform="shopee", path=path, times=1, when=when, cut=True)
        self.placed += 1

    def happened(self) -> int:
        """Return how many answers were lost; the rest is taken back."""
        return self.placed - int(self._running.control("faults", clear=True, platform="shopee")["cleared"])


def main() -> None:
    given = workbench.arguments(__doc__ or "", products=200, rate=10, control=CONTROL, faults=0)
    wanted = given.products + given.control
    with (
        supplied.simulator(int(wanted * sold.SPARE) + 10, clock="manual") as running,
        workbench.own_database(given.db),
    ):
        from integrations import clock

        virtual = Shift(running.look("world")["clock"]["now"], answer_s=0)
        with clock.use(virtual):
            sold.read_catalogue(running)
            account = sold.connected(running, rate=supplied.UNLIMITED)
            listings = sold.prepared(account, wanted)
            sold.at_rate(running, given.rate)
            virtual.answer_s = A_CALL_S
            virtual.sleep(60)  # what was called without a limit counts no more
            print(f"B9: {given.products:,} products × {SHOPS} shops, {given.db}, {workbench.machine()}\n", flush=True)
            control, ours = listings[: given.control], listings[given.control :]
            checked = check(
                faulty.Spoiler(account, running), ours, given.faults or max(given.products // 20, len(faulty.KINDS))
            )
            sent = publish(running, virtual, account, ours)
            judged = judge(checked, sent, ours)
            naive = naive_seller.run(running, virtual, account, control, lost=LOST)
            show(checked, sent, judged, naive)
            workbench.conclude(promises(checked, sent, judged, naive))


@dataclass(frozen=True, slots=True)
class Checked:
    """What the check said of the faults that were put in."""

    faults: list[faulty.Fault]
    said: dict[int, set[tuple[str, str]]]  # field and shop, by our key
    named: dict[faulty.Fault, bool]  # at its field and shop
    stopped: dict[faulty.Fault, bool]  # and by an error, so that it is not sent
    false_alarms: int
    per_second: float


def check(spoiler: faulty.Spoiler, listings: list[Any], number: int) -> Checked:
    """Put faults into listings, check all, and hold what is found against what was put in."""
    from catalog.services.selling import preflight

    faults = faulty.spoil(spoiler, listings, number)
    began = time.perf_counter()
    found = preflight.check_many(listings)
    took = time.perf_counter() - began
    said = {pk: {(each.field, each.shop_id) for each in rows} for pk, rows in found.items()}
    fatal = {pk: {(each.field, each.shop_id) for each in rows if each.is_error} for pk, rows in found.items()}
    spoiled = {fault.listing_id for fault in faults}
    return Checked(
        faults=faults,
        said=said,
        named={fault: (fault.field, fault.shop_id) in said[fault.listing_id] for fault in faults},
        stopped={fault: (fault.field, fault.shop_id) in fatal[fault.listing_id] for fault in faults},
        false_alarms=sum(bool(errors) for pk, errors in fatal.items() if pk not in spoiled),
        per_second=len(listings) / took,
    )


@dataclass(frozen=True, slots=True)
class Sent:
    """What publishing came to."""

    spent: sold.Books
    products: int  # that have a global item now
    floor: float  # calls that these need at least
    share: float  # of the merchant's limit, until 95 % of the tasks were started
    whole: float  # of it, until the last call
    until: float  # seconds, virtual
    ended: float
    lost: int
    writes: int
    refused: int  # before a call
    took: float  # seconds, real
    turns: int


def publish(running: supplied.Simulator, virtual: Shift, account: Any, listings: list[Any]) -> Sent:
    """Publish the listings while answers are lost; return what it took."""
    from catalog.models import GlobalListing
    from catalog.services.selling import publishing
    from integrations import jobs

    before, start, began = sold.books(running), virtual.now(), time.perf_counter()
    asked = publishing.request_many(listings, requested_by="bench")
    trouble = Trouble(running, virtual, len(asked.jobs))
    virtual.work(WORKERS, lambda: jobs.work(until_quiet=True, patience=1_800, tell=trouble.after))
    lost, took = trouble.happened(), time.perf_counter() - began
    spent = sold.since(before, sold.books(running))
    rows = GlobalListing.objects.filter(pk__in=[row.pk for row in listings]).exclude(external_id="")
    share, until = share_used(running, account, start, spent, at=0.95)
    whole, ended = share_used(running, account, start, spent, at=1)
    return Sent(
        spent=spent,
        products=len(rows),
        floor=sum(floor_of(row) for row in rows.prefetch_related("listings")),
        share=share,
        whole=whole,
        until=until,
        ended=ended,
        lost=lost,
        writes=sold.writes(spent),
        refused=len(asked.refused),
        took=took,
        turns=trouble.turns,
    )


def floor_of(listing: Any) -> int:
    """Return how many calls a product needs at least, for the shops that it went to."""
    from catalog.models import Listing

    shops = sum(
        cell.status in Listing.THERE or cell.status == Listing.Status.REFUSED for cell in listing.listings.all()
    )
    return 5 + 3 * shops if listing.axes else 3 + 2 * shops


def share_used(
    running: supplied.Simulator, account: Any, start: float, spent: sold.Books, *, at: float
) -> tuple[float, float]:
    """Return the share of the merchant's limit that was used until so many of the tasks were started, and that time.

    What comes after most are started are looks at tasks whose answer was lost, with pauses of minutes: nothing waits
    for the limit. `at=1`: until the merchant's last call.
    """
    from django.conf import settings

    merchant = f"merchant:{account.external_id}"
    begun = sorted(entry["at"] for entry in spent.of("publish_tasks"))
    told = [call["at"] for call in running.look(f"calls?limit=100000&platform=shopee&account={merchant}")["calls"]]
    end = told[-1] if at == 1 else begun[int(len(begun) * at)]
    late = sum(when > end for when in told)  # the simulator keeps the latest calls
    return (spent.spent(merchant) - late) / settings.SHOPEE_RPS / (end - start), end - start


@dataclass(frozen=True, slots=True)
class Judged:
    """Our books held against the simulator's."""

    right: int  # faults that were told at their product, shop and field, by the check or after the platform's refusal
    live: int
    unnoticed: int  # listings at the platform that ours do not know of
    adopted: int  # items that were there, found by their SKU
    agreed: bool  # all other live listings are the simulator's, and its are ours
    silent: int  # shops without a product and without a reason
    warned: int  # listings of products without a fault that are refused as the check had warned
    unsaid: int  # and those of which it had said nothing
    failed_jobs: int


def judge(checked: Checked, sent: Sent, listings: list[Any]) -> Judged:
    """Hold our books against the simulator's, and what our listings say against the faults."""
    from catalog.models import GlobalListing, Listing

    rows = GlobalListing.objects.exclude(external_id="")
    cells = Listing.objects.filter(global_listing__in=rows)
    live = cells.filter(status=Listing.Status.LIVE)
    made = {str(entry["global_item_id"]) for entry in sent.spent.of("global_items")}
    ours = set(live.values_list("global_listing__external_id", "shop__external_id"))
    theirs = {(str(entry["global_item_id"]), str(entry["shop_id"])) for entry in sent.spent.of("shop_items")}
    mine = {row for row in ours if row[0] in made}
    warned, unsaid = refused(listings, checked)
    return Judged(
        right=sum(stopped or told(fault) for fault, stopped in checked.stopped.items()),
        live=len(ours),
        unnoticed=len({row for row in theirs if row[0] in made} - mine),
        adopted=sent.products - len(made),
        agreed=bool(mine) and mine == {row for row in theirs if row[0] in made},
        silent=cells.exclude(status=Listing.Status.LIVE).filter(problem="").count(),
        warned=warned,
        unsaid=unsaid,
        failed_jobs=failed_jobs(),
    )


def refused(listings: list[Any], checked: Checked) -> tuple[int, int]:
    """Return how many listings of products without a fault are refused, with a warning and without one."""
    from catalog.models import Listing

    spoiled = {fault.listing_id for fault in checked.faults}
    good = [row.pk for row in listings if row.pk not in spoiled]
    absent = Listing.objects.filter(global_listing__in=good).exclude(status__in=Listing.THERE)
    warned = unsaid = 0
    for cell in absent.select_related("shop"):
        if (cell.problem_field, cell.shop.external_id) in checked.said[cell.global_listing_id]:
            warned += 1
        else:
            unsaid += 1
            print(f"Not foretold: {cell.shop.region}, {cell.problem_field}: {cell.problem[:200]}")
    return warned, unsaid


def told(fault: faulty.Fault) -> bool:
    """Tell whether the platform's refusal is written at product, shop and field."""
    from catalog.models import Listing

    rows = Listing.objects.filter(
        global_listing=fault.listing_id, status__in=[Listing.Status.REFUSED, Listing.Status.BLOCKED]
    )
    if fault.shop_id:
        rows = rows.filter(shop__external_id=fault.shop_id)
    fields = list(rows.values_list("problem", "problem_field"))
    wanted = fault.field.rpartition(".")[2] if fault.field.startswith("shops.") else fault.field
    return bool(fields) and all(problem and field == wanted for problem, field in fields)


def failed_jobs() -> int:
    """Return how many publications ended as a failed job although the platform had not refused the product."""
    from integrations.models import SyncJob

    return (
        SyncJob.objects.filter(state=SyncJob.State.FAILED).exclude(error_kind__in=["DraftRefused", "Rejected"]).count()
    )


def show(checked: Checked, sent: Sent, judged: Judged, naive: naive_seller.Naive) -> None:
    """Print what was found and what it took, ours and the control's."""
    show_kinds(checked.faults, checked.named)
    calls, twice = sent.spent.spent(), sold.twice(sent.spent.entries)
    rows: list[list[Any]] = [
        ["ours", sent.products, calls / sent.products, calls / sent.floor, sent.share, sent.spent.refused],
        [
            "control",
            naive.products,
            naive.calls / naive.products,
            naive.calls / naive.floor,
            naive.share,
            naive.refused,
        ],
        ["control ÷ ours", "", naive.calls / naive.products / calls * sent.products, "", "", ""],
    ]
    rows[0] += [sent.lost, twice, judged.unnoticed]
    rows[1] += [naive.lost, naive.twice, naive.unnoticed]
    rows[2] += ["", "", ""]
    print()
    head = ["published", "products", "calls/product", "× its floor", "of the limit", "too fast", "lost answers"]
    workbench.table([*head, "made twice", "unnoticed"], rows)
    uploads = sum(paths["/api/v2/media_space/upload_image"] for paths in sent.spent.calls.values())
    print(
        f"\nUploads {uploads / sent.products:.2f} a product among the calls; floor {sent.floor / sent.products:.1f}; "
        f"{judged.live:,} listings live; {judged.adopted} items found there by SKU; "
        f"{sent.lost / sent.writes:.1%} of {sent.writes:,} writes lost their answer.\n"
        f"95 % of the tasks within {sent.until:,.0f} s virtual, the last call after {sent.ended:,.0f} s "
        f"({sent.whole:.1%} of the limit over all of it); {sent.took:,.0f} s real, {sent.turns:,} turns; "
        f"checked {checked.per_second:,.0f} products a second; {sent.refused} products stopped by the check, "
        f"{judged.warned} listings of others refused as it had warned.\n"
    )


def promises(checked: Checked, sent: Sent, judged: Judged, naive: naive_seller.Naive) -> dict[str, bool]:
    """Return the promises, and which are kept."""
    calls, twice, faults = sent.spent.spent(), sold.twice(sent.spent.entries), len(checked.faults)
    a_product, named = calls / sent.products, sum(checked.named.values())
    return {
        f"{sent.share:.1%} of the limit is used (at least 90 %)": sent.share >= 0.9,
        f"{a_product:.2f} calls a product (at most 1.15 × {FLOOR})": a_product <= 1.15 * FLOOR,
        f"{calls / sent.floor:.3f} × the floor of what went where (at most 1.15)": calls <= 1.15 * sent.floor,
        f"the check finds {named} of {faults} faults (at least 95 %)": named >= 0.95 * faults,
        f"{judged.right} of {faults} faults are told at their product, shop and field": judged.right == faults,
        f"{checked.false_alarms} false alarms": not checked.false_alarms,
        f"{judged.unsaid} listings without a fault are refused without a warning": not judged.unsaid,
        f"{twice} things made twice, after {sent.lost} lost answers": twice == 0 and sent.lost > 0,
        f"{sent.spent.refused} calls refused for being too fast": sent.spent.refused == 0,
        f"our {judged.live:,} live listings are the simulator's": judged.agreed,
        f"{judged.silent} shops without a product and without a reason": judged.silent == 0,
        f"{judged.failed_jobs} jobs failed but by a refusal": judged.failed_jobs == 0,
        "the control takes more calls a product": naive.calls / naive.products > a_product,
    }


def show_kinds(faults: list[faulty.Fault], named: dict[faulty.Fault, bool]) -> None:
    """Print for each kind of fault how many were put in and how many were named as they should be."""
    counts = Counter(fault.kind for fault in faults)
    right = Counter(fault.kind for fault in faults if named.get(fault))
    rows = [
        [kind, "check" if known else "platform", counts[kind], right[kind]]
        for kind, (known, _act) in faulty.KINDS.items()
    ]
    workbench.table(["fault", "told by", "put in", "named"], rows)


if __name__ == "__main__":
    main()
