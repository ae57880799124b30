"""The bell: django-q2 wakes a worker, and that is all it does. What is to be done stands in SyncJob rows.

A bell that is lost costs a minute (the sweep rings again), one too many costs a look into an empty queue. So nothing is
kept here that could get stuck: the bell is rung where fewer bells lie in the queue than there are workers.
"""

import logging
from functools import lru_cache
from typing import Any

from django.db import DatabaseError, transaction
from django_q.brokers import Broker, get_broker
from django_q.conf import Conf
from django_q.tasks import async_task
from redis import RedisError

logger = logging.getLogger(__name__)

DRAIN = "integrations.tasks.drain"


@lru_cache(maxsize=1)
def _broker() -> Broker:
    return get_broker()


def ring(*, at_most: int | None = None) -> None:
    """Wake one worker, unless `at_most` bells (as many as there are workers) already wait to be heard."""
    try:
        if _broker().queue_size() < (at_most or Conf.WORKERS):
            async_task(DRAIN, broker=_broker())
    except (RedisError, DatabaseError, OSError) as error:
        logger.warning("The bell could not be rung, the sweep will find the work: %s", error)


def ring_on_commit() -> None:
    """Wake a worker when the transaction under way is committed: once, however many jobs it queues."""
    hooks = transaction.get_connection().run_on_commit
    if not any(hook[1] is ring for hook in hooks):
        transaction.on_commit(ring)


def ring_for_the_dead(**_signal: Any) -> None:
    """Wake a worker when one is born: the one that it stands in for may have died with a bell or a job in hand."""
    ring()
