"""What sending costs: asked of the supplier by a job, kept for a while. Known, no way and not known are three things.

A question that somebody waits for is a row (`is_wanted`), so that nothing is forgotten when a worker dies. An empty
answer may be a throttled one (cj.md §13): only a second one, minutes later, means that there is no way.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import PlatformAccount
from catalog.services.selling import codec
from integrations import jobs, leases
from integrations.bought import Buyer, Route, TrialItem, WantedItem
from integrations.errors import AuthRequired, PlatformError, RateLimited, Rejected, TokenExpired
from integrations.gateways import buyer_for
from integrations.sold import AddressData
from orders.models import FreightQuote

KEPT = timedelta(hours=24)
FAILED = timedelta(minutes=10)  # until an answer that did not come is asked for again
THROWN_AWAY = timedelta(days=7)  # after an answer no longer counts
REFUSED = timedelta(hours=6)  # until a question that the supplier refuses is asked again
MOST_FAILURES = 3  # in a row: then the supplier is down, and the others are not asked either
CHUNK = 20

State = FreightQuote.State


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of a supplier. `tips`: not the price but what its carriers want of an address, whatever is sent."""

    account_id: int
    from_country: str
    to_country: str
    zip_code: str = ""
    tax_id: str = ""
    items: tuple[tuple[str, str, int], ...] = ()  # their variant's id, its SKU, pieces; sorted
    own_skus: tuple[str, ...] = ()  # of products whose suppliers ship themselves
    tips: bool = False

    @property
    def key(self) -> str:
        """Return what tells it from others between the same two countries of the same supplier."""
        if self.tips:
            return "tips"
        told = [sorted([vid, pieces] for vid, _sku, pieces in self.items), self.zip_code, self.tax_id]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()

    @property
    def place(self) -> tuple[int, str, str, str]:
        """Return the columns under which its answer is kept."""
        return self.account_id, self.from_country, self.to_country, self.key


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is known now. `asked`: an answer, or a failure, is kept that still counts."""

    state: str = State.UNKNOWN
    routes: tuple[Route, ...] = ()  # cheapest first
    problem: str = ""
    asked: bool = False
    ask_at: datetime | None = None


class Quotes:
    """The kept answers to many questions, read by one query."""

    def __init__(self, questions: Iterable[Question]) -> None:
        asked = {question.place for question in questions}
        found = FreightQuote.objects.filter(
            account__in={place[0] for place in asked},
            to_country__in={place[2] for place in asked},
            key__in={place[3] for place in asked},
        )
        self._now = leases.now()
        self._rows = {(row.account_id, row.from_country, row.to_country, row.key): row for row in found}

    def of(self, question: Question, *, however_old: bool = False) -> Answer:
        """Return the answer that still counts; of what is known also an older one, where that will do."""
        row = self._rows.get(question.place)
        if row is None:
            return Answer()
        counts = row.ask_again_at is not None and row.ask_again_at > self._now
        if not counts and not (however_old and row.state == State.KNOWN):
            return Answer(ask_at=row.ask_again_at)
        routes = tuple(codec.record(Route, each) for each in row.routes)
        return Answer(state=row.state, routes=routes, problem=row.problem, asked=True, ask_at=row.ask_again_at)


def want(questions: Iterable[Question]) -> None:
    """Write down that somebody waits for these answers; one statement, whatever was kept of them stays."""
    now = leases.now()
    rows = {
        question.place: FreightQuote(
            account_id=question.account_id,
            from_country=question.from_country,
            to_country=question.to_country,
            key=question.key,
            state=State.UNKNOWN,
            quoted_at=now,
            ask_again_at=now,
            question=asdict(question),
            is_wanted=True,
        )
        for question in questions
    }
    FreightQuote.objects.bulk_create(
        [rows[place] for place in sorted(rows)],  # in one order, so that two workers can't lock each other out
        update_conflicts=True,
        unique_fields=["account", "from_country", "to_country", "key"],
        update_fields=["is_wanted", "question"],
    )


def ask_wanted(account: PlatformAccount) -> int:
    """Ask the supplier all that is wanted and due; return how many questions that were.

    Raise what makes the job wait (a limit, a token). Another failure is kept with its reason and asked again later.
    """
    buyer, asked, failures = buyer_for(account), 0, 0
    _throw_away(account)
    while chunk := list(_due(account)[:CHUNK]):
        for row in chunk:
            failures = 0 if _ask(buyer, row) else failures + 1
            asked += 1
            if failures >= MOST_FAILURES:
                _postpone(account)
                return asked
        if jobs.should_yield():
            raise jobs.Again(0, progressed=True)
    return asked


def next_at(account: PlatformAccount | int) -> datetime | None:
    """Return when the next wanted answer may be asked for; None where nothing is wanted."""
    found = FreightQuote.objects.filter(account=account, is_wanted=True).order_by("ask_again_at").first()
    return found.ask_again_at if found else None


def _throw_away(account: PlatformAccount) -> None:
    old = FreightQuote.objects.filter(account=account, is_wanted=False, ask_again_at__lt=leases.now() - THROWN_AWAY)
    old.delete()


def _due(account: PlatformAccount) -> Any:
    due = FreightQuote.objects.filter(account=account, is_wanted=True, ask_again_at__lte=leases.now())
    return due.order_by("ask_again_at", "pk")


def _ask(buyer: Buyer, row: FreightQuote) -> bool:
    """Ask one question and keep what comes; return whether the supplier could answer."""
    question = _question_of(row)
    try:
        routes = _tips(buyer, question) if question.tips else _routes(buyer, question)
    except (RateLimited, TokenExpired, AuthRequired):
        raise
    except Rejected as error:
        _keep(row, State.UNKNOWN, wait=REFUSED, problem=str(error), empties=0)
        return True
    except PlatformError as error:
        _keep(row, State.UNKNOWN, wait=FAILED, problem=str(error), empties=row.empties)
        return False
    if routes:
        _keep(row, State.KNOWN, wait=KEPT, routes=routes)
    elif row.empties:
        _keep(row, State.NONE, wait=KEPT, empties=row.empties + 1)
    else:
        words = _("The supplier named no way at all. It is asked once more, to be sure.")
        _keep(row, State.UNKNOWN, wait=FAILED, problem=words, empties=1)
    return True


def _keep(
    row: FreightQuote,
    state: str,
    *,
    wait: timedelta,
    routes: Sequence[Route] = (),
    problem: str = "",
    empties: int = 0,
) -> None:
    now = leases.now()
    with transaction.atomic():
        jobs.hold()
        FreightQuote.objects.filter(pk=row.pk).update(
            state=state,
            routes=[codec.plain(route) for route in sorted(routes, key=lambda route: (route.price, route.name))],
            problem=problem[:500],
            quoted_at=now,
            ask_again_at=now + wait,
            empties=empties,
            is_wanted=False,
        )


def _postpone(account: PlatformAccount) -> None:
    """Leave what is due for later: the supplier can't answer now."""
    with transaction.atomic():
        jobs.hold()
        _due(account).update(
            ask_again_at=leases.now() + FAILED,
            state=State.UNKNOWN,
            problem=_("The supplier does not answer at the moment."),
            is_wanted=False,
        )


def _question_of(row: FreightQuote) -> Question:
    said = row.question
    items = tuple((str(vid), str(sku), int(pieces)) for vid, sku, pieces in said.get("items", ()))
    return Question(**said | {"items": items, "own_skus": tuple(said.get("own_skus", ()))})


def _address(question: Question) -> AddressData:
    return AddressData(zip_code=question.zip_code, country_code=question.to_country)


def _routes(buyer: Buyer, question: Question) -> list[Route]:
    items = [WantedItem(variant_id=vid, quantity=pieces) for vid, _sku, pieces in question.items]
    found = buyer.routes(
        from_country=question.from_country, address=_address(question), items=items, tax_id=question.tax_id
    )
    return _with_templates(buyer, question, found) if question.own_skus else found


def _tips(buyer: Buyer, question: Question) -> list[Route]:
    items = [TrialItem(sku=sku, variant_id=vid, quantity=pieces) for vid, sku, pieces in question.items]
    return buyer.routes_with_tips(from_country=question.from_country, address=_address(question), items=items)


def _with_templates(buyer: Buyer, question: Question, found: list[Route]) -> list[Route]:
    """Reckon in what makers ask who ship themselves: of two prices the dearer counts; alone it is a way of its own."""
    told = buyer.supplier_templates(question.own_skus)
    fitting = [[route for route in told.get(sku, ()) if _leads(route, question)] for sku in question.own_skus]
    if not all(fitting):
        return found
    cheapest = [min(routes, key=lambda route: route.price) for routes in fitting]
    asked = sum((route.price for route in cheapest), Decimal(0))
    if not found:
        return [replace(cheapest[0], price=asked)]
    return [
        replace(route, price=max(route.price, asked), facts=route.facts | {"supplier_asks": str(asked)})
        for route in found
    ]


def _leads(route: Route, question: Question) -> bool:
    """Tell whether a supplier's own way is between the two countries; unnamed ends fit."""
    ends = (route.facts.get("startCountryCode"), route.facts.get("destCountryCode"))
    return ends[0] in (None, question.from_country) and ends[1] in (None, question.to_country)
