"""What may be wrong with an installation, each finding with its fix (`manage.py doctor`)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener
from uuid import uuid4

from django.conf import settings
from django.core import checks
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_q.models import Schedule
from redis import RedisError

from accounts import rotation
from accounts.errors import Refused
from accounts.models import Credential, Platform, PlatformAccount, PlatformApp, Shop
from accounts.secrets import mask_text, seal, unseal

from . import custodian, expiries, leases, schedules
from .issuers import by_consent, consenting_for
from .models import SyncJob

HOSTS = {Platform.CJ: "CJ_BASE_URL", Platform.SHOPEE: "SHOPEE_BASE_URL", Platform.TIKTOK: "TIKTOK_BASE_URL"}
HOST_TIMEOUT_S = 5.0
SKEW = timedelta(seconds=60)  # half a minute's difference spoils expiries and signatures
OVERDUE = timedelta(minutes=5)
ENDING = timedelta(days=14)  # a refresh token that ends this soon is told ahead
SHORTEST_SECRET_KEY = 40

OK, WARNING, ERROR = "ok", "warning", "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `level`: ok, warning (works, but see to it) or error; `fix`: what to do."""

    check: str
    level: str
    message: str
    fix: str = ""


def findings() -> list[Finding]:
    """Look at everything, in an order in which the first error explains those that follow."""
    found: list[Finding] = []
    for look in (_settings, _keys, _database, _migrations, _cache):
        found += _looked(look)
    if not any(finding.level == ERROR and finding.check in ("database", "migrations") for finding in found):
        for look in (_sealed, _schedules, _queue, _failures, _apps, _accounts, _tokens, _authorizations, _hosts):
            found += _looked(look)
    return found


def _looked(look: Callable[[], Iterator[Finding]]) -> list[Finding]:
    try:
        return list(look())
    except (DatabaseError, ImproperlyConfigured) as error:
        return [Finding(look.__name__.strip("_"), ERROR, mask_text(str(error)).strip())]


def _settings() -> Iterator[Finding]:
    if len(settings.SECRET_KEY) < SHORTEST_SECRET_KEY:
        yield Finding(
            "settings",
            ERROR,
            _("SECRET_KEY is missing or short: sessions could be forged."),
            _("Put a random text of 50 characters into SECRET_KEY."),
        )
    problems = [each for each in checks.run_checks() if each.level >= checks.ERROR]
    for problem in problems:
        yield Finding("settings", ERROR, f"{problem.id}: {problem.msg}", problem.hint or "")
    if not problems:
        yield Finding("settings", OK, _("The system checks find nothing."))


def _keys() -> Iterator[Finding]:
    fix = _("Put the output of `manage.py doctor --new-key` into CREDENTIAL_KEYS; keep older keys behind it.")
    try:
        unseal(seal("doctor"))
    except ImproperlyConfigured as error:
        yield Finding("credential_keys", ERROR, str(error), fix)
        return
    count = len(settings.CREDENTIAL_KEYS)
    yield Finding(
        "credential_keys", OK, ngettext("%(n)d key, in order.", "%(n)d keys, in order.", count) % {"n": count}
    )


def _database() -> Iterator[Finding]:
    began = datetime.now(UTC)
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        reason = mask_text(str(error)).strip()
        yield Finding("database", ERROR, reason, _("Check DATABASE_URL, and that the server runs and lets you in."))
        return
    yield Finding("database", OK, _("%(kind)s answers.") % {"kind": connection.display_name})
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        there = cursor.fetchone()[0]
    if not began - SKEW < there < datetime.now(UTC) + SKEW:
        yield _skewed(_("the database server"), there - datetime.now(UTC))


def _migrations() -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        names = ", ".join(f"{migration.app_label}.{migration.name}" for migration, _back in plan[:5])
        text = ngettext(
            "%(n)d migration is not applied: %(names)s.", "%(n)d migrations are not applied: %(names)s.", len(plan)
        ) % {"n": len(plan), "names": names}
        yield Finding("migrations", ERROR, text, _("Run `manage.py migrate`."))
    else:
        yield Finding("migrations", OK, _("All migrations are applied."))


def _cache() -> Iterator[Finding]:
    key, value = "doctor", uuid4().hex
    where = _("Redis") if settings.REDIS_URL else _("This process's memory (no REDIS_URL)")
    try:
        cache.set(key, value, 30)
        kept = cache.get(key)
    except (RedisError, OSError) as error:
        yield Finding("cache", ERROR, mask_text(str(error)), _("Check REDIS_URL, and that Redis runs and lets you in."))
        return
    if kept == value:
        yield Finding("cache", OK, _("%(where)s keeps what it is given.") % {"where": where})
    else:
        yield Finding("cache", ERROR, _("The cache loses what it is given."), _("Check Redis's memory limit."))


def _sealed() -> Iterator[Finding]:
    told = rotation.rotate(dry_run=True)
    if told.lost:
        rows = ", ".join(told.lost[:5])
        yield Finding(
            "sealed_values",
            ERROR,
            ngettext(
                "%(n)d secret can't be opened with any of CREDENTIAL_KEYS: %(rows)s.",
                "%(n)d secrets can't be opened with any of CREDENTIAL_KEYS: %(rows)s.",
                len(told.lost),
            )
            % {"n": len(told.lost), "rows": rows},
            _("Add the key that sealed them behind the first one, or connect these accounts again."),
        )
    if told.resealed:
        count = told.resealed
        text = ngettext(
            "%(n)d secret is sealed with an older key.", "%(n)d secrets are sealed with an older key.", count
        ) % {"n": count}
        yield Finding("sealed_values", WARNING, text, _("Run `manage.py rotate_credentials`, then drop the older key."))
    if not told.lost and not told.resealed:
        yield Finding("sealed_values", OK, _("Every secret is sealed with the first key."))


def _schedules() -> Iterator[Finding]:
    written = Schedule.objects.filter(name__startswith=schedules.PREFIX).count()
    planned = len(schedules.plans()) + 1  # the sweep
    if written < planned:
        text = _("Of %(planned)d schedules %(written)d are in the queue's table.")
        told = text % {"written": written, "planned": planned}
        yield Finding("schedules", ERROR, told, _("Run `manage.py schedule_jobs`."))
    else:
        yield Finding("schedules", OK, _("All schedules are in the queue's table."))


def _queue() -> Iterator[Finding]:
    now = leases.now()
    due = SyncJob.objects.filter(state=SyncJob.State.QUEUED, due_at__lte=now).claimable()
    oldest = due.order_by("due_at").first()
    age = now - oldest.due_at if oldest else timedelta()
    if age > OVERDUE:
        minutes = int(age.total_seconds() // 60)
        yield Finding(
            "worker",
            ERROR,
            _("No worker takes what is due: %(count)d in the queue, the oldest for %(minutes)d min.")
            % {"count": due.count(), "minutes": minutes},
            _("Start a worker: `manage.py qcluster`, or `manage.py work` to run what is due once."),
        )
    else:
        yield Finding("worker", OK, _("No job is overdue."))
    running = SyncJob.objects.filter(state=SyncJob.State.RUNNING)
    lost = running.filter(lease_until__lt=now - OVERDUE).count()
    if lost:
        text = _("Workers have died, and nobody takes back what they had in hand: %(count)d.") % {"count": lost}
        yield Finding("worker", ERROR, text, _("Start a worker: `manage.py qcluster`."))


def _failures() -> Iterator[Finding]:
    failed = SyncJob.objects.filter(state=SyncJob.State.FAILED).count()
    if failed:
        text = ngettext("%(n)d job has failed for good.", "%(n)d jobs have failed for good.", failed) % {"n": failed}
        yield Finding(
            "failed_jobs", WARNING, text, _("See the reasons in the console under Jobs; run them again there.")
        )
    else:
        yield Finding("failed_jobs", OK, _("No failed jobs."))


def _apps() -> Iterator[Finding]:
    for app in PlatformApp.objects.filter(platform__in=by_consent()).order_by("pk"):
        try:
            consenting_for(app.platform).check_fields(app)
        except Refused as refusal:
            yield Finding("apps", ERROR, str(refusal), _("Correct it in the console under Platform apps."))


def _accounts() -> Iterator[Finding]:
    accounts = PlatformAccount.objects.order_by("pk")
    for account in accounts.filter(status=PlatformAccount.Status.RECONNECT):
        fix = _("Run `manage.py connect %(platform)s --account %(id)d`, or use the console.")
        told = fix % {"platform": account.platform, "id": account.pk}
        yield Finding("accounts", ERROR, f"{account}: {account.problem}", told)
    for shop in Shop.objects.filter(status=Shop.Status.RECONNECT).select_related("account").order_by("pk"):
        fix = _("Run `manage.py connect %(platform)s --account %(id)d`, or use the console.")
        told = fix % {"platform": shop.account.platform, "id": shop.account_id}
        yield Finding("accounts", WARNING, f"{shop.account} · {shop}: {shop.problem}", told)
    connected = accounts.filter(status=PlatformAccount.Status.CONNECTED).count()
    text = ngettext("%(n)d account is connected.", "%(n)d accounts are connected.", connected) % {"n": connected}
    yield Finding("accounts", OK, text)


def _tokens() -> Iterator[Finding]:
    now = custodian.now()
    connected = Credential.objects.filter(account__status=PlatformAccount.Status.CONNECTED)
    for credential in connected.select_related("account", "shop").order_by("pk"):
        account = credential.shop or credential.account
        if credential.shop and credential.shop.status != Shop.Status.CONNECTED:
            continue
        if credential.access_expires_at and credential.access_expires_at <= now:
            text = _("The access token of %(account)s expired at %(when)s and was not renewed.")
            told = text % {"account": account, "when": credential.access_expires_at.isoformat(timespec="minutes")}
            yield Finding(
                "tokens", ERROR, told, _("Run `manage.py refresh_tokens --wait`; it says what is in the way.")
            )
        ends = credential.refresh_expires_at
        if ends and ends <= now + ENDING and not credential.api_key:
            text = _("The refresh token of %(account)s ends at %(when)s, and there is no key to log in with.")
            told = text % {"account": account, "when": ends.isoformat(timespec="minutes")}
            yield Finding("tokens", WARNING, told, _("Connect the account again before that."))


def _authorizations() -> Iterator[Finding]:
    for expiry in expiries.ending():
        if expiry.authorization_expires_at and expiry.authorization_expires_at == expiry.ends_at:
            text = _("The authorization of %(name)s (%(account)s) ends at %(when)s.") % {
                "name": expiry.name,
                "account": expiry.account,
                "when": expiry.ends_at.isoformat(timespec="minutes"),
            }
            yield Finding("authorizations", WARNING, text, expiry.next_step)


def _hosts() -> Iterator[Finding]:
    used = PlatformAccount.objects.filter(status=PlatformAccount.Status.CONNECTED).select_related("app").order_by("pk")
    asked: set[str] = set()
    for account in used:
        platform = Platform(account.platform)
        url, where = str(getattr(settings, HOSTS[platform])).rstrip("/"), HOSTS[platform]
        if account.app and platform in by_consent():
            try:
                own = consenting_for(platform).address(account.app)
            except Refused:
                continue  # its app is a finding of its own
            url, where = own, where if own == url else _("the portal of %(app)s") % {"app": account.app}
        if url not in asked:
            asked.add(url)
            yield from _host(str(platform.label), url, where)


def _host(platform: str, url: str, where: str) -> Iterator[Finding]:
    """Ask the host for nothing in particular: it has to answer, with whatever status; no quota is spent."""
    host = urlsplit(url).netloc
    # No proxy, as in the transport; and a redirect is an answer too.
    opener = build_opener(ProxyHandler({}), _NoRedirect())
    try:
        with opener.open(Request(url, method="HEAD"), timeout=HOST_TIMEOUT_S) as reply:  # noqa: S310 - our own setting
            dated = reply.headers.get("Date", "")
    except HTTPError as error:
        with error:
            dated = error.headers.get("Date", "")
    except (URLError, OSError, HTTPException, ValueError) as error:
        reason = mask_text(str(getattr(error, "reason", error)))
        text = _("%(platform)s (%(host)s) can't be reached: %(reason)s") % {
            "platform": platform,
            "host": host,
            "reason": reason,
        }
        yield Finding("hosts", ERROR, text, _("Check the network, the firewall and %(name)s.") % {"name": where})
        return
    yield Finding("hosts", OK, _("%(platform)s (%(host)s) answers.") % {"platform": platform, "host": host})
    try:
        skew = parsedate_to_datetime(dated) - datetime.now(UTC)
    except (TypeError, ValueError):
        return  # it says no time
    if abs(skew) > SKEW:
        yield _skewed(host, skew)


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_args: object, **_named: object) -> None:
        return None


def _skewed(whose: str, skew: timedelta) -> Finding:
    text = _("The clock of this machine and that of %(whose)s differ by %(seconds)d s.")
    told = text % {"whose": whose, "seconds": abs(skew.total_seconds())}
    return Finding("clock", ERROR, told, _("Let the machine set its clock by NTP: tokens expire by it."))
