"""Who sells: a fresh look at what a marketplace says of an account and its shops."""

from accounts.models import PlatformAccount
from integrations import connections
from integrations.models import SyncJob

from . import common


def request_sync(account: PlatformAccount, *, requested_by: str = "") -> SyncJob:
    """Queue a fresh look at a selling account and its shops: names, regions, currencies, places, what they may do.

    Raise Refused for a supplier's account or one that is not connected.
    """
    common.check_selling(account)
    return connections.request_settings(account, requested_by=requested_by)
