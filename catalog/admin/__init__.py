"""What we source and what we sell where, in the console."""

from . import lists, products, requests, selections, selling

__all__ = ["lists", "products", "requests", "selections", "selling"]
