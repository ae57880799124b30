"""Long readings: what a page saves, what a kill costs, what the counts say (design.md §3, promises 7 and 8)."""

import pytest

from accounts.models import PlatformAccount
from integrations import errors, jobs, runs
from integrations.contracts import Unreadable
from integrations.models import SyncJob, SyncRun
from tests.factories import make_account

from . import job_tasks

pytestmark = pytest.mark.django_db
READ = "tests.integrations.job_tasks.read_pages"


@pytest.fixture(autouse=True)
def _fresh_tasks() -> None:
    job_tasks.reset()


def ask(last: int = 30, key: str = "read:1", account: PlatformAccount | None = None) -> SyncRun:
    return runs.open_run(
        account or make_account(), kind="products", task=READ, key=key, label="toys", params={"last": last}
    )


def read_rows() -> list[str]:
    return list(PlatformAccount.objects.filter(external_id__startswith="row-").values_list("external_id", flat=True))


def test_a_run_is_a_row_and_a_job_that_is_told_its_number():
    run = runs.open_run(
        make_account(),
        kind="stock",
        mode="sweep",
        label="mine",
        params={"a": 1},
        task=READ,
        key="x",
        requested_by="mei",
    )
    assert (run.state, run.kind, run.mode, run.label, run.params, run.key) == (
        "queued",
        "stock",
        "sweep",
        "mine",
        {"a": 1},
        "x",
    )
    assert run.job is not None
    assert (run.job.task, run.job.kwargs, run.job.account_id) == (READ, {"run_id": run.pk}, run.account_id)
    assert (run.requested_by, run.job.requested_by) == ("mei", "mei")


def test_of_the_runs_that_share_a_key_one_is_open():
    first = ask()
    assert ask().pk == first.pk
    assert ask(key="read:2").pk != first.pk
    jobs.work()
    assert ask().pk != first.pk
    assert SyncJob.objects.filter(state="queued").count() == 1


def test_a_run_reads_all_pages_and_tells_the_counts():
    run = ask(last=30)
    jobs.work()
    run.refresh_from_db()
    assert (run.state, run.seen, run.created, run.failed, run.calls, run.total) == ("done", 30, 30, 0, 3, 30)
    assert run.cursor == {"next": 30}
    assert run.started_at
    assert run.progressed_at
    assert run.finished_at
    assert run.started_at <= run.progressed_at <= run.finished_at
    assert len(read_rows()) == 30
    assert run.oddities == {}


def test_a_run_that_is_interrupted_goes_on_where_its_last_page_ended():
    run = ask(last=40)
    job_tasks.raises["page 10"] = [errors.RateLimited("full", retry_after=0)]
    jobs.work()
    run.refresh_from_db()
    assert job_tasks.done == [0, 10, 20, 30]
    assert (run.state, run.seen, run.created) == ("done", 40, 40)
    assert len(read_rows()) == len(set(read_rows())) == 40


def test_what_fails_within_a_page_leaves_nothing_of_the_page():
    run = ask()
    runs.begin(run.pk)
    with pytest.raises(ZeroDivisionError), runs.page(run) as page:  # noqa: PT012
        PlatformAccount.objects.create(platform="cj", name="row", external_id="row-1")
        page.seen += 1
        page.cursor = {"next": 10}
        page.set_aside(Unreadable(external_id="7", kind="shape", reason="no id"))
        raise ZeroDivisionError
    run.refresh_from_db()
    assert (run.seen, run.failed, run.cursor, run.problems.count(), read_rows()) == (0, 0, {}, 0, [])


def test_a_worker_that_was_taken_over_saves_no_page():
    run = ask(last=30)

    def take_over() -> None:
        SyncJob.objects.filter(runs=run).update(fence="another's")

    job_tasks.during["page 0"] = take_over
    jobs.work()
    run.refresh_from_db()
    assert (run.state, run.seen, run.cursor) == ("running", 10, {"next": 10})
    assert len(read_rows()) == 10


def test_what_could_not_be_used_is_set_aside_with_its_reason_and_counted():
    run = ask()
    runs.begin(run.pk)
    with runs.page(run) as page:
        page.seen += 2
        page.unchanged += 1
        page.set_aside(
            Unreadable(external_id="7", kind="shape", reason="no id; apiKey=abcdef0123456789", sample='{"a": 1}' * 1000)
        )
    problem = run.problems.get()
    assert (problem.external_id, problem.kind, problem.reason) == ("7", "shape", "no id; apiKey=••••")
    assert len(problem.sample) == 4000
    assert (run.seen, run.unchanged, run.failed) == (2, 1, 1)


def test_oddities_are_counted_by_name_over_all_pages():
    run = ask()
    for slugs in (["null_list", "price_range"], ["null_list"], []):
        with runs.page(run) as page:
            page.oddities(slugs)
    assert run.oddities == {"null_list": 2, "price_range": 1}


@pytest.mark.parametrize(
    ("counts", "is_true"),
    [
        ({"seen": 4, "created": 1, "updated": 1, "unchanged": 1, "failed": 1}, True),
        ({"seen": 4, "created": 3, "gone": 1}, True),
        ({"seen": 3, "created": 3, "gone": 1}, True),  # gone without having been shown
        ({"seen": 4, "created": 3}, False),
        ({"seen": 2, "created": 3}, False),
    ],
)
def test_counts_that_do_not_add_up_are_an_oddity_of_the_run(counts, is_true):
    run = ask()
    with runs.page(run) as page:
        for name, number in counts.items():
            setattr(page, name, number)
    runs.finish(run)
    assert run.state == "done"
    assert run.oddities == ({} if is_true else {"counts_do_not_add_up": 1})


def test_a_cancelled_run_stops_at_its_next_page_and_its_job_is_done():
    run = ask(last=50)
    job_tasks.during["page 10"] = lambda: runs.cancel(SyncRun.objects.get(pk=run.pk))
    assert jobs.work() == jobs.Worked(done=1)
    run.refresh_from_db()
    assert (run.state, run.seen) == ("cancelled", 20)
    assert len(read_rows()) == 20
    assert SyncJob.objects.get().problem == "The run is closed: Cancelled."


def test_a_run_cancelled_before_it_began_is_never_started():
    run = ask()
    runs.cancel(run)
    assert run.state == "cancelled"
    assert jobs.work() == jobs.Worked()
    assert SyncJob.objects.get().state == "done"


def test_a_closed_run_is_neither_cancelled_nor_failed():
    run = ask(last=10)
    jobs.work()
    runs.cancel(run)
    runs.fail(run, "late")
    assert (run.state, run.problem) == ("done", "")


def test_a_failed_run_says_why_without_secrets():
    run = ask()
    runs.fail(run, "refused: access_token=abcdef0123456789")
    assert (run.state, run.problem) == ("failed", "refused: access_token=••••")
    assert run.finished_at is not None


def test_a_run_left_open_by_its_job_is_closed_when_the_next_is_asked_for():
    run = ask()
    SyncJob.objects.update(state="done")
    fresh = ask(account=run.account)
    run.refresh_from_db()
    assert fresh.pk != run.pk
    assert (run.state, run.problem) == ("failed", "Its job ended and left it unfinished.")


def test_a_page_forgets_the_deaths_before_it():
    run = ask(last=20)
    SyncJob.objects.update(deaths=4, failures=4)
    seen = []

    def look() -> None:
        seen.append(SyncJob.objects.values_list("deaths", "failures").get())

    job_tasks.during["page 0"] = look
    jobs.work()
    assert seen == [(0, 0)]
    run.refresh_from_db()
    assert run.state == "done"
