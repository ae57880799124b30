from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


def write_schedules(using: str, **_signal: Any) -> None:
    """Bring the queue's schedules in line after a migration, once its table is there."""
    from django_q.models import Schedule

    from . import schedules

    if Schedule._meta.db_table in connections[using].introspection.table_names():
        schedules.write()


class IntegrationsConfig(AppConfig):
    name = "integrations"
    verbose_name = _("Work")

    def ready(self) -> None:
        from django_q import signals

        from . import (
            bell,
            checks,  # noqa: F401 - registers the system checks
            patience,
        )

        patience.install()
        post_migrate.connect(write_schedules, sender=self, dispatch_uid="write_schedules")
        signals.post_spawn.connect(bell.ring_for_the_dead, dispatch_uid="ring_for_the_dead")
