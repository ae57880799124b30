"""System checks: a configuration that would lose or double work does not start."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register()
def check_queue(**_: Any) -> list[CheckMessage]:
    """Refuse a queue that starts a task again while it still runs (dependencies.md, django-q2)."""
    queue = settings.Q_CLUSTER
    found: list[CheckMessage] = []
    timeout, retry = queue.get("timeout"), queue.get("retry", 60)
    if timeout is None or retry <= timeout:
        found.append(
            Error(
                f"Q_CLUSTER['retry'] ({retry}) must be greater than Q_CLUSTER['timeout'] ({timeout}).",
                hint="Otherwise a task that takes long is started a second time while it runs.",
                id="integrations.E001",
            )
        )
    return found
