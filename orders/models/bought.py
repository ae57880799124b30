"""What we buy for orders, and what we pay."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import PlatformAccount
from catalog.models import Variant
from orders.machines import PurchaseStatus

from .columns import money
from .sold import Order, OrderLine


class Payment(models.Model):
    """Purchases that are confirmed and paid together: one batch, one bill, one payment. Amounts in USD."""

    class Status(models.TextChoices):
        COLLECTING = "collecting", _("Collecting")  # its purchases are put into the cart and confirmed
        CONFIRMED = "confirmed", _("Confirmed")  # the supplier has given it a number
        BILLED = "billed", _("To approve")  # the price is fixed until it expires
        APPROVED = "approved", _("Approved")
        PAYING = "paying", _("Being paid")  # written before the call that spends
        PAID = "paid", _("Paid")
        UNKNOWN = "unknown", _("Must be looked up")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    OPEN = (Status.COLLECTING, Status.CONFIRMED, Status.BILLED, Status.APPROVED, Status.PAYING, Status.UNKNOWN)

    account = models.ForeignKey(PlatformAccount, models.PROTECT, related_name="payments", verbose_name=_("account"))
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.COLLECTING)
    batch_id = models.CharField(_("their batch"), max_length=64, blank=True)
    payment_id = models.CharField(_("their payment"), max_length=64, blank=True)
    amount = money(_("amount"))
    expected = money(_("planned"))
    currency = models.CharField(_("currency"), max_length=3, default="USD")
    amounts = models.JSONField(default=dict, blank=True, help_text="All amounts that the bill names")
    expires_at = models.DateTimeField(_("pay by"), null=True, blank=True)
    balance_before = money(_("balance before"))
    balance_after = money(_("balance after"))
    # What is under way: written before a call is sent, emptied when its answer is kept. Not empty: look first.
    announced = models.CharField(max_length=20, blank=True)
    announced_at = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(_("problem"), blank=True)
    needs_person = models.BooleanField(_("needs a person"), default=False)
    paid_at = models.DateTimeField(_("paid"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "batch_id"], condition=~Q(batch_id=""), name="one_payment_per_batch"
            )
        ]
        indexes = [models.Index(fields=["account", "status"], name="payment_by_status")]

    def __str__(self) -> str:
        return f"{_('Payment')} {self.pk}"


class PaymentApproval(models.Model):
    """Somebody, or a written rule, allows this amount to be paid."""

    payment = models.ForeignKey(Payment, models.CASCADE, related_name="approvals", verbose_name=_("payment"))
    amount = money(_("amount"), null=False)
    by = models.CharField(_("by"), max_length=150)
    rule = models.ForeignKey("orders.BuyRule", models.SET_NULL, null=True, blank=True, verbose_name=_("rule"))
    at = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        constraints = [models.UniqueConstraint(fields=["payment", "by", "amount"], name="one_approval_per_person")]

    def __str__(self) -> str:
        return f"{self.amount} · {self.by}"


class PurchaseOrder(models.Model):
    """What is bought from one supplier, sent from one place, for one order. Amounts in USD."""

    Status = PurchaseStatus

    class Label(models.TextChoices):
        SUPPLIER = "supplier", _("The supplier's carrier")
        MARKETPLACE = "marketplace", _("The marketplace's label")

    order = models.ForeignKey(Order, models.PROTECT, related_name="purchases", verbose_name=_("order"))
    account = models.ForeignKey(PlatformAccount, models.PROTECT, related_name="purchases", verbose_name=_("supplier"))
    reference = models.CharField(_("our number"), max_length=50)
    status = models.CharField(_("status"), max_length=20, choices=PurchaseStatus, default=PurchaseStatus.PLANNED)
    platform_status = models.CharField(_("their status"), max_length=64, blank=True)
    external_id = models.CharField(_("their number"), max_length=64, blank=True)
    is_temporary = models.BooleanField(default=False, help_text="Their real number comes later")
    payment = models.ForeignKey(
        Payment, models.SET_NULL, null=True, blank=True, related_name="purchases", verbose_name=_("payment")
    )
    label = models.CharField(_("sent under"), max_length=12, choices=Label, default=Label.SUPPLIER)
    from_country = models.CharField(_("from"), max_length=2, blank=True)
    warehouse_id = models.CharField(_("warehouse"), max_length=64, blank=True)
    route = models.CharField(_("carrier"), max_length=200, blank=True)
    days_low = models.PositiveSmallIntegerField(null=True, blank=True)
    days_high = models.PositiveSmallIntegerField(null=True, blank=True)
    ioss_kind = models.PositiveSmallIntegerField(_("IOSS"), null=True, blank=True)
    ioss_number = models.CharField(_("IOSS number"), max_length=20, blank=True)
    tax_id = models.CharField(_("tax id"), max_length=64, blank=True)
    declared_value = money(_("declared value"))
    planned_goods = money(_("goods, planned"))
    planned_freight = money(_("freight, planned"))
    amount = money(_("amount"))
    reasons = models.JSONField(_("why so"), default=list, blank=True)
    # What is under way: written before a call is sent, emptied when its answer is kept. Not empty: look first.
    announced = models.CharField(max_length=20, blank=True)
    announced_at = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(_("problem"), blank=True)
    needs_person = models.BooleanField(_("needs a person"), default=False)
    approved_by = models.CharField(_("approved by"), max_length=150, blank=True)
    buy_after = models.DateTimeField(_("not before"), null=True, blank=True)
    tracking_number = models.CharField(_("tracking number"), max_length=100, blank=True)
    tracking_url = models.URLField(max_length=1000, blank=True)
    label_carrier = models.CharField(_("label's carrier"), max_length=100, blank=True)
    label_sha256 = models.CharField(max_length=64, blank=True, help_text="Of the label that was uploaded last")
    label_number = models.CharField(max_length=100, blank=True, help_text="Tracking number that was uploaded last")
    told_at = models.DateTimeField(_("marketplace told"), null=True, blank=True)
    facts = models.JSONField(default=dict, blank=True)
    paid_at = models.DateTimeField(_("paid"), null=True, blank=True)
    shipped_at = models.DateTimeField(_("shipped"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    gone_at = models.DateTimeField(null=True, blank=True, help_text="Since when the supplier does not have it any more")
    seen_at = models.DateTimeField(_("read"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("purchase")
        verbose_name_plural = _("purchases")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["account", "reference"], name="one_purchase_per_reference"),
            models.UniqueConstraint(
                fields=["account", "external_id"], condition=~Q(external_id=""), name="one_purchase_per_external_id"
            ),
        ]
        indexes = [models.Index(fields=["account", "status"], name="purchase_by_status")]

    def __str__(self) -> str:
        return self.reference


class PurchaseLine(models.Model):
    """How many of an order's line are bought by one purchase. Prices in USD."""

    purchase = models.ForeignKey(PurchaseOrder, models.CASCADE, related_name="lines", verbose_name=_("purchase"))
    line = models.ForeignKey(OrderLine, models.PROTECT, related_name="purchase_lines", verbose_name=_("line"))
    variant = models.ForeignKey(Variant, models.PROTECT, related_name="purchase_lines", verbose_name=_("variant"))
    quantity = models.PositiveIntegerField(_("pieces"))
    unit_cost = money(_("price of one"))

    class Meta:
        verbose_name = _("purchased line")
        verbose_name_plural = _("purchased lines")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["purchase", "line"], name="one_purchase_line_per_line")]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.variant}"


class PurchaseAlias(models.Model):
    """One of the many names by which a supplier knows a purchase (cj.md §6)."""

    purchase = models.ForeignKey(PurchaseOrder, models.CASCADE, related_name="aliases", verbose_name=_("purchase"))
    kind = models.CharField(_("kind"), max_length=40)
    value = models.CharField(_("value"), max_length=100, db_index=True)
    seen_at = models.DateTimeField(_("first seen"), auto_now_add=True)

    class Meta:
        verbose_name = _("their name")
        verbose_name_plural = _("their names")
        constraints = [models.UniqueConstraint(fields=["purchase", "kind", "value"], name="one_alias_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


class BuyRule(models.Model):
    """When a purchase is approved, and a payment made, without a person. Amounts in USD; empty: no such limit."""

    account = models.OneToOneField(
        PlatformAccount, models.CASCADE, related_name="buy_rule", verbose_name=_("supplier's account")
    )
    is_active = models.BooleanField(_("on"), default=False, help_text=_("Off: a person approves everything"))
    most_per_order = money(_("at most for an order"))
    most_per_payment = money(_("at most in one payment"))
    most_per_day = money(_("at most in a day"))
    least_margin_percent = models.DecimalField(
        _("margin at least (%)"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    dearer_percent = models.DecimalField(
        _("may cost more than planned by (%)"), max_digits=5, decimal_places=2, default=0
    )
    two_people_over = money(_("two people over"))
    keep_balance = money(_("leave in the balance"))
    wait_minutes = models.PositiveIntegerField(
        _("wait (minutes)"), default=60, help_text=_("After the buyer paid: until then buyers may cancel freely")
    )
    together = models.PositiveSmallIntegerField(_("purchases in one payment"), default=20)

    class Meta:
        verbose_name = _("buying rule")
        verbose_name_plural = _("buying rules")

    def __str__(self) -> str:
        return f"{self.account}"


class SupplierBalance(models.Model):
    """What an account could spend when it was last read, in USD."""

    account = models.OneToOneField(
        PlatformAccount, models.CASCADE, related_name="balance", verbose_name=_("supplier's account")
    )
    amount = money(_("balance"), null=False)
    frozen = money(_("frozen"))
    bonus = money(_("bonus"))
    read_at = models.DateTimeField(_("read"))

    class Meta:
        verbose_name = _("balance")
        verbose_name_plural = _("balances")

    def __str__(self) -> str:
        return f"{self.account}: {self.amount}"
