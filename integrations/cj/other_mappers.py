"""Account, categories, reviews, sourcing: CJ's JSON → our dataclasses. Pure; raise only `UnreadableRecord`."""

import hashlib
from collections.abc import Iterator
from typing import Any

from integrations.contracts import AccountData, CategoryData, QuotaData, ReviewData, SourcingState

from .parsing import (
    Notes,
    UnreadableRecord,
    first,
    flag,
    ident,
    integer,
    mapping,
    number,
    rows,
    storable,
    text,
    urls,
    when,
)

# Requests a second by level, and the plans that the levels belong to (cj.json, rate_limits.per_user_level).
LEVEL_RPS = {"0": 1.0, "1": 1.0, "2": 2.0, "3": 4.0, "4": 6.0, "5": 6.0}
PLAN_LEVELS = {"free": "1", "plus": "2", "prime": "3", "advanced": "4"}
SLOWEST = 1.0  # where neither level nor limit is known (cj.md §4)

# Seconds of a quota's window by quotaType, as its own page numbers them (cj.md §12.8); 0: it never starts again.
_DAY = 86_400
QUOTA_SECONDS = {0: 0, 1: 365 * _DAY, 2: 90 * _DAY, 3: 30 * _DAY, 4: _DAY, 5: 3600}

SOURCING_FAILED = "5"  # the only status that the document shows; webhooks send words
_FAILED_WORDS = frozenset({SOURCING_FAILED, "failed", "fail", "rejected"})
_FINAL_WORDS = _FAILED_WORDS | {"completed", "success"}


def to_account(data: object, *, external_id: str, level: str = "") -> AccountData:
    """Read /setting/get. CJ says neither level nor a number to know the account by: the caller gives what it knows.

    Of the level's rate and `qpsLimit` the smaller applies (cj.md §12.11). openId is a secret (it signs webhooks), and
    e-mail and callback addresses are nobody's business: they are left out.
    """
    row = mapping(data)
    setting = mapping(row.get("setting"))
    level = level or text(first(row, "level", "userLevel"), 40)
    rates = [rate for rate in (level_rate(level), _rate(setting.get("qpsLimit"))) if rate]
    quotas = (_to_quota(mapping(item)) for item in rows(setting.get("quotaLimits")) or ())
    callbacks = {name: text(mapping(value).get("type"), 20) for name, value in mapping(row.get("callback")).items()}
    return AccountData(
        external_id=external_id,
        name=text(row.get("openName"), 100),
        level=level,
        sandbox=flag(row.get("isSandbox")) is True,
        requests_per_second=min(rates, default=SLOWEST),
        quotas=tuple(quota for quota in quotas if quota),
        facts={
            "root": text(row.get("root"), 40),
            "qpsLimit": storable(setting.get("qpsLimit")),
            "callbacks": storable(callbacks),
        },
    )


def level_rate(level: str) -> float | None:
    """Return the requests a second of a level ("3") or plan ("Prime"); None where it is neither."""
    level = level.strip().lower().removeprefix("level").strip().removeprefix("v")
    return LEVEL_RPS.get(PLAN_LEVELS.get(level, level))


def to_categories(data: object) -> list[CategoryData]:
    """Read the three levels of /product/getCategory; parents come before their children.

    Ids are documented for the third level only: the upper two get one made of their names where CJ sends none.
    """
    found: dict[str, CategoryData] = {}
    for first_level in _mappings(data):
        name = text(first_level.get("categoryFirstName"), 200)
        first_id = ident(first_level.get("categoryFirstId")) or made_id(1, name)
        seconds = list(_mappings(first_level.get("categoryFirstList")))
        if name:
            found.setdefault(first_id, CategoryData(external_id=first_id, name=name, level=1))
        for second_level in seconds:
            second = text(second_level.get("categorySecondName"), 200)
            second_id = ident(second_level.get("categorySecondId")) or made_id(2, name, second)
            parent = first_id if name else ""
            if second:
                data_2 = CategoryData(external_id=second_id, name=second, level=2, parent_id=parent)
                found.setdefault(second_id, data_2)
            for third_level in _mappings(second_level.get("categorySecondList")):
                third_id = ident(third_level.get("categoryId"))
                third = text(third_level.get("categoryName"), 200)
                if third_id:
                    parent_id = second_id if second else parent
                    data_3 = CategoryData(external_id=third_id, name=third or third_id, level=3, parent_id=parent_id)
                    found.setdefault(third_id, data_3)
    return list(found.values())


def made_id(level: int, *names: str) -> str:
    """Return our id of a category for which CJ has none."""
    digest = hashlib.blake2b("\x1f".join(names).encode(), digest_size=10).hexdigest()
    return f"L{level}-{digest}"


def is_made_id(category_id: str) -> bool:
    """Tell whether an id of a category is ours: CJ does not know it."""
    return category_id.startswith(("L1-", "L2-"))


def to_review(data: object) -> ReviewData:
    """Read one review (/product/productComments, /product/comments); its id is a number beyond 2^53."""
    row, notes = mapping(data), Notes()
    review_id = ident(row.get("commentId"))
    if not review_id:
        raise UnreadableRecord("review", data)
    score = integer(row.get("score"), notes, "score")
    return ReviewData(
        external_id=review_id,
        score=score if score is not None and score <= 32_767 else None,
        text=text(row.get("comment"), 20_000, notes, "comment"),
        country_code=text(row.get("countryCode"), 8, notes, "countryCode").upper(),
        author=text(row.get("commentUser"), 100, notes, "commentUser"),
        image_urls=urls(row.get("commentUrls"), 30, notes, "commentUrls"),
        commented_at=when(row.get("commentDate"), notes, "commentDate"),
    )


def to_sourcing(data: object) -> SourcingState:
    """Read the state of a sourcing request, as created (cjSourcingId) or as asked for (sourceId).

    A request that failed has found nothing, whatever ids stand beside it: the document's own sample shows some.
    """
    row = mapping(data)
    sourcing_id = ident(first(row, "cjSourcingId", "sourceId"))
    if not sourcing_id:
        raise UnreadableRecord("sourcing request", data)
    status = text(first(row, "sourceStatus", "status", "result"), 100)
    failed = status.lower() in _FAILED_WORDS
    product_id = "" if failed else ident(row.get("cjProductId"))
    is_answer_to_creation = "cjSourcingId" in row and "sourceStatus" not in row and "status" not in row
    return SourcingState(
        external_id=sourcing_id,
        status=status,
        status_text=text(row.get("sourceStatusStr"), 100),
        product_id=product_id,
        variant_sku="" if failed else text(row.get("cjVariantSku"), 100),
        is_final=bool(product_id) or (not is_answer_to_creation and status.lower() in _FINAL_WORDS),
    )


def to_sourcings(data: object) -> list[SourcingState]:
    """Read what /product/sourcing/query answers: one object, or a list of them; those without an id are left out."""
    found: list[SourcingState] = []
    for item in rows(data) or ():
        try:
            found.append(to_sourcing(item))
        except UnreadableRecord:
            continue
    return found


def _to_quota(row: dict[str, Any]) -> QuotaData | None:
    limit, kind = integer(row.get("quotaLimit")), integer(row.get("quotaType"))
    address = text(row.get("quotaUrl"), 200)
    if not limit:
        return None
    window_s = _DAY if kind is None else QUOTA_SECONDS.get(kind, _DAY)
    endpoint = address.split("/v1", 1)[-1] if "/v1/" in address else address
    return QuotaData(name=address, limit=limit, window_s=window_s, endpoint=endpoint)


def _rate(value: object) -> float | None:
    found = number(value)
    return float(found) if found is not None and 0 < found < 10_000 else None


def _mappings(data: object) -> Iterator[dict[str, Any]]:
    return (row for row in map(mapping, rows(data) or ()) if row)
