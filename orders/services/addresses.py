"""Whether a parcel can be sent to an address: what is missing, hidden, too long or of the wrong form, in words."""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from integrations.sold import AddressData

LONGEST = {"name": 50, "phone": 20, "zip_code": 20}
LONGEST_LINE, MOST_LINES = 200, 2
_HIDDEN = re.compile(r"\*{2,}|＊{2,}|•{2,}")
_PHONE = re.compile(r"[\s\d\-（）()+./]{6,32}")
_COUNTRY = re.compile(r"[A-Z]{2}")

# What the post of a country asks for; a country that is not here has no form that could be checked.
ZIP_FORMS: dict[str, tuple[str, str]] = {
    "AU": (r"\d{4}", "2000"),
    "BR": (r"\d{5}-?\d{3}", "01310-100"),
    "CA": (r"[A-Z]\d[A-Z] ?\d[A-Z]\d", "K1A 0B1"),
    "CL": (r"\d{7}|\d{3}-?\d{4}", "8320000"),
    "CO": (r"\d{6}", "110111"),
    "DE": (r"\d{5}", "10115"),
    "ES": (r"\d{5}", "28001"),
    "FR": (r"\d{5}", "75001"),
    "GB": (r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}", "SW1A 1AA"),
    "ID": (r"\d{5}", "10110"),
    "IT": (r"\d{5}", "00118"),
    "JP": (r"\d{3}-?\d{4}", "100-0001"),
    "KR": (r"\d{5}", "03187"),
    "MX": (r"\d{5}", "06000"),
    "MY": (r"\d{5}", "50000"),
    "PH": (r"\d{4}", "1000"),
    "PL": (r"\d{2}-?\d{3}", "00-001"),
    "SG": (r"\d{6}", "018956"),
    "TH": (r"\d{5}", "10110"),
    "TW": (r"\d{3}(?:-?\d{2,3})?", "100"),
    "US": (r"\d{5}(?:-\d{4})?", "10001"),
    "VN": (r"\d{5,6}", "700000"),
}
ZIP_NEEDED = frozenset({"AU", "BR", "CA", "DE", "ES", "FR", "GB", "IT", "JP", "KR", "MX", "MY", "PL", "SG", "TH", "US"})
TAX_ID_NEEDED = frozenset({"BR"})


def check(address: AddressData | Mapping[str, Any], *, tax_id: str | None = None) -> list[str]:
    """Say what is wrong with an address that is to be written on a parcel; empty: nothing that can be seen.

    `tax_id`: the recipient's, where the caller has it (empty: he gave none); None: not looked at.
    """
    told = address if isinstance(address, AddressData) else _of(address)
    if told.masked or _is_hidden(told):
        return [_("The marketplace hides parts of the address: the parcel needs the marketplace's own label.")]
    found = _missing(told) + _too_long(told)
    country = told.country_code.upper()
    if told.phone and not _is_phone(told.phone):
        found.append(_("The phone number “%(phone)s” can't be dialled.") % {"phone": told.phone[:40]})
    found += _zip_faults(country, told.zip_code.strip())
    if tax_id is not None and not tax_id.strip() and country in TAX_ID_NEEDED:
        found.append(_("Customs of %(country)s asks for the recipient's tax number.") % {"country": country})
    return found


def _of(address: Mapping[str, Any]) -> AddressData:
    """Return an address as it is kept on an order."""
    names = ("name", "phone", "town", "district", "city", "state", "zip_code", "country_code")
    words = {name: str(address.get(name) or "") for name in names}
    lines = tuple(str(line) for line in address.get("lines") or ())
    return AddressData(**words, lines=lines, masked=bool(address.get("masked")))


def _is_hidden(address: AddressData) -> bool:
    return any(_HIDDEN.search(part) for part in (address.name, address.phone, *address.lines))


def _missing(address: AddressData) -> list[str]:
    has_place = address.city.strip() or address.town.strip() or address.district.strip() or address.state.strip()
    given = {
        _("the recipient's name"): address.name.strip(),
        _("a phone number"): address.phone.strip(),
        _("the street"): "".join(address.lines).strip(),
        _("the town"): has_place,
        _("the country"): _COUNTRY.fullmatch(address.country_code.upper()),
    }
    return [_("The address lacks %(what)s.") % {"what": what} for what, value in given.items() if not value]


def _too_long(address: AddressData) -> list[str]:
    words = _("“%(value)s…” is too long for a label: %(most)d characters are possible.")
    values = [(getattr(address, name), most) for name, most in LONGEST.items()]
    values.append((" ".join(address.lines), LONGEST_LINE * MOST_LINES))
    return [words % {"value": value[:20], "most": most} for value, most in values if len(value) > most]


def _is_phone(phone: str) -> bool:
    return bool(_PHONE.fullmatch(phone)) and sum(letter.isdigit() for letter in phone) >= 6


def _zip_faults(country: str, zip_code: str) -> list[str]:
    if not zip_code:
        return [_("%(country)s needs a postal code.") % {"country": country}] if country in ZIP_NEEDED else []
    form = ZIP_FORMS.get(country)
    if form is None or re.fullmatch(form[0], zip_code.upper(), re.ASCII):
        return []
    words = _("“%(code)s” is no postal code of %(country)s: they look like %(sample)s.")
    return [words % {"code": zip_code[:20], "country": country, "sample": form[1]}]
