"""What B5's workers do: one row each, so that what was done twice or not at all can be counted."""

import os
import sys
import time

from django.db import connection, transaction

from integrations import jobs


def bare_touch(n: int) -> None:
    """Leave a trace: who did number n, and when."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_effect (n, at, pid) VALUES (%s, %s, %s)", [n, time.time(), os.getpid()])


@jobs.atomic
def touch(n: int) -> None:
    """The same as a job of ours."""
    bare_touch(n)


def main() -> None:
    """Queue numbers for bare django-q2: all at once (`fill 20000`), or one by one with pauses (`probe 60`)."""
    from django_q.tasks import async_task

    what, count = sys.argv[1], int(sys.argv[2])
    if what == "fill":
        started = time.time()
        with transaction.atomic():
            for n in range(count):
                async_task(bare_touch, n)
        print(time.time() - started, time.time())
        return
    for n in range(count):
        print(time.time())
        async_task(bare_touch, 1_000_000 + n)
        time.sleep(0.25 + 0.37 * (n % 3))
