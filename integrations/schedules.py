"""What runs how often: one dictionary (`settings.SCHEDULES`), written into django-q2's table, made jobs when due."""

import logging
from datetime import timedelta
from typing import Any, NotRequired, TypedDict, cast

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.models import Schedule

from accounts.models import PlatformAccount

from . import jobs, leases
from .models import Lane, SyncJob

logger = logging.getLogger(__name__)

PREFIX = "crossdock:"  # the names of our rows in django-q2's table
SWEEP = "integrations.tasks.sweep"
FIRE = "integrations.tasks.run_schedule"


class Plan(TypedDict):
    """One line of the dictionary. With `platforms`, `task` takes `account_id`: a job per connected account of them."""

    task: str  # dotted path
    every: int  # minutes
    lane: NotRequired[Lane]
    platforms: NotRequired[tuple[str, ...]]


def plans() -> dict[str, Plan]:
    """Return the dictionary."""
    return cast(dict[str, Plan], import_string(settings.SCHEDULES))


@transaction.atomic
def write() -> tuple[int, int, int]:
    """Bring django-q2's table in line with the dictionary; return how many rows were added, changed and removed.

    When a row runs next is left alone, unless its period has changed. A new row waits for one period first: what is
    connected today is read by whoever connects it, not by every schedule at once.
    """
    wanted: dict[str, dict[str, Any]] = {f"{PREFIX}sweep": {"func": SWEEP, "args": None, "minutes": 1}}
    for name, plan in plans().items():
        wanted[PREFIX + name] = {"func": FIRE, "args": repr((name,)), "minutes": plan["every"]}
    added = changed = removed = 0
    for row in Schedule.objects.select_for_update().filter(name__startswith=PREFIX).order_by("pk"):
        plan_of_row = wanted.pop(row.name, None)
        if plan_of_row is None:  # no longer planned, or a second row of the same name
            row.delete()
            removed += 1
        elif any(getattr(row, name) != value for name, value in plan_of_row.items()):
            Schedule.objects.filter(pk=row.pk).update(**plan_of_row, next_run=timezone.now())
            changed += 1
    for name, plan_of_row in wanted.items():
        first = timezone.now() + timedelta(minutes=plan_of_row["minutes"])
        Schedule.objects.create(name=name, schedule_type=Schedule.MINUTES, repeats=-1, next_run=first, **plan_of_row)
        added += 1
    return added, changed, removed


def fire(name: str) -> int:
    """Queue the jobs of a schedule, one per connected account where it has platforms; return how many.

    Fired twice at once (two clusters), it queues nothing twice: a job as young as half the period is enough.
    """
    plan = plans().get(name)
    if plan is None:
        logger.warning("Schedule %s is not planned any more: `manage.py schedule_jobs` removes it", name)
        return 0
    if "platforms" not in plan:
        return int(_fire(name, plan, None))
    accounts = PlatformAccount.objects.filter(
        platform__in=plan["platforms"], status=PlatformAccount.Status.CONNECTED
    ).order_by("pk")
    return sum(_fire(name, plan, account) for account in accounts)


def _fire(name: str, plan: Plan, account: PlatformAccount | None) -> bool:
    key = f"schedule:{name}" if account is None else f"schedule:{name}:{account.pk}"
    since = leases.now() - timedelta(minutes=plan["every"] / 2)
    if SyncJob.objects.filter(key=key, created_at__gt=since).exists():
        return False
    given: dict[str, Any] = {} if account is None else {"account_id": account.pk}
    jobs.enqueue(plan["task"], key=key, lane=plan.get("lane", Lane.CATALOGUE), account=account, **given)
    return True
