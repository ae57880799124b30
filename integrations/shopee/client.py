"""Shopee Open Platform API 2.0: one method an endpoint, in Shopee's own words, grouped by Shopee's modules.

`client.global_product.add_global_item(…)` is v2.global_product.add_global_item. A method checks the documented limits
of its parameters before it calls (`params.py`), and returns the payload as it came, or raises a PlatformError kind
(`judging.py`). A warning of Shopee's stands in the payload under "_warning", as a list of texts.
"""

from collections.abc import Callable

from accounts.secrets import Secret
from integrations.http import Transport

from .calling import Caller, Subject, app_quota_key
from .calls_first_mile import FirstMiles
from .calls_global_product import GlobalProducts
from .calls_logistics import Logistics
from .calls_media import MediaSpace
from .calls_merchant import Merchants, Shops
from .calls_order import Orders
from .calls_product import Products
from .calls_public import Public

__all__ = ["Client", "Subject", "app_quota_key"]


class Client:
    """Calls of one app on behalf of one shop or one merchant, or of nobody: then only public ones.

    `token` gives the access token, asked for each sending and never kept; `on_dead_token` is told when Shopee says that
    it is one. A call of another level than the subject's is a ValueError.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        partner_id: int,
        partner_key: Secret,
        subject: Subject | None = None,
        token: Callable[[], Secret] | None = None,
        on_dead_token: Callable[[], None] = lambda: None,
    ) -> None:
        caller = Caller(
            transport,
            partner_id=partner_id,
            partner_key=partner_key,
            subject=subject,
            token=token,
            on_dead_token=on_dead_token,
        )
        self.subject = subject
        self.public = Public(caller)
        self.shop = Shops(caller)
        self.merchant = Merchants(caller)
        self.logistics = Logistics(caller)
        self.global_product = GlobalProducts(caller)
        self.product = Products(caller)
        self.media_space = MediaSpace(caller)
        self.order = Orders(caller)
        self.first_mile = FirstMiles(caller)
