"""Shopee's endpoints for orders and what follows from them; importing the modules registers them."""

from integrations.simulator import (
    shopee_couriers,
    shopee_documents,
    shopee_first_mile,
    shopee_first_mile_binding,
    shopee_mass,
    shopee_orders,
    shopee_packages,
    shopee_payment,
    shopee_shipping,
    shopee_tracking,
)

VIEWS = (
    shopee_orders,
    shopee_packages,
    shopee_shipping,
    shopee_mass,
    shopee_tracking,
    shopee_documents,
    shopee_first_mile,
    shopee_first_mile_binding,
    shopee_couriers,
    shopee_payment,
)
