"""What we source: products, variants, stock and what suppliers ask (design.md §2, §4).

Suppliers' ids are `external_id`, text, unique inside the account. Money is Decimal with its currency, weights are
grams, lengths millimetres, times aware UTC. `content_hash` covers all that the supplier sent of a record, so that an
equal answer costs no write.
"""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models import Platform, PlatformAccount


def _money(label: object, **options: object) -> models.DecimalField:  # type: ignore[type-arg]
    return models.DecimalField(label, max_digits=18, decimal_places=4, null=True, blank=True, **options)  # type: ignore[arg-type]


def _measure(label: object) -> models.DecimalField:  # type: ignore[type-arg]
    return models.DecimalField(label, max_digits=20, decimal_places=2, null=True, blank=True)  # type: ignore[arg-type]


class Category(models.Model):
    """A platform's own category, cached."""

    platform = models.CharField(_("platform"), max_length=20, choices=Platform)
    external_id = models.CharField(_("their id"), max_length=64)
    market = models.CharField(
        _("market"), max_length=8, blank=True, default="", help_text=_("Empty: one tree for all markets")
    )
    name = models.CharField(_("name"), max_length=200)
    name_local = models.CharField(_("local name"), max_length=200, blank=True, default="")
    level = models.PositiveSmallIntegerField(_("level"), default=1)
    is_leaf = models.BooleanField(
        _("takes products"), default=True, help_text=_("Products stand only where nothing is below")
    )
    parent = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="children", verbose_name=_("parent")
    )
    path = models.CharField(_("path"), max_length=500, blank=True)
    read_at = models.DateTimeField(_("read"), default=timezone.now)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["platform", "path"]
        constraints = [
            models.UniqueConstraint(fields=["platform", "market", "external_id"], name="one_category_per_external_id")
        ]

    def __str__(self) -> str:
        return self.path or self.name


class Warehouse(models.Model):
    """A place that holds stock: a global area, or one storage in it."""

    class Kind(models.TextChoices):
        AREA = "area", _("Area")
        STORAGE = "storage", _("Storage")

    platform = models.CharField(_("platform"), max_length=20, choices=Platform)
    external_id = models.CharField(_("their id"), max_length=64)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.STORAGE)
    name = models.CharField(_("name"), max_length=200, blank=True)
    country_code = models.CharField(_("country"), max_length=8, blank=True)
    address = models.CharField(_("address"), max_length=500, blank=True)
    phone = models.CharField(_("phone"), max_length=60, blank=True)
    facts = models.JSONField(_("facts"), default=dict, blank=True)
    read_at = models.DateTimeField(
        _("read"), null=True, blank=True, help_text=_("Empty: met in a stock row, not read yet")
    )

    class Meta:
        verbose_name = _("warehouse")
        verbose_name_plural = _("warehouses")
        ordering = ["platform", "country_code", "name"]
        constraints = [
            models.UniqueConstraint(fields=["platform", "kind", "external_id"], name="one_warehouse_per_external_id")
        ]

    def __str__(self) -> str:
        return self.name or self.external_id


class Product(models.Model):
    """Our master record of one thing to sell, as its supplier describes it."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("On sale")
        OFF_SALE = "off_sale", _("Off sale")
        GONE = "gone", _("Gone")

    account = models.ForeignKey(PlatformAccount, models.PROTECT, related_name="products", verbose_name=_("account"))
    external_id = models.CharField(_("their id"), max_length=64)
    sku = models.CharField(_("SKU"), max_length=100, blank=True, db_index=True)
    name = models.CharField(_("name"), max_length=500)
    name_local = models.CharField(_("local name"), max_length=500, blank=True)
    description = models.TextField(_("description"), blank=True, help_text=_("HTML, sanitised"))
    image_url = models.URLField(_("picture"), max_length=1000, blank=True)
    category = models.ForeignKey(
        Category, models.SET_NULL, null=True, blank=True, related_name="products", verbose_name=_("category")
    )
    category_path = models.CharField(_("category path"), max_length=500, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.ACTIVE)
    platform_status = models.CharField(_("their status"), max_length=60, blank=True)
    product_type = models.CharField(_("type"), max_length=60, blank=True)
    supplier_name = models.CharField(_("supplier"), max_length=200, blank=True)
    supplier_id = models.CharField(_("supplier's id"), max_length=64, blank=True)
    weight_low_g = _measure(_("weight from (g)"))
    weight_high_g = _measure(_("weight to (g)"))
    packed_weight_low_g = _measure(_("packed weight from (g)"))
    packed_weight_high_g = _measure(_("packed weight to (g)"))
    unit = models.CharField(_("unit"), max_length=40, blank=True)
    hs_code = models.CharField(_("HS code"), max_length=20, blank=True)
    hs_name = models.CharField(_("customs name"), max_length=200, blank=True)
    materials = models.JSONField(_("materials"), default=list, blank=True)
    properties = models.JSONField(_("transport properties"), default=list, blank=True)
    option_names = models.JSONField(_("option names"), default=list, blank=True)
    price_low = _money(_("price from"))
    price_high = _money(_("price to"))
    suggested_price_low = _money(_("suggested price from"))
    suggested_price_high = _money(_("suggested price to"))
    currency = models.CharField(_("currency"), max_length=3, default="USD")
    stock_total = models.IntegerField(_("stock"), null=True, blank=True, help_text=_("Empty: not known"))
    listed_count = models.IntegerField(_("listed by others"), null=True, blank=True)
    is_mine = models.BooleanField(
        _("in my products"), default=False, help_text=_("In the account's own list at the supplier")
    )
    facts = models.JSONField(
        _("facts"), default=dict, blank=True, help_text=_("What the supplier says besides, as it came")
    )
    oddities = models.JSONField(_("oddities"), default=list, blank=True)
    list_fingerprint = models.CharField(max_length=32, blank=True)
    mine_fingerprint = models.CharField(max_length=32, blank=True)  # "my products" shows other columns than a search
    content_hash = models.CharField(max_length=32, blank=True)
    external_created_at = models.DateTimeField(_("created there"), null=True, blank=True)
    detail_read_at = models.DateTimeField(_("read in full"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    updated_at = models.DateTimeField(
        _("changed"), default=timezone.now, help_text=_("When something in it last changed")
    )
    history = HistoricalRecords(
        excluded_fields=[
            "description",
            "facts",
            "content_hash",
            "list_fingerprint",
            "mine_fingerprint",
            "detail_read_at",
        ]
    )

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        constraints = [models.UniqueConstraint(fields=["account", "external_id"], name="one_product_per_external_id")]
        indexes = [
            models.Index(fields=["-updated_at"], name="product_by_change"),
            models.Index(fields=["status", "-updated_at"], name="product_by_status"),
            models.Index(fields=["price_low"], name="product_by_price"),
            models.Index(fields=["stock_total"], name="product_by_stock"),
        ]

    def __str__(self) -> str:
        return self.name


class Image(models.Model):
    """A picture of a product, in the supplier's order."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="images", verbose_name=_("product"))
    url = models.URLField(_("address"), max_length=1000)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("image")
        verbose_name_plural = _("images")
        ordering = ["product", "position"]
        constraints = [models.UniqueConstraint(fields=["product", "url"], name="one_image_per_url")]

    def __str__(self) -> str:
        return self.url


class Variant(models.Model):
    """One SKU of a product."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="variants", verbose_name=_("product"))
    external_id = models.CharField(_("their id"), max_length=64)
    sku = models.CharField(_("SKU"), max_length=100, blank=True, db_index=True)
    name = models.CharField(_("name"), max_length=500, blank=True)
    key = models.CharField(_("options"), max_length=300, blank=True)
    options = models.JSONField(_("options as a list"), default=list, blank=True)
    image_url = models.URLField(_("picture"), max_length=1000, blank=True)
    weight_g = _measure(_("weight (g)"))
    length_mm = _measure(_("length (mm)"))
    width_mm = _measure(_("width (mm)"))
    height_mm = _measure(_("height (mm)"))
    volume_mm3 = _measure(_("volume (mm³)"))
    stock_total = models.IntegerField(_("stock"), null=True, blank=True, help_text=_("Empty: not known"))
    is_gone = models.BooleanField(_("gone"), default=False, help_text=_("The supplier's product no longer has it"))
    facts = models.JSONField(_("facts"), default=dict, blank=True)
    external_created_at = models.DateTimeField(_("created there"), null=True, blank=True)
    content_hash = models.CharField(max_length=32, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    updated_at = models.DateTimeField(_("changed"), default=timezone.now)

    class Meta:
        verbose_name = _("variant")
        verbose_name_plural = _("variants")
        ordering = ["product", "pk"]
        constraints = [models.UniqueConstraint(fields=["product", "external_id"], name="one_variant_per_external_id")]
        indexes = [models.Index(fields=["external_id"], name="variant_by_external_id")]

    def __str__(self) -> str:
        return self.sku or self.external_id


class StockLevel(models.Model):
    """What one place holds of one variant. Without a warehouse it is the country's total, as the supplier says it."""

    variant = models.ForeignKey(Variant, models.CASCADE, related_name="stock_levels", verbose_name=_("variant"))
    country_code = models.CharField(_("country"), max_length=8, blank=True)
    warehouse = models.ForeignKey(Warehouse, models.SET_NULL, null=True, blank=True, verbose_name=_("warehouse"))
    place = models.CharField(_("place"), max_length=80, help_text=_("country, or country/warehouse id"))
    total = models.IntegerField(_("total"), null=True, blank=True)
    cj = models.IntegerField(_("in the supplier's warehouse"), null=True, blank=True)
    factory = models.IntegerField(_("at the factory"), null=True, blank=True)
    is_verified = models.BooleanField(_("verified"), null=True, blank=True)
    observed_at = models.DateTimeField(_("changed"), default=timezone.now)

    class Meta:
        verbose_name = _("stock level")
        verbose_name_plural = _("stock levels")
        ordering = ["variant", "place"]
        constraints = [models.UniqueConstraint(fields=["variant", "place"], name="one_stock_level_per_place")]

    def __str__(self) -> str:
        return f"{self.variant} · {self.place}: {self.total}"


class SupplierOffer(models.Model):
    """What a supplier asks for a variant now; `prices` holds what it asked before."""

    variant = models.ForeignKey(Variant, models.CASCADE, related_name="offers", verbose_name=_("variant"))
    account = models.ForeignKey(PlatformAccount, models.CASCADE, related_name="offers", verbose_name=_("account"))
    price = _money(_("price"))
    price_high = _money(_("price to"), help_text=_("Where the supplier answers a range"))
    suggested_price = _money(_("suggested price"))
    currency = models.CharField(_("currency"), max_length=3, default="USD")
    is_available = models.BooleanField(_("available"), default=True)
    changed_at = models.DateTimeField(_("price since"), default=timezone.now)

    class Meta:
        verbose_name = _("supplier offer")
        verbose_name_plural = _("supplier offers")
        constraints = [models.UniqueConstraint(fields=["variant", "account"], name="one_offer_per_supplier")]

    def __str__(self) -> str:
        return f"{self.variant}: {self.price} {self.currency}"


class OfferPrice(models.Model):
    """A price that an offer had from `seen_at` on."""

    offer = models.ForeignKey(SupplierOffer, models.CASCADE, related_name="prices", verbose_name=_("offer"))
    price = _money(_("price"))
    currency = models.CharField(_("currency"), max_length=3, default="USD")
    seen_at = models.DateTimeField(_("seen"), default=timezone.now)

    class Meta:
        verbose_name = _("offered price")
        verbose_name_plural = _("offered prices")
        ordering = ["offer", "-seen_at"]
        indexes = [models.Index(fields=["offer", "-seen_at"], name="price_by_offer")]

    def __str__(self) -> str:
        return f"{self.price} {self.currency} ({self.seen_at:%Y-%m-%d})"


class Selection(models.Model):
    """What a merchandiser chose to carry: a saved search, the supplier's "my products", or a list."""

    class Kind(models.TextChoices):
        SEARCH = "search", _("Saved search")
        MINE = "mine", _("My products at the supplier")
        LIST = "list", _("A list of products")

    class Sort(models.TextChoices):
        BEST = "", _("Best match")
        LISTED = "listed", _("Most listed")
        PRICE = "price", _("Price")
        NEWEST = "newest", _("Newest")
        STOCK = "stock", _("Stock")

    account = models.ForeignKey(PlatformAccount, models.CASCADE, related_name="selections", verbose_name=_("account"))
    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.SEARCH)
    keyword = models.CharField(_("keyword"), max_length=200, blank=True)
    category = models.ForeignKey(Category, models.PROTECT, null=True, blank=True, verbose_name=_("category"))
    country_code = models.CharField(_("stocked in"), max_length=2, blank=True, help_text=_("Two letters, such as US"))
    price_min = _money(_("price from (USD)"))
    price_max = _money(_("price to (USD)"))
    stock_min = models.PositiveIntegerField(_("stock from"), null=True, blank=True)
    stock_max = models.PositiveIntegerField(_("stock to"), null=True, blank=True)
    verified = models.BooleanField(_("verified stock"), null=True, blank=True)
    listed_after = models.DateTimeField(_("listed after"), null=True, blank=True)
    listed_before = models.DateTimeField(_("listed before"), null=True, blank=True)
    sort = models.CharField(_("sort by"), max_length=10, choices=Sort, blank=True, default=Sort.BEST)
    descending = models.BooleanField(_("descending"), default=True)
    extra = models.JSONField(
        _("more filters"), default=dict, blank=True, help_text=_("Filters that only this supplier knows")
    )
    max_products = models.PositiveIntegerField(
        _("at most"), null=True, blank=True, help_text=_("Empty: all that match")
    )
    is_active = models.BooleanField(_("kept up to date"), default=True)
    swept_at = models.DateTimeField(_("last complete reading"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("selection")
        verbose_name_plural = _("selections")
        ordering = ["account", "name"]
        constraints = [models.UniqueConstraint(fields=["account", "name"], name="one_selection_per_name")]

    def __str__(self) -> str:
        return self.name


class SelectionItem(models.Model):
    """A product that a selection carries, or a pasted line that still has to become one."""

    selection = models.ForeignKey(Selection, models.CASCADE, related_name="items", verbose_name=_("selection"))
    external_id = models.CharField(
        _("their id"), max_length=200, help_text=_("Product id, or the text that was pasted")
    )
    product = models.ForeignKey(
        Product, models.CASCADE, null=True, blank=True, related_name="selection_items", verbose_name=_("product")
    )
    problem = models.CharField(_("problem"), max_length=500, blank=True)
    has_left = models.BooleanField(_("left"), default=False, help_text=_("No longer matches; the product itself stays"))
    seen_in = models.PositiveBigIntegerField(default=0, help_text="The last complete run that met it")

    class Meta:
        verbose_name = _("selected product")
        verbose_name_plural = _("selected products")
        constraints = [models.UniqueConstraint(fields=["selection", "external_id"], name="one_item_per_selection")]
        indexes = [models.Index(fields=["selection", "seen_in"], name="item_by_run")]

    def __str__(self) -> str:
        return self.external_id


class Review(models.Model):
    """What a buyer elsewhere said of the product."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="reviews", verbose_name=_("product"))
    external_id = models.CharField(_("their id"), max_length=64)
    score = models.PositiveSmallIntegerField(_("score"), null=True, blank=True)
    text = models.TextField(_("text"), blank=True)
    author = models.CharField(_("author"), max_length=100, blank=True)
    country_code = models.CharField(_("country"), max_length=8, blank=True)
    image_urls = models.JSONField(_("pictures"), default=list, blank=True)
    commented_at = models.DateTimeField(_("at"), null=True, blank=True)

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        ordering = ["product", "-commented_at"]
        constraints = [models.UniqueConstraint(fields=["product", "external_id"], name="one_review_per_external_id")]

    def __str__(self) -> str:
        return f"{self.score}: {self.text[:60]}"


class SourcingRequest(models.Model):
    """Something the supplier is asked to find for us. Written down before it is sent (design.md §3, promise 1)."""

    class Status(models.TextChoices):
        PLANNED = "planned", _("Planned")
        SENT = "sent", _("Sent")
        UNKNOWN = "unknown", _("Sent, answer lost")
        FOUND = "found", _("Found")
        FAILED = "failed", _("Not found")
        REFUSED = "refused", _("Refused")

    account = models.ForeignKey(
        PlatformAccount, models.PROTECT, related_name="sourcing_requests", verbose_name=_("account")
    )
    product = models.ForeignKey(Product, models.SET_NULL, null=True, blank=True, verbose_name=_("for the product"))
    name = models.CharField(_("what"), max_length=200)
    image_url = models.URLField(_("picture"), max_length=1000)
    url = models.URLField(_("seen at"), max_length=1000, blank=True)
    price = _money(_("target price (USD)"))
    remark = models.CharField(_("remark"), max_length=200, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PLANNED)
    platform_status = models.CharField(_("their status"), max_length=100, blank=True)
    external_id = models.CharField(_("their id"), max_length=64, blank=True)
    found_product_id = models.CharField(_("found product"), max_length=64, blank=True)
    found_sku = models.CharField(_("found SKU"), max_length=100, blank=True)
    problem = models.TextField(_("problem"), blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    checked_at = models.DateTimeField(_("checked"), null=True, blank=True)

    class Meta:
        verbose_name = _("sourcing request")
        verbose_name_plural = _("sourcing requests")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "external_id"], condition=~Q(external_id=""), name="one_request_per_external_id"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def reference(self) -> str:
        """Our own number of it, sent along as the third-party id."""
        return f"SR-{self.pk}"
