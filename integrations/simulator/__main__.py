"""``python -m integrations.simulator``: the quickest way to start, under the simulator's own settings."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.simulator"
    execute_from_command_line(["manage.py", "simulator", *sys.argv[1:]])
