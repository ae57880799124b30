"""Which platform's package serves an account: one dictionary, imported when it is asked for."""

from collections.abc import Mapping
from typing import cast

from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import Platform, PlatformAccount

from .bought import Buyer
from .channels import SalesChannel
from .contracts import Supplier
from .sold import OrderChannel

_SUPPLIERS = {Platform.CJ: "integrations.cj.gateway.gateway_for"}
_BUYERS = {Platform.CJ: "integrations.cj.buying.buyer_for"}
_CHANNELS = {Platform.SHOPEE: "integrations.shopee.gateway.gateway_for"}
_ORDER_CHANNELS = {Platform.SHOPEE: "integrations.shopee.order_gateway.gateway_for"}


def supplier_for(account: PlatformAccount) -> Supplier:
    """Return what speaks to the account's supplier; Refused where its platform is none."""
    words = _("%(account)s is no supplier's account: products come from %(known)s.")
    return cast(Supplier, _loaded(_SUPPLIERS, account, words))


def channel_for(account: PlatformAccount) -> SalesChannel:
    """Return what speaks to the account's marketplace; Refused where its platform is none."""
    words = _("%(account)s is no marketplace's account: products are sold on %(known)s.")
    return cast(SalesChannel, _loaded(_CHANNELS, account, words))


def buyer_for(account: PlatformAccount) -> Buyer:
    """Return what buys from the account's supplier; Refused where its platform is none."""
    words = _("%(account)s is no supplier's account: goods are bought from %(known)s.")
    return cast(Buyer, _loaded(_BUYERS, account, words))


def order_channel_for(account: PlatformAccount) -> OrderChannel:
    """Return what speaks of orders to the account's marketplace; Refused where its platform is none."""
    words = _("%(account)s is no marketplace's account: orders come from %(known)s.")
    return cast(OrderChannel, _loaded(_ORDER_CHANNELS, account, words))


def _loaded(paths: Mapping[Platform, str], account: PlatformAccount, otherwise: str) -> object:
    """Return what serves the account; raise Refused in these words where its platform has no such thing."""
    path = paths.get(cast(Platform, account.platform))
    if path is None:
        known = ", ".join(platform.label for platform in paths)
        raise Refused(otherwise % {"account": account, "known": known}, field="account")
    return import_string(path)(account)


def buys_from() -> list[str]:
    """Return the platforms from which goods can be bought."""
    return [platform.value for platform in _BUYERS]


def sells_on() -> list[str]:
    """Return the platforms on which products can be sold."""
    return [platform.value for platform in _CHANNELS]
