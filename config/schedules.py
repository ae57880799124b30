"""What runs how often: one dictionary. `manage.py schedule_jobs` writes it into the queue, and so does `migrate`.

`every` is in minutes. With `platforms` the task is queued once per connected account of them and takes `account_id`;
accounts that wait to be connected again are left out. The sweep that finds lost work runs each minute by itself.
"""

from accounts.models import Platform
from integrations.models import Lane
from integrations.schedules import Plan

HOUR = 60
DAY = 24 * HOUR

SCHEDULES: dict[str, Plan] = {
    "tokens": {"task": "integrations.tasks.refresh_tokens", "every": 5, "lane": Lane.URGENT},
    "thin_exchanges": {"task": "integrations.tasks.thin_exchanges", "every": DAY},
    "thin_jobs": {"task": "integrations.tasks.thin_jobs", "every": DAY},
    "screens": {"task": "catalog.tasks.request_screens", "every": HOUR, "platforms": (Platform.CJ,)},
    "sweeps": {"task": "catalog.tasks.request_sweeps", "every": DAY, "platforms": (Platform.CJ,)},
    "stock": {
        "task": "catalog.tasks.request_stock_syncs",
        "every": 6 * HOUR,
        "lane": Lane.STOCK,
        "platforms": (Platform.CJ,),
    },
    "sources": {"task": "catalog.tasks.request_source_checks", "every": 6 * HOUR, "platforms": (Platform.CJ,)},
    "authorizations": {"task": "integrations.consents.request_checks", "every": DAY, "lane": Lane.STOCK},
    "settings": {
        "task": "integrations.connections.refresh_settings",
        "every": DAY,
        "lane": Lane.STOCK,
        "platforms": (Platform.SHOPEE,),
    },
    "categories": {"task": "catalog.tasks.request_categories", "every": DAY, "platforms": (Platform.CJ,)},
    "pushes": {
        "task": "catalog.tasks.request_pushes",
        "every": 15,
        "lane": Lane.STOCK,
        "platforms": (Platform.SHOPEE,),
    },
    "comparisons": {
        "task": "catalog.tasks.request_comparisons",
        "every": DAY,
        "platforms": (Platform.SHOPEE,),
    },
    "orders": {
        "task": "orders.tasks.request_syncs",
        "every": 5,
        "lane": Lane.ORDERS,
        "platforms": (Platform.SHOPEE,),
    },
    "plans": {
        "task": "orders.tasks.plan_due",
        "every": HOUR,
        "lane": Lane.ORDERS,
        "platforms": (Platform.SHOPEE,),
    },
    "purchases": {
        "task": "orders.tasks.request_purchases",
        "every": 5,
        "lane": Lane.ORDERS,
        "platforms": (Platform.CJ,),
    },
    "purchases_seen": {
        "task": "orders.tasks.request_refreshes",
        "every": 30,
        "lane": Lane.ORDERS,
        "platforms": (Platform.CJ,),
    },
    "payments": {
        "task": "orders.tasks.watch_payments",
        "every": 30,
        "lane": Lane.ORDERS,
        "platforms": (Platform.CJ,),
    },
    "balances": {"task": "orders.tasks.read_balance", "every": HOUR, "lane": Lane.ORDERS, "platforms": (Platform.CJ,)},
    "tracking": {
        "task": "orders.tasks.request_tracking",
        "every": 30,
        "lane": Lane.STOCK,
        "platforms": (Platform.CJ, Platform.SHOPEE),
    },
    "selling_categories": {
        "task": "catalog.tasks.request_categories",
        "every": 7 * DAY,
        "platforms": (Platform.SHOPEE,),
    },
    "shipping": {
        "task": "orders.tasks.request_shipping",
        "every": 5,
        "lane": Lane.ORDERS,
        "platforms": (Platform.SHOPEE,),
    },
    "packages": {
        "task": "orders.tasks.request_package_refreshes",
        "every": HOUR,
        "lane": Lane.ORDERS,
        "platforms": (Platform.SHOPEE,),
    },
}
