"""One chunk of products on its way into the tables: what we have is compared with what was said, table by table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import models

from accounts.models import PlatformAccount
from catalog.models import Image, OfferPrice, Product, StockLevel, SupplierOffer, Variant
from integrations.contracts import ProductData, Unreadable, VariantData

from . import bulk, columns, histories, places, stocklevels
from .bulk import Row


def _names(model: type[models.Model], *but: str) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields if field.name not in ("id", "created_at", *but)]


_NOTES = ["list_fingerprint", "mine_fingerprint", "is_mine"]
_PRODUCT_WRITTEN = _names(Product, "account", "external_id")
_PRODUCT = _names(Product, "account", "external_id", "updated_at", "detail_read_at", "content_hash", *_NOTES)
_VARIANT = _names(Variant, "product", "external_id")
_OFFER = ["price", "price_high", "suggested_price", "currency", "is_available"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What the list said of a product whose detail is written now; None: this list does not say."""

    fingerprint: str | None = None
    mine_fingerprint: str | None = None
    is_mine: bool | None = None
    stock_total: int | None = None  # counts where the detail says no variant's stock


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What became of the products of one call, by the supplier's ids."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    set_aside: list[Unreadable] = field(default_factory=list)
    oddities: list[str] = field(default_factory=list)
    products: dict[str, int] = field(default_factory=dict)  # their id → our row's

    def add(self, other: "Outcome") -> None:
        """Take over what another part of the same chunk became."""
        self.created += other.created
        self.updated += other.updated
        self.unchanged += other.unchanged
        self.set_aside += other.set_aside
        self.oddities += other.oddities
        self.products |= other.products


class Chunk:
    """One chunk on its way into the tables, in a number of queries that does not grow with it."""

    def __init__(
        self,
        account: PlatformAccount,
        chunk: Sequence[ProductData],
        listed: Mapping[str, Listed],
        reason: str,
        when: datetime,
    ) -> None:
        self.account, self.listed, self.reason, self.when = account, listed, reason, when
        self.data = {data.external_id: data for data in chunk}
        self.hashes = {external_id: columns.content_hash(data) for external_id, data in self.data.items()}
        self.outcome = Outcome()
        self.old: dict[str, Row] = {}
        self.old_images: dict[int, dict[str, Row]] = {}
        self.old_variants: dict[int, dict[str, Row]] = {}
        self.old_stock: dict[int, dict[str, Row]] = {}
        self.old_offers: dict[int, Row] = {}
        self.images: list[Row] = []
        self.variants: list[Row] = []
        self.offers: list[Row] = []
        self.prices: list[Row] = []
        self.first_prices: list[Row] = []
        self.stock: list[Row] = []
        self.doomed_images: list[int] = []
        self.doomed_stock: list[int] = []
        self.gone_variants: list[int] = []

    def write(self) -> Outcome:
        self._skip_the_equal()
        if self.data:
            self._read_what_we_have()
            self._save([self._product(data) for data in self.data.values()])
        return self.outcome

    def _skip_the_equal(self) -> None:
        known = Product.objects.filter(account=self.account, external_id__in=self.data)
        noted: list[Row] = []
        for row in bulk.rows_of(known, "id", "external_id", "content_hash", "status", "stock_total", *_NOTES):
            external_id = row["external_id"]
            self.outcome.products[external_id] = row["id"]
            is_equal = row["content_hash"] == self.hashes[external_id] and row["status"] != Product.Status.GONE
            if is_equal and self._listed_total(external_id) in (None, row["stock_total"]):
                del self.data[external_id]
                self.outcome.unchanged.append(external_id)
                if _note(row, self.listed.get(external_id)):
                    noted.append(row)
        if noted:  # only what the lists show: the product itself is as it was
            Product.objects.bulk_update(
                [Product(id=row["id"], **{name: row[name] for name in _NOTES}) for row in noted], _NOTES
            )

    def _read_what_we_have(self) -> None:
        platform, data = self.account.platform, self.data.values()
        self.categories = places.categories_of(platform, data)
        self.warehouses = places.warehouses_of(
            platform, (row for product in data for variant in product.variants for row in variant.stock or ())
        )
        changed = [self.outcome.products[known] for known in self.data if known in self.outcome.products]
        if not changed:
            return
        # Locked in one order; what stands below the products then changes by nobody else's hand.
        locked = bulk.rows_where(Product, "id", changed, order_by="external_id", lock=True)
        self.old = {row["external_id"]: row for row in locked}
        for row in bulk.rows_where(Image, "product_id", changed):
            self.old_images.setdefault(row["product_id"], {})[row["url"]] = row
        variants = bulk.rows_where(Variant, "product_id", changed)
        for row in variants:
            self.old_variants.setdefault(row["product_id"], {})[row["external_id"]] = row
        keys = [row["id"] for row in variants]
        for row in bulk.rows_where(StockLevel, "variant_id", keys):
            self.old_stock.setdefault(row["variant_id"], {})[row["place"]] = row
        offers = bulk.rows_where(SupplierOffer, "variant_id", keys)
        self.old_offers = {row["variant_id"]: row for row in offers if row["account_id"] == self.account.pk}

    def _product(self, data: ProductData) -> Row:
        """Return the product's row as it has to be, having put the rows below it into the lists."""
        old = self.old.get(data.external_id)
        oddities = list(data.oddities)
        new = columns.product_columns(data, oddities) | {
            "account_id": self.account.pk,
            "external_id": data.external_id,
            "category_id": self.categories.get(data.category_id) or self.categories.get(data.category_path),
            "content_hash": self.hashes[data.external_id],
            "detail_read_at": self.when,
            "updated_at": self.when,
            "created_at": old["created_at"] if old else self.when,
        }
        new |= (
            {name: old[name] for name in _NOTES}
            if old
            else {"list_fingerprint": "", "mine_fingerprint": "", "is_mine": False}
        )
        _note(new, self.listed.get(data.external_id))
        differs = self._images(new, data, old, oddities)
        differs |= self._variants(new, data, old, oddities)
        new["oddities"] = sorted(set(oddities))
        self.outcome.oddities += new["oddities"]
        if old is None:
            self.outcome.created.append(data.external_id)
        elif differs or bulk.differ(old, new, _PRODUCT):
            self.outcome.updated.append(data.external_id)
        else:  # said otherwise, but no row of ours looks different
            new["updated_at"] = old["updated_at"]
            self.outcome.unchanged.append(data.external_id)
        return new

    def _listed_total(self, external_id: str) -> int | None:
        """Return the stock that the list tells, where the detail tells none."""
        listed = self.listed.get(external_id)
        if listed is None or any(variant.stock is not None for variant in self.data[external_id].variants):
            return None
        return None if listed.stock_total is None else columns.capped(listed.stock_total)

    def _images(self, product: Row, data: ProductData, known: Row | None, oddities: list[str]) -> bool:
        old = self.old_images.get(known["id"], {}) if known else {}
        wanted = {url: position for position, url in enumerate(columns.picture_addresses(data, oddities))}
        doomed = [image["id"] for url, image in old.items() if url not in wanted]
        new = [
            {"product_id": product, "url": url, "position": position}
            for url, position in wanted.items()
            if url not in old or old[url]["position"] != position
        ]
        self.doomed_images += doomed
        self.images += new
        return bool(doomed or new)

    def _variants(self, product: Row, data: ProductData, known: Row | None, oddities: list[str]) -> bool:
        old = self.old_variants.get(known["id"], {}) if known else {}
        differs, met, totals = False, set[str](), list[int]()
        for said in data.variants:
            if not columns.is_id(said.external_id):
                oddities.append("variant:without_id")
            elif said.external_id in met:
                oddities.append("variant:twice")
            else:
                met.add(said.external_id)
                variant, written = self._variant(product, said, old.get(said.external_id), oddities)
                differs |= written
                if variant["stock_total"] is not None:
                    totals.append(variant["stock_total"])
        gone = [row["id"] for external_id, row in old.items() if external_id not in met and not row["is_gone"]]
        self.gone_variants += gone
        if totals:
            product["stock_total"] = columns.capped(sum(totals))
        else:
            listed = self._listed_total(data.external_id)
            product["stock_total"] = listed if listed is not None else known and known["stock_total"]
        return differs or bool(gone)

    def _variant(self, product: Row, said: VariantData, old: Row | None, oddities: list[str]) -> tuple[Row, bool]:
        own = columns.variant_columns(said, oddities)
        variant = own | {
            "product_id": product,
            "external_id": said.external_id,
            "content_hash": columns.variant_hash(own),
            "stock_total": None,
            "is_gone": False,
            "created_at": self.when,
            "updated_at": self.when,
        }
        if said.stock is not None:
            variant["stock_total"] = columns.stock_total(said.stock)
        elif old:  # not said, which is not "nothing in stock": what we know stays
            variant["stock_total"] = old["stock_total"]
        differs = old is None or bulk.differ(old, variant, ["content_hash", "stock_total", "is_gone"])
        if differs:
            self.variants.append(variant)
        elif old:
            variant["id"] = old["id"]
        differs |= self._offer(variant, said, self.old_offers.get(old["id"]) if old else None, oddities)
        if said.stock is not None:
            before = self.old_stock.get(old["id"], {}) if old else {}
            written, doomed = stocklevels.compare(variant, said.stock, before, self.warehouses, self.when, oddities)
            self.stock += written
            self.doomed_stock += doomed
            differs |= bool(written or doomed)
        return variant, differs

    def _offer(self, variant: Row, said: VariantData, old: Row | None, oddities: list[str]) -> bool:
        new = columns.offer_columns(said, oddities)
        if old and not bulk.differ(old, new, _OFFER):
            return False
        new |= {"variant_id": variant, "account_id": self.account.pk, "changed_at": self.when}
        self.offers.append(new)
        if old and not bulk.differ(old, new, ["price", "currency"]):
            new["changed_at"] = old["changed_at"]
        else:
            price = {"offer_id": new, "price": new["price"], "currency": new["currency"], "seen_at": self.when}
            (self.prices if old else self.first_prices).append(price)
        return True

    def _save(self, products: list[Row]) -> None:
        bulk.upsert(Product, products, unique=["account_id", "external_id"], update=_PRODUCT_WRITTEN)
        self.outcome.products |= {product["external_id"]: product["id"] for product in products}
        updated = [product for product in products if product["external_id"] in self.old]
        histories.keep(self.old, updated, self.reason, self.when)
        bulk.delete(Image, self.doomed_images)
        bulk.upsert(Image, self.images, unique=["product_id", "url"], update=["position"])
        bulk.upsert(Variant, self.variants, unique=["product_id", "external_id"], update=_VARIANT)
        if self.gone_variants:
            mark_variants_gone(self.gone_variants, self.when)
        bulk.upsert(SupplierOffer, self.offers, unique=["variant_id", "account_id"], update=[*_OFFER, "changed_at"])
        # Another run may have made the same offers at this very moment: then it has noted their first prices as well.
        offers = [price["offer_id"]["id"] for price in self.first_prices]
        noted = set(OfferPrice.objects.filter(offer__in=offers).order_by().values_list("offer_id", flat=True))
        first = [price for price in self.first_prices if price["offer_id"]["id"] not in noted]
        bulk.insert(OfferPrice, self.prices + first)
        bulk.delete(StockLevel, self.doomed_stock)
        stocklevels.save(self.stock)


def mark_variants_gone(variants: Sequence[int], when: datetime) -> None:
    """Say of variants that the supplier no longer has them; stock and price stay as they were last seen."""
    Variant.objects.filter(pk__in=variants).update(is_gone=True, updated_at=when)
    SupplierOffer.objects.filter(variant__in=variants, is_available=True).update(is_available=False)


def _note(product: Row, listed: Listed | None) -> bool:
    """Put what a list said onto the product's row; return whether that is news."""
    if listed is None:
        return False
    said = {
        "list_fingerprint": listed.fingerprint,
        "mine_fingerprint": listed.mine_fingerprint,
        "is_mine": listed.is_mine,
    }
    news = {name: value for name, value in said.items() if value is not None and value != product[name]}
    product |= news
    return bool(news)
