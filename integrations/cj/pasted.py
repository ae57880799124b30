"""What a person pastes to name a product: its id, an SKU, or the address of its page."""

import re
from urllib.parse import parse_qs, urlsplit

from django.utils.translation import gettext as _

from integrations.errors import Invalid

_UUID = r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
_PID = re.compile(rf"{_UUID}|\d{{15,20}}", re.ASCII)
_SKU = re.compile(r"CJ[A-Za-z0-9][\w\-./ +&]{2,97}", re.ASCII)
_PID_IN_PATH = re.compile(rf"-p-({_UUID}|\d{{15,20}})(?:\.html)?/?$", re.ASCII)
_SHOPS = ("cjdropshipping.com", "cjdropshipping.cn")


def id_or_sku(text: str) -> tuple[str, str]:
    """Return ("id", …) or ("sku", …); Invalid where the text is neither of them, nor an address of CJ's shop."""
    pasted = text.strip().strip("{}").strip()
    if _PID.fullmatch(pasted):
        return "id", pasted
    if _SKU.fullmatch(pasted):
        return "sku", pasted
    if found := _id_in_address(pasted):
        return "id", found
    raise Invalid(
        _("%(text)s is no product of CJ's: paste its id, an SKU that begins with CJ, or the address of its page.")
        % {"text": f"“{pasted[:80]}”"}
    )


def _id_in_address(pasted: str) -> str:
    """Return the product id in the address of a page of CJ's shop; empty where there is none."""
    try:
        address = urlsplit(pasted if "//" in pasted else f"https://{pasted}")
        host = (address.hostname or "").lower()
        asked = parse_qs(address.query, max_num_fields=50)
    except ValueError:
        return ""
    if not any(host == shop or host.endswith(f".{shop}") for shop in _SHOPS):
        return ""
    if found := _PID_IN_PATH.search(address.path):
        return found.group(1)
    named = next((values[0] for name in ("id", "pid", "productId") if (values := asked.get(name))), "")
    return named if _PID.fullmatch(named) else ""
