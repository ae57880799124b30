"""Through which of Shopee's sites an app works: where its calls go, and where sellers authorize it.

A token of one site need not work on another, so an app keeps to its own for the link, the tokens and all calls.
"""

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.errors import Refused
from accounts.models import PlatformApp

USUAL = ""
LABELS = {
    USUAL: gettext_lazy("Live"),
    "china": gettext_lazy("Live, mainland China"),
    "brazil": gettext_lazy("Live, Brazil"),
    "sandbox": gettext_lazy("Sandbox"),
    "sandbox-china": gettext_lazy("Sandbox, mainland China (merchants)"),
}


@dataclass(frozen=True, slots=True)
class Portal:
    """Two hosts, without a slash at the end."""

    api: str
    auth: str
    sandbox: bool = False


_OTHERS = {
    "china": Portal("https://openplatform.shopee.cn", "https://open.shopee.cn"),
    "brazil": Portal("https://openplatform.shopee.com.br", "https://open.shopee.com.br"),
    "sandbox": Portal(
        "https://openplatform.sandbox.test-stable.shopee.sg",
        "https://open.sandbox.test-stable.shopee.com",
        sandbox=True,
    ),
    "sandbox-china": Portal(
        "https://openplatform.sandbox.test-stable.shopee.cn", "https://open.sandbox.test-stable.shopee.cn", sandbox=True
    ),
}


def portal_of(app: PlatformApp) -> Portal:
    """Return the hosts of an app; those of the usual portal are settings. Refused where its portal is unknown."""
    if app.portal == USUAL:
        return Portal(settings.SHOPEE_BASE_URL.rstrip("/"), settings.SHOPEE_AUTH_URL.rstrip("/"))
    if app.portal not in _OTHERS:
        raise Refused(
            _("%(app)s names the portal “%(portal)s”, which is unknown. Known: %(known)s; empty is the usual one.")
            % {"app": app, "portal": app.portal, "known": ", ".join(_OTHERS)},
            field="portal",
        )
    return _OTHERS[app.portal]
