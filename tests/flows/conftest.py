"""Flows run against the simulator."""

from tests.catalog.connected import account, virtual_time, world_size

__all__ = ["account", "virtual_time", "world_size"]
