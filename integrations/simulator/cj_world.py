"""What CJ remembers: accounts, tokens, the catalogue, sourcing requests, and its limits."""

from dataclasses import dataclass
from typing import Any

from integrations.simulator.cj_accounts import DEMO_PLAN, Account, Tokens, make_accounts
from integrations.simulator.cj_agenda import Agenda
from integrations.simulator.cj_catalogue import Catalogue
from integrations.simulator.cj_order_switches import NextOrders, Switches
from integrations.simulator.cj_orders import Orders

PREFIX = "/api2.0/v1"


@dataclass(slots=True)
class Sourcing:
    """A wish that CJ find a product."""

    number: int
    account: Account
    asked: dict[str, Any]
    asked_at: float
    outcome: str = ""  # "completed" or "failed" as soon as it is decided

    @property
    def id(self) -> str:
        """Return the id CJ gives it."""
        return str(285 + self.number)


class CJWorld:
    """CJ's part of the world; the caller holds the world's lock."""

    def __init__(self, *, seed: int, size: int) -> None:
        self.seed = seed
        self.accounts = make_accounts(seed)
        self.tokens = Tokens(seed)
        self.catalogue = Catalogue(seed=seed, size=size)
        self.sourcing: dict[str, Sourcing] = {}
        self.orders = Orders()
        self.switches = Switches()
        self.next_orders: list[NextOrders] = []
        self.agenda = Agenda()
        self.ip_rps: float | None = 10
        self.ip_rps_without_login: float | None = 30
        self.http_429_every = 4  # each n-th refusal comes as HTTP 429 with Retry-After; 0: none, 1: all
        self.refusals = 0

    def account_by_key(self, api_key: str) -> Account | None:
        """Return the account with exactly this key."""
        return next((account for account in self.accounts if account.api_key == api_key), None)

    def account_named(self, name: str) -> Account | None:
        """Return the account by number, ``CJ…`` name, API key, open id, plan or e-mail, as a test may know it."""
        for account in self.accounts:
            known = (str(account.number), account.name_in_books, account.api_key, str(account.open_id))
            if name in (*known, account.plan, account.email):
                return account
        return None

    @property
    def demo_account(self) -> Account:
        """Return the account that the demonstration uses."""
        return next(account for account in self.accounts if account.plan == DEMO_PLAN)

    def describe(self, base_url: str) -> dict[str, Any]:
        """Return what a seller knows of CJ."""
        return {
            "base_url": base_url,
            "api_url": base_url + PREFIX,
            "products": len(self.catalogue),
            "ip_rps": self.ip_rps,
            "accounts": [
                {
                    "id": account.name_in_books,
                    "open_id": account.open_id,
                    "name": account.name,
                    "email": account.email,
                    "api_key": account.api_key,
                    "level": account.level,
                    "plan": account.plan,
                    "rps": account.rps,
                    "daily": account.daily,
                    "balance": str(account.balance),
                    "demo": account.plan == DEMO_PLAN,
                }
                for account in self.accounts
            ],
        }
