"""Buyers, carriers and time on the simulator's Shopee, and an account of it that sends what they order."""

from typing import Any

from integrations import clock
from integrations.shopee.order_gateway import ShopeeOrders
from integrations.sold import Arrangement, PackageData, ParcelRef
from tests.support import Simulator


def buy(simulator: Simulator, shop_id: str, **options: Any) -> dict[str, Any]:
    """Let a buyer order in a shop, and return the order as the simulator tells it."""
    (order,) = buy_many(simulator, shop_id, 1, **options)
    return order


def buy_many(simulator: Simulator, shop_id: str, count: int, **options: Any) -> list[dict[str, Any]]:
    """Let buyers order, what is on sale unless `lines` are given."""
    said = simulator.control("orders", platform="shopee", shop_id=int(shop_id), count=count, **options)
    found: list[dict[str, Any]] = said["orders"]
    return found


def unknown(sku: str, **more: Any) -> dict[str, Any]:
    """Return a line of an item that no list of the shop holds: it needs no stock."""
    return {"unknown": True, "sku": sku, "name": f"Item {sku}", "price": 9.9, "quantity": 1, **more}


def buyer_asks_to_cancel(simulator: Simulator, order_sn: str, reason: str = "Changed my mind") -> None:
    """Let the buyer ask the seller to cancel."""
    simulator.control("orders", platform="shopee", cancel=[order_sn], reason=reason, ask=True)


def advance(simulator: Simulator, ident: str, to: str) -> dict[str, Any]:
    """Move an order, a package or a first-mile number on."""
    said: dict[str, Any] = simulator.control("advance", platform="shopee", id=ident, to=to)
    return said


def pace(simulator: Simulator, **settings: Any) -> None:
    """Set how quickly things happen by themselves, and how documents come out."""
    simulator.control("change", platform="shopee", orders=settings)


def lose(simulator: Simulator, endpoint: str, when: str, times: int = 1) -> None:
    """Cut off the answers of the next calls of an endpoint, before or after it acts."""
    simulator.control("faults", platform="shopee", path=endpoint, when=when, cut=True, times=times)


def refuse(simulator: Simulator, endpoint: str, code: str, when: str = "before") -> None:
    """Let Shopee answer the next call of an endpoint with a code, before or after it acts."""
    simulator.control("faults", platform="shopee", path=endpoint, code=code, when=when)


def parcel_of(order: dict[str, Any], which: int = 0, **more: Any) -> ParcelRef:
    """Return a parcel of an order that was bought here."""
    numbers = order["package_numbers"]
    return ParcelRef(order_id=order["order_sn"], package_id=numbers[which], is_split=len(numbers) > 1, **more)


def parcel(channel: ShopeeOrders, shop_id: str, ref: ParcelRef) -> PackageData:
    """Read one parcel."""
    (found,) = channel.parcels(shop_id, [ref.package_id])
    return found


DROPOFF = Arrangement(kind="dropoff")


def arranged(channel: ShopeeOrders, shop_id: str, order: dict[str, Any], **more: Any) -> ParcelRef:
    """Arrange an order that can be dropped off without more, wait for its number, and return its parcel with it."""
    ref = parcel_of(order)
    channel.arrange(shop_id, ref, DROPOFF)
    clock.sleep(61)
    (told,) = channel.tracking_numbers(shop_id, [ref])
    assert told.text, told
    return parcel_of(order, tracking_number=told.text, **more)
