"""By which way goods go: what suppliers quote, and which of it a seller prefers."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import PlatformAccount

from .columns import measure, money


class FreightQuote(models.Model):
    """What a supplier asks for bringing these goods from there to there, kept for a while.

    `unknown` (it could not be asked) is not `none` (it knows no way).
    """

    class State(models.TextChoices):
        KNOWN = "known", _("Known")
        NONE = "none", _("No way")
        UNKNOWN = "unknown", _("Not known")

    account = models.ForeignKey(
        PlatformAccount, models.CASCADE, related_name="freight_quotes", verbose_name=_("supplier")
    )
    from_country = models.CharField(_("from"), max_length=2)
    to_country = models.CharField(_("to"), max_length=2)
    key = models.CharField(max_length=64, help_text="Of the goods and what else the price hangs on")
    state = models.CharField(_("state"), max_length=10, choices=State)
    routes = models.JSONField(_("ways"), default=list, blank=True)  # integrations.bought.Route, cheapest first
    problem = models.CharField(_("problem"), max_length=500, blank=True)
    quoted_at = models.DateTimeField(_("asked"))
    question = models.JSONField(default=dict, blank=True)  # what is asked, so that a worker can
    is_wanted = models.BooleanField(default=False, help_text="An order waits for the answer")
    ask_again_at = models.DateTimeField(null=True, blank=True, help_text="Until then the answer counts")
    empties = models.PositiveSmallIntegerField(
        default=0, help_text="Empty answers in a row: a single one proves nothing"
    )

    class Meta:
        verbose_name = _("freight quote")
        verbose_name_plural = _("freight quotes")
        constraints = [
            models.UniqueConstraint(fields=["account", "from_country", "to_country", "key"], name="one_quote_per_goods")
        ]
        indexes = [models.Index(fields=["account", "is_wanted", "ask_again_at"], name="quote_by_wish")]

    def __str__(self) -> str:
        return f"{self.from_country} → {self.to_country}"


class CarrierRule(models.Model):
    """Which way is chosen. The first rule that fits decides; empty conditions fit everything."""

    class Prefer(models.TextChoices):
        CHEAPEST = "cheapest", _("The cheapest")
        FASTEST = "fastest", _("The fastest")
        LISTED = "listed", _("The first of the names")

    class Label(models.TextChoices):
        SUPPLIER = "supplier", _("The supplier's carrier")
        MARKETPLACE = "marketplace", _("The marketplace's label")

    name = models.CharField(_("name"), max_length=100)
    position = models.PositiveSmallIntegerField(_("position"), default=100)
    is_active = models.BooleanField(_("on"), default=True)
    account = models.ForeignKey(
        PlatformAccount, models.CASCADE, null=True, blank=True, related_name="carrier_rules",
        verbose_name=_("sold by"), help_text=_("Empty: all"),
    )  # fmt: skip
    countries = models.JSONField(_("to"), default=list, blank=True, help_text=_("Two letters each; empty: all"))
    heaviest_g = measure(_("up to (g)"))
    dearest = money(_("orders up to (USD)"))
    label = models.CharField(_("sent under"), max_length=12, choices=Label, default=Label.SUPPLIER)
    prefer = models.CharField(_("prefer"), max_length=10, choices=Prefer, default=Prefer.CHEAPEST)
    names = models.JSONField(_("carriers"), default=list, blank=True, help_text=_("Only these; empty: all"))
    never = models.JSONField(_("never"), default=list, blank=True)
    most_days = models.PositiveSmallIntegerField(_("days at most"), null=True, blank=True)
    from_countries = models.JSONField(_("from"), default=list, blank=True, help_text=_("In this order; empty: any"))
    ioss_kind = models.PositiveSmallIntegerField(_("IOSS"), null=True, blank=True)
    ioss_number = models.CharField(_("IOSS number"), max_length=20, blank=True)

    class Meta:
        verbose_name = _("carrier rule")
        verbose_name_plural = _("carrier rules")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name
