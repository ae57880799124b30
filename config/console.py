"""The console's look, as unfold wants it said; what it holds is built in config/frame.py and config/dashboard.py."""

from typing import Any

from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Crossdock",
    "SITE_HEADER": "Crossdock",
    "SITE_SUBHEADER": _("Back office"),
    "SITE_SYMBOL": "warehouse",
    "SITE_URL": None,
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("console/icon.svg")},
    ],
    "SHOW_LANGUAGES": True,
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": False,
    "BORDER_RADIUS": "6px",
    "COLORS": {
        "primary": {
            "50": "oklch(97.5% .013 236.6)",
            "100": "oklch(95.1% .026 236.8)",
            "200": "oklch(90.1% .058 230.9)",
            "300": "oklch(82.8% .111 230.3)",
            "400": "oklch(74.6% .16 232.7)",
            "500": "oklch(68.5% .169 237.3)",
            "600": "oklch(53.5% .139 242)",
            "700": "oklch(46.5% .124 242.7)",
            "800": "oklch(41% .105 242)",
            "900": "oklch(36.5% .087 241)",
            "950": "oklch(29.3% .066 243.2)",
        },
    },
    "STYLES": [
        lambda request: static("console/console.css"),
        lambda request: static("console/selling.css"),
        lambda request: static("console/orders.css"),
    ],
    "SCRIPTS": [lambda request: static("console/console.js")],
    "DASHBOARD_CALLBACK": "config.dashboard.today",
    "GLOBAL_CALLBACK": "config.frame.on_every_page",
    "SIDEBAR": {"show_search": False, "show_all_applications": False, "navigation": "config.frame.navigation"},
}
