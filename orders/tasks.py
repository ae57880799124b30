"""What a worker may call: load what is meant, then one service call."""

from django.utils.translation import gettext as _

from accounts.models import PlatformAccount

from .models import Order, PurchaseOrder
from .services import (
    arranging,
    balances,
    buying,
    cancelling,
    first_mile,
    intake,
    labels,
    looking,
    parcels,
    paying,
    planning,
    removing,
    shipping,
    telling,
    tracking,
    waybills,
)

# What buyers ordered.


def request_syncs(account_id: int) -> None:
    """Ask for what changed in the shops of a selling account."""
    intake.request_sync(PlatformAccount.objects.get(pk=account_id), requested_by=_("schedule"))


def sync_orders(run_id: int) -> None:
    """Read what changed in the shops of a selling account."""
    intake.sync_orders(run_id)


def pull_order(shop_id: int, external_id: str) -> None:
    """Read one order."""
    intake.pull_order(shop_id, external_id)


def cancel_order(order_id: int, reason: str, by: str) -> None:
    """Have an order cancelled at the marketplace."""
    cancelling.cancel(order_id, reason, by)


def answer_cancellation(order_id: int, accept: bool, by: str) -> None:
    """Tell a buyer whether the order is cancelled."""
    cancelling.send_answer(order_id, accept, by)


# What is bought.


def request_purchases(account_id: int) -> None:
    """Ask for what is approved to be bought from a supplier's account."""
    buying.request_purchases(PlatformAccount.objects.get(pk=account_id))


def buy(account_id: int) -> None:
    """Bring a supplier's open purchases as far as their bills."""
    buying.buy(account_id)


def pay(payment_id: int) -> None:
    """Pay one approved bill, or find out what became of it."""
    paying.pay(payment_id)


def watch_payments(account_id: int) -> None:
    """See to bills that expire, and to payments in doubt."""
    paying.watch(account_id)


def look_up(purchase_id: int) -> None:
    """Look one purchase up at its supplier."""
    looking.look(PurchaseOrder.objects.select_related("order", "account").get(pk=purchase_id))


def request_refreshes(account_id: int) -> None:
    """Ask for the open purchases of a supplier's account to be read."""
    looking.request_refresh(PlatformAccount.objects.get(pk=account_id))


def refresh_purchases(account_id: int) -> None:
    """Read the open purchases of a supplier's account."""
    looking.refresh(account_id)


def change_warehouse(purchase_id: int, warehouse_id: str) -> None:
    """Have another warehouse send a purchase."""
    removing.change_warehouse(purchase_id, warehouse_id)


def read_balance(account_id: int) -> None:
    """Read what an account can spend."""
    balances.read(PlatformAccount.objects.get(pk=account_id))


# What is planned.


def plan_due(account_id: int) -> None:
    """Plan what an account has sold and nobody has planned."""
    planning.plan_due(account_id)


def ask_quotes(account_id: int) -> None:
    """Ask a supplier for the quotes that orders wait for, and plan these orders."""
    planning.ask_quotes(account_id)


# Where parcels are.


def request_tracking(account_id: int) -> None:
    """Ask where the parcels of an account are that are due for a look."""
    tracking.request_tracking(PlatformAccount.objects.get(pk=account_id))


def track_supplier(account_id: int) -> None:
    """Ask a supplier where its parcels are."""
    tracking.track_supplier(account_id)


def track_marketplace(shop_id: int) -> None:
    """Ask a marketplace where a shop's parcels are."""
    tracking.track_marketplace(shop_id)


# What travels.


def request_shipping(account_id: int) -> None:
    """Ask for all that is due on the way out of a selling account's shops."""
    shipping.request_due(PlatformAccount.objects.get(pk=account_id))


def request_package_refreshes(account_id: int) -> None:
    """Ask for the packages of a selling account's shops to be read."""
    shipping.request_refreshes(PlatformAccount.objects.get(pk=account_id))


def refresh_packages(shop_id: int) -> None:
    """Read the packages of a shop that have not left."""
    shipping.refresh(shop_id)


def split_order(order_id: int, parts: list[dict[str, int]], by: str = "") -> None:
    """Send an order in several packages."""
    parcels.split(Order.objects.select_related("shop__account").get(pk=order_id), parts, by)


def merge_order(order_id: int, by: str = "") -> None:
    """Put a split order together again."""
    parcels.merge(Order.objects.select_related("shop__account").get(pk=order_id), by)


def arrange(shop_id: int) -> None:
    """Arrange shipping of what was asked for in a shop."""
    arranging.arrange(shop_id)


def fetch_labels(shop_id: int) -> None:
    """Fetch the labels that are wanted in a shop."""
    labels.fetch(shop_id)


def upload_waybills(account_id: int) -> None:
    """Hand the marketplace's labels to a supplier."""
    waybills.upload_due(account_id)


def tell_marketplace(shop_id: int) -> None:
    """Tell a shop's marketplace what suppliers have sent."""
    telling.tell_due(shop_id)


def bind_first_mile(shop_id: int) -> None:
    """Put a shop's packages under their first-mile numbers."""
    first_mile.bind(shop_id)
