"""What orders take from CJ's stock: by country, or from one warehouse."""

from integrations.simulator.cj_catalogue import Catalogue, Variant
from integrations.simulator.cj_detail_shapes import single_warehouses
from integrations.simulator.cj_generate import Change
from integrations.simulator.cj_orders import Line, Order
from integrations.simulator.cj_seeds import areas, find_storage, storages


def area_of(country: str) -> int | None:
    """Return the number of a country in which CJ has warehouses."""
    codes = [area["countryCode"] for area in areas()]
    return codes.index(country) if country in codes else None


def available(variant: Variant, area: int, storage_id: str = "") -> int:
    """Return how much of a variant lies in a country, or there in one warehouse."""
    row = next((row for row in variant.stock() if row.area == area), None)
    if row is None:
        return 0
    warehouses = single_warehouses(variant.product, row) if storage_id else None
    if warehouses is None:  # asked for the country, or CJ does not tell warehouses apart
        return row.total
    wanted = find_storage(storage_id)
    found = [one for one in warehouses if find_storage(one["stockId"]) == wanted]
    there: int = sum(one["inventory"] + one["factoryInventory"] for one in found)
    return min(there, row.total)


def best_storage(catalogue: Catalogue, order: Order) -> str:
    """Return the warehouse CJ would choose: the one with the most of the order's goods, else the country's first."""
    area = area_of(order.from_country)
    places = [one for one in storages() if one["areaCountryCode"] == order.from_country]
    variants = [variant for line in order.lines if (variant := catalogue.find_variant(vid=line.vid))]

    def amount(storage_id: str) -> int:
        return sum(available(variant, area, storage_id) for variant in variants) if area is not None else 0

    return str(max(places, key=lambda one: amount(one["id"]))["id"]) if places else ""


def is_short(catalogue: Catalogue, orders: list[Order]) -> bool:
    """Tell whether what some orders want together is more than there is."""
    wanted: dict[tuple[str, int, str], int] = {}
    for order in orders:
        area = area_of(order.from_country)
        for line in order.lines:
            key = (line.vid, -1 if area is None else area, order.storage_id if order.own_label else "")
            wanted[key] = wanted.get(key, 0) + line.quantity
    for (vid, area, storage_id), quantity in wanted.items():
        variant = catalogue.find_variant(vid=vid)
        if variant is None or available(variant, area, storage_id) < quantity:
            return True
    return False


def take(catalogue: Catalogue, order: Order) -> None:
    """Take an order's goods from the stock; the caller has seen that they are there."""
    area = area_of(order.from_country)
    for line in order.lines:
        if area is not None:
            _move(catalogue, line, area, line.quantity)
            order.taken.append((line, area, line.quantity))


def give_back(catalogue: Catalogue, order: Order) -> None:
    """Put back what an order took."""
    for line, area, quantity in order.taken:
        _move(catalogue, line, area, -quantity)
    order.taken.clear()


def _move(catalogue: Catalogue, line: Line, area: int, quantity: int) -> None:
    variant = catalogue.find_variant(vid=line.vid)
    if variant is None:
        return
    sold = variant.product.changes.setdefault(variant.position, Change()).sold
    sold[area] = sold.get(area, 0) + quantity
    catalogue.touch(variant.product)
