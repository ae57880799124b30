"""CJ's catalogue as the simulator keeps it: look-ups, lists in order, variants, and changes from outside."""

import random
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from integrations.simulator import cj_generate as generate
from integrations.simulator.cj_generate import AreaStock, Change, Product
from integrations.simulator.cj_seeds import words

QUERIES_KEPT = 48
ORDERS: dict[str, Callable[[Product], Any]] = {
    "best": lambda product: (product.listed * (3 if product.flags & generate.Flag.TRENDING else 1), -product.index),
    "listed": lambda product: (product.listed, -product.index),
    "price": lambda product: (product.low, -product.index),
    "created": lambda product: (product.created, -product.index),
    "stock": lambda product: (product.total, -product.index),
}
KINDS = ("price", "stock", "name", "gone", "new")


@dataclass(slots=True, frozen=True)
class Variant:
    """One variant, as its product makes it."""

    product: Product
    position: int
    vid: str
    sku: str
    key: str
    color: int  # index in the list of colors; -1 where there is none
    price: int
    weight_g: int
    size_mm: tuple[int, int, int]

    def stock(self) -> list[AreaStock]:
        """Return what is there of it, by country."""
        return generate.variant_stock(self.product, self.position)


class Catalogue:
    """All products; the caller holds the world's lock."""

    def __init__(self, *, seed: int, size: int) -> None:
        self.seed = seed
        self.products: list[Product] = []
        self.by_pid: dict[str, Product] = {}
        self.by_sku: dict[str, Product] = {}
        self.version = 0
        self._queries: OrderedDict[Hashable, list[Product]] = OrderedDict()
        for product in generate.products(seed, size):
            self._keep(product)

    def _keep(self, product: Product) -> None:
        self.products.append(product)
        self.by_pid[product.pid] = product
        self.by_sku[product.sku] = product

    def __len__(self) -> int:
        return sum(not product.removed and product.on_sale for product in self.products)

    def cached(self, key: Hashable, make: Callable[[], list[Product]]) -> list[Product]:
        """Return the answer to a query, made once as long as nothing changes."""
        if key in self._queries:
            self._queries.move_to_end(key)
            return self._queries[key]
        made = self._queries[key] = make()
        if len(self._queries) > QUERIES_KEPT:
            self._queries.popitem(last=False)
        return made

    def ordered(self, by: str, *, descending: bool) -> list[Product]:
        """Return all products on sale in an order."""

        def make() -> list[Product]:
            live = [product for product in self.products if product.on_sale and not product.removed]
            return sorted(live, key=ORDERS[by], reverse=descending)

        return self.cached(("ordered", by, descending), make)

    def find(self, *, pid: str = "", sku: str = "") -> Product | None:
        """Find a product by its id or SPU, also one that is off the shelves, but not one removed."""
        product = self.by_pid.get(pid) if pid else self.by_sku.get(sku)
        return None if product is None or product.removed else product

    def find_variant(self, *, vid: str = "", sku: str = "") -> Variant | None:
        """Find a variant by its id or SKU."""
        if vid:
            place = generate.unscramble(vid)
            if place is None or place[0] >= len(self.products):
                return None
            product: Product | None = self.products[place[0]]
        else:
            product = self.by_sku.get(sku[:13])
        if product is None or product.removed:
            return None
        return next((one for one in self.variants(product) if vid == one.vid or (sku and sku == one.sku)), None)

    @staticmethod
    def variants(product: Product) -> list[Variant]:
        """Return the variants of a product in their order."""
        rng = random.Random(product.salt)
        spec = words()["options"][product.category.options]
        palette = words()["colors"]
        digits = product.pid.isdigit()
        suffix = "".join(rng.choices("ABCDEFGHJKLMNPQRSTUVWXYZ", k=2))
        size = [int(side * (0.8 + 0.4 * rng.random())) for side in product.category.size_mm]
        chosen = rng.sample(range(len(palette)), product.colors)
        names = spec.get("second") or spec.get("only") or []
        wanted = product.seconds if "second" in spec else product.colors
        first = rng.randrange(max(len(names) - wanted + 1, 1))
        found: list[Variant] = []
        for position in range(product.count):
            color, second = divmod(position, product.seconds)
            if "second" in spec:
                paint = _two_tone(palette[chosen[color]][0], product)
                key = f"{paint}-{names[first + second]}"
            elif names:
                key = names[first + color]
            else:
                key = _two_tone(palette[chosen[color]][0], product)
            change = product.changes.get(position)
            if change and change.gone:
                continue
            found.append(
                Variant(
                    product=product,
                    position=position,
                    vid=generate.scramble(product.index, position + 1, digits=digits),
                    sku=f"{product.sku}{position + 1:02d}{suffix}" if digits else f"{product.sku}-{key}",
                    key=key,
                    color=chosen[color] if spec.get("only") is None else -1,
                    price=generate.price_of(product, position),
                    weight_g=product.weight_g + 10 * second,
                    size_mm=(size[0], size[1], size[2]),
                )
            )
        return found

    # Changes, asked for by POST /_control/change

    def touch(self, *products: Product) -> None:
        """Bring totals in line after a change and forget the answers given before it."""
        for product in products:
            generate.retotal(product)
        self.version += 1
        self._queries.clear()

    def change_share(self, share: float, *, seed: int, kinds: list[str], now: float) -> list[tuple[Product, str]]:
        """Change a share of the products on sale, kind after kind, the same ones for the same seed."""
        rng = random.Random(f"{self.seed}:change:{seed}")
        live = [product for product in self.products if product.on_sale and not product.removed]
        chosen = rng.sample(live, min(len(live), round(len(live) * share)))
        done: list[tuple[Product, str]] = []
        for number, product in enumerate(chosen):
            kind = kinds[number % len(kinds)]
            done.append((self.add(now) if kind == "new" else self._change(product, kind, rng), kind))
        self.touch(*(product for product, _ in done))
        return done

    def _change(self, product: Product, kind: str, rng: random.Random) -> Product:
        match kind:
            case "price":
                delta = max(product.price * rng.randint(3, 20) // 100, 1)
                product.price += delta if product.price < 50 else rng.choice((-delta, delta))
            case "stock":
                if not product.stock:
                    product.stock = [AreaStock(0, 0, 0, False)]
                row = rng.choice(product.stock)
                delta = rng.randint(1, 50 + row.total // 4)
                if row.verified:
                    row.cj += delta
                else:
                    row.factory = row.factory - delta if row.factory > delta else row.factory + delta
            case "name":
                product.name = f"{product.name} V{rng.randint(2, 9)}{rng.choice('ABCDEFGH')}"
            case _:
                product.on_sale = False
        return product

    def add(self, now: float) -> Product:
        """Put one more product on sale: the next of the same seed, created now."""
        product = generate.product(self.seed, len(self.products))
        product.created = int(now)
        self._keep(product)
        self.touch(product)
        return product

    def remove(self, product: Product) -> None:
        """Take a product away for good: it is in no list and no id finds it."""
        product.removed = True
        self.touch(product)

    def change_variant(self, variant: Variant, *, price: int | None, stock: int | None, gone: bool | None) -> None:
        """Set what one variant alone costs or has, or take it off."""
        product = variant.product
        change = product.changes.setdefault(variant.position, Change())
        change.price = change.price if price is None else price
        if stock is not None:
            change.stock, change.sold = stock, {}
        change.gone = change.gone if gone is None else gone
        if stock is not None and not product.stock:
            product.stock = [AreaStock(0, 0, 0, False)]
        self.touch(product)


def _two_tone(color: str, product: Product) -> str:
    """Return the color's name; some products have names with a hyphen in them."""
    return f"{color}-White" if product.odd == 34 else color
