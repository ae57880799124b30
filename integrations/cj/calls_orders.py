"""CJ 5, Shopping: creation, cart, parent order, reading, labels (cj.json, /shopping/order/…).

Nothing here moves money. Orders are created by createOrderV3 alone: its elder sibling has a parameter by which it pays
from the balance at once, and offers nothing besides. For the same reason an order is confirmed by way of the cart.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from integrations.http import File

from .calling import Chapter, subject_of

TIMELINESS = ("LOGISTICS_TIMELINESS",)


class Orders(Chapter):
    """Calls about orders. An "order id" is any of CJ's own names of it, unless said otherwise."""

    def create_order_v3(self, order: Mapping[str, Any]) -> Any:
        """Create an order (5, 1.2 Create Order V3), nothing more. `orderNumber` once used answers 1603003 for good."""
        path = "/shopping/order/createOrderV3"
        return self._caller.send(path, order, subject=subject_of(order=str(order.get("orderNumber", ""))))

    def add_cart(self, order_ids: Sequence[str]) -> Any:
        """Put orders into the cart (5, 1.3 Add Cart). Who is not in `addSuccessOrders` is not in it."""
        return self._together("/shopping/order/addCart", order_ids)

    def add_cart_confirm(self, order_ids: Sequence[str]) -> Any:
        """Confirm what is in the cart (5, 1.4 Add Cart Confirm); `shipmentsId` is what they are paid under."""
        return self._together("/shopping/order/addCartConfirm", order_ids)

    def save_generate_parent_order(self, shipment_order_id: str) -> Any:
        """Fix the price of a shipment until `payExpireTime` (5, 1.5 Save Generate Parent Order); `payId` is for paying.

        Success stands beside orders that it leaves out (`unMatchOrderCodes`).
        """
        path, body = "/shopping/order/saveGenerateParentOrder", {"shipmentOrderId": shipment_order_id}
        return self._caller.send(path, body, subject=subject_of(shipment=shipment_order_id))

    def list(
        self,
        *,
        order_ids: Sequence[str] = (),
        shipment_order_id: str = "",
        status: str = "",
        page: int = 1,
        size: int = 50,
    ) -> Any:
        """List orders (5, 1.6 List Order), newest first; pages of up to 50, without the goods in them.

        Ids or a status have to be given: without them CJ lists cancelled orders only.
        """
        if not order_ids and not status:
            raise ValueError("CJ's list of orders is asked for ids or for a status: its default is CANCELLED.")
        params = {
            "pageNum": page,
            "pageSize": size,
            "orderIds": order_ids,
            "shipmentOrderId": shipment_order_id,
            "status": status,
        }
        return self._caller.get("/shopping/order/list", params, subject=subject_of(order=next(iter(order_ids), "")))

    def get_order_detail(self, order_id: str, *, features: Sequence[str] = ()) -> Any:
        """Read an order in full by CJ's id or our own number (5, 1.7 Query Order); NotFound where there is none."""
        params = {"orderId": order_id, "features": features}
        path = "/shopping/order/getOrderDetail"
        return self._caller.get(path, params, subject=subject_of(order=order_id), may_be_absent=True)

    def delete_order(self, order_id: str) -> Any:
        """Delete an order that is not paid (5, 1.8 Order Delete); its number stays taken."""
        path = "/shopping/order/deleteOrder"
        return self._caller.delete(path, {"orderId": order_id}, subject=subject_of(order=order_id))

    def change_warehouse(self, order_code: str, storage_id: str) -> Any:
        """Have another warehouse send an order with the platform's label (5, 2.0 Change Order Warehouse)."""
        body = {"orderCode": order_code, "storageId": storage_id}
        return self._caller.send("/shopping/order/changeWarehouse", body, subject=subject_of(order=order_code))

    def upload_waybill_info(
        self, *, order_id: str, cj_order_id: str, carrier: str, track_number: str, file: File
    ) -> Any:
        """Hand in the platform's label of a paid order (5, 3.1 Upload Shipping Info): the warehouse begins to work.

        `order_id` is the number of digits, `cj_order_id` the one that begins with DP: both are asked for.
        """
        form = _waybill(order_id, cj_order_id, carrier, track_number)
        return self._caller.upload("/shopping/order/uploadWaybillInfo", form, file, subject=subject_of(order=order_id))

    def update_waybill_info(
        self, *, order_id: str, cj_order_id: str, carrier: str, track_number: str, file: File
    ) -> Any:
        """Put another label in place of the one handed in (5, 3.2 Update Shipping Info), until the parcel leaves."""
        form = _waybill(order_id, cj_order_id, carrier, track_number)
        return self._caller.upload("/shopping/order/updateWaybillInfo", form, file, subject=subject_of(order=order_id))

    def pod_product_custom_pictures_edit(self, edits: Sequence[Mapping[str, Any]]) -> Any:
        """Mend the pictures of custom goods (5, 3.3 Update POD Pictures); each line has a `result` of its own.

        An edit names orderCode, lineItemId, effectImgList and productionImgList.
        """
        path = "/shopping/order/podProductCustomPicturesEdit"
        first = str(edits[0].get("orderCode", "")) if edits else ""
        return self._caller.send(path, {"podPicturesEditParams": edits}, subject=subject_of(order=first))

    def _together(self, path: str, order_ids: Sequence[str]) -> Any:
        subject = subject_of(order=next(iter(order_ids), ""))
        return self._caller.send(path, {"cjOrderIdList": order_ids}, subject=subject)


def _waybill(order_id: str, cj_order_id: str, carrier: str, track_number: str) -> dict[str, str]:
    return {
        "orderId": order_id,
        "cjOrderId": cj_order_id,
        "cjShippingCompanyName": carrier,
        "trackNumber": track_number,
    }
