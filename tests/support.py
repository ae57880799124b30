"""What tests share: the simulator as seen from outside."""

from typing import Any

import requests


class Simulator:
    """The simulator, driven over HTTP by its control calls as any user of it would (design.md §7)."""

    def __init__(self, url: str, stop: Any) -> None:
        self.url, self.stop = url, stop
        self._http = requests.Session()

    @classmethod
    def start(cls, **options: Any) -> "Simulator":
        from integrations.simulator import server

        running = server.start(**{"port": 0, "seed": 7, "size": 40, "clock": "manual"} | options)
        return cls(running.url, running.stop)

    def control(self, name: str, **body: Any) -> Any:
        """POST to a control call and return its answer."""
        reply = self._http.post(f"{self.url}/_control/{name}", json=body, timeout=30)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def look(self, name: str, **params: Any) -> Any:
        """GET a control call: world, books, calls."""
        reply = self._http.get(f"{self.url}/_control/{name}", params=params, timeout=30)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def reset(self, *, seed: int = 7, size: int = 40, limits: bool = False) -> None:
        """Start a fresh world; without `limits` no rate or quota is enforced."""
        self.control("reset", seed=seed, world="demo", size=size)
        if not limits:
            for account in self.look("world")["cj"]["accounts"]:
                self.control("limits", platform="cj", account=account["id"], rps=None, daily=None, ip_rps=None)
            self.control("limits", platform="shopee", rps=None)
