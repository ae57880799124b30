"""Is it alive, and could it work? (design.md §6, HTTP)"""

from datetime import timedelta
from typing import Any

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from integrations.models import SyncJob

OVERDUE = timedelta(minutes=5)


def healthz(request: HttpRequest) -> JsonResponse:
    """Say that this process answers; asks nobody else."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """Say whether the database answers and workers keep up with what is due: 200, or 503 with the reason."""
    checks: dict[str, Any] = {"database": "ok", "queue_age_s": 0, "worker": "ok"}
    try:
        connection.ensure_connection()
        now = timezone.now()
        oldest = (
            SyncJob.objects.filter(state=SyncJob.State.QUEUED, due_at__lte=now).claimable().order_by("due_at").first()
        )
        if oldest:
            checks["queue_age_s"] = round((now - oldest.due_at).total_seconds())
            if now - oldest.due_at > OVERDUE:
                checks["worker"] = "no worker takes jobs: is `manage.py qcluster` running?"
    except DatabaseError as error:
        checks["database"] = type(error).__name__
    healthy = checks["database"] == "ok" and checks["worker"] == "ok"
    return JsonResponse({"status": "ok" if healthy else "unavailable", **checks}, status=200 if healthy else 503)
