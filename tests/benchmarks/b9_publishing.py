"""B9: products published to the eight shops of a CNSC merchant, on a virtual clock, against a simulator of its own.

The simulated CJ catalogue is read and made ready; one product in twenty gets a fault, of some thirty kinds; 2 % of the
writes lose their answer, before or after acting. Promises: the check finds what it can know and names product, shop and
field; what is sent uses the limit, costs few calls, meets no refusal, and makes nothing twice. The control is what
people write first: one task a shop, asked each second until it is done, and sent again where an answer is lost.

The floor of a product with variants in 8 shops is 29 calls: item, variants, their numbers, where it can go and what is
published (5), and for each shop a task, its result and the numbers of its variants (3 × 8). Uploads come on top.

    python -m tests.benchmarks.b9_publishing --db postgres --products 1000 --rate 10
"""

import random
import time
from collections import Counter
from typing import Any

from tests.benchmarks import faulty, naive_seller, sold, supplied, workbench

SHOPS = 8
FLOOR = 5 + 3 * SHOPS
LOST = 0.02  # share of the writes whose answer is lost
WRITES = ("create_publish_task",) * 8 + ("init_tier_variation",)
A_TURN_S = 0.001  # what a worker's turn takes, at least
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


def caught(faults: list[faulty.Fault], found: dict[int, list[Any]]) -> dict[faulty.Fault, bool]:
    """Tell for each fault whether the check named its field and shop."""
    said = {pk: {(each.field, each.shop_id) for each in rows} for pk, rows in found.items()}
    return {fault: (fault.field, fault.shop_id) in said[fault.listing_id] for fault in faults}


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


def main() -> None:
    given = workbench.arguments(__doc__ or "", products=200, rate=10, control=CONTROL)
    wanted = given.products + given.control
    with (
        supplied.simulator(int(wanted * sold.SPARE) + 10, clock="manual") as running,
        workbench.own_database(given.db),
    ):
        from integrations import clock
        from integrations.clock import VirtualClock

        start = running.look("world")["clock"]["now"]
        with clock.use(VirtualClock(start=start, header="X-Simulator-Time")) as virtual:
            sold.read_catalogue(running)
            account = sold.connected(running, rate=supplied.UNLIMITED)
            listings = sold.prepared(account, wanted)
            sold.at_rate(running, given.rate)
            virtual.sleep(60)  # what was called without a limit counts no more
            print(f"B9: {given.products:,} products × {SHOPS} shops, {given.db}, {workbench.machine()}\n", flush=True)
            workbench.conclude(measure(running, virtual, account, listings, given))


def measure(
    running: supplied.Simulator, virtual: Any, account: Any, listings: list[Any], given: Any
) -> dict[str, bool]:
    """Spoil, check, publish, hold against the books; run the control; print all and return the promises."""
    from catalog.models import GlobalListing, Listing
    from catalog.services.selling import preflight, publishing
    from integrations import jobs

    control, ours = listings[: given.control], listings[given.control :]
    spoiler = faulty.Spoiler(account, running)
    faults = faulty.spoil(spoiler, ours, given.products // 20)
    began = time.perf_counter()
    found = preflight.check_many(ours)
    checking = time.perf_counter() - began
    named = caught(faults, found)
    spoiled = {fault.listing_id for fault in faults}
    alarms = [pk for pk, rows in found.items() if pk not in spoiled and any(each.is_error for each in rows)]

    before, start, began = sold.books(running), virtual.now(), time.perf_counter()
    asked = publishing.request_many(ours, requested_by="bench")
    trouble = Trouble(running, virtual, len(asked.jobs))
    jobs.work(until_quiet=True, patience=1_800, tell=trouble.after)
    lost = trouble.happened()
    after = sold.books(running)
    spent, took = sold.since(before, after), time.perf_counter() - began
    merchant = f"merchant:{account.external_id}"
    sent = GlobalListing.objects.filter(pk__in=[row.pk for row in ours]).exclude(external_id="")
    calls, products = spent.spent(), sent.count()
    busy, until = share_used(running, merchant, start, spent)
    live = Listing.objects.filter(global_listing__in=sent, status=Listing.Status.LIVE)
    told_of = {fault: told(fault) for fault in faults if not named[fault]}
    made = {str(entry["global_item_id"]) for entry in spent.of("global_items")}  # others were there, and were adopted
    mine = {row for row in live.values_list("global_listing__external_id", "shop__external_id") if row[0] in made}
    theirs = {(str(entry["global_item_id"]), str(entry["shop_id"])) for entry in spent.of("shop_items")}
    theirs = {row for row in theirs if row[0] in made}
    silent = Listing.objects.filter(global_listing__in=sent).exclude(status=Listing.Status.LIVE).filter(problem="")

    naive = naive_seller.run(running, virtual, account, control, lost=LOST)
    known = [fault for fault in faults if fault.known]
    show_kinds(faults, named | told_of)
    uploads = sum(paths["/api/v2/media_space/upload_image"] for paths in spent.calls.values())
    rows = [
        [
            "ours",
            products,
            calls / products,
            calls / products / FLOOR,
            busy,
            spent.refused,
            lost,
            sold.twice(spent.entries),
        ],
        [
            "control",
            given.control,
            naive.calls,
            naive.calls / FLOOR,
            naive.share,
            naive.refused,
            naive.lost,
            naive.twice,
        ],
    ]
    print()
    workbench.table(
        ["published", "products", "calls/product", "× floor", "of the limit", "refused", "lost answers", "made twice"],
        rows,
    )
    hits, right = sum(named[fault] for fault in known), sum((named | told_of).values())
    print(
        f"\nUploads {uploads / products:.2f} a product among the calls; {live.count():,} listings live; "
        f"{products - len(made)} found there by SKU; 95 % of the tasks within {until:,.0f} s virtual; "
        f"{took:,.0f} s real; checked {len(ours) / checking:,.0f} products a second; {trouble.turns:,} turns.\n"
    )
    return {
        f"{busy:.1%} of the limit is used (at least 90 %)": busy >= 0.9,
        f"{calls / products:.2f} calls a product (at most 1.15 × {FLOOR})": calls / products <= 1.15 * FLOOR,
        f"the check finds {hits} of the {len(known)} faults that it can know (at least 95 %)": hits
        >= 0.95 * len(known),
        f"{right} of {len(faults)} faults are told at their product, shop and field": right == len(faults),
        f"{len(alarms)} false alarms": not alarms,
        f"{sold.twice(spent.entries)} things made twice, after {lost} lost answers": sold.twice(spent.entries) == 0,
        f"{spent.refused} calls refused by a limit": spent.refused == 0,
        f"our {len(mine):,} live listings are the simulator's": mine == theirs and len(mine) > 0,
        f"{silent.count()} shops without a product and without a reason": not silent.exists(),
        f"{len(asked.refused)} refused before a call, no job failed": failed_jobs() == 0,
        "the control makes things twice or takes more calls": naive.twice > 0 or naive.calls > calls / products,
    }


def share_used(running: supplied.Simulator, merchant: str, start: float, spent: sold.Books) -> tuple[float, float]:
    """Return the share of the merchant's limit that was used until 95 % of the tasks were started, and that time.

    What comes after are looks at tasks whose answer was lost, with pauses of minutes: nothing waits for the limit.
    """
    from django.conf import settings

    begun = sorted(entry["at"] for entry in spent.of("publish_tasks"))
    end = begun[int(len(begun) * 0.95)]
    told = running.look(f"calls?limit=100000&platform=shopee&account={merchant}")["calls"]
    late = sum(call["at"] > end for call in told)
    return (spent.spent(merchant) - late) / settings.SHOPEE_RPS / (end - start), end - start


def failed_jobs() -> int:
    """Return how many publications ended as a failed job although the platform had not refused the product."""
    from integrations.models import SyncJob

    return (
        SyncJob.objects.filter(state=SyncJob.State.FAILED).exclude(error_kind__in=["DraftRefused", "Rejected"]).count()
    )


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
