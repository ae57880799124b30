"""CJ Dropshipping API 2.0: one method an endpoint, in CJ's own words (cj.md; cj.json, `endpoints`).

A method checks the documented limits of its parameters before it calls (`limits.py`), and returns the `data` of the
answer as it came, or raises a PlatformError kind (`judging.py`). Sections are those of CJ's document; its chapters on
shopping and logistics are `client.orders`, `client.payments` and `client.logistics`.
"""

from collections.abc import Callable, Generator, Iterable, Sequence
from decimal import Decimal
from typing import Any

from accounts.secrets import Secret
from integrations.errors import AuthRequired, RefreshRefused, TokenExpired
from integrations.http import Transport

from .calling import Caller, subject_of
from .calls_logistics import Logistics
from .calls_orders import Orders
from .calls_payment import Payments
from .codes import KEY_WRONG, MEANINGS, REFRESH_DEAD

PRODUCT_LIST = "/product/list"
WITH_STOCK = ("enable_inventory",)


class Client:
    """Calls on behalf of one CJ account, or of nobody yet (a login).

    `token` gives the access token, asked for each call and never kept. `token_may_be_dead` says whether the ambiguous
    code 1600100 may mean an expired token; `on_dead_token` is told when CJ says that it is one.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        token: Callable[[], Secret] | None = None,
        token_may_be_dead: Callable[[], bool] = lambda: False,
        on_dead_token: Callable[[], None] = lambda: None,
        account_limit: str = "",
    ) -> None:
        self._caller = caller = Caller(
            transport,
            token=token,
            token_may_be_dead=token_may_be_dead,
            on_dead_token=on_dead_token,
            account_limit=account_limit,
        )
        self.orders = Orders(caller)
        self.payments = Payments(caller)
        self.logistics = Logistics(caller)

    # 1 Authentication

    def get_access_token(self, api_key: Secret) -> Any:
        """Log in (1.1 Get access token): openId, both tokens and their dates. At most once in five minutes."""
        try:
            return self._caller.send("/authentication/getAccessToken", {"apiKey": api_key}, is_anonymous=True)
        except TokenExpired as error:  # 1600001 also says "bad key", and no token was sent
            raise AuthRequired(MEANINGS[KEY_WRONG], code=error.code, request_id=error.request_id) from error

    def refresh_access_token(self, refresh_token: Secret) -> Any:
        """Exchange the refresh token for a new pair (1.2 Refresh access token). At most five times a minute."""
        try:
            return self._caller.send(
                "/authentication/refreshAccessToken", {"refreshToken": refresh_token}, is_anonymous=True
            )
        except TokenExpired as error:
            raise RefreshRefused(MEANINGS[REFRESH_DEAD], code=error.code, request_id=error.request_id) from error

    def logout(self) -> Any:
        """End both tokens (1.3 Logout Token)."""
        return self._caller.send("/authentication/logout", None)

    # 2 Settings

    def get_settings(self) -> Any:
        """Read the account with its limits (2, 1.1 Get Settings)."""
        return self._caller.get("/setting/get", {})

    # 3 Products

    def get_category(self) -> Any:
        """List the categories, three levels deep (3, 1.1 Category List)."""
        return self._caller.get("/product/getCategory", {})

    def list_v2(self, *, subject: str = "", **params: Any) -> Any:
        """Search products (3, 1.2 Product List V2): page 1 to 1000, size 1 to 100, products one level down."""
        return self._caller.get("/product/listV2", params, subject=subject)

    def global_warehouse_list(self) -> Any:
        """List the warehouse areas (3, 1.3 Global Warehouse List)."""
        return self._caller.get("/product/globalWarehouseList", {})

    def product_list(self, *, subject: str = "", **params: Any) -> Any:
        """List products the older way (3, 1.4 Product List): pageSize up to 200, 1000 calls a day at level 0 and 1."""
        return self._caller.get(PRODUCT_LIST, params, subject=subject)

    def product_query(
        self,
        *,
        pid: str = "",
        product_sku: str = "",
        variant_sku: str = "",
        features: Sequence[str] = WITH_STOCK,
        country_code: str = "",
    ) -> Any:
        """Read a product in full (3, 1.3 Product Details) by one of three; by default with its stock."""
        params = _one_product(pid, product_sku, variant_sku, country_code) | {"features": features}
        return self._caller.get(
            "/product/query", params, subject=subject_of(product=pid, sku=product_sku or variant_sku)
        )

    def product_queries(self, pids: Iterable[str], *, concurrency: int) -> Generator[Any, None, None]:
        """Read several products in full, several at a time; yield data or the PlatformError of each, in order."""
        each = (({"pid": pid, "features": WITH_STOCK}, subject_of(product=pid)) for pid in pids)
        return self._caller.get_many("/product/query", each, concurrency=concurrency)

    def add_to_my_product(self, product_id: str) -> Any:
        """Put a product on the account's own list (3, 1.4 Add to My Product). Done twice it answers 1600000."""
        path = "/product/addToMyProduct"
        return self._caller.send(path, {"productId": product_id}, subject=subject_of(product=product_id))

    def my_product_query(self, *, page: int = 1, size: int = 100, **params: Any) -> Any:
        """List the account's own products (3, 1.3 My Product List).

        The answer is paged, the document names no parameter for it: both names in use among clients are sent.
        """
        paging = {"pageNum": page, "pageNumber": page, "pageSize": size}
        return self._caller.get("/product/myProduct/query", params | paging)

    def variant_query(
        self, *, pid: str = "", product_sku: str = "", variant_sku: str = "", country_code: str = ""
    ) -> Any:
        """List the variants of a product (3, 2.1 Inquiry Of All Variants) by one of three."""
        params = _one_product(pid, product_sku, variant_sku, country_code)
        return self._caller.get(
            "/product/variant/query", params, subject=subject_of(product=pid, sku=product_sku or variant_sku)
        )

    def variant_query_by_vid(self, vid: str, *, features: Sequence[str] = WITH_STOCK) -> Any:
        """Read one variant (3, 2.2 Variant Id Inquiry), by default with its stock."""
        params = {"vid": vid, "features": features}
        return self._caller.get("/product/variant/queryByVid", params, subject=subject_of(variant=vid))

    def stock_query_by_vid(self, vid: str) -> Any:
        """Read the stock of a variant (3, 3.1 Inventory Inquiry)."""
        return self._caller.get("/product/stock/queryByVid", {"vid": vid}, subject=subject_of(variant=vid))

    def stock_query_by_sku(self, sku: str) -> Any:
        """Read the stock of an SKU or SPU (3, 3.2 Query Inventory by SKU)."""
        return self._caller.get("/product/stock/queryBySku", {"sku": sku}, subject=subject_of(sku=sku))

    def get_inventory_by_pid(self, pid: str) -> Any:
        """Read the stock of a product and of each variant (3, 3.3 Query inventory by product ID)."""
        return self._caller.get("/product/stock/getInventoryByPid", {"pid": pid}, subject=subject_of(product=pid))

    def comments(self, pid: str, *, page: int = 1, size: int = 20, score: int | None = None) -> Any:
        """List reviews the deprecated way (3, 4.1 Inquiry Reviews); `product_comments` is its successor."""
        params = {"pid": pid, "pageNum": page, "pageSize": size, "score": score}
        return self._caller.get("/product/comments", params, subject=subject_of(product=pid))

    def product_comments(self, pid: str, *, page: int = 1, size: int = 20, score: int | None = None) -> Any:
        """List reviews of a product (3, 4.2 Inquiry Reviews); all numbers of the page come as text."""
        params = {"pid": pid, "pageNum": page, "pageSize": size, "score": score}
        return self._caller.get("/product/productComments", params, subject=subject_of(product=pid))

    def sourcing_create(
        self,
        *,
        product_name: str,
        product_image: str,
        third_product_id: str = "",
        product_url: str = "",
        remark: str = "",
        price: Decimal | None = None,
    ) -> Any:
        """Ask CJ to find a product (3, 5.1 Create Sourcing); price in USD. Nothing makes a repeat harmless."""
        body = {
            "thirdProductId": third_product_id,
            "productName": product_name,
            "productImage": product_image,
            "productUrl": product_url,
            "remark": remark,
            "price": price,
        }
        return self._caller.send("/product/sourcing/create", body, subject=subject_of(sourcing=third_product_id))

    def sourcing_query(self, source_ids: Sequence[str]) -> Any:
        """Ask how far CJ is (3, 5.2 Query Sourcing). A list of ids goes in, the samples show one object coming out."""
        asked = next(iter(source_ids), "")
        return self._caller.ask(
            "/product/sourcing/query", {"sourceIds": source_ids}, subject=subject_of(sourcing=asked)
        )

    # 4 Storage

    def warehouse_detail(self, storage_id: str) -> Any:
        """Read a storage: address and carriers (4, 1.1 Get Storage Info)."""
        return self._caller.get("/warehouse/detail", {"id": storage_id}, subject=subject_of(warehouse=storage_id))


def _one_product(pid: str, product_sku: str, variant_sku: str, country_code: str) -> dict[str, Any]:
    return {"pid": pid, "productSku": product_sku, "variantSku": variant_sku, "countryCode": country_code}
