"""The words from which CJ's catalogue is made: categories, colors, suppliers, warehouses, reviews."""

import json
import uuid
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

SEEDS = Path(__file__).parent / "seeds"


@dataclass(frozen=True, slots=True)
class Category:
    """A third-level category with its parents and what its products are like."""

    index: int
    id: str
    name: str
    second_id: str
    second_name: str
    first_id: str
    first_name: str
    code: str  # six letters of the SKU
    options: str
    price: tuple[int, int]  # dollars
    weight_g: tuple[int, int]
    size_mm: tuple[int, int, int]
    hs: str
    entry_zh: str
    entry_en: str
    materials: tuple[str, ...]
    things: tuple[tuple[str, str], ...]  # English, Chinese


@cache
def words() -> dict[str, Any]:
    """Return the word lists."""
    loaded: dict[str, Any] = json.loads((SEEDS / "cj_words.json").read_text("utf-8"))
    return loaded


@cache
def categories() -> tuple[Category, ...]:
    """Return all third-level categories in their order."""
    found: list[Category] = []
    for first in json.loads((SEEDS / "cj_categories.json").read_text("utf-8")):
        for second in first["second"]:
            for third in second["third"]:
                index = len(found)
                letters = first["code"] + "".join(chr(65 + (index * step + 3) % 26) for step in (3, 5, 7, 11))
                found.append(
                    Category(
                        index=index,
                        id=_id(first["name"], second["name"], third["name"]),
                        name=third["name"],
                        second_id=_id(first["name"], second["name"]),
                        second_name=second["name"],
                        first_id=_id(first["name"]),
                        first_name=first["name"],
                        code=letters,
                        options=third["options"],
                        price=(third["price"][0], third["price"][1]),
                        weight_g=(third["weight_g"][0], third["weight_g"][1]),
                        size_mm=(third["size_mm"][0], third["size_mm"][1], third["size_mm"][2]),
                        hs=third["hs"],
                        entry_zh=third["entry"][0],
                        entry_en=third["entry"][1],
                        materials=tuple(third["materials"]),
                        things=tuple((thing[0], thing[1]) for thing in third["things"]),
                    )
                )
    return tuple(found)


@cache
def countries() -> dict[str, tuple[int, str, str]]:
    """Return CJ's countries by their two letters: number, Chinese name, English name."""
    loaded: dict[str, list[Any]] = json.loads((SEEDS / "cj_countries.json").read_text("utf-8"))
    return {code: (number, zh, en) for code, (number, zh, en) in loaded.items()}


@cache
def areas() -> tuple[dict[str, Any], ...]:
    """Return the countries in which CJ has warehouses."""
    return tuple(words()["areas"])


@cache
def storages() -> tuple[dict[str, Any], ...]:
    """Return the single warehouses."""
    return tuple(words()["storages"])


@cache
def storages_of(area_id: int) -> tuple[dict[str, Any], ...]:
    """Return the warehouses of one country."""
    return tuple(storage for storage in storages() if storage["areaId"] == area_id)


def find_storage(given: str) -> dict[str, Any] | None:
    """Find a warehouse by its id, in whatever form a stock answer printed it."""
    wanted = _bare(given)
    return next((storage for storage in storages() if _bare(storage["id"]) == wanted), None)


def _bare(given: str) -> str:
    return given.strip("{}").replace("-", "").lower()


def _id(*names: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "cj-category:" + "/".join(names))).upper()
