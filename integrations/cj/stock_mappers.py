"""Stock and the places that hold it: CJ's JSON → our dataclasses (cj.json, /product/stock/…, /warehouse/detail).

Null and empty answers mean "not known", never zero (cj.md §13). A country's own number and the rows of its warehouses
are both kept, since CJ's totals and rows disagree in either direction (cj.md §12.18).
"""

from dataclasses import replace
from typing import Any

from integrations.contracts import StockData, WarehouseData

from .parsing import Notes, UnreadableRecord, first, ident, integer, mapping, rows, storable, text

_VERIFIED = {"1": True, "2": False}  # enum verified_warehouse


def to_stock(data: object, notes: Notes | None = None) -> tuple[StockData, ...] | None:
    """Read the stock of one variant: per country a total, then its warehouses. None: CJ said nothing.

    Takes the rows of /product/stock/queryByVid and queryBySku, and the `inventories` of details and variants, which
    name the same numbers differently (cj.md §12.17).
    """
    notes = notes or Notes()
    found: dict[tuple[str, str], StockData] = {}
    areas: set[tuple[str, str]] = set()
    for item in rows(data) or ():
        row = mapping(item)
        country = text(first(row, "countryCode", "areaCountryCode"), 8, notes, "countryCode").upper()
        if not row or not country:
            notes.add("inventories", "unreadable")
            continue
        verified = _VERIFIED.get(text(row.get("verifiedWarehouse"), 8))
        area = (country, ident(row.get("areaId")))
        if area not in areas:  # a country with two areas has the sum of both
            areas.add(area)
            total = StockData(
                country_code=country,
                warehouse_name=text(row.get("areaEn"), 200, notes, "areaEn"),
                total=integer(first(row, "totalInventoryNum", "totalInventory", "storageNum"), notes, "totalInventory"),
                cj=integer(first(row, "cjInventoryNum", "cjInventory"), notes, "cjInventory"),
                factory=integer(first(row, "factoryInventoryNum", "factoryInventory"), notes, "factoryInventory"),
                verified=verified,
            )
            _add(found, total)
        for held in rows(row.get("stock")) or ():
            place = _storage(mapping(held), country, verified, notes)
            if place:
                _add(found, place)
            else:
                notes.add("stock", "unreadable")
    return tuple(found.values()) or None


def to_stock_by_variant(data: object) -> dict[str, tuple[StockData, ...]]:
    """Read /product/stock/getInventoryByPid: variant id → rows. A variant of which nothing is known is absent."""
    found: dict[str, tuple[StockData, ...]] = {}
    for item in rows(mapping(data).get("variantInventories")) or ():
        row = mapping(item)
        vid, stock = ident(row.get("vid")), to_stock(first(row, "inventory", "inventories"))
        if vid and stock:
            found[vid] = stock
    return found


def to_area(data: object) -> WarehouseData:
    """Read a row of /product/globalWarehouseList."""
    row = mapping(data)
    area_id = ident(first(row, "areaId", "id"))
    if not area_id:
        raise UnreadableRecord("warehouse area", data)
    facts: dict[str, Any] = {
        name: storable(row[name]) for name in ("disabled", "nameEn", "areaCn", "zh", "de", "fr", "th") if name in row
    }
    return WarehouseData(
        external_id=area_id,
        name=text(first(row, "areaEn", "en", "nameEn"), 200),
        country_code=text(first(row, "countryCode", "valueEn"), 8).upper(),
        kind="area",
        facts=facts,
    )


def to_storage(data: object) -> WarehouseData:
    """Read /warehouse/detail: the address of a storage and the carriers that it serves."""
    row = mapping(data)
    storage_id = ident(row.get("id"))
    if not storage_id:
        raise UnreadableRecord("storage", data)
    address = (text(row.get(name), 200) for name in ("address1", "address2", "city", "province", "zipCode"))
    brands = [mapping(brand) for brand in rows(row.get("logisticsBrandList")) or ()]
    facts: dict[str, Any] = {
        "areaId": ident(row.get("areaId")),
        "isSelfPickup": storable(row.get("isSelfPickup")),
        "carriers": [name for brand in brands[:100] if (name := text(first(brand, "name", "id"), 100))],
    }
    return WarehouseData(
        external_id=storage_id,
        name=text(row.get("name"), 200),
        country_code=text(row.get("areaCountryCode"), 8).upper(),
        kind="storage",
        address=text(", ".join(dict.fromkeys(part for part in address if part)), 500),
        phone=text(row.get("phone"), 60),
        facts=facts,
    )


def _storage(row: dict[str, Any], country: str, verified: bool | None, notes: Notes) -> StockData | None:
    """Read what one storage holds; its total is not sent, only its two parts."""
    storage_id = ident(first(row, "stockId", "storageId"))
    if not storage_id:
        return None
    cj = integer(first(row, "inventory", "cjInventory"), notes, "stock.inventory")
    factory = integer(row.get("factoryInventory"), notes, "stock.factoryInventory")
    return StockData(
        country_code=country,
        warehouse_id=storage_id,
        warehouse_name=text(row.get("stockName"), 200),
        total=_plus(cj, factory) if cj is not None and factory is not None else None,
        cj=cj,
        factory=factory,
        verified=verified,
    )


def _add(found: dict[tuple[str, str], StockData], row: StockData) -> None:
    """Keep one row a place: areas of one country add up, a storage sent twice is taken once."""
    place = (row.country_code, row.warehouse_id)
    known = found.get(place)
    if known is None:
        found[place] = row
    elif not row.warehouse_id:
        found[place] = replace(
            known,
            warehouse_name="",
            total=_plus(known.total, row.total),
            cj=_plus(known.cj, row.cj),
            factory=_plus(known.factory, row.factory),
            verified=known.verified if known.verified == row.verified else None,
        )


def _plus(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return one if other is None else other
    return min(one + other, 2**31 - 1)
