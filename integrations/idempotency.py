"""Calls of the API that may be repeated: the header `Idempotency-Key` has the same call done once for a day.

A key is claimed, which is committed; then what the call does and its answer are written in one transaction. So a claim
without an answer means that nothing was done, whatever died: it is free again after a while, and a failed call frees
its key at once.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.complaints import complain

from . import leases
from .models import IdempotencyKey

if TYPE_CHECKING:
    from rest_framework.views import APIView as _View
else:
    _View = object

HEADER = "Idempotency-Key"
LONGEST = 200  # letters of a key
KEPT = timedelta(hours=24)
DEAD_AFTER = timedelta(minutes=2)  # a call without an answer: longer than any takes that is still alive
_KEPT_HEADERS = ("Location",)


class UnderWay(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_code = "under_way"
    default_detail = gettext_lazy(
        "A call with this Idempotency-Key is under way. Repeat it in a moment: then its answer is there."
    )
    wait = 1  # seconds, told as Retry-After


class AnotherCall(APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "another_call"
    default_detail = gettext_lazy(
        "This Idempotency-Key was used for another address or another body. Use a new key for a new call."
    )


def claim(user: Any, key: str, digest: str) -> IdempotencyKey:
    """Take a key for a call that is about to be done, or return it with the answer that the call got before.

    Raise UnderWay while somebody else does the same call, AnotherCall where the key was used for something else.
    """
    now = leases.now()
    rows = IdempotencyKey.objects.filter(user=user, key=key)
    rows.filter(created_at__lt=now - KEPT).delete()
    try:
        with transaction.atomic():
            return IdempotencyKey.objects.create(user=user, key=key, digest=digest, claimed_at=now, created_at=now)
    except IntegrityError:
        row = rows.first()
    if row is None:  # given back just now
        raise UnderWay
    if row.digest != digest:
        raise AnotherCall
    if row.status is None:
        dead = rows.filter(pk=row.pk, status=None, claimed_at=row.claimed_at, claimed_at__lt=now - DEAD_AFTER)
        if not dead.update(claimed_at=now):
            raise UnderWay
        row.claimed_at = now
    return row


def keep(claimed: IdempotencyKey, answer: Response) -> None:
    """Write down how a call was answered, in the transaction of what it did; raise UnderWay if another took over."""
    mine = IdempotencyKey.objects.filter(pk=claimed.pk, status=None, claimed_at=claimed.claimed_at)
    body = "" if answer.data is None else JSONRenderer().render(answer.data).decode()
    headers = {name: answer[name] for name in _KEPT_HEADERS if name in answer}
    if not mine.update(status=answer.status_code, headers=headers, body=body):
        raise UnderWay


def give_back(claimed: IdempotencyKey) -> None:
    """Free the key of a call that failed: nothing of it was done."""
    IdempotencyKey.objects.filter(pk=claimed.pk, status=None, claimed_at=claimed.claimed_at).delete()


def thin() -> int:
    """Delete keys older than a day; return how many."""
    return IdempotencyKey.objects.filter(created_at__lt=leases.now() - KEPT).delete()[0]


class Idempotent(_View):
    """A view whose POST calls take the header `Idempotency-Key`; those named in `repeatable` do without it."""

    takes_idempotency_key = True
    repeatable: tuple[str, ...] = ()  # actions that change nothing of which a second time could matter

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check who calls and what is asked; then let a call with a key be done once."""
        super().initial(request, *args, **kwargs)
        key = request.headers.get(HEADER)
        if request.method == "POST" and key is not None and getattr(self, "action", None) not in self.repeatable:
            _check(key)
            handler: Callable[..., Any] = getattr(self, "post")  # noqa: B009 - as the router has put it there
            self.post = partial(_once, key, handler)


def _check(key: str) -> None:
    if not (0 < len(key) <= LONGEST and key.isascii() and key.isprintable()):
        words = _("Give a key of 1 to %(most)d plain letters, such as a random UUID, or leave the header out.")
        complain(HEADER, words % {"most": LONGEST})


def _once(key: str, handler: Callable[..., Any], request: Request, *args: Any, **kwargs: Any) -> Any:
    claimed = claim(request.user, key, _digest(request))
    if claimed.status is not None:
        return _again(claimed)
    try:
        with transaction.atomic():
            answer = handler(request, *args, **kwargs)
            keep(claimed, answer)
    except BaseException:
        give_back(claimed)
        raise
    return answer


def _digest(request: Request) -> str:
    body = json.dumps(request.data, sort_keys=True, default=str)
    return hashlib.sha256(f"{request.method} {request.get_full_path()}\n{body}".encode()).hexdigest()


def _again(claimed: IdempotencyKey) -> Response:
    headers = claimed.headers | {"Idempotent-Replayed": "true"}
    data = json.loads(claimed.body) if claimed.body else None
    return Response(data, status=claimed.status, headers=headers)
