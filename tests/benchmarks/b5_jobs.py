"""B5: 20,000 jobs while workers are killed (-9) every 5 seconds; beside it, bare django-q2 without and with the kills.

    python tests/benchmarks/b5_jobs.py [--db sqlite|postgres] [--jobs 20000] [--workers 4] [--probes 60]

Real `manage.py qcluster` processes on a database of their own. Two kills in three hit a worker at work, the third the
whole cluster, which is then started again. Throughput is measured from the commit of the wishes to the last effect, the
recovery of what was killed included. The control is bare django-q2 with `save_limit=-1`, bulk fetches and connections
kept, doing the same. Exit code 1: a promise is broken.
"""

import contextlib
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.benchmarks import workbench as bench

KILL_EVERY_S = 5.0
SILENCE_S = {"ours": 150.0, "bare": 15.0}  # bare repeats what was killed after its `retry`; it is not waited for
PROBE = 1_000_000
CALL_BARE = "import django; django.setup(); from tests.benchmarks import b5_tasks; b5_tasks.main()"


class Cluster:
    """A qcluster in a process group of its own."""

    def __init__(self, settings: str, workers: int) -> None:
        self.env = os.environ | {"DJANGO_SETTINGS_MODULE": settings, "WORKERS": str(workers)}
        self.start()

    def start(self) -> None:
        command = [sys.executable, str(bench.ROOT / "manage.py"), "qcluster"]
        self.process = subprocess.Popen(
            command, env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )

    def kill(self) -> None:
        """End all of it at once, as a power cut would."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def kill_worker(self) -> bool:
        """End a worker that has just done something."""
        for (pid,) in rows("SELECT pid FROM bench_effect ORDER BY at DESC LIMIT 20"):
            try:
                if os.getpgid(pid) == self.process.pid:
                    os.kill(pid, signal.SIGKILL)
                    return True
            except ProcessLookupError:
                continue
        return False


def rows(sql: str, *values: Any) -> list[Any]:
    """Run a query."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall() if cursor.description else []


def done() -> int:
    """Count the different numbers that were done."""
    return int(rows("SELECT count(DISTINCT n) FROM bench_effect WHERE n < %s", PROBE)[0][0])


def clear() -> None:
    """Forget what was done."""
    rows("DELETE FROM bench_effect")


def clear_all() -> None:
    """Forget what was done and what was asked for, as on the first day."""
    clear()
    rows("DELETE FROM django_q_ormq")
    rows("DELETE FROM integrations_syncjob")


def fill_ours(count: int) -> tuple[float, float]:
    """Queue our jobs in one transaction; return how long it took and when it was committed."""
    from django.db import transaction

    from integrations import jobs

    started = time.time()
    with transaction.atomic():
        for n in range(count):
            jobs.enqueue("tests.benchmarks.b5_tasks.touch", key=f"touch:{n}", n=n)
    return time.time() - started, time.time()


def call_bare(what: str, count: int) -> list[float]:
    """Let a process with the bare settings queue numbers; return what it prints."""
    found = subprocess.run(
        [sys.executable, "-c", CALL_BARE, what, str(count)],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.benchmarks.b5_bare"},
        cwd=bench.ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [float(word) for word in found.stdout.split()]


def warm_up(cluster: Cluster, whose: str) -> None:
    """Wait until the cluster answers."""
    if whose == "ours":
        probe_ours(1)
    else:
        call_bare("probe", 1)
    until = time.time() + 60
    while not rows("SELECT n FROM bench_effect"):
        if time.time() > until:
            sys.exit(f"The cluster of {whose} does not answer: {cluster.env['DJANGO_SETTINGS_MODULE']}")
        time.sleep(0.05)


def race(whose: str, count: int, workers: int, *, kills: bool) -> dict[str, float]:
    """Let a cluster do all the numbers, killing now and then; count what was done, doubled and left."""
    clear_all()
    cluster = Cluster("config.settings.test" if whose == "ours" else "tests.benchmarks.b5_bare", workers)
    killed = 0
    try:
        warm_up(cluster, whose)
        clear()
        queued_s, started = fill_ours(count) if whose == "ours" else call_bare("fill", count)
        kill_at, last, moved = started + KILL_EVERY_S, 0, time.time()
        while True:
            time.sleep(0.25)
            found = done()
            if found > last:
                last, moved = found, time.time()
            if found >= count or time.time() - moved > SILENCE_S[whose]:
                break
            if kills and time.time() >= kill_at:
                kill_at += KILL_EVERY_S
                killed += 1
                if killed % 3 == 0 or not cluster.kill_worker():
                    cluster.kill()
                    cluster.start()
        stuck = unsettled() if whose == "ours" else 0
    finally:
        cluster.kill()
    [(ended, ninety_nine)] = rows(
        "SELECT max(at), (SELECT at FROM bench_effect ORDER BY at LIMIT 1 OFFSET %s) FROM bench_effect",
        max(0, int(last * 0.99) - 1),
    )
    doubles = rows("SELECT count(*) FROM (SELECT n FROM bench_effect GROUP BY n HAVING count(*) > 1) twice")[0][0]
    return {
        "queued_per_s": count / queued_s,
        "per_s": last / (ended - started),
        "per_s_99": last * 0.99 / (ninety_nine - started),
        "seconds": ended - started,
        "kills": killed,
        "doubles": doubles,
        "missing": count - last,
        "stuck": stuck,
    }


def unsettled() -> int:
    """Count our jobs that are not done, once those in hand had a moment to say so."""
    from integrations.models import SyncJob

    until = time.time() + 60
    while left := SyncJob.objects.exclude(state=SyncJob.State.DONE).exclude(key__startswith="schedule:").count():
        if time.time() > until:
            return left
        time.sleep(0.2)
    return 0


def probe_ours(count: int) -> list[float]:
    """Queue one job after another on an idle cluster; return when each was asked for."""
    from integrations import jobs

    asked = []
    for n in range(count):
        asked.append(time.time())
        jobs.enqueue("tests.benchmarks.b5_tasks.touch", key=f"probe:{n}", n=PROBE + n)
        if count > 1:
            time.sleep(0.25 + 0.37 * (n % 3))
    return asked


def latency(whose: str, count: int, workers: int) -> dict[str, float]:
    """Measure from the wish to the work on an idle cluster, in seconds."""
    clear_all()
    cluster = Cluster("config.settings.test" if whose == "ours" else "tests.benchmarks.b5_bare", workers)
    try:
        warm_up(cluster, whose)
        time.sleep(2)
        clear()
        asked = probe_ours(count) if whose == "ours" else call_bare("probe", count)
        time.sleep(1)
    finally:
        cluster.kill()
    began = dict(rows("SELECT n, at FROM bench_effect"))
    waits = sorted(began.get(PROBE + n, math.inf) - at for n, at in enumerate(asked))
    return {"p50": waits[len(waits) // 2], "p95": waits[math.ceil(len(waits) * 0.95) - 1], "max": waits[-1]}


def main() -> None:
    """Run it all and say what holds."""
    options = bench.arguments(__doc__ or "", jobs=20_000, workers=4, probes=60)
    with bench.own_database(options.db):
        rows("CREATE TABLE bench_effect (n integer NOT NULL, at double precision NOT NULL, pid integer NOT NULL)")
        print(f"B5 on {options.db}: {options.jobs:,} jobs, {options.workers} workers; {bench.machine()}")
        bare = race("bare", options.jobs, options.workers, kills=False)
        bare_killed = race("bare", options.jobs, options.workers, kills=True)
        ours_calm = race("ours", options.jobs, options.workers, kills=False)
        ours = race("ours", options.jobs, options.workers, kills=True)
        bare_wait, our_wait = (latency(whose, options.probes, options.workers) for whose in ("bare", "ours"))
    names = ["bare django-q2", "bare, killed every 5 s", "ours", "ours, killed every 5 s"]
    head = ["", "queued/s", "run/s", "run/s to 99 %", "seconds", "kills", "doubles", "missing", "stuck"]
    found = [bare, bare_killed, ours_calm, ours]
    bench.table(head, [[name, *numbers.values()] for name, numbers in zip(names, found, strict=True)])
    print()
    waits = [["bare django-q2", *bare_wait.values()], ["ours", *our_wait.values()]]
    bench.table(["idle latency, s", "p50", "p95", "max"], waits)
    calm, killed = ours_calm["per_s"] / bare["per_s"], ours["per_s"] / bare_killed["per_s"]
    print(f"\nours while killed / bare in peace: {ours['per_s'] / bare['per_s']:.2f}")
    bench.conclude(
        {
            f"throughput in peace ≥ bare django-q2 in peace ({calm:.2f} ×)": calm >= 1,
            f"throughput while killed ≥ bare django-q2 while killed ({killed:.2f} ×)": killed >= 1,
            "no effect doubled": ours["doubles"] == 0 and ours_calm["doubles"] == 0,
            "no job lost or stuck": not any(run[name] for run in (ours, ours_calm) for name in ("missing", "stuck")),
            f"idle latency p95 ≤ 0.3 s ({our_wait['p95']:.3f} s)": our_wait["p95"] <= 0.3,
        }
    )


if __name__ == "__main__":
    main()
