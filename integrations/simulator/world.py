"""What the simulator remembers: one world in memory, behind one lock."""

import itertools
import threading
from typing import Any

from integrations.simulator.books import Books
from integrations.simulator.cj_world import CJWorld
from integrations.simulator.clock import Clock
from integrations.simulator.faults import Faults
from integrations.simulator.limits import EPSILON, OWN_DELAY, Limits
from integrations.simulator.shopee_catalog import Catalog
from integrations.simulator.shopee_world import ShopeeWorld

PLATFORMS = ("cj", "shopee")
WORLDS = {"demo": 400, "small": 40, "bench": 50_000}
MAX_SIZE = 100_000  # SKUs have five digits


class World:
    """Everything by seed and size; ``reset`` begins anew in place, so that whoever holds it sees the new one."""

    def __init__(
        self,
        *,
        seed: int = 7,
        name: str = "demo",
        size: int | None = None,
        clock: Clock | None = None,
        public_url: str = "",
    ) -> None:
        self.lock = threading.RLock()
        self.clock = clock or Clock()
        self.public_url = public_url.rstrip("/")
        self.reset(seed=seed, name=name, size=size)

    def reset(self, *, seed: int, name: str = "demo", size: int | None = None, clock: Clock | None = None) -> None:
        """Forget all that happened and generate a fresh world."""
        with self.lock:
            self.seed = seed
            self.name = name
            self.size = WORLDS[name] if size is None else size
            self.clock = clock or self.clock
            self.clock.restart()
            self.faults = Faults()
            self.limits = Limits(grace=OWN_DELAY if self.clock.mode == "real" else EPSILON)
            self.books = Books()
            self.request_numbers = itertools.count(1)
            self.cj = CJWorld(seed=seed, size=self.size)
            self.shopee = ShopeeWorld(seed=seed, size=self.size)
            self.shopee.catalog = Catalog(seed=seed)

    def describe(self, base_url: str) -> dict[str, Any]:
        """Return what a seller would know, and what a test needs to find its way."""
        return {
            "seed": self.seed,
            "world": self.name,
            "size": self.size,
            "clock": {"mode": self.clock.mode, "now": self.clock.now()},
            "base_url": base_url,
            "platforms": list(PLATFORMS),
            "cj": self.cj.describe(base_url),
            "shopee": self.shopee.describe(base_url),
        }
