"""What was sold, bought and sent, in the console."""

from . import orders, packages, payments, purchases, rules

__all__ = ["orders", "packages", "payments", "purchases", "rules"]
