"""Which platform's package serves an account: one dictionary, imported when it is asked for."""

from typing import cast

from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import Platform, PlatformAccount

from .channels import SalesChannel
from .contracts import Supplier

_SUPPLIERS = {Platform.CJ: "integrations.cj.gateway.gateway_for"}
_CHANNELS = {Platform.SHOPEE: "integrations.shopee.gateway.gateway_for"}


def supplier_for(account: PlatformAccount) -> Supplier:
    """Return what speaks to the account's supplier; Refused where its platform is none."""
    path = _SUPPLIERS.get(cast(Platform, account.platform))
    if path is None:
        known = ", ".join(platform.label for platform in _SUPPLIERS)
        raise Refused(
            _("%(account)s is no supplier's account: products come from %(known)s.")
            % {"account": account, "known": known},
            field="account",
        )
    return cast(Supplier, import_string(path)(account))


def channel_for(account: PlatformAccount) -> SalesChannel:
    """Return what speaks to the account's marketplace; Refused where its platform is none."""
    path = _CHANNELS.get(cast(Platform, account.platform))
    if path is None:
        known = ", ".join(platform.label for platform in _CHANNELS)
        raise Refused(
            _("%(account)s is no marketplace's account: products are sold on %(known)s.")
            % {"account": account, "known": known},
            field="account",
        )
    return cast(SalesChannel, import_string(path)(account))


def sells_on() -> list[str]:
    """Return the platforms on which products can be sold."""
    return [platform.value for platform in _CHANNELS]
