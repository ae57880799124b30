"""The simulator's own process: no database, no product code, nothing of ours but its views."""

SECRET_KEY = "the-simulator-keeps-no-secrets"
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "integrations.simulator.urls"
INSTALLED_APPS = ["integrations.simulator.apps.SimulatorConfig"]  # its commands, none of its models
MIDDLEWARE: list[str] = []
DATABASES: dict[str, dict[str, str]] = {}
USE_TZ = True
TIME_ZONE = "UTC"
APPEND_SLASH = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
