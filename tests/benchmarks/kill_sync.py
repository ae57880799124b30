"""Kill -9 at random moments of a sync of 5,000 products, 20 times: it ends complete, each product once, counts true.

Real `manage.py qcluster` processes (two of them on PostgreSQL), a simulator in a process of its own, no limits. Every
third blow hits a whole cluster, which is started again; the others hit the very process that works at the run, also
while it is in the middle of a transaction. What came is held against what the simulator says, product by product. The
control is the same reading without cursor: a loop that starts again when it was killed.

    python -m tests.benchmarks.kill_sync --db postgres --products 5000 --kills 20
"""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from typing import Any

from tests.benchmarks import supplied, workbench

PATIENCE_S = 150.0  # without progress: it is stuck


class Cluster:
    """A qcluster in a process group of its own."""

    def __init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Start it."""
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "qcluster"],
            cwd=workbench.ROOT,
            env=os.environ | {"WORKERS": "2"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def kill(self) -> None:
        """End all of it at once, as a power cut would."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def worker_pid(job: Any) -> int | None:
    """Return the process that works at a job."""
    job.refresh_from_db()
    return int(job.worker.rsplit(":", 3)[1]) if job.state == "running" and job.worker else None


def strike(clusters: list[Cluster], job: Any, number: int, dice: random.Random) -> str:
    """Kill something; return what, or nothing where nobody worked."""
    pid = worker_pid(job)
    if pid is None:
        return ""
    cluster = next((one for one in clusters if _group(pid) == one.process.pid), None)
    if cluster is None:
        return ""
    if number % 3 == 0:
        cluster.kill()
        cluster.start()
        return "cluster"
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    return "worker"


def _group(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return None


def truth(account: Any, selection: Any) -> dict[str, tuple[Any, ...]]:
    """Read everything from the simulator in this process, without a database: id → name, price, variants."""
    from catalog.services.sourcing import wanted_by
    from integrations.gateways import supplier_for

    supplier = supplier_for(account)
    cursor, found = None, {}
    while True:
        page = supplier.search(wanted_by(selection), cursor=cursor, size=100)
        found |= {row.external_id: row.name for row in page.items}
        cursor = page.cursor
        if cursor is None:
            return found


def check(run: Any, account: Any, expected: dict[str, Any]) -> dict[str, bool]:
    """Hold what came against what there is."""
    from django.db.models import Count

    from catalog.models import OfferPrice, Product, SupplierOffer, Variant

    ours = dict(Product.objects.filter(account=account).values_list("external_id", "name"))
    doubles = Product.objects.values("account", "external_id").annotate(n=Count("pk")).filter(n__gt=1).count()
    variants = Variant.objects.count()
    return {
        "the run is done": run.state == "done",
        f"every product is here ({len(ours)} of {len(expected)})": ours.keys() == expected.keys(),
        "each product is here once": doubles == 0,
        "each product was read in full": not Product.objects.filter(detail_read_at=None).exists(),
        "no variant, offer or price is missing or double": (
            variants == SupplierOffer.objects.count() == OfferPrice.objects.count()
            and not Product.objects.filter(variants=None).exists()
        ),
        f"counts are true (seen {run.seen}, created {run.created}, failed {run.failed})": (
            run.seen == run.created + run.updated + run.unchanged + run.failed == len(expected)
            and run.created == len(ours)
        ),
    }


def main() -> None:
    given = workbench.arguments(__doc__ or "", products=5_000, kills=20, seed=7)
    dice = random.Random(given.seed)
    with supplied.simulator(given.products) as running, workbench.own_database(given.db):
        from catalog.services import selections, sourcing
        from integrations.models import SyncRun

        running.limit(None)
        account = supplied.connected(running, rate=supplied.UNLIMITED)
        selection = selections.create_selection(account, name="Everything")
        expected = truth(account, selection)
        clusters = [Cluster() for _ in range(2 if given.db == "postgres" else 1)]
        before, _refused = running.books()
        run = sourcing.request_sync(selection)
        began = moved = time.monotonic()
        blows: list[str] = []
        recoveries: list[float] = []
        seen, struck_at = 0, 0.0
        # Blows fall at random numbers of products, so that a slow machine takes as many as a fast one.
        marks = sorted(dice.sample(range(1, given.products), given.kills))
        try:
            while run.state in SyncRun.OPEN:
                time.sleep(dice.uniform(0.01, 0.2))
                run.refresh_from_db()
                if run.seen > seen:
                    seen, moved = run.seen, time.monotonic()
                    if struck_at:
                        recoveries.append(moved - struck_at)
                        struck_at = 0.0
                if marks and run.seen >= marks[0] and not struck_at and run.job is not None:
                    blow = strike(clusters, run.job, len(blows) + 1, dice)
                    if blow:
                        marks.pop(0)
                        blows.append(blow)
                        struck_at = time.monotonic()
                if time.monotonic() - moved > PATIENCE_S:
                    print(f"stuck at {run.seen} of {given.products}: {run.job and run.job.problem}")
                    break
        finally:
            for cluster in clusters:
                cluster.kill()
        seconds = time.monotonic() - began
        run.refresh_from_db()
        calls = running.books()[0] - before
        ideal = given.products + -(-given.products // 100)
        print(f"Kill -9 during a sync, {given.db}, {len(clusters)} cluster(s), {workbench.machine()}\n")
        workbench.table(
            ["what", "value"],
            [
                ["products", given.products],
                ["blows (worker / cluster)", f"{blows.count('worker')} / {blows.count('cluster')}"],
                ["seconds", seconds],
                ["recovery, median s", workbench.median(recoveries) if recoveries else "-"],
                ["recovery, longest s", max(recoveries, default=0.0)],
                ["calls (needed without a blow)", f"{calls} ({ideal})"],
                ["calls that a blow cost", (calls - ideal) / max(len(blows), 1)],
                # A reading without a cursor begins anew after each blow: on average half of all, again and again.
                ["calls without a cursor (control, reckoned)", without_cursor(given.products, given.kills, given.seed)],
            ],
        )
        promises = check(run, account, expected)
        promises[f"{given.kills} blows fell"] = len(blows) == given.kills
        promises["a blow cost at most one chunk of calls"] = calls - ideal <= 25 * max(len(blows), 1)
        workbench.conclude(promises)


def without_cursor(products: int, kills: int, seed: int) -> int:
    """Return the calls of a reader that starts from the beginning after each of the same blows."""
    marks = random.Random(seed).sample(range(1, products), kills)
    return sum(marks) + products


if __name__ == "__main__":
    main()
