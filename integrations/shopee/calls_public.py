"""Shopee's public calls: tokens, and who has authorized the app. They need no seller's token."""

from typing import Any

from accounts.secrets import Secret

from . import params
from .calling import Level, Module
from .judging import Payload
from .params import Id


class Public(Module):
    """v2.public.*, and the two token calls, which live under /auth."""

    name, level = "public", Level.PUBLIC

    def get_access_token(
        self, code: Secret, *, shop_id: Id | None = None, main_account_id: Id | None = None
    ) -> dict[str, Any]:
        """Exchange an authorization code for the first pair (Shopee: public.get_access_token).

        Give the one id that the callback gave. The code is good for ten minutes and one use; `expire_in` is seconds.
        """
        body = {"code": code, "partner_id": self._caller.partner_id}
        one = params.exactly_one(shop_id=shop_id, main_account_id=main_account_id)
        return self._top("get_access_token", body | one, path="auth/token/get")

    def refresh_access_token(
        self, refresh_token: Secret, *, shop_id: Id | None = None, merchant_id: Id | None = None
    ) -> dict[str, Any]:
        """Exchange a refresh token for the next pair of one id (Shopee: public.refresh_access_token).

        Raise RefreshRefused where the token is dead or the seller has ended it. After OutcomeUnknown the same refresh
        token may be tried again.
        """
        body = {"refresh_token": refresh_token, "partner_id": self._caller.partner_id}
        one = params.exactly_one(shop_id=shop_id, merchant_id=merchant_id)
        return self._top("refresh_access_token", body | one, path="auth/access_token/get", refreshing=True)

    def get_token_by_resend_code(self, resend_code: Secret) -> dict[str, Any]:
        """Recover a lost pair with a code that the seller made (Shopee: public.get_token_by_resend_code); live only."""
        return self._top("get_token_by_resend_code", {"resend_code": resend_code})

    def get_shops_by_partner(self, *, page_no: int = 1, page_size: int = 100) -> dict[str, Any]:
        """List the shops that have authorized the app, and until when (Shopee: public.get_shops_by_partner)."""
        return self._page("get_shops_by_partner", page_no, page_size)

    def get_merchants_by_partner(self, *, page_no: int = 1, page_size: int = 100) -> dict[str, Any]:
        """List the merchants that have authorized the app (Shopee: public.get_merchants_by_partner)."""
        return self._page("get_merchants_by_partner", page_no, page_size)

    def get_shopee_ip_ranges(self) -> dict[str, Any]:
        """List the addresses that Shopee's pushes come from (Shopee: public.get_shopee_ip_ranges)."""
        return self._dict("get_shopee_ip_ranges", {})

    def _top(self, action: str, body: dict[str, Any], *, path: str = "", refreshing: bool = False) -> dict[str, Any]:
        found: dict[str, Any] = self._post(action, body, payload=Payload.TOP, path=path, refreshing=refreshing)
        return found

    def _dict(self, action: str, query: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = self._get(action, query, payload=Payload.TOP)
        return found

    def _page(self, action: str, page_no: int, page_size: int) -> dict[str, Any]:
        query = {
            "page_no": params.whole("page_no", page_no, low=1),
            "page_size": params.whole("page_size", page_size, low=1, high=100),
        }
        return self._dict(action, query)
