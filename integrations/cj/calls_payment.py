"""CJ 5, Shopping: the balance (cj.json, /shopping/pay/…). The one call that spends is `pay_balance_v2`.

Its predecessor pays an order at whatever it costs then; it is not offered: what is paid was fixed and approved before.
"""

from typing import Any

from .calling import Chapter, subject_of


class Payments(Chapter):
    """Calls about the balance."""

    def get_balance(self) -> Any:
        """Read the balance in USD (5, 2.1 Get Balance)."""
        return self._caller.get("/shopping/pay/getBalance", {})

    def pay_balance_v2(self, shipment_order_id: str, pay_id: str) -> Any:
        """SPEND: pay a shipment from the balance at the price of its parent order (5, 2.3 Pay Balance V2).

        The answer says nothing. With an order's code in place of the shipment's id it is a success that pays nothing:
        whether it was paid is seen by reading orders and balance.
        """
        body = {"shipmentOrderId": shipment_order_id, "payId": pay_id}
        return self._caller.send("/shopping/pay/payBalanceV2", body, subject=subject_of(shipment=shipment_order_id))
