"""A simulator in a thread, on a hand-moved clock, fresh for each test, and callers who speak HTTP to it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests

from integrations.simulator import server
from integrations.simulator.server import Running

NOON = 1_772_366_400  # 2026-03-01T12:00:00Z


@dataclass
class Caller:
    """Someone who calls CJ with a token, or without."""

    base_url: str
    token: str = ""
    session: requests.Session = field(default_factory=requests.Session)

    def send(self, method: str, path: str, **options: Any) -> requests.Response:
        headers = {"CJ-Access-Token": self.token} if self.token else {}
        headers |= options.pop("headers", {})
        return self.session.request(method, f"{self.base_url}/api2.0/v1{path}", headers=headers, timeout=10, **options)

    def get(self, path: str, **params: Any) -> Any:
        return self.send("GET", path, params=params).json()

    def post(self, path: str, **body: Any) -> Any:
        return self.send("POST", path, json=body).json()

    def code(self, path: str, **params: Any) -> tuple[int, str]:
        reply = self.get(path, **params)
        return reply["code"], reply["message"]

    def products(self, **params: Any) -> list[dict[str, Any]]:
        """Return the products of one page of listV2."""
        content = self.get("/product/listV2", **params)["data"]["content"]
        return content[0]["productList"] if content else []

    def every_product(self) -> list[dict[str, Any]]:
        return [row for page in range(1, 5) for row in self.products(page=page, size=100)]


@dataclass
class Simulator:
    """The running simulator, as a test steers it."""

    running: Running

    @property
    def base_url(self) -> str:
        return self.running.base_url

    def control(self, call: str, **body: Any) -> Any:
        reply = self.control_reply(call, **body)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def control_reply(self, call: str, **body: Any) -> requests.Response:
        return requests.post(f"{self.base_url}/_control/{call}", json=body, timeout=10)

    def show(self, call: str, **params: Any) -> Any:
        return requests.get(f"{self.base_url}/_control/{call}", params=params, timeout=10).json()

    def account(self, plan: str = "Advanced") -> Any:
        return next(one for one in self.show("world")["cj"]["accounts"] if one["plan"] == plan)

    def stranger(self) -> Caller:
        return Caller(self.base_url)

    def login(self, plan: str = "Advanced") -> Caller:
        reply = self.stranger().post("/authentication/getAccessToken", apiKey=self.account(plan)["api_key"])
        return Caller(self.base_url, reply["data"]["accessToken"])

    def no_limits(self) -> None:
        self.control("limits", platform="cj", rps=None, ip_rps=None, ip_rps_without_login=None)


@pytest.fixture(scope="session")
def running_simulator() -> Iterator[Running]:
    running = server.start(clock="manual", now=NOON)
    yield running
    running.stop()


@pytest.fixture
def simulator(running_simulator: Running) -> Simulator:
    simulator = Simulator(running_simulator)
    simulator.control("reset", seed=7, world="demo", size=400, clock="manual", now=NOON)
    return simulator


@pytest.fixture
def cj(simulator: Simulator) -> Caller:
    """The demonstration's account, logged in, with no limits."""
    simulator.no_limits()
    return simulator.login()
