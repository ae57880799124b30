"""What one currency buys of another, as a person or a source said it last."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import Refused
from catalog.models import ExchangeRate
from catalog.services.checking import refuse_invalid

BRIDGE = "USD"  # by way of it, where no rate is known between two currencies themselves


@dataclass(frozen=True, slots=True)
class Rates:
    """All rates that are known, read once for many prices."""

    known: Mapping[tuple[str, str], Decimal]

    def rate(self, base: str, quote: str) -> Decimal | None:
        """Return how much of `quote` one of `base` buys: as it was said, turned round, or through dollars."""
        direct = self._direct(base, quote)
        if direct is not None:
            return direct
        there, back = self._direct(base, BRIDGE), self._direct(BRIDGE, quote)
        return None if there is None or back is None else there * back

    def _direct(self, base: str, quote: str) -> Decimal | None:
        if base == quote:
            return Decimal(1)
        if (base, quote) in self.known:
            return self.known[base, quote]
        return 1 / self.known[quote, base] if (quote, base) in self.known else None


def table() -> Rates:
    """Return all rates that are known."""
    rows = ExchangeRate.objects.values_list("base", "quote", "rate")
    return Rates({(base, quote): rate for base, quote, rate in rows})


def rate(base: str, quote: str) -> Decimal | None:
    """Return how much of `quote` one of `base` buys; None where no rate is known that leads there."""
    return table().rate(base, quote)


@transaction.atomic
def set_rate(base: str, quote: str, rate: Decimal, by: str, *, source: str = "") -> ExchangeRate:
    """Say how much of `quote` one of `base` buys. Raise Refused, naming the field, for what is no rate."""
    base, quote = base.strip().upper(), quote.strip().upper()
    for name, code in (("base", base), ("quote", quote)):
        if len(code) != 3 or not code.isascii() or not code.isalpha():
            raise Refused(_("%(name)s must be a currency's three letters, such as USD.") % {"name": name}, field=name)
    if base == quote:
        raise Refused(_("quote must be another currency than base."), field="quote")
    if not rate.is_finite() or rate <= 0:
        raise Refused(_("rate must be more than 0."), field="rate")
    row = ExchangeRate.objects.select_for_update().filter(base=base, quote=quote).first()
    row = row or ExchangeRate(base=base, quote=quote)
    row.rate, row.source, row.set_at = rate.quantize(Decimal("1e-8")), (source or by)[:60], timezone.now()
    refuse_invalid(row)
    row._change_reason = _("Set by %(name)s") % {"name": by} if by else None  # type: ignore[attr-defined]
    row.save()
    return row
