"""On whose behalf we call: apps, accounts, shops and their credentials (design.md §2, §4)."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from .fields import EncryptedTextField
from .secrets import Secret


class Platform(models.TextChoices):
    CJ = "cj", "CJ Dropshipping"
    SHOPEE = "shopee", "Shopee"
    TIKTOK = "tiktok", "TikTok Shop"


class PlatformApp(models.Model):
    """Our registered developer app on a platform (CJ has none)."""

    platform = models.CharField(_("platform"), max_length=20, choices=Platform)
    name = models.CharField(_("name"), max_length=100)
    app_key = models.CharField(_("app key or partner id"), max_length=100)
    app_secret = EncryptedTextField(_("app secret"), blank=True, default="")
    portal = models.CharField(
        _("portal"),
        max_length=20,
        blank=True,
        default="",
        help_text=_("Through which of the platform's sites sellers authorize it; empty: the usual one"),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("platform app")
        verbose_name_plural = _("platform apps")
        constraints = [models.UniqueConstraint(fields=["platform", "app_key"], name="one_app_per_key")]

    def __str__(self) -> str:
        return f"{self.get_platform_display()} · {self.name}"


class PlatformAccount(models.Model):
    """The party on whose behalf we call: a CJ account, a merchant, a seller."""

    class Status(models.TextChoices):
        CONNECTED = "connected", _("Connected")
        RECONNECT = "reconnect", _("Connect again")
        DISCONNECTED = "disconnected", _("Disconnected")

    class SellerCenter(models.TextChoices):
        NONE = "", _("None")
        CNSC = "cnsc", _("China Seller Center")
        KRSC = "krsc", _("Korean Seller Center")

    class LeadStatus(models.TextChoices):
        WON = "", _("Won")
        NEW = "new", _("New")
        WORKING = "working", _("Working")
        NURTURING = "nurturing", _("Nurturing")
        UNQUALIFIED = "unqualified", _("Unqualified")

    # Who is being won goes on from here to there (design.md §5); a connected account is won.
    LEAD_STEPS = {
        LeadStatus.NEW: (LeadStatus.WORKING, LeadStatus.UNQUALIFIED),
        LeadStatus.WORKING: (LeadStatus.NURTURING, LeadStatus.UNQUALIFIED),
        LeadStatus.NURTURING: (LeadStatus.WORKING, LeadStatus.UNQUALIFIED),
        LeadStatus.UNQUALIFIED: (LeadStatus.NEW,),
        LeadStatus.WON: (),
    }

    platform = models.CharField(_("platform"), max_length=20, choices=Platform)
    app = models.ForeignKey(PlatformApp, models.PROTECT, null=True, blank=True, verbose_name=_("app"))
    name = models.CharField(_("name"), max_length=100)
    external_id = models.CharField(
        _("their id"), max_length=64, help_text=_("The id under which the platform knows it")
    )
    is_shop = models.BooleanField(
        _("one shop alone"), default=False, help_text=_("Not a merchant's: one shop that stands under none")
    )
    authorized_by = models.CharField(
        _("authorized by"), max_length=64, blank=True, help_text=_("The platform's number of the login that allowed it")
    )
    region = models.CharField(_("region"), max_length=8, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True, help_text=_("In which global prices are set"))
    seller_center = models.CharField(_("seller center"), max_length=8, choices=SellerCenter, blank=True, default="")
    upgraded = models.BooleanField(_("upgraded"), default=False, help_text=_("Sells by global products"))
    sandbox = models.BooleanField(_("sandbox"), default=False)
    level = models.CharField(
        _("level"), max_length=40, blank=True, help_text=_("The platform's own rank of the account")
    )
    lead_status = models.CharField(_("lead status"), max_length=16, choices=LeadStatus, blank=True, default="")
    status = models.CharField(_("status"), max_length=16, choices=Status, default=Status.CONNECTED)
    problem = models.TextField(_("problem"), blank=True, help_text=_("Why it is not connected, and the next step"))
    facts = models.JSONField(
        _("facts"), default=dict, blank=True, help_text=_("What the platform says of it, as it came")
    )
    connected_at = models.DateTimeField(_("connected"), null=True, blank=True)
    authorized_at = models.DateTimeField(_("authorized"), null=True, blank=True)
    authorization_expires_at = models.DateTimeField(_("authorization expires"), null=True, blank=True)
    settings_read_at = models.DateTimeField(_("settings read"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    history = HistoricalRecords(excluded_fields=["facts", "settings_read_at"])

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        ordering = ["platform", "name"]
        constraints = [models.UniqueConstraint(fields=["platform", "external_id"], name="one_account_per_external_id")]

    def __str__(self) -> str:
        return f"{self.get_platform_display()} · {self.name}"

    @property
    def is_connected(self) -> bool:
        return self.status == self.Status.CONNECTED

    def mark_connected(self) -> None:
        """Say that calls on its behalf work (again); the caller saves nothing else."""
        self.status, self.problem, self.connected_at = self.Status.CONNECTED, "", timezone.now()
        self.save(update_fields=["status", "problem", "connected_at"])

    def mark_reconnect(self, problem: str) -> None:
        """Pause the account until a person connects it again; `problem` is the reason and the next step."""
        self.status, self.problem = self.Status.RECONNECT, problem
        self.save(update_fields=["status", "problem"])

    def mark_disconnected(self, problem: str = "") -> None:
        """Pause the account because a person said so; `problem` is what is left to do at the platform, if anything."""
        self.status, self.problem = self.Status.DISCONNECTED, problem
        self.save(update_fields=["status", "problem"])


class Shop(models.Model):
    """One storefront in one market."""

    class Status(models.TextChoices):
        CONNECTED = "connected", _("Connected")
        RECONNECT = "reconnect", _("Connect again")
        DISCONNECTED = "disconnected", _("Disconnected")

    account = models.ForeignKey(PlatformAccount, models.PROTECT, related_name="shops", verbose_name=_("account"))
    external_id = models.CharField(_("their id"), max_length=64)
    name = models.CharField(_("name"), max_length=200)
    region = models.CharField(_("region"), max_length=8, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    status = models.CharField(_("status"), max_length=16, choices=Status, default=Status.CONNECTED)
    problem = models.TextField(_("problem"), blank=True, help_text=_("Why it is not connected, and the next step"))
    platform_status = models.CharField(_("their status"), max_length=40, blank=True)
    upgraded = models.BooleanField(_("upgraded"), default=False, help_text=_("Its listings come from global products"))
    facts = models.JSONField(
        _("facts"), default=dict, blank=True, help_text=_("What the platform says of it, as it came")
    )
    connected_at = models.DateTimeField(_("connected"), null=True, blank=True)
    authorized_at = models.DateTimeField(_("authorized"), null=True, blank=True)
    authorization_expires_at = models.DateTimeField(_("authorization expires"), null=True, blank=True)
    settings_read_at = models.DateTimeField(_("settings read"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    history = HistoricalRecords(excluded_fields=["facts", "settings_read_at"])

    class Meta:
        verbose_name = _("shop")
        verbose_name_plural = _("shops")
        ordering = ["account", "name"]
        constraints = [models.UniqueConstraint(fields=["account", "external_id"], name="one_shop_per_external_id")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_connected(self) -> bool:
        """Tell whether calls on behalf of the shop work: it and its account are connected."""
        return self.status == self.Status.CONNECTED and self.account.is_connected

    def mark_connected(self) -> None:
        """Say that calls on its behalf work (again); the caller saves nothing else."""
        self.status, self.problem, self.connected_at = self.Status.CONNECTED, "", timezone.now()
        self.save(update_fields=["status", "problem", "connected_at"])

    def mark_reconnect(self, problem: str) -> None:
        """Pause the shop until a person connects it again; `problem` is the reason and the next step."""
        self.status, self.problem = self.Status.RECONNECT, problem
        self.save(update_fields=["status", "problem"])

    def mark_disconnected(self, problem: str = "") -> None:
        """Pause the shop because a person said so; `problem` is what is left to do at the platform, if anything."""
        self.status, self.problem = self.Status.DISCONNECTED, problem
        self.save(update_fields=["status", "problem"])


class Authorization(models.Model):
    """A seller was sent to the platform to allow our app; the way back is known by `state`, once."""

    app = models.ForeignKey(PlatformApp, models.CASCADE, related_name="authorizations", verbose_name=_("app"))
    account = models.ForeignKey(
        PlatformAccount, models.CASCADE, null=True, blank=True, related_name="authorizations", verbose_name=_("account")
    )
    state = models.CharField(max_length=64, unique=True, help_text="Opaque, comes back with the seller")
    requested_by = models.CharField(_("requested by"), max_length=150, blank=True)
    created_at = models.DateTimeField(_("started"), default=timezone.now)
    used_at = models.DateTimeField(_("came back"), null=True, blank=True)
    problem = models.TextField(_("problem"), blank=True)

    class Meta:
        verbose_name = _("authorization")
        verbose_name_plural = _("authorizations")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.app} {self.created_at:%Y-%m-%d %H:%M}"


class OnboardingTick(models.Model):
    """A step of the platform's guide that a person says is done; what a program can see is not kept here."""

    account = models.ForeignKey(PlatformAccount, models.CASCADE, related_name="ticks", verbose_name=_("account"))
    step = models.CharField(_("step"), max_length=40)
    done_by = models.CharField(_("by"), max_length=150, blank=True)
    done_at = models.DateTimeField(_("done"), default=timezone.now)

    class Meta:
        verbose_name = _("onboarding step")
        verbose_name_plural = _("onboarding steps")
        constraints = [models.UniqueConstraint(fields=["account", "step"], name="one_tick_per_step")]

    def __str__(self) -> str:
        return self.step


class Credential(models.Model):
    """One token pair of one subject: an account, or one shop of it. Sealed at rest, never shown."""

    account = models.ForeignKey(PlatformAccount, models.CASCADE, related_name="credentials")
    shop = models.ForeignKey(Shop, models.CASCADE, null=True, blank=True, related_name="credentials")
    api_key = EncryptedTextField(blank=True, default="")
    access_token = EncryptedTextField(blank=True, default="")
    refresh_token = EncryptedTextField(blank=True, default="")
    signing_key = EncryptedTextField(
        blank=True, default="", help_text="With what the platform signs its messages to this account (CJ: openId)"
    )
    access_expires_at = models.DateTimeField(null=True, blank=True)
    refresh_expires_at = models.DateTimeField(null=True, blank=True)
    obtained_at = models.DateTimeField(null=True, blank=True, help_text="When the pair in use was stored")
    generation = models.PositiveIntegerField(default=0, help_text="Grows by one with every stored pair")
    # The custodian's own columns (integrations/custodian.py): who refreshes now.
    refresh_claim = models.CharField(max_length=36, blank=True)
    refresh_claimed_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("credential")
        verbose_name_plural = _("credentials")
        constraints = [
            models.UniqueConstraint(fields=["account"], condition=Q(shop=None), name="one_credential_per_account"),
            models.UniqueConstraint(fields=["shop"], condition=~Q(shop=None), name="one_credential_per_shop"),
        ]

    def __str__(self) -> str:
        return f"credential {self.pk} of {self.shop or self.account}"

    def erase(self) -> None:
        """Forget every secret; a refresh that is under way finds its generation gone and stores nothing."""
        self.api_key, self.access_token, self.refresh_token, self.signing_key = (Secret("") for _ in range(4))
        self.access_expires_at = self.refresh_expires_at = self.obtained_at = self.refresh_claimed_until = None
        self.refresh_claim = ""
        self.generation += 1
        self.save()


class LoginAttempt(models.Model):
    """When somebody was last logged in: platforms allow it rarely, whichever process asks (accounts/logins.py)."""

    platform = models.CharField(max_length=20, choices=Platform)
    subject = models.CharField(max_length=80, help_text="Their number of the account, or a digest of the key")
    tried_at = models.DateTimeField()

    class Meta:
        verbose_name = _("login")
        verbose_name_plural = _("logins")
        constraints = [models.UniqueConstraint(fields=["platform", "subject"], name="one_login_per_subject")]

    def __str__(self) -> str:
        return f"{self.platform} {self.subject}"
