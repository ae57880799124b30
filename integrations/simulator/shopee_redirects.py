"""Where a seller is sent back to after his decision (Shopee: authorization, callback)."""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from integrations.simulator.shopee_parties import App
from integrations.simulator.shopee_protocol import Problem
from integrations.simulator.shopee_tokens import Code

SUB_ACCOUNT_REFUSED = "Please use your main account for authorization. Sub-accounts cannot finish the authorization."


def check_redirect(app: App, uri: str) -> None:
    """Refuse an address whose domain the console does not know."""
    parts = urlsplit(uri)
    if parts.scheme not in ("http", "https") or parts.hostname not in app.redirect_domains:
        known = ", ".join(app.redirect_domains)
        message = f"The domain of redirect_uri is not consistent with the one of the App: {known}."
        raise Problem("error_param", message)


def callback(uri: str, code: Code, state: str = "") -> str:
    """Return the address with the code and who allowed it added to whatever it asked for before."""
    name, ident = code.owner
    return with_query(uri, {"code": code.text, name: str(ident), **({"state": state} if state else {})})


def with_query(uri: str, added: dict[str, str]) -> str:
    """Return an address with more parameters."""
    parts = urlsplit(uri)
    query = [*parse_qsl(parts.query, keep_blank_values=True), *added.items()]
    return urlunsplit(parts._replace(query=urlencode(query)))
