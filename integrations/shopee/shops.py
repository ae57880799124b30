"""The clients of one account: its merchant's and each of its shops', made when they are asked for."""

from functools import cached_property

from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import PlatformAccount, Shop

from . import access
from .client import Client


class Shops:
    """An account with its shops, and with what calls are made on behalf of each."""

    def __init__(self, account: PlatformAccount) -> None:
        self.account = account
        self._clients: dict[str, Client] = {}
        self._rows: dict[str, Shop] = {}

    @cached_property
    def merchant(self) -> Client:
        """Return the client that calls on behalf of the merchant; Refused for an account that is a shop alone."""
        if self.account.is_shop:
            raise Refused(
                _("%(account)s is a shop alone: there is no merchant to call for.") % {"account": self.account},
                field="account",
            )
        return access.client_for(self.account)

    @cached_property
    def app(self) -> Client:
        """Return the client for calls that are signed for the app alone."""
        return access.public_client_for(access.app_of(self.account), account=self.account)

    def row(self, shop_id: str) -> Shop:
        """Return a shop of the account by Shopee's number; Refused where it has none such."""
        if shop_id not in self._rows:
            self._rows = {shop.external_id: shop for shop in self.account.shops.all()}
        if shop_id not in self._rows:
            raise Refused(
                _("%(account)s has no shop %(shop)s. Read its shops again.")
                % {"account": self.account, "shop": shop_id},
                field="shop",
            )
        return self._rows[shop_id]

    def client(self, shop_id: str) -> Client:
        """Return the client that calls on behalf of a shop."""
        if shop_id not in self._clients:
            self._clients[shop_id] = access.client_for(self.account, shop=self.row(shop_id))
        return self._clients[shop_id]

    def any_client(self) -> Client:
        """Return a client of some connected shop: for what Shopee says the same to each shop of a market."""
        shops = list(self.account.shops.order_by("pk"))
        connected = [shop for shop in shops if shop.is_connected] or shops
        if not connected:
            raise Refused(_("%(account)s has no shop. Connect it again.") % {"account": self.account}, field="account")
        self._rows |= {shop.external_id: shop for shop in connected}
        return self.client(connected[0].external_id)
