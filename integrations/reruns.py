"""Ask for a run once more: a failed one goes on where it stopped, any other starts anew with the same parameters."""

from django.utils.translation import gettext as _

from accounts.errors import Refused

from . import jobs, runs
from .models import SyncJob, SyncRun


def run_again(run: SyncRun, *, requested_by: str = "") -> SyncRun:
    """Return the run that works now: this one revived, or a new one like it. Raise Refused where there is no way."""
    if run.state in SyncRun.OPEN:
        raise Refused(_("It has not ended yet."), field="state")
    if run.job is None:
        raise Refused(
            _("Its job was cleared away. Start it from where it was asked for: its selection or its account.")
        )
    if run.state == SyncRun.State.FAILED and run.job.state == SyncJob.State.FAILED:
        jobs.revive(run.job)
        run.refresh_from_db()
        return run
    return runs.open_run(
        run.account,
        kind=run.kind,
        task=run.job.task,
        key=run.key or f"run:{run.pk}",
        mode=run.mode,
        label=run.label,
        params=run.params,
        requested_by=requested_by,
    )
