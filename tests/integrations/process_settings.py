"""Settings of the processes that test_jobs_processes.py starts: tables straight from the models."""

from config.settings.test import *  # noqa: F403


class NoMigrations:
    """Every app is without migrations."""

    def __contains__(self, label: str) -> bool:
        return True

    def __getitem__(self, label: str) -> None:
        return None


MIGRATION_MODULES = NoMigrations()
