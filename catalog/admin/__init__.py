"""What we source, in the console."""

from . import lists, products, requests, selections

__all__ = ["lists", "products", "requests", "selections"]
