"""What we sell where: what a category asks, prices, global listings and the listings of the shops (design.md §2, §4).

A global listing is a product in one selling account, a listing the same in one of its shops; for an account that is one
shop alone the global listing has no id of the platform's. Ids of the platforms are `external_id`, text.
"""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models import PlatformAccount, Shop

from .sourcing import Category, Product, Variant, _measure, _money


class CategorySpec(models.Model):
    """What a category asks and allows, as the platform says it of one account; read again when it is old."""

    account = models.ForeignKey(
        PlatformAccount, models.CASCADE, related_name="category_specs", verbose_name=_("account")
    )
    category = models.ForeignKey(Category, models.CASCADE, related_name="specs", verbose_name=_("category"))
    rules = models.JSONField(_("rules"), default=dict, help_text=_("Limits and attributes, in Crossdock's words"))
    read_at = models.DateTimeField(_("read"), default=timezone.now)
    brands_read_at = models.DateTimeField(_("brands read"), null=True, blank=True)

    class Meta:
        verbose_name = _("category's rules")
        verbose_name_plural = _("category rules")
        constraints = [models.UniqueConstraint(fields=["account", "category"], name="one_spec_per_category")]

    def __str__(self) -> str:
        return f"{self.category} · {self.account}"


class Brand(models.Model):
    """A brand that a category of a platform knows, cached."""

    account = models.ForeignKey(PlatformAccount, models.CASCADE, related_name="brands", verbose_name=_("account"))
    category = models.ForeignKey(Category, models.CASCADE, related_name="brands", verbose_name=_("category"))
    external_id = models.CharField(_("their id"), max_length=64)
    name = models.CharField(_("name"), max_length=200)

    class Meta:
        verbose_name = _("brand")
        verbose_name_plural = _("brands")
        ordering = ["category", "name"]
        constraints = [
            models.UniqueConstraint(fields=["account", "category", "external_id"], name="one_brand_per_external_id")
        ]

    def __str__(self) -> str:
        return self.name


class CategoryMapping(models.Model):
    """Into which category of a selling account a supplier's category goes, with the answers that usually fit."""

    account = models.ForeignKey(
        PlatformAccount, models.CASCADE, related_name="category_mappings", verbose_name=_("account")
    )
    source = models.ForeignKey(
        Category, models.CASCADE, related_name="mapped_to", verbose_name=_("supplier's category")
    )
    target = models.ForeignKey(
        Category, models.CASCADE, related_name="mapped_from", verbose_name=_("category to sell in")
    )
    brand_id = models.CharField(_("brand's id"), max_length=64, blank=True)
    brand_name = models.CharField(_("brand"), max_length=200, blank=True)
    attributes = models.JSONField(
        _("attributes"),
        default=dict,
        blank=True,
        help_text=_("Attribute id → its values, used where a product says none"),
    )
    days_to_ship = models.PositiveSmallIntegerField(_("days to ship"), null=True, blank=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("category mapping")
        verbose_name_plural = _("category mappings")
        ordering = ["account", "source__path"]
        constraints = [models.UniqueConstraint(fields=["account", "source"], name="one_mapping_per_category")]

    def __str__(self) -> str:
        return f"{self.source} → {self.target}"


class ExchangeRate(models.Model):
    """How much of one currency another one buys, as a person or a source said it last."""

    base = models.CharField(_("from"), max_length=3)
    quote = models.CharField(_("to"), max_length=3)
    rate = models.DecimalField(
        _("rate"), max_digits=20, decimal_places=8, help_text=_("So much of the second for one of the first")
    )
    source = models.CharField(_("source"), max_length=60, blank=True)
    set_at = models.DateTimeField(_("set"), default=timezone.now)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("exchange rate")
        verbose_name_plural = _("exchange rates")
        ordering = ["base", "quote"]
        constraints = [
            models.UniqueConstraint(fields=["base", "quote"], name="one_rate_per_pair"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="rate_is_positive"),
        ]

    def __str__(self) -> str:
        return f"1 {self.base} = {self.rate} {self.quote}"


class PriceRule(models.Model):
    """How a selling price comes from what the supplier asks. The most particular rule wins: shop, account, all."""

    name = models.CharField(_("name"), max_length=100)
    account = models.ForeignKey(
        PlatformAccount, models.CASCADE, null=True, blank=True, related_name="price_rules", verbose_name=_("account")
    )
    shop = models.ForeignKey(
        Shop, models.CASCADE, null=True, blank=True, related_name="price_rules", verbose_name=_("shop")
    )
    margin_percent = models.DecimalField(
        _("margin (%)"), max_digits=6, decimal_places=2, default=30, help_text=_("Of the selling price")
    )
    fee_percent = models.DecimalField(
        _("marketplace fee (%)"), max_digits=5, decimal_places=2, default=0, help_text=_("Of the selling price")
    )
    freight = _money(_("freight (USD)"), help_text=_("Added to what the supplier asks, for one piece"))
    minimum = _money(_("lowest price"), help_text=_("In the currency of the account or shop"))
    ending = models.DecimalField(
        _("ending"),
        max_digits=4,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("0.90 makes 12.34 into 12.90; empty rounds up to the currency's smallest unit"),
    )
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("price rule")
        verbose_name_plural = _("price rules")
        ordering = ["account", "shop", "name"]
        constraints = [
            models.UniqueConstraint(fields=["shop"], condition=~Q(shop=None), name="one_price_rule_per_shop"),
            models.UniqueConstraint(
                fields=["account"], condition=Q(shop=None) & ~Q(account=None), name="one_price_rule_per_account"
            ),
            models.CheckConstraint(
                condition=Q(margin_percent__gte=0, fee_percent__gte=0, margin_percent__lt=100, fee_percent__lt=100),
                name="percentages_below_100",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class GlobalListing(models.Model):
    """A product as one account sells it."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHING = "publishing", _("Publishing")
        LIVE = "live", _("Live")
        ATTENTION = "attention", _("Needs attention")
        DELETED = "deleted", _("Deleted")

    account = models.ForeignKey(
        PlatformAccount, models.PROTECT, related_name="global_listings", verbose_name=_("account")
    )
    product = models.ForeignKey(Product, models.PROTECT, related_name="global_listings", verbose_name=_("product"))
    sku = models.CharField(_("SKU"), max_length=100, help_text=_("Ours: by it the platform's product is found again"))
    external_id = models.CharField(_("their id"), max_length=64, blank=True)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.DRAFT)
    problem = models.TextField(_("problem"), blank=True, help_text=_("Why the platform refused, in its own words"))
    name = models.CharField(_("name"), max_length=500, blank=True)
    description = models.TextField(_("description"), blank=True)
    category = models.ForeignKey(
        Category, models.SET_NULL, null=True, blank=True, related_name="global_listings", verbose_name=_("category")
    )
    brand_id = models.CharField(_("brand's id"), max_length=64, blank=True)
    brand_name = models.CharField(_("brand"), max_length=200, blank=True)
    attributes = models.JSONField(_("attributes"), default=dict, blank=True, help_text=_("Attribute id → its values"))
    image_urls = models.JSONField(_("pictures"), default=list, blank=True)
    axes = models.JSONField(_("variation axes"), default=list, blank=True)
    days_to_ship = models.PositiveSmallIntegerField(_("days to ship"), null=True, blank=True)
    weight_g = _measure(_("weight (g)"))
    length_mm = _measure(_("length (mm)"))
    width_mm = _measure(_("width (mm)"))
    height_mm = _measure(_("height (mm)"))
    filled = models.JSONField(
        default=dict, blank=True, help_text="What was filled in by itself, told from edits by its digest (filling.py)"
    )
    findings = models.JSONField(_("findings"), default=list, blank=True, help_text=_("What the last check found"))
    checked_at = models.DateTimeField(_("checked"), null=True, blank=True)
    progress = models.JSONField(default=dict, blank=True, help_text="The gateway's notebook (channels.PublishProgress)")
    step = models.CharField(_("step"), max_length=40, blank=True)
    is_adopted = models.BooleanField(_("adopted"), default=False, help_text=_("It was there before Crossdock"))
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    seen_at = models.DateTimeField(
        _("compared"), null=True, blank=True, help_text=_("When ours was last held to theirs")
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    history = HistoricalRecords(
        excluded_fields=["progress", "step", "filled", "findings", "checked_at", "seen_at", "description", "updated_at"]
    )

    class Meta:
        verbose_name = _("global listing")
        verbose_name_plural = _("global listings")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["account", "product"], name="one_global_listing_per_product"),
            models.UniqueConstraint(fields=["account", "sku"], name="one_global_listing_per_sku"),
            models.UniqueConstraint(
                fields=["account", "external_id"], condition=~Q(external_id=""), name="one_global_listing_per_id"
            ),
        ]
        indexes = [models.Index(fields=["status", "-id"], name="global_listing_by_status")]

    def __str__(self) -> str:
        return self.name or self.sku


class GlobalVariant(models.Model):
    """A variant as one account sells it: its price in the account's currency, shared by all shops that follow it."""

    global_listing = models.ForeignKey(
        GlobalListing, models.CASCADE, related_name="variants", verbose_name=_("global listing")
    )
    variant = models.ForeignKey(Variant, models.PROTECT, related_name="global_variants", verbose_name=_("variant"))
    sku = models.CharField(_("SKU"), max_length=100)
    external_id = models.CharField(_("their id"), max_length=64, blank=True)
    options = models.JSONField(_("options"), default=list, blank=True)
    is_wanted = models.BooleanField(_("sold"), default=True)
    price = _money(_("price"), help_text=_("In the account's currency"))
    is_price_fixed = models.BooleanField(
        _("price set by hand"), default=False, help_text=_("Price rules leave it alone")
    )
    sent_price = _money(_("price sent"))
    seen_price = _money(_("price there"))
    seen_at = models.DateTimeField(_("compared"), null=True, blank=True)

    class Meta:
        verbose_name = _("global variant")
        verbose_name_plural = _("global variants")
        ordering = ["global_listing", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["global_listing", "variant"], name="one_global_variant_per_variant"),
            models.UniqueConstraint(fields=["global_listing", "sku"], name="one_global_variant_per_sku"),
        ]
        indexes = [models.Index(fields=["external_id"], name="global_variant_by_id")]

    def __str__(self) -> str:
        return self.sku


class StockEntry(models.Model):
    """What is offered of a global variant from one place. All shops share it: a sale in one market lowers it in all."""

    global_variant = models.ForeignKey(
        GlobalVariant, models.CASCADE, related_name="stock", verbose_name=_("global variant")
    )
    place = models.CharField(_("place"), max_length=64, blank=True, help_text=_("The platform's id of the place"))
    sent = models.IntegerField(_("sent"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    seen = models.IntegerField(_("there"), null=True, blank=True)
    seen_at = models.DateTimeField(_("compared"), null=True, blank=True)

    class Meta:
        verbose_name = _("stock entry")
        verbose_name_plural = _("stock entries")
        constraints = [models.UniqueConstraint(fields=["global_variant", "place"], name="one_stock_entry_per_place")]

    def __str__(self) -> str:
        return f"{self.global_variant} · {self.place}: {self.sent}"


class Listing(models.Model):
    """A global listing in one shop."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Not published")
        PUBLISHING = "publishing", _("Publishing")
        LIVE = "live", _("Live")
        UNLISTED = "unlisted", _("Unlisted")
        REVIEWING = "reviewing", _("In review")
        BANNED = "banned", _("Banned")
        REFUSED = "refused", _("Refused")
        BLOCKED = "blocked", _("Can't be published")
        DELETED = "deleted", _("Deleted")

    THERE = (Status.LIVE, Status.UNLISTED, Status.REVIEWING, Status.BANNED)  # it has an id at the platform

    global_listing = models.ForeignKey(
        GlobalListing, models.CASCADE, related_name="listings", verbose_name=_("global listing")
    )
    shop = models.ForeignKey(Shop, models.PROTECT, related_name="listings", verbose_name=_("shop"))
    external_id = models.CharField(_("their id"), max_length=64, blank=True)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.DRAFT)
    platform_status = models.CharField(_("their status"), max_length=40, blank=True)
    problem = models.TextField(_("problem"), blank=True, help_text=_("Why the platform refused, in its own words"))
    problem_field = models.CharField(_("field"), max_length=60, blank=True, help_text=_("What is to be mended"))
    url = models.URLField(_("address"), max_length=500, blank=True)
    name = models.CharField(
        _("name"), max_length=500, blank=True, help_text=_("In the shop's language; empty: the platform translates")
    )
    description = models.TextField(_("description"), blank=True)
    carriers = models.JSONField(
        _("carriers"), default=list, blank=True, help_text=_("Empty: all that the shop enabled")
    )
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    seen_at = models.DateTimeField(_("compared"), null=True, blank=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    history = HistoricalRecords(excluded_fields=["seen_at", "updated_at", "description"])

    class Meta:
        verbose_name = _("listing")
        verbose_name_plural = _("listings")
        ordering = ["global_listing", "shop"]
        constraints = [
            models.UniqueConstraint(fields=["global_listing", "shop"], name="one_listing_per_shop"),
            models.UniqueConstraint(
                fields=["shop", "external_id"], condition=~Q(external_id=""), name="one_listing_per_external_id"
            ),
        ]
        indexes = [models.Index(fields=["status", "-id"], name="listing_by_status")]

    def __str__(self) -> str:
        return f"{self.global_listing} · {self.shop}"


class ListingVariant(models.Model):
    """A variant in one shop: the shop's own price, where it does not follow the global one."""

    listing = models.ForeignKey(Listing, models.CASCADE, related_name="variants", verbose_name=_("listing"))
    global_variant = models.ForeignKey(
        GlobalVariant, models.CASCADE, related_name="in_shops", verbose_name=_("global variant")
    )
    external_id = models.CharField(_("their id"), max_length=64, blank=True)
    price = _money(
        _("price"), help_text=_("In the shop's currency; empty: the platform reckons it from the global one")
    )
    is_price_fixed = models.BooleanField(
        _("price set by hand"), default=False, help_text=_("Price rules leave it alone")
    )
    sent_price = _money(_("price sent"))
    seen_price = _money(_("price there"))
    seen_stock = models.IntegerField(_("stock there"), null=True, blank=True)
    problem = models.TextField(_("problem"), blank=True)
    seen_at = models.DateTimeField(_("compared"), null=True, blank=True)

    class Meta:
        verbose_name = _("listed variant")
        verbose_name_plural = _("listed variants")
        ordering = ["listing", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["listing", "global_variant"], name="one_listed_variant_per_variant")
        ]

    def __str__(self) -> str:
        return f"{self.global_variant} · {self.listing.shop}"


class FieldSync(models.Model):
    """Which global edits flow down to a shop's listings: the platform's switches, of which it tells no state."""

    shop = models.OneToOneField(Shop, models.CASCADE, related_name="field_sync", verbose_name=_("shop"))
    texts = models.BooleanField(_("name and description"), default=True)
    media = models.BooleanField(_("pictures"), default=True)
    options = models.BooleanField(_("variation names and options"), default=True)
    price = models.BooleanField(_("price"), default=True)
    days_to_ship = models.BooleanField(_("days to ship"), default=True)
    sent_at = models.DateTimeField(
        _("sent"), null=True, blank=True, help_text=_("Empty: the platform was not told yet")
    )
    problem = models.TextField(_("problem"), blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("field switches")
        verbose_name_plural = _("field switches")

    def __str__(self) -> str:
        return str(self.shop)


class Adoption(models.Model):
    """A product that stands at a platform and is not known as ours: adopted by its SKU, or kept for a person."""

    class Status(models.TextChoices):
        CONFLICT = "conflict", _("Conflict")
        UNKNOWN = "unknown", _("No product of ours")
        ADOPTED = "adopted", _("Adopted")
        IGNORED = "ignored", _("Left alone")

    account = models.ForeignKey(PlatformAccount, models.CASCADE, related_name="adoptions", verbose_name=_("account"))
    shop = models.ForeignKey(
        Shop, models.CASCADE, null=True, blank=True, related_name="adoptions", verbose_name=_("shop")
    )
    external_id = models.CharField(_("their id"), max_length=64)
    name = models.CharField(_("name"), max_length=500, blank=True)
    sku = models.CharField(_("SKU"), max_length=200, blank=True)
    variant_skus = models.JSONField(_("SKUs of its variants"), default=list, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.UNKNOWN)
    reason = models.TextField(_("reason"), blank=True)
    candidates = models.JSONField(_("candidates"), default=list, blank=True, help_text=_("Products that it may be"))
    global_listing = models.ForeignKey(
        GlobalListing, models.SET_NULL, null=True, blank=True, related_name="adoptions", verbose_name=_("adopted as")
    )
    decided_by = models.CharField(_("decided by"), max_length=150, blank=True)
    found_at = models.DateTimeField(_("found"), default=timezone.now)

    class Meta:
        verbose_name = _("found listing")
        verbose_name_plural = _("found listings")
        ordering = ["account", "status", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "external_id"], condition=Q(shop=None), name="one_adoption_per_global_id"
            ),
            models.UniqueConstraint(
                fields=["shop", "external_id"], condition=~Q(shop=None), name="one_adoption_per_listing_id"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.external_id


class Drift(models.Model):
    """Where what stands at the platform differs from what we sent: somebody or something else changed it."""

    global_listing = models.ForeignKey(
        GlobalListing, models.CASCADE, related_name="drifts", verbose_name=_("global listing")
    )
    listing = models.ForeignKey(
        Listing, models.CASCADE, null=True, blank=True, related_name="drifts", verbose_name=_("listing")
    )
    field = models.CharField(_("field"), max_length=60, help_text=_("status, name, price:SKU, stock:SKU …"))
    ours = models.CharField(_("ours"), max_length=500, blank=True)
    theirs = models.CharField(_("theirs"), max_length=500, blank=True)
    found_at = models.DateTimeField(_("found"), default=timezone.now)

    class Meta:
        verbose_name = _("difference")
        verbose_name_plural = _("differences")
        ordering = ["-found_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["global_listing", "field"], condition=Q(listing=None), name="one_global_drift_per_field"
            ),
            models.UniqueConstraint(
                fields=["listing", "field"], condition=~Q(listing=None), name="one_drift_per_field"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.field}: {self.ours} / {self.theirs}"


class Reservation(models.Model):
    """How many pieces of a variant are sold but not yet bought: as many fewer are offered."""

    variant = models.OneToOneField(Variant, models.CASCADE, related_name="reservation", verbose_name=_("variant"))
    pieces = models.PositiveIntegerField(_("pieces"), default=0)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")

    def __str__(self) -> str:
        return f"{self.variant}: {self.pieces}"
