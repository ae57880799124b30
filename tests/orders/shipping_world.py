"""A seller whose purchases at the simulator's CJ travel under the simulator's Shopee's label, or under CJ's own."""

from typing import Any

from integrations import clock
from integrations.cj.buying import buyer_for
from integrations.gateways import order_channel_for
from integrations.shopee.order_gateway import ShopeeOrders
from orders.models import Order, Package, PurchaseOrder
from orders.services import arranging, buying, handing, intake, looking, parcels
from tests.orders.buying_world import World
from tests.support_shopee_orders import advance, buy, pace, unknown

JINHUA = "6709CCD7-0DC7-43B1-B310-17AB499E9B0A"  # a warehouse of CJ's, and a carrier whose labels it takes
CARRIER = "YunExpress"
SHIP, CREATE_LABEL = "logistics.ship_order", "logistics.create_shipping_document"
UPLOAD, UPDATE = "/shopping/order/uploadWaybillInfo", "/shopping/order/updateWaybillInfo"
BIND = "first_mile.bind_first_mile_tracking_number"
OWN = {"non_integrated": ["tracking_no"]}


class Shipping(World):
    """One CJ account that has been paid, and one shop whose parcels are to leave."""

    def order(self, *skus: str, **options: Any) -> Order:
        """Let a buyer order one piece of each, and read the order with its package."""
        told = buy(self.simulator, self.shop.external_id, lines=[unknown(sku) for sku in skus or ("BAG",)], **options)
        return self.read(told["order_sn"])

    def read(self, number: str) -> Order:
        """Read an order as it is at Shopee now."""
        channel = order_channel_for(self.shop.account)
        found = channel.orders(self.shop.external_id, [number])
        intake.save_orders(self.shop, list(found.orders), "test")
        return Order.objects.get(shop=self.shop, external_id=number)

    def paid(self, order: Order, **columns: Any) -> PurchaseOrder:
        """Buy and pay what an order asks for, to be sent under Shopee's label unless the columns say otherwise."""
        given = {"label": "marketplace", "warehouse_id": JINHUA, "label_carrier": CARRIER} | columns
        purchase, buyer = self.purchase(order, **given), buyer_for(self.account)
        made = buyer.place(buying.draft_of(purchase))
        buyer.add_to_cart([made.external_id])
        batch = buyer.confirm([made.external_id]).batch_id
        buyer.pay(batch, buyer.bill(batch).payment_id)
        looking.look(purchase)
        parcels.assign(order)
        purchase.refresh_from_db()
        assert purchase.status == PurchaseOrder.Status.PAID
        return purchase

    def package(self, order: Order) -> Package:
        """Return the only package of an order."""
        (package,) = parcels.living(order)
        return Package.objects.select_related("order__shop__account", "purchase__account").get(pk=package.pk)

    def ready(self, *skus: str, label: str = "marketplace", **options: Any) -> Package:
        """Return a package whose purchase is paid."""
        order = self.order(*skus, **options)
        self.paid(order, **({"label": label} if label == "marketplace" else {"label": label, "warehouse_id": ""}))
        return self.package(order)

    def sent(self, *skus: str, **options: Any) -> Package:
        """Return a package that CJ has sent by its own carrier; Shopee shows us the buyer's address for it."""
        self.pace(unmasked=True)
        package = self.ready(*skus, label="supplier", **options)
        assert package.purchase is not None
        self.advance(package.purchase, "dispatched")
        looking.look(package.purchase)
        return again(package)

    def arranged(self, package: Package) -> None:
        """Arrange a package and go on until its label is with CJ."""
        arranging.request_arrangement([package], by="ann")
        self.work()

    def transit_warehouse(self) -> str:
        """Return one of the warehouses to which parcels from China are brought."""
        found = order_channel_for(self.shop.account)
        assert isinstance(found, ShopeeOrders)
        told = found._client(self.shop.external_id).first_mile.get_transit_warehouse_list(
            "CN", shipment_method="dropoff"
        )
        return str(told["transit_warehouse_list"][0]["warehouse_id"])

    # --- what Shopee has

    def at_shopee(self, package: Package) -> dict[str, Any]:
        """Return a package as Shopee has it."""
        (order,) = self.simulator.look("orders", platform="shopee", id=package.order.external_id)["orders"]
        (found,) = [each for each in order["packages"] if each["package_number"] == package.external_id]
        return dict(found)

    def noted(self, kind: str) -> list[dict[str, Any]]:
        """Return what Shopee's books hold of a kind."""
        entries = self.simulator.look("books", platform="shopee", kind=kind)["entries"]
        return [entry for entry in entries if entry["platform"] == "shopee" and entry["kind"] == kind]

    def pace(self, **settings: Any) -> None:
        """Set how quickly things happen at Shopee."""
        pace(self.simulator, **settings)

    def move(self, package: Package, to: str) -> None:
        """Let a package go on at Shopee."""
        advance(self.simulator, package.external_id, to)

    def lose_at_shopee(self, path: str, when: str, **more: Any) -> None:
        """Cut off the next answer of a path."""
        self.simulator.control("faults", platform="shopee", path=path, when=when, cut=True, **more)

    def pass_time(self, seconds: float) -> None:
        """Let time pass, here and there."""
        clock.sleep(seconds)
        behind = clock.now() - self.simulator.look("clock")["now"]
        self.simulator.control("clock", advance_s=max(0.0, behind))


def again(package: Package) -> Package:
    """Load a package anew."""
    return Package.objects.select_related("order__shop__account", "purchase__account").get(pk=package.pk)


def arrange_there(world: Shipping, package: Package) -> None:
    """Let somebody arrange shipping on Shopee's own page."""
    channel, shop_id, ref = order_channel_for(world.shop.account), world.shop.external_id, parcels.ref_of(package)
    channel.arrange(shop_id, ref, handing.choose(channel.ways(shop_id, ref)))
