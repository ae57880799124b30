"""For which addresses CJ holds an order back: 1001 is documented, the other two are the simulator's own."""

import re
from dataclasses import dataclass
from typing import Any

PHONE = r"^[\s\d\-（）()+]{6,32}$"


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing an address must have in some countries (empty: in all)."""

    code: int
    kind: str
    field: str
    expression: str
    message: str
    countries: tuple[str, ...] = ()

    def concerns(self, country: str) -> bool:
        """Tell whether the rule holds for a country."""
        return not self.countries or country in self.countries

    def as_tip(self) -> dict[str, Any]:
        """Return the rule as freightCalculateTip tells it."""
        return {
            "expression": self.expression,
            "interceptType": "0",
            "max": None,
            "min": None,
            "msgCode": str(self.code),
            "msgEn": self.message,
            "type": self.kind,
        }


RULES = (
    Rule(
        1001,
        "phone",
        "shippingPhone",
        PHONE,
        "Must be a 6-32 digit number (only numbers, symbols and spaces are supported).",
    ),
    Rule(
        1002,
        "zip",
        "shippingZip",
        r"^[0-9A-Za-z\- ]{3,10}$",
        "The zip code is required and has 3-10 letters or digits.",
        ("US", "CA", "GB", "DE", "FR", "AU", "BR", "JP", "KR", "MX"),
    ),
    Rule(1003, "taxId", "taxId", r"^[0-9.\-/]{11,18}$", "The tax id of the recipient is required.", ("BR",)),
)


def rules_for(country: str) -> list[Rule]:
    """Return the rules of a country."""
    return [rule for rule in RULES if rule.concerns(country)]


def reasons(address: dict[str, Any]) -> list[dict[str, Any]]:
    """Return why an order to this address is held back; empty where it is not."""
    return [
        {"code": rule.code, "message": rule.message}
        for rule in rules_for(str(address.get("shippingCountryCode", "")))
        if not re.match(rule.expression, str(address.get(rule.field) or ""))
    ]
