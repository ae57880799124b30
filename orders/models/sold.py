"""What buyers ordered."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import PlatformAccount, Shop
from catalog.models import ListingVariant, Variant
from orders.machines import OrderStatus

from .columns import measure, money


class IntakeCursor(models.Model):
    """How far a shop's orders are read: all that changed there before `read_until` is known here."""

    shop = models.OneToOneField(Shop, models.CASCADE, related_name="intake", verbose_name=_("shop"))
    read_until = models.DateTimeField(_("read until"), null=True, blank=True)

    class Meta:
        verbose_name = _("intake")
        verbose_name_plural = _("intakes")

    def __str__(self) -> str:
        return f"{self.shop}"


class Order(models.Model):
    """One buyer's order in one shop. `platform_status` is kept as it came; `status` is ours (orders.machines.ORDER)."""

    Status = OrderStatus

    class Plan(models.TextChoices):
        NONE = "", _("Not planned")
        WAITING = "waiting", _("Waits for a quote")
        STUCK = "stuck", _("A person has to help")
        PLANNED = "planned", _("Planned")

    shop = models.ForeignKey(Shop, models.PROTECT, related_name="orders", verbose_name=_("shop"))
    external_id = models.CharField(_("their number"), max_length=64)
    status = models.CharField(_("status"), max_length=20, choices=OrderStatus, default=OrderStatus.PENDING)
    stage = models.CharField(max_length=20, blank=True, help_text="What the platform's status means: integrations.sold")
    platform_status = models.CharField(_("their status"), max_length=64, blank=True)
    hold_reason = models.CharField(_("held because"), max_length=500, blank=True)
    problem = models.TextField(_("problem"), blank=True, help_text=_("What a person has to do"))
    buyer_id = models.CharField(max_length=64, blank=True)
    buyer_name = models.CharField(_("buyer"), max_length=200, blank=True)
    message = models.TextField(_("message of the buyer"), blank=True)
    note = models.TextField(_("note"), blank=True)
    address = models.JSONField(_("address"), default=dict, blank=True)
    country_code = models.CharField(_("to"), max_length=2, blank=True)
    tax_id = models.CharField(_("tax id"), max_length=64, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    total = money(_("total"))
    shipping_fee = money(_("shipping fee"))
    cash_on_delivery = models.BooleanField(_("cash on delivery"), default=False)
    ships = models.CharField(_("sent by"), max_length=10, default="seller")  # seller | platform
    is_split = models.BooleanField(_("split"), default=False)
    cancel_requested_at = models.DateTimeField(_("buyer asks to cancel since"), null=True, blank=True)
    cancelled_by = models.CharField(_("cancelled by"), max_length=64, blank=True)
    cancel_reason = models.CharField(_("reason"), max_length=500, blank=True)
    # What the plan reckons, in USD; `margin` is what is left of the price after fee, goods and freight.
    revenue_usd = money(_("revenue (USD)"))
    cost_usd = money(_("cost (USD)"))
    margin_usd = money(_("margin (USD)"))
    planned_at = models.DateTimeField(_("planned"), null=True, blank=True)
    plan_state = models.CharField(_("plan"), max_length=10, choices=Plan, blank=True, default="")
    plan_problem = models.TextField(_("not planned because"), blank=True, default="")
    plan_tried_at = models.DateTimeField(null=True, blank=True)
    ordered_at = models.DateTimeField(_("ordered"), null=True, blank=True)
    paid_at = models.DateTimeField(_("paid"), null=True, blank=True)
    ship_by = models.DateTimeField(_("ship by"), null=True, blank=True)
    changed_at = models.DateTimeField(_("changed there"), null=True, blank=True)
    seen_at = models.DateTimeField(_("read"), null=True, blank=True)
    shipped_at = models.DateTimeField(_("shipped"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    facts = models.JSONField(default=dict, blank=True)
    content_hash = models.CharField(max_length=32, blank=True, help_text="Of what the marketplace said last")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["shop", "external_id"], name="one_order_per_shop_and_number")]
        indexes = [
            models.Index(fields=["status", "ship_by"], name="order_by_status"),
            models.Index(fields=["external_id"], name="order_by_number"),
            models.Index(fields=["plan_state", "plan_tried_at"], name="order_by_plan"),
        ]

    def __str__(self) -> str:
        return self.external_id


class OrderLine(models.Model):
    """One thing ordered, so many times. Without a variant it waits for a person."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines", verbose_name=_("order"))
    external_id = models.CharField(max_length=200)
    item_id = models.CharField(_("item"), max_length=64)
    model_id = models.CharField(_("model"), max_length=64, blank=True)
    sku = models.CharField(_("SKU"), max_length=100, blank=True)
    name = models.CharField(_("name"), max_length=500, blank=True)
    variant_name = models.CharField(_("variant"), max_length=500, blank=True)
    image_url = models.URLField(_("picture"), max_length=1000, blank=True)
    quantity = models.PositiveIntegerField(_("ordered"), default=1)
    cancelled = models.PositiveIntegerField(_("cancelled"), default=0)
    returned = models.PositiveIntegerField(_("returned"), default=0)
    price = money(_("price"))
    list_price = money(_("list price"))
    weight_g = measure(_("weight (g)"))
    bundle_id = models.CharField(max_length=64, blank=True)
    place_id = models.CharField(max_length=64, blank=True)
    variant = models.ForeignKey(
        Variant, models.PROTECT, null=True, blank=True, related_name="order_lines", verbose_name=_("our variant")
    )
    listing_variant = models.ForeignKey(ListingVariant, models.SET_NULL, null=True, blank=True, related_name="+")
    facts = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["order", "external_id"], name="one_line_per_order_and_id")]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku or self.name}"

    @property
    def wanted(self) -> int:
        """How many are still to be sent."""
        return max(0, self.quantity - self.cancelled)


class LineMatch(models.Model):
    """What a person said once and for all: this item of an account is that variant of ours."""

    account = models.ForeignKey(PlatformAccount, models.CASCADE, related_name="line_matches", verbose_name=_("account"))
    item_id = models.CharField(_("item"), max_length=64)
    model_id = models.CharField(_("model"), max_length=64, blank=True)
    sku = models.CharField(_("SKU"), max_length=100, blank=True)
    variant = models.ForeignKey(Variant, models.CASCADE, related_name="line_matches", verbose_name=_("our variant"))
    by = models.CharField(_("by"), max_length=150, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("match")
        verbose_name_plural = _("matches")
        constraints = [models.UniqueConstraint(fields=["account", "item_id", "model_id"], name="one_match_per_item")]

    def __str__(self) -> str:
        return f"{self.item_id}/{self.model_id} → {self.variant}"


class StatusChange(models.Model):
    """One step of one machine: who or what, when, from, to, why (design.md §3, promise 10)."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="status_changes", verbose_name=_("order"))
    machine = models.CharField(_("of"), max_length=10)  # order | package | purchase | customs
    record_id = models.PositiveBigIntegerField()
    old = models.CharField(_("from"), max_length=20, blank=True)
    new = models.CharField(_("to"), max_length=20)
    why = models.CharField(_("why"), max_length=500, blank=True)
    by = models.CharField(_("who or what"), max_length=150, blank=True)
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("status change")
        verbose_name_plural = _("status changes")
        ordering = ["pk"]
        indexes = [models.Index(fields=["machine", "record_id"], name="change_by_record")]
        constraints = [models.CheckConstraint(condition=~Q(old=models.F("new")), name="a_change_changes")]

    def __str__(self) -> str:
        return f"{self.machine} {self.record_id}: {self.old} → {self.new}"
