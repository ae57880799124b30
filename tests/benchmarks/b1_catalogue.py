"""B1: a catalogue at 1, 2, 4 and 6 requests a second, on a virtual clock, against a simulator in its own process.

First pass in full at 6 a second; then, for each rate, 3 % of the products change and a screen looks for them. Promises:
at least 95 % of the limit is used, no call is refused (the simulator's own books), a screen costs at most 0.05 calls a
product and finds every change. The control is what people write first: two processes, each sleeping 1/rate after a
call, reading everything again.

    python -m tests.benchmarks.b1_catalogue --db postgres --products 50000
"""

import time
from typing import Any

from tests.benchmarks import supplied, workbench

RATES = (1, 2, 4, 6)
CONTROL_CALLS = 400


def timed_run(clock: Any, running: supplied.Simulator, selection: Any, mode: str) -> dict[str, Any]:
    """Let a reading run to its end; return its row, calls, virtual and real seconds, refusals, and the forecast."""
    from catalog.services import sourcing
    from integrations import jobs

    forecast = sourcing.plan(selection, mode)
    calls, refused = running.books()
    began, began_really = clock.now(), time.perf_counter()
    run = sourcing.request_sync(selection, mode)
    while run.state in run.OPEN:
        jobs.work(until_quiet=True, patience=3_600)
        run.refresh_from_db()
    calls_after, refused_after = running.books()
    return {
        "run": run,
        "calls": calls_after - calls,
        "seconds": clock.now() - began,
        "real": time.perf_counter() - began_really,
        "refused": refused_after - refused,
        "forecast": forecast.seconds or 0.0,
    }


def naive(clock: Any, running: supplied.Simulator, rate: int, pids: list[str]) -> tuple[int, float]:
    """Read details as two processes do that know the limit, but not of each other; return calls and share refused."""
    import requests

    login = requests.post(
        f"{running.url}/api2.0/v1/authentication/getAccessToken",
        json={"apiKey": running.demo_account()["api_key"]},
        headers={"X-Simulator-Time": repr(clock.now())},
        timeout=30,
    ).json()
    session = requests.Session()
    session.headers["CJ-Access-Token"] = login["data"]["accessToken"]
    refused = 0
    for number in range(CONTROL_CALLS):
        now = clock.now() + (number // 2) / rate + (number % 2) * 0.3 / rate  # the second one started a little later
        session.headers["X-Simulator-Time"] = repr(now)
        params = {"pid": pids[number % len(pids)]}
        reply = session.get(f"{running.url}/api2.0/v1/product/query", params=params, timeout=30).json()
        refused += reply.get("code") in (1600200, 1600201)
    clock.sleep(CONTROL_CALLS / rate)
    return CONTROL_CALLS, refused / CONTROL_CALLS


def main() -> None:
    given = workbench.arguments(__doc__ or "", products=10_000, change=3)
    with supplied.simulator(given.products, clock="manual") as running, workbench.own_database(given.db):
        from catalog.models import Product
        from catalog.services import selections
        from integrations import clock, connections
        from integrations.clock import VirtualClock

        start = running.look("world")["clock"]["now"]
        with clock.use(VirtualClock(start=start, header="X-Simulator-Time")) as virtual:
            running.limit(6)
            account = supplied.connected(running)
            selection = selections.create_selection(account, name="Everything")
            rows: list[list[Any]] = []
            promises: dict[str, bool] = {}
            first = timed_run(virtual, running, selection, "full")
            report(rows, promises, "full", 6, first, given.products)
            promises["full pass: every product is here"] = Product.objects.count() == given.products
            for rate in RATES:
                running.limit(rate)
                connections.refresh_settings(account.pk)
                virtual.sleep(600)
                what = {"share": given.change / 100, "seed": rate, "kinds": ["price", "stock", "name"]}
                changed = set(running.control("change", platform="cj", **what)["pids"])
                before = dict(Product.objects.values_list("external_id", "updated_at"))
                screen = timed_run(virtual, running, selection, "screen")
                after = dict(Product.objects.values_list("external_id", "updated_at"))
                found = {pid for pid in after if after[pid] != before[pid]}
                report(rows, promises, "screen", rate, screen, given.products)
                promises[f"screen at {rate}/s: {len(found & changed)} of {len(changed)} changes found"] = (
                    found == changed
                )
                cost = screen["calls"] / given.products
                promises[f"screen at {rate}/s: {cost:.4f} calls a product (at most 0.05)"] = cost <= 0.05
            pids = list(Product.objects.values_list("external_id", flat=True)[:CONTROL_CALLS])
            for rate in RATES:
                running.limit(rate)
                virtual.sleep(600)
                calls, share = naive(virtual, running, rate, pids)
                cells = ["control (2 × sleep)", rate, calls, "1.01", "-", "-", f"{share:.0%}", "-", "-"]
                rows.append(cells)
        print(f"B1 catalogue of {given.products:,} products, {given.db}, {workbench.machine()}\n")
        head = [
            "reading",
            "a second",
            "calls",
            "calls/product",
            "hours (virtual)",
            "of the limit",
            "refused",
            "forecast h",
            "real s",
        ]
        workbench.table(head, rows)
        workbench.conclude(promises)


def report(
    rows: list[list[Any]], promises: dict[str, bool], name: str, rate: int, told: dict[str, Any], products: int
) -> None:
    """Add a line to the table and its promises."""
    used = told["calls"] / (told["seconds"] * rate)
    rows.append(
        [
            name,
            rate,
            told["calls"],
            f"{told['calls'] / products:.4f}",
            told["seconds"] / 3600,
            f"{used:.1%}",
            told["refused"],
            told["forecast"] / 3600,
            told["real"],
        ]
    )
    run = told["run"]
    promises[f"{name} at {rate}/s: the run is done, its counts are true"] = (
        run.state == "done" and run.seen == run.created + run.updated + run.unchanged + run.failed == products
    )
    promises[f"{name} at {rate}/s: {used:.1%} of the limit used (at least 95 %)"] = used >= 0.95
    promises[f"{name} at {rate}/s: {told['refused']} calls refused"] = told["refused"] == 0


if __name__ == "__main__":
    main()
