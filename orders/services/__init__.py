"""From an order to the door: intake, plan, purchase, shipment, tracking."""
