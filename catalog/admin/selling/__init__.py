"""What we sell where, in the console."""

from . import categories, cells, differences, found, listings, mappings, prices, switches

__all__ = ["categories", "cells", "differences", "found", "listings", "mappings", "prices", "switches"]
