"""An account connected to the simulator, on a time that both share and that tests move."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

from accounts.models import Credential, PlatformAccount
from integrations import clock, connections
from tests.support import Simulator

DAY = 86_400.0
LOGIN, REFRESH = "/authentication/getAccessToken", "/authentication/refreshAccessToken"
LOGOUT, SETTINGS = "/authentication/logout", "/setting/get"


@contextmanager
def shared_time(simulator: Simulator) -> Iterator[clock.VirtualClock]:
    """Let us live by the simulator's manual clock, which follows ours with each call."""
    ours = clock.VirtualClock(simulator.look("clock")["now"], header="X-Simulator-Time")
    with clock.use(ours):
        yield ours


def key_of(simulator: Simulator, number: int = 0) -> str:
    return str(simulator.look("world")["cj"]["accounts"][number]["api_key"])


def connect(simulator: Simulator, number: int = 0, **answers: Any) -> PlatformAccount:
    return connections.connect("cj", **{"api_key": key_of(simulator, number), "name": "Main"} | answers)


def credential_of(account: PlatformAccount) -> Credential:
    return Credential.objects.select_related("account").get(account=account)


def booked(simulator: Simulator) -> dict[str, int]:
    """Return how often CJ was logged in to and so on, by CJ's own books; what never happened is absent."""
    totals = simulator.look("books")["totals"].get("cj", {})
    wanted = ("logins", "refreshes", "refreshes_refused", "logouts", "refusals")
    return {name: totals[name] for name in wanted if totals.get(name)}


def called(simulator: Simulator, path: str) -> int:
    """Return how many calls of a path came in, whatever was answered."""
    return sum(call["path"] == path for call in simulator.look("calls")["calls"])


def is_accepted(simulator: Simulator, token: str) -> bool:
    """Tell whether the platform takes an access token, asked past all of our code."""
    headers = {"CJ-Access-Token": token, "X-Simulator-Time": repr(clock.now())}
    answer = requests.get(f"{simulator.url}/api2.0/v1{SETTINGS}", headers=headers, timeout=10).json()
    return bool(answer["code"] == 200)


def stored_token_works(simulator: Simulator, account: PlatformAccount) -> bool:
    return is_accepted(simulator, credential_of(account).access_token.reveal())


def fail(simulator: Simulator, path: str, **fault: Any) -> None:
    """Let the next call of a path go wrong."""
    simulator.control("faults", platform="cj", path=path, **fault)
