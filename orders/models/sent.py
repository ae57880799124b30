"""What travels: packages, their labels, papers and checkpoints."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Shop
from orders.machines import CustomsStatus, PackageStatus

from .bought import PurchaseOrder
from .columns import measure, money
from .sold import Order, OrderLine


class FirstMileBatch(models.Model):
    """A number under which parcels travel from the seller to the marketplace's warehouse."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="first_mile_batches", verbose_name=_("shop"))
    number = models.CharField(_("number"), max_length=64)
    method = models.CharField(_("brought by"), max_length=20, blank=True)
    platform_status = models.CharField(_("their status"), max_length=32, blank=True)
    declared_on = models.DateField(_("declared"), null=True, blank=True)
    carrier_id = models.CharField(_("carrier"), max_length=64, blank=True)
    place_id = models.CharField(_("to the warehouse"), max_length=64, blank=True)
    seen_at = models.DateTimeField(_("read"), null=True, blank=True)

    class Meta:
        verbose_name = _("first mile")
        verbose_name_plural = _("first miles")
        constraints = [models.UniqueConstraint(fields=["shop", "number"], name="one_first_mile_per_number")]

    def __str__(self) -> str:
        return self.number


class Package(models.Model):
    """What travels in one parcel."""

    Status = PackageStatus

    order = models.ForeignKey(Order, models.CASCADE, related_name="packages", verbose_name=_("order"))
    external_id = models.CharField(_("their number"), max_length=64, blank=True)
    status = models.CharField(_("status"), max_length=20, choices=PackageStatus, default=PackageStatus.CREATED)
    platform_status = models.CharField(_("their status"), max_length=64, blank=True)
    hold_reason = models.CharField(_("held because"), max_length=500, blank=True)
    purchase = models.ForeignKey(
        PurchaseOrder, models.SET_NULL, null=True, blank=True, related_name="packages", verbose_name=_("purchase")
    )
    carrier_id = models.CharField(max_length=64, blank=True)
    carrier_name = models.CharField(_("carrier"), max_length=200, blank=True)
    tracking_number = models.CharField(_("tracking number"), max_length=100, blank=True)
    tracking_status = models.PositiveSmallIntegerField(_("where it is"), null=True, blank=True)  # 0-14, cj.json
    last_mile_carrier = models.CharField(_("last mile carrier"), max_length=200, blank=True)
    last_mile_number = models.CharField(_("last mile number"), max_length=100, blank=True)
    weight_g = measure(_("weight (g)"))
    length_mm = measure(_("length (mm)"))
    width_mm = measure(_("width (mm)"))
    height_mm = measure(_("height (mm)"))
    way = models.JSONField(_("handed over"), default=dict, blank=True)  # integrations.sold.Arrangement
    arrange_asked_at = models.DateTimeField(_("to arrange since"), null=True, blank=True)
    way_asked = models.JSONField(default=dict, blank=True, help_text="As a person wants it handed over")
    announced = models.CharField(max_length=20, blank=True)
    announced_at = models.DateTimeField(null=True, blank=True)
    arranged_at = models.DateTimeField(_("arranged"), null=True, blank=True)
    told_at = models.DateTimeField(_("marketplace told"), null=True, blank=True)
    first_mile = models.ForeignKey(
        FirstMileBatch, models.SET_NULL, null=True, blank=True, related_name="packages", verbose_name=_("first mile")
    )
    attempts = models.PositiveSmallIntegerField(_("delivery attempts"), default=0)
    ship_by = models.DateTimeField(_("ship by"), null=True, blank=True)
    expected_at = models.DateTimeField(_("expected"), null=True, blank=True)
    track_after = models.DateTimeField(null=True, blank=True, db_index=True)
    problem = models.TextField(_("problem"), blank=True)
    is_gone = models.BooleanField(default=False, help_text="Another split took its place")
    facts = models.JSONField(default=dict, blank=True)
    shipped_at = models.DateTimeField(_("shipped"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("package")
        verbose_name_plural = _("packages")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "external_id"], condition=~Q(external_id=""), name="one_package_per_number"
            )
        ]
        indexes = [
            models.Index(fields=["status", "ship_by"], name="package_by_status"),
            models.Index(fields=["tracking_number"], name="package_by_tracking"),
        ]

    def __str__(self) -> str:
        return self.external_id or f"{self.order} · {self.pk}"


class PackageLine(models.Model):
    """How many of an order's line travel in a package."""

    package = models.ForeignKey(Package, models.CASCADE, related_name="lines", verbose_name=_("package"))
    line = models.ForeignKey(OrderLine, models.CASCADE, related_name="package_lines", verbose_name=_("line"))
    quantity = models.PositiveIntegerField(_("pieces"))

    class Meta:
        verbose_name = _("packed line")
        verbose_name_plural = _("packed lines")
        constraints = [models.UniqueConstraint(fields=["package", "line"], name="one_package_line_per_line")]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.line}"


class Label(models.Model):
    """The marketplace's label of a package, kept in the database: no file of one host may matter."""

    class Status(models.TextChoices):
        WANTED = "wanted", _("To ask for")
        REQUESTED = "requested", _("Asked for")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Failed")

    package = models.OneToOneField(Package, models.CASCADE, related_name="label", verbose_name=_("package"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.WANTED)
    document_type = models.CharField(_("kind"), max_length=40, blank=True)
    tracking_number = models.CharField(_("tracking number"), max_length=100, blank=True)
    content = models.BinaryField(null=True, blank=True, editable=False)
    content_type = models.CharField(max_length=60, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    pages = models.PositiveSmallIntegerField(_("pages"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="How often it was asked for")
    problem = models.TextField(_("problem"), blank=True)
    requested_at = models.DateTimeField(_("asked for"), null=True, blank=True)
    fetched_at = models.DateTimeField(_("fetched"), null=True, blank=True)
    printed_at = models.DateTimeField(_("printed"), null=True, blank=True)

    class Meta:
        verbose_name = _("label")
        verbose_name_plural = _("labels")

    def __str__(self) -> str:
        return f"{self.package}"


class TrackingEvent(models.Model):
    """One checkpoint on a package's way."""

    package = models.ForeignKey(Package, models.CASCADE, related_name="events", verbose_name=_("package"))
    source = models.CharField(_("said by"), max_length=20)  # supplier | marketplace
    at = models.DateTimeField(_("when"), null=True, blank=True)
    status = models.PositiveSmallIntegerField(_("status"), null=True, blank=True)  # 0-14
    platform_status = models.CharField(_("their status"), max_length=64, blank=True)
    text = models.CharField(_("what"), max_length=500, blank=True)
    place = models.CharField(_("where"), max_length=200, blank=True)
    key = models.CharField(max_length=64, help_text="Of what it says: the same event is kept once")

    class Meta:
        verbose_name = _("checkpoint")
        verbose_name_plural = _("checkpoints")
        ordering = ["at", "pk"]
        constraints = [models.UniqueConstraint(fields=["package", "key"], name="one_event_once")]

    def __str__(self) -> str:
        return self.text


class CustomsDeclaration(models.Model):
    """The papers of a package that crosses a border: what it holds, at which value, under which HS codes."""

    Status = CustomsStatus

    package = models.OneToOneField(Package, models.CASCADE, related_name="customs", verbose_name=_("package"))
    number = models.CharField(_("number"), max_length=40, unique=True)
    status = models.CharField(_("status"), max_length=20, choices=CustomsStatus, default=CustomsStatus.PREPARED)
    lines = models.JSONField(_("goods"), default=list)  # name, hs_code, origin, quantity, unit value, weight_g
    value = money(_("declared value"), null=False)
    currency = models.CharField(_("currency"), max_length=3)
    sender = models.JSONField(_("sender"), default=dict, blank=True)
    prepared_at = models.DateTimeField(_("prepared"), auto_now_add=True)

    class Meta:
        verbose_name = _("customs declaration")
        verbose_name_plural = _("customs declarations")

    def __str__(self) -> str:
        return self.number
