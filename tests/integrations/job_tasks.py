"""Tasks for the tests of jobs: what they did is kept in `done`, what they should raise is put into `raises`."""

import time
from pathlib import Path
from typing import Any

from accounts.models import PlatformAccount
from integrations import jobs, lanes, runs
from integrations.models import SyncJob

done: list[Any] = []
raises: dict[str, list[Exception]] = {}
during: dict[str, Any] = {}


def reset() -> None:
    """Forget it all."""
    done.clear()
    raises.clear()
    during.clear()


def note(name: str = "", **more: Any) -> None:
    """Note the name, raise what is planned for it, call what is to happen meanwhile."""
    done.append(name)
    if name in during:
        during.pop(name)()
    if raises.get(name):
        raise raises[name].pop(0)


def note_surroundings(name: str) -> None:
    """Note the job, the lane and whether to yield."""
    job = jobs.current()
    assert job is not None
    done.append((job.key, lanes.current(), jobs.should_yield()))


@jobs.atomic
def rename_account(account_id: int, name: str) -> None:
    """Change a row of ours, in one transaction with the finish."""
    PlatformAccount.objects.filter(pk=account_id).update(name=name)
    if name in during:
        during.pop(name)()


def take_over(job: SyncJob) -> None:
    """Do what another worker does that thinks this one dead."""
    SyncJob.objects.filter(pk=job.pk).update(fence="another's")


def read_pages(run_id: int) -> None:
    """Read numbers in pages of ten, up to params["last"], each as an account's row.

    For tests with real processes: params["log"] names a file to which each page's start is added, "slow" is how many
    seconds a page takes, "gate" a file for which the first attempt waits before its second page.
    """
    run = runs.begin(run_id)
    last = run.params["last"]
    while run.cursor.get("next", 0) < last:
        if "log" in run.params:
            with Path(run.params["log"]).open("a") as log:
                log.write(f"{run.cursor.get('next', 0)}\n")
        job = jobs.current()
        if "gate" in run.params and run.cursor and job and job.attempts == 1:
            while not Path(run.params["gate"]).exists():
                time.sleep(0.02)
        with runs.page(run) as page:
            first = page.cursor.get("next", 0)
            time.sleep(run.params.get("slow", 0))
            for number in range(first, first + 10):
                PlatformAccount.objects.create(platform="cj", name=f"row {number}", external_id=f"row-{number}")
                page.seen += 1
                page.created += 1
            page.cursor = {"next": first + 10}
            page.total = last
            page.calls += 1
        done.append(first)
        if f"page {first}" in during:
            during.pop(f"page {first}")()
        if raises.get(f"page {first}"):
            raise raises[f"page {first}"].pop(0)
    runs.finish(run)
