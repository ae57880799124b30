"""The app of the simulator's own process: the commands of ``integrations`` without its models."""

from django.apps import AppConfig


class SimulatorConfig(AppConfig):
    """Let ``manage.py simulator`` be found where no database and no product code are loaded."""

    name = "integrations"
    label = "simulator"

    def import_models(self) -> None:
        """Load no models: the simulator's process has none."""
        self.models = {}
