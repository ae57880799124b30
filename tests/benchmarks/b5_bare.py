"""Settings of B5's control: django-q2 alone, tuned (dependencies.md): no result rows, bulk, WAL, connections kept."""

from config.settings.test import *  # noqa: F403
from config.settings.test import DATABASES, Q_CLUSTER

Q_CLUSTER = Q_CLUSTER | {"name": "bare", "timeout": 60, "retry": 90, "bulk": 50, "queue_limit": 100, "scheduler": False}
SILENCED_SYSTEM_CHECKS = ["integrations.E006"]  # fetched in bulk: right for the control, wrong for our bells
DATABASES["default"]["CONN_MAX_AGE"] = 60
