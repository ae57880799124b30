"""Run by test_governor_processes: take turns as fast as they come, and print when each was taken."""

import json
import sys
import time


def main(buckets: str, seconds: float, lane: int) -> None:
    """Say that it is ready, wait for a line, and hammer."""
    import django

    django.setup()
    from integrations import governor, lanes

    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    granted, until = [], time.time() + seconds
    with lanes.use(lane):
        while time.time() < until:
            granted.append((governor.acquire(buckets.split(",")), time.time()))
    sys.stdout.write(json.dumps(granted))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))
