"""Sellers on the simulator's Shopee: an app of ours, and what happens when one of them allows it to act."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from accounts.models import Credential, PlatformAccount, PlatformApp
from integrations import clock, consents
from integrations.errors import PlatformError
from integrations.shopee import access
from tests.support import Simulator

REDIRECT = "http://127.0.0.1:8000/connect/shopee/callback/"
REFRESH, EXCHANGE = "public.refresh_access_token", "public.get_access_token"
HOUR, DAY = 3600.0, 86_400.0


@contextmanager
def shared_time(simulator: Simulator) -> Iterator[clock.VirtualClock]:
    """Let us live by the simulator's manual clock, which follows ours with each call."""
    ours = clock.VirtualClock(simulator.look("clock")["now"], header="X-Simulator-Time")
    with clock.use(ours):
        yield ours


def theirs(simulator: Simulator) -> dict[str, Any]:
    """Return what the simulator's Shopee says of its app and sellers."""
    found: dict[str, Any] = simulator.look("world")["shopee"]
    return found


def main_account(simulator: Simulator, login: str = "lanyue") -> dict[str, Any]:
    """Return one of the main accounts: lanyue (CN and HK), hansol (KR) or qihang (not upgraded)."""
    return next(one for one in theirs(simulator)["main_accounts"] if one["login"] == f"{login}:main")


def make_app(simulator: Simulator, **columns: Any) -> PlatformApp:
    """Make the app that the simulator's Shopee knows."""
    shopee = theirs(simulator)
    known = {"name": "Crossdock", "app_key": str(shopee["partner_id"]), "app_secret": shopee["partner_key"]}
    return PlatformApp.objects.create(**{"platform": "shopee", **known, **columns})


def allow(simulator: Simulator, **who: Any) -> dict[str, str]:
    """Let a seller click "allow", and return the query with which he is sent back, without our state."""
    given = simulator.control("authorize", platform="shopee", **who)
    return {name: str(value) for name, value in given.items()}


def authorize(
    simulator: Simulator, app: PlatformApp, *, account: PlatformAccount | None = None, **who: Any
) -> consents.Finished:
    """Go the whole way: the link, the seller's click, the way back."""
    authorization, _url = consents.start(app, account=account, requested_by="ann", redirect=REDIRECT)
    query = allow(simulator, **who) | {"state": authorization.state}
    return consents.finish("shopee", query, requested_by="ann")


def by_login(simulator: Simulator, app: PlatformApp, login: str = "lanyue", **who: Any) -> consents.Finished:
    """Let a main account allow everything that is not left out."""
    return authorize(simulator, app, login=f"{login}:main", **who)


def credential_of(party: Any) -> Credential:
    """Return the tokens of an account or a shop."""
    kept = Credential.objects.select_related("account__app", "shop__account")
    is_account = isinstance(party, PlatformAccount)
    return kept.get(account=party, shop=None) if is_account else kept.get(shop=party)


def booked(simulator: Simulator, event: str) -> int:
    """Return how often something happened by Shopee's own books."""
    return int(simulator.look("books")["totals"].get("shopee", {}).get(event, 0))


def called(simulator: Simulator, path: str) -> int:
    """Return how many calls of a path came in, whatever was answered."""
    return sum(call["path"] == path for call in simulator.look("calls")["calls"])


def fail(simulator: Simulator, path: str, **fault: Any) -> None:
    """Let the next call of an endpoint go wrong."""
    simulator.control("faults", platform="shopee", path=path, **fault)


def is_accepted(party: Any) -> bool:
    """Tell whether Shopee takes the stored access token of an account or a shop."""
    is_account = isinstance(party, PlatformAccount)
    client = access.client_for(party if is_account else party.account, shop=None if is_account else party)
    assert client.subject is not None
    try:
        client.merchant.get_merchant_info() if client.subject.kind == "merchant" else client.shop.get_profile()
    except PlatformError:
        return False
    return True
