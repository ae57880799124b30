"""What was said to a platform and what it answered: kept masked, found by the record it concerned, thinned by age."""

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import PlatformAccount
from accounts.secrets import MASK, mask_data, mask_text

from .models import ApiCall

KEPT_CHARS = 4000  # of a request or an answer
KEPT_CHARS_OF_A_LIST = 1000  # of an answer among many good ones
BUFFERED = 50  # exchanges that may wait to be written together: good reads only
BUFFERED_FOR = 5.0  # seconds

BODIES_OF_READS = timedelta(days=1)
READS = timedelta(days=7)
BODIES = timedelta(days=30)
ROWS = timedelta(days=180)
BATCH = 500  # rows a transaction


def for_subject(account: PlatformAccount | int, subject: str) -> QuerySet[ApiCall]:
    """Return the exchanges that concerned one record of an account (such as `product:123`), newest first."""
    return ApiCall.objects.filter(account=account, subject=subject)


def for_subjects(account: PlatformAccount | int, subjects: Iterable[str]) -> QuerySet[ApiCall]:
    """Return the exchanges that concerned any of these records of an account, newest first."""
    return ApiCall.objects.filter(account=account, subject__in=list(subjects))


# Under which names platforms send who buyers are; a region and a postcode stay, as routes hang on them.
PERSONAL = frozenset(
    {
        *("shippingcustomername", "shippingphone", "shippingaddress", "shippingaddress2", "housenumber", "email"),
        *("taxid", "consigneeid", "fulladdress", "buyerusername", "buyercpfid", "virtualcontactnumber"),
        *("dropshipper", "dropshipperphone", "messagetoseller"),
    }
)
RECIPIENT = "recipientaddress"
PLACES = frozenset({"region", "state", "city", "zipcode"})


class Recorder:
    """Writes exchanges: good reads in batches, everything else at once and with what waited before it."""

    def __init__(self) -> None:
        self._waiting: list[ApiCall] = []
        self._flushed = time.monotonic()

    def add(self, call: ApiCall) -> None:
        self._waiting.append(call)
        is_good_read = not call.is_write and call.outcome == ApiCall.Outcome.OK
        if not is_good_read or len(self._waiting) >= BUFFERED or time.monotonic() - self._flushed > BUFFERED_FOR:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        waiting, self._waiting, self._flushed = self._waiting, [], time.monotonic()
        if waiting:
            ApiCall.objects.bulk_create(waiting)


def text(value: Any, length: int) -> str:
    """Return a text that any database takes: no NUL, no half characters, cut to a length."""
    cut = str(value)[:length].replace("\x00", "\N{REPLACEMENT CHARACTER}")
    return cut.encode("utf-8", "replace").decode()


def masked(shown: str, length: int, secrets: Iterable[str] = ()) -> str:
    """Return a free text, masked and cut."""
    return _cut(mask_text(_hide(shown, secrets)), length)


def sample(data: Any, length: int = KEPT_CHARS, *, secrets: Iterable[str] = ()) -> str:
    """Return JSON-like data as text, masked and cut; lists and long texts are shortened before."""
    items = 3 if length <= KEPT_CHARS_OF_A_LIST else 20
    hidden = tuple(secrets)
    shown = json.dumps(mask_data(_shorten(data, items, 12, hidden)), ensure_ascii=False, default=str)
    return _cut(shown, length)


def sample_of_bytes(body: bytes, length: int = KEPT_CHARS, *, secrets: Iterable[str] = ()) -> str:
    """Return the beginning of a body that is not JSON, masked."""
    shown = mask_text(body[: 4 * length].decode("utf-8", "replace"))
    return _cut(_hide(shown, secrets), length)


def _shorten(data: Any, items: int, depth: int, secrets: tuple[str, ...]) -> Any:
    if isinstance(data, dict | list | tuple) and not depth:
        return "…"
    if isinstance(data, dict):
        some = islice(data.items(), 100)
        return {
            _hide(str(name), secrets)[:100]: MASK
            if value and _folded(name) in PERSONAL
            else _shorten(_without_person(value) if _folded(name) == RECIPIENT else value, items, depth - 1, secrets)
            for name, value in some
        }
    if isinstance(data, list | tuple):
        shown = [_shorten(value, items, depth - 1, secrets) for value in data[:items]]
        return [*shown, f"… {len(data) - items} more"] if len(data) > items else shown
    if isinstance(data, str):
        hidden = _hide(data, secrets)
        return hidden if len(hidden) <= 2000 else hidden[:2000] + "…"
    return data


def _folded(name: object) -> str:
    return str(name).replace("_", "").lower()


def _without_person(address: Any) -> Any:
    """Return an address as far as it says where goods go, not to whom."""
    if not isinstance(address, dict):
        return address
    return {name: MASK if value and _folded(name) not in PLACES else value for name, value in address.items()}


def _hide(shown: str, secrets: Iterable[str]) -> str:
    for secret in secrets:
        shown = shown.replace(secret, MASK)
    return shown


def _cut(shown: str, length: int) -> str:
    return text(shown if len(shown) <= length else shown[: length - 1] + "…", length)


@dataclass(slots=True)
class Thinned:
    bodies: int = 0
    rows: int = 0


def thin() -> Thinned:
    """Forget what is old: bodies of good reads after a day, good reads after a week, other bodies after 30 days,
    everything after 180 days. Works in small transactions, so that nobody waits."""
    now, done = timezone.now(), Thinned()
    good_read = Q(is_write=False, outcome=ApiCall.Outcome.OK)
    has_body = ~Q(request="", response="")
    done.rows += _forget(ApiCall.objects.filter(created_at__lt=now - ROWS))
    done.rows += _forget(ApiCall.objects.filter(good_read, created_at__lt=now - READS))
    done.bodies += _strip(ApiCall.objects.filter(has_body, created_at__lt=now - BODIES))
    done.bodies += _strip(ApiCall.objects.filter(has_body, good_read, created_at__lt=now - BODIES_OF_READS))
    return done


def _forget(old: QuerySet[ApiCall]) -> int:
    count = 0
    while batch := list(old.order_by("created_at").values_list("pk", flat=True)[:BATCH]):
        ApiCall.objects.filter(pk__in=batch).delete()
        count += len(batch)
    return count


def _strip(old: QuerySet[ApiCall]) -> int:
    count = 0
    while batch := list(old.order_by("created_at").values_list("pk", flat=True)[:BATCH]):
        ApiCall.objects.filter(pk__in=batch).update(request="", response="")
        count += len(batch)
    return count
