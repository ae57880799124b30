"""What Shopee remembers: apps, main accounts, merchants, shops, tokens, pictures, and its limits."""

from typing import Any

from integrations.simulator.shopee_parties import App, Channel, MainAccount, Merchant, Shop, Warehouse
from integrations.simulator.shopee_sellers import Sellers
from integrations.simulator.shopee_tokens import Code, Kind, Subject, TokenStore
from integrations.simulator.shopee_trade import Trade

__all__ = ["App", "Channel", "MainAccount", "Merchant", "Shop", "ShopeeWorld", "Warehouse"]

AUTHORIZE, CANCEL = "/auth", "/cancel_auth"
SIGNED_AUTHORIZE, SIGNED_CANCEL = "/api/v2/shop/auth_partner", "/api/v2/shop/cancel_auth_partner"
CALLS_A_SECOND = 10


class ShopeeWorld:
    """Shopee's part of the world; the caller holds the world's lock."""

    def __init__(self, *, seed: int, size: int) -> None:
        sellers = Sellers(seed)
        self.seed, self.size = seed, size
        self.apps: dict[int, App] = {app.partner_id: app for app in sellers.apps}
        self.main_accounts: dict[int, MainAccount] = {one.main_account_id: one for one in sellers.main_accounts}
        self.merchants: dict[int, Merchant] = {one.merchant_id: one for one in sellers.merchants}
        self.shops: dict[int, Shop] = {shop.shop_id: shop for shop in sellers.shops}
        self.sub_accounts: list[str] = sellers.sub_accounts
        self.tokens = TokenStore(seed)
        self.catalog: Any = None  # categories, global items, shop items; put here by world.py
        self.trade = Trade(seed=seed)
        self.images: dict[str, Any] = {}
        self.rps: float | None = CALLS_A_SECOND  # for each app and subject, unless ``rates`` says otherwise
        self.rates: dict[str, float | None] = {}  # "merchant:1", "shop:1" or "app" → calls a second, None for no limit
        self.dead_token_status = 200  # the HTTP status of error_auth; 403 was seen, too
        self.http_429_every = 0  # each n-th refused call comes as HTTP 429; 0: none, 1: all
        self.expiry_as_epoch = False  # expire_in of token/get as a time instead of seconds, as one sample has it
        self.refusals = 0

    @property
    def app(self) -> App:
        """Return the first app, which the demonstration uses."""
        return next(iter(self.apps.values()))

    def merchant_of(self, shop: Shop) -> Merchant | None:
        """Return the merchant behind a shop."""
        return None if shop.merchant_id is None else self.merchants[shop.merchant_id]

    def main_account_of(self, kind: Kind, ident: int) -> MainAccount | None:
        """Return the login that owns a shop or a merchant."""
        for account in self.main_accounts.values():
            if ident in (account.shop_ids if kind == "shop" else account.merchant_ids):
                return account
        return None

    def to_tick(self, account: MainAccount) -> list[Subject]:
        """Return what the authorization page offers a main account: its merchants and its shops."""
        merchants: list[Subject] = [("merchant", ident) for ident in account.merchant_ids]
        return [*merchants, *(("shop", ident) for ident in account.shop_ids)]

    def allow(
        self,
        app: App,
        owner: tuple[str, int],
        ticked: list[Subject],
        *,
        now: float,
        days: float,
        resend: bool = False,
    ) -> Code:
        """Let an app act for what is ticked; the affiliates of a primary shop come along."""
        merchants: list[Subject] = [subject for subject in ticked if subject[0] == "merchant"]
        shops = self.with_affiliates([ident for kind, ident in ticked if kind == "shop"])
        subjects: list[Subject] = [*merchants, *(("shop", ident) for ident in shops)]
        return self.tokens.allow(app.partner_id, owner, subjects, now=now, days=days, resend=resend)

    def linked(self, app: App, kind: Kind, ident: int, now: float) -> bool:
        """Tell whether the seller lets the app act for a shop or a merchant now."""
        grant = self.tokens.grant(app.partner_id, kind, ident)
        return grant is not None and grant.alive(now)

    def with_affiliates(self, shop_ids: list[int]) -> list[int]:
        """Return the shops and the affiliates that come along when a primary is authorized."""
        affiliates = [one for shop_id in shop_ids for one in self.shops[shop_id].sip_affiliates]
        return list(dict.fromkeys([*shop_ids, *affiliates]))

    def plain_shops(self) -> list[Shop]:
        """Return the shops with a login of their own."""
        return [shop for shop in self.shops.values() if shop.merchant_id is None]

    def describe(self, base_url: str) -> dict[str, Any]:
        """Return what a developer and the sellers know of Shopee."""
        app = self.app
        return {
            "base_url": base_url,
            "partner_id": app.partner_id,
            "partner_key": app.partner_key,
            "push_key": app.push_key,
            "app_status": app.status,
            "redirect_domains": app.redirect_domains,
            "hosts": {"api": base_url, "authorize": base_url + AUTHORIZE, "cancel": base_url + CANCEL},
            "rps": self.rps,
            "main_accounts": [self._main_account(account) for account in self.main_accounts.values()],
            "shops": [self._shop(shop) for shop in self.plain_shops()],
            "sub_accounts": self.sub_accounts,
        }

    def _main_account(self, account: MainAccount) -> dict[str, Any]:
        merchants = [self.merchants[ident] for ident in account.merchant_ids]
        return {
            "main_account_id": account.main_account_id,
            "login": account.login,
            "merchants": [
                {
                    "merchant_id": merchant.merchant_id,
                    "name": merchant.name,
                    "region": merchant.region,
                    "currency": merchant.currency,
                    "upgraded": merchant.is_upgraded_cbsc,
                    "locations": merchant.location_ids,
                    "shops": [self._shop(self.shops[ident]) for ident in merchant.shop_ids],
                }
                for merchant in merchants
            ],
        }

    @staticmethod
    def _shop(shop: Shop) -> dict[str, Any]:
        return {
            "shop_id": shop.shop_id,
            "name": shop.name,
            "region": shop.region,
            "currency": shop.currency,
            "upgraded": shop.is_upgraded_cbsc,
            "status": shop.status,
            "sip_primary": shop.sip_primary,
            "fulfillment": shop.fulfillment_flag,
        }
