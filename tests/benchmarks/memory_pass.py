"""Peak memory of a worker's process over a full pass: at most 200 MiB for 50,000 products.

A process of its own does what a worker does (claims the job, reads, writes), on a virtual clock so that waiting costs
nothing. The control loads every answer first and writes then, as people do at first.

    python -m tests.benchmarks.memory_pass --db postgres --products 50000
"""

import json
import os
import resource
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from tests.benchmarks import supplied, workbench

LIMIT_MIB = 200.0


def rss_mib() -> float:
    """Return what this process holds in memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def ours(run_id: int) -> None:
    """Work off the run's job."""
    from integrations import jobs
    from integrations.models import SyncRun

    while SyncRun.objects.get(pk=run_id).state in SyncRun.OPEN:
        jobs.work(until_quiet=True, patience=3_600)


def control(selection_id: int) -> None:
    """Read everything, then write everything."""
    from catalog.models import Selection
    from catalog.services.filters import wanted_by
    from catalog.services.upserts import upsert_products
    from integrations import lanes
    from integrations.gateways import supplier_for

    selection = Selection.objects.select_related("account").get(pk=selection_id)
    supplier = supplier_for(selection.account)
    with lanes.use(4, patience=3_600):
        ids: list[str] = []
        cursor: Any = None
        while True:
            page = supplier.search(wanted_by(selection), cursor=cursor, size=100)
            ids += [row.external_id for row in page.items]
            cursor = page.cursor
            if cursor is None:
                break
        found = list(supplier.products(ids))
        upsert_products(selection.account, [answer.product for answer in found if answer.product])


def child(what: str, number: int, url: str, start: float) -> None:
    """Do it in this process, and print how much memory it took: at the beginning, every second, at the peak."""
    import django

    django.setup()
    from django.conf import settings

    from integrations import clock
    from integrations.clock import VirtualClock

    settings.CJ_BASE_URL, settings.CJ_IP_RPS = url, supplied.UNLIMITED
    began, seen = rss_mib(), list[float]()
    over = threading.Event()

    def watch() -> None:
        while not over.wait(1):
            seen.append(rss_mib())

    threading.Thread(target=watch, daemon=True).start()
    started = time.perf_counter()
    with clock.use(VirtualClock(start=start, header="X-Simulator-Time")):
        ours(number) if what == "ours" else control(number)
    over.set()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"began": began, "seen": seen, "peak": peak, "seconds": time.perf_counter() - started}))


def measured(what: str, number: int, running: supplied.Simulator, start: float) -> dict[str, Any]:
    """Do it in a fresh process."""
    command = [
        sys.executable,
        "-m",
        "tests.benchmarks.memory_pass",
        "--child",
        what,
        str(number),
        running.url,
        str(start),
    ]
    found = subprocess.run(command, cwd=workbench.ROOT, env=os.environ, stdout=subprocess.PIPE, check=True)
    return dict(json.loads(found.stdout.splitlines()[-1]))


def main() -> None:
    given = workbench.arguments(__doc__ or "", products=10_000, control=1)
    with supplied.simulator(given.products, clock="manual") as running, workbench.own_database(given.db):
        from catalog.models import Product
        from catalog.services import selections, sourcing
        from integrations import clock
        from integrations.clock import VirtualClock

        start = float(running.look("world")["clock"]["now"])
        with clock.use(VirtualClock(start=start, header="X-Simulator-Time")):
            running.limit(None)
            account = supplied.connected(running, rate=100.0)
            selection = selections.create_selection(account, name="Everything")
            run = sourcing.request_sync(selection)
        told = measured("ours", run.pk, running, start + 600)
        run.refresh_from_db()
        count = Product.objects.count()
        rows = [line("ours, chunk by chunk", told)]
        if given.control:
            Product.objects.all().delete()
            rows.append(line("control, all at once", measured("control", selection.pk, running, start + 900_000)))
        print(f"Memory of a pass over {given.products:,} products, {given.db}, {workbench.machine()}\n")
        workbench.table(["reading", "before MiB", "after a tenth MiB", "at the end MiB", "peak MiB", "real s"], rows)
        workbench.conclude(
            {
                f"the pass is complete ({count} of {given.products})": run.state == "done" and count == given.products,
                f"peak {told['peak']:.0f} MiB (at most {LIMIT_MIB:.0f})": told["peak"] <= LIMIT_MIB,
            }
        )


def line(name: str, told: dict[str, Any]) -> list[Any]:
    """Return a line of the table."""
    seen = told["seen"] or [told["peak"]]
    return [name, told["began"], seen[len(seen) // 10], seen[-1], told["peak"], told["seconds"]]


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], int(sys.argv[3]), sys.argv[4], float(sys.argv[5]))
    else:
        main()
