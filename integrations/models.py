"""Jobs, runs, exchanges and rate buckets: how the outside is spoken to, in rows (design.md §4)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import PlatformAccount, PlatformApp, Shop


class Lane(models.IntegerChoices):
    """Who goes first where calls are scarce (design.md §3, promise 4)."""

    URGENT = 0, _("Cancel and pay")
    ORDERS = 1, _("Orders")
    STOCK = 2, _("Stock and prices")
    PUBLISH = 3, _("Publishing")
    CATALOGUE = 4, _("Catalogue")


class JobQuerySet(models.QuerySet["SyncJob"]):
    def claimable(self) -> "JobQuerySet":
        """Leave out jobs that wait for their account or shop to be connected; mind `state` and `due_at` yourself."""
        account = Q(account=None) | Q(account__status=PlatformAccount.Status.CONNECTED)
        shop = Q(shop=None) | Q(shop__status=Shop.Status.CONNECTED)
        return self.filter(Q(runs_while_paused=True) | (account & shop))


class SyncJob(models.Model):
    """One wish to do something outside. The row is the truth; django-q2 only wakes workers up."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        REPLACED = "replaced", _("Replaced by an equal job")

    task = models.CharField(_("task"), max_length=200, help_text=_("Dotted path of the function"))
    key = models.CharField(_("key"), max_length=200, help_text=_("Equal wishes share a key: one queued, one running"))
    kwargs = models.JSONField(_("arguments"), default=dict)
    account = models.ForeignKey(
        PlatformAccount, models.CASCADE, null=True, blank=True, related_name="jobs", verbose_name=_("account")
    )
    shop = models.ForeignKey(Shop, models.CASCADE, null=True, blank=True, related_name="jobs", verbose_name=_("shop"))
    runs_while_paused = models.BooleanField(_("runs while the account is paused"), default=False)
    lane = models.PositiveSmallIntegerField(_("lane"), choices=Lane, default=Lane.CATALOGUE)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.QUEUED)
    due_at = models.DateTimeField(_("due"), default=timezone.now)
    attempts = models.PositiveIntegerField(_("attempts"), default=0, help_text=_("Counted before the work starts"))
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    deaths = models.PositiveIntegerField(
        _("deaths in a row"), default=0, help_text=_("How often its worker died, without progress in between")
    )
    waiting_since = models.DateTimeField(_("waiting since"), null=True, blank=True)
    fence = models.CharField(max_length=36, blank=True, help_text="Who may finish it: changes with every claim")
    lease_until = models.DateTimeField(_("lease"), null=True, blank=True)
    worker = models.CharField(_("worker"), max_length=100, blank=True)
    error_kind = models.CharField(_("kind of error"), max_length=40, blank=True)
    problem = models.TextField(_("problem"), blank=True)
    requested_by = models.CharField(_("requested by"), max_length=150, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        constraints = [
            models.UniqueConstraint(fields=["key"], condition=Q(state="queued"), name="one_queued_job_per_key"),
            models.UniqueConstraint(fields=["key"], condition=Q(state="running"), name="one_running_job_per_key"),
        ]
        indexes = [
            models.Index(fields=["lane", "due_at"], condition=Q(state="queued"), name="job_due"),
            # None on `state` alone: each job runs once through "running", and a planner that looks for the running job
            # of a key by its state reads all that ran since the last vacuum (measured: a fifth of the throughput).
            models.Index(fields=["-created_at"], name="job_created"),
            models.Index(fields=["-created_at"], condition=Q(state="failed"), name="job_failed"),
        ]

    def __str__(self) -> str:
        return f"{self.key} ({self.state})"


class SyncRun(models.Model):
    """A long reading, page by page. The cursor moves in the same transaction as the page's rows."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    OPEN = (State.QUEUED, State.RUNNING)

    account = models.ForeignKey(PlatformAccount, models.CASCADE, related_name="runs", verbose_name=_("account"))
    key = models.CharField(
        _("key"), max_length=180, blank=True, help_text=_("Of the runs that share a key, one is open")
    )
    kind = models.CharField(_("kind"), max_length=40, help_text=_("products, stock, categories …"))
    mode = models.CharField(_("mode"), max_length=20, blank=True, help_text=_("How thoroughly it reads"))
    label = models.CharField(_("what"), max_length=200, blank=True)
    params = models.JSONField(_("parameters"), default=dict, blank=True)
    cursor = models.JSONField(_("cursor"), default=dict, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.QUEUED)
    job = models.ForeignKey(SyncJob, models.SET_NULL, null=True, blank=True, related_name="runs", verbose_name=_("job"))
    total = models.PositiveIntegerField(_("expected"), null=True, blank=True)
    seen = models.PositiveIntegerField(_("seen"), default=0)
    created = models.PositiveIntegerField(_("created"), default=0)
    updated = models.PositiveIntegerField(_("updated"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    failed = models.PositiveIntegerField(_("failed"), default=0)
    gone = models.PositiveIntegerField(_("gone"), default=0)
    calls = models.PositiveIntegerField(_("calls"), default=0)
    oddities = models.JSONField(
        _("oddities"), default=dict, blank=True, help_text=_("What looked strange, and how often")
    )
    problem = models.TextField(_("problem"), blank=True)
    requested_by = models.CharField(_("requested by"), max_length=150, blank=True)
    created_at = models.DateTimeField(_("asked for"), default=timezone.now)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    progressed_at = models.DateTimeField(_("last progress"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=Q(state__in=["queued", "running"]) & ~Q(key=""), name="one_open_run_per_key"
            )
        ]
        indexes = [models.Index(fields=["account", "kind", "-created_at"], name="run_by_account")]

    def __str__(self) -> str:
        return f"{self.kind} {self.label} #{self.pk}"


class RunProblem(models.Model):
    """A record that a run set aside, with the reason and what came."""

    run = models.ForeignKey(SyncRun, models.CASCADE, related_name="problems", verbose_name=_("run"))
    external_id = models.CharField(_("their id"), max_length=200, blank=True)
    kind = models.CharField(_("kind of error"), max_length=40)
    reason = models.TextField(_("reason"))
    sample = models.TextField(_("what came"), blank=True, help_text=_("Masked and cut"))
    created_at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("set-aside record")
        verbose_name_plural = _("set-aside records")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.external_id}: {self.reason}"


class ApiCall(models.Model):
    """One exchange with a platform: masked when written, thinned as it ages."""

    class Outcome(models.TextChoices):
        OK = "ok", _("Answered")
        REFUSED = "refused", _("Refused")
        LIMITED = "limited", _("Limit reached")
        UNREACHABLE = "unreachable", _("No answer")
        UNREADABLE = "unreadable", _("Not understood")

    account = models.ForeignKey(
        PlatformAccount, models.CASCADE, null=True, blank=True, related_name="calls", verbose_name=_("account")
    )
    platform = models.CharField(_("platform"), max_length=20)
    endpoint = models.CharField(_("endpoint"), max_length=100, help_text=_("Its name in the contract"))
    method = models.CharField(_("method"), max_length=8)
    url = models.CharField(_("address"), max_length=500)
    subject = models.CharField(
        _("subject"),
        max_length=200,
        blank=True,
        help_text=_("The record it concerned, as kind:id, such as product:123"),
    )
    is_write = models.BooleanField(_("write"), default=False)
    lane = models.PositiveSmallIntegerField(_("lane"), choices=Lane, default=Lane.CATALOGUE)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome)
    http_status = models.PositiveSmallIntegerField(_("HTTP status"), null=True, blank=True)
    code = models.CharField(_("code"), max_length=100, blank=True)
    message = models.CharField(_("message"), max_length=500, blank=True)
    request_id = models.CharField(_("request id"), max_length=100, blank=True)
    request = models.TextField(_("request"), blank=True)
    response = models.TextField(_("response"), blank=True)
    duration_ms = models.PositiveIntegerField(_("duration (ms)"), default=0)
    created_at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("exchange")
        verbose_name_plural = _("exchanges")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["subject", "-id"], condition=~Q(subject=""), name="call_by_subject"),
            models.Index(fields=["account", "-id"], name="call_by_account"),
            models.Index(fields=["created_at"], name="call_by_age"),
            models.Index(fields=["created_at"], condition=~Q(request="", response=""), name="call_with_body"),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.endpoint}: {self.outcome}"


class RateBucket(models.Model):
    """One limit, shared by every process through its row (GCRA; times are epoch seconds). Governor's own."""

    key = models.CharField(_("limit"), max_length=200, primary_key=True)
    account = models.ForeignKey(
        PlatformAccount, models.CASCADE, null=True, blank=True, related_name="buckets", verbose_name=_("account")
    )
    rate = models.FloatField(_("a second"), null=True, blank=True, help_text=_("Empty: no limit"))
    free_at = models.FloatField(default=0, help_text="GCRA's theoretical arrival time: when the next call may go")
    lowered_rate = models.FloatField(_("lowered to"), null=True, blank=True)
    lowered_until = models.FloatField(default=0)
    lowered_times = models.PositiveSmallIntegerField(default=0, help_text="Since the full rate was last in force")
    quota = models.PositiveIntegerField(
        _("quota"), null=True, blank=True, help_text=_("Calls a window; empty: no quota")
    )
    quota_seconds = models.PositiveIntegerField(_("quota window (s)"), default=86_400)
    window_start = models.FloatField(default=0)
    used = models.PositiveIntegerField(_("used in the window"), default=0)
    blocked_until = models.FloatField(default=0, help_text="The platform said: nothing before this time")
    # One column a lane: until when somebody of that lane is waiting, so that lower lanes give way.
    waiting_0 = models.FloatField(default=0)
    waiting_1 = models.FloatField(default=0)
    waiting_2 = models.FloatField(default=0)
    waiting_3 = models.FloatField(default=0)
    waiting_4 = models.FloatField(default=0)
    granted = models.BigIntegerField(_("granted"), default=0)
    refused = models.BigIntegerField(_("refused by the platform"), default=0)

    class Meta:
        verbose_name = _("limit")
        verbose_name_plural = _("limits")
        ordering = ["key"]

    def __str__(self) -> str:
        return self.key


class HostedImage(models.Model):
    """A picture that a platform holds for our app, so that it is sent once and used in many listings."""

    app = models.ForeignKey(PlatformApp, models.CASCADE, related_name="images", verbose_name=_("app"))
    url = models.URLField(_("address"), max_length=1000, help_text=_("Where it came from"))
    purpose = models.CharField(_("purpose"), max_length=20, blank=True)
    external_id = models.CharField(_("their id"), max_length=200)
    created_at = models.DateTimeField(_("sent"), default=timezone.now)

    class Meta:
        verbose_name = _("hosted picture")
        verbose_name_plural = _("hosted pictures")
        constraints = [models.UniqueConstraint(fields=["app", "url", "purpose"], name="one_hosted_image_per_url")]

    def __str__(self) -> str:
        return self.external_id


class IdempotencyKey(models.Model):
    """A call of the API that its caller may repeat without having it done twice. Without `status` it is under way."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("user"))
    key = models.CharField(_("key"), max_length=200)
    digest = models.CharField(max_length=64, help_text="Of the call's method, address and body")
    claimed_at = models.DateTimeField(help_text="Since when it is under way; who finishes it has to name this time")
    status = models.PositiveSmallIntegerField(_("HTTP status"), null=True, blank=True)
    headers = models.JSONField(default=dict, blank=True)
    body = models.TextField(_("answer"), blank=True)
    created_at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("idempotency key")
        verbose_name_plural = _("idempotency keys")
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_call_per_idempotency_key")]
        indexes = [models.Index(fields=["created_at"], name="idempotency_key_by_age")]

    def __str__(self) -> str:
        return self.key
