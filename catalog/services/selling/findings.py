"""What a check finds missing or wrong in a listing: the field, the rule, the fix; kept as JSON on the listing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from accounts.errors import Refused

from . import codec

ERROR, WARNING = "error", "warning"
SHOWN = 5  # findings that a refusal names; the page shows all


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that stands in the way, or should be looked at (`level` "warning").

    `field` names what is to be mended: name, description, category_id, brand, attributes.<id>, image_urls,
    days_to_ship, weight_g, size, axes, variants, variants.<sku>.price|stock|weight|size|options|sku,
    shops.<shop's id>.name|description|carriers|status|prices, account.currency, account.status, rate.USD-CNY, product.
    """

    field: str
    rule: str  # a short name of the rule, such as length or required
    text: str
    fix: str
    shop_id: str = ""  # the platform's id; empty: it holds for all shops
    level: str = ERROR

    @property
    def is_error(self) -> bool:
        return self.level == ERROR

    def __str__(self) -> str:
        return f"{self.field}: {self.text} {self.fix}".strip()


class NotPublishable(Refused):
    """A listing lacks what the platform asks for; `findings` says all of it."""

    def __init__(self, message: object, findings: Sequence[Finding]) -> None:
        super().__init__(message, field=findings[0].field if findings else "")
        self.findings = list(findings)


def refusal(findings: Sequence[Finding]) -> NotPublishable:
    """Return the refusal that names these findings, the first few of them in its text."""
    lines = [str(finding) for finding in findings[:SHOWN]]
    if len(findings) > SHOWN:
        lines.append(_("… and %(more)d more.") % {"more": len(findings) - SHOWN})
    return NotPublishable("\n".join(lines), findings)


def errors(findings: Iterable[Finding], shop_id: str = "") -> list[Finding]:
    """Return those that stop a publication: in all shops, or in the shop given."""
    return [finding for finding in findings if finding.is_error and finding.shop_id == shop_id]


def as_json(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Return the findings as they are kept on a listing."""
    return [codec.plain(finding) for finding in findings]


def from_json(rows: Iterable[dict[str, Any]]) -> list[Finding]:
    """Return findings as they were kept."""
    return [codec.record(Finding, row) for row in rows]
