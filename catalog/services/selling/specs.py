"""What a category of a selling account asks and allows: cached per account, read again when it is old."""

from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import PlatformAccount
from catalog.models import Brand, Category, CategorySpec
from catalog.services.checking import check_connected
from catalog.services.cleaning import clean_json, clean_text
from catalog.services.columns import is_id
from integrations import jobs, lanes
from integrations.channels import BrandData, CategoryRules, Choice
from integrations.gateways import channel_for
from integrations.models import Lane, SyncJob

from . import codec
from .pricing import sells_globally

OLD = timedelta(days=7)  # rules that were read longer ago are read again
MOST_FOUND = 20  # brands and values shown for what was typed


def spec_of(account: PlatformAccount, category: Category) -> CategorySpec | None:
    """Return the category's rules as they were read last; None where they never were. Asks no platform."""
    return CategorySpec.objects.filter(account=account, category=category).first()


def rules_of(spec: CategorySpec) -> CategoryRules:
    """Return the rules that were kept."""
    return codec.record(CategoryRules, spec.rules)


def is_old(spec: CategorySpec) -> bool:
    """Tell whether the rules were read so long ago that they should be read again."""
    return timezone.now() - spec.read_at > OLD


def request_spec(account: PlatformAccount, category: Category, *, requested_by: str = "") -> SyncJob:
    """Queue a reading of what a category asks. Raise Refused for a category where no product may stand."""
    check_connected(account)
    check_category(account, category)
    return jobs.enqueue(
        "catalog.tasks.read_spec",
        key=f"spec:{account.pk}:{category.pk}",
        lane=Lane.PUBLISH,
        account=account,
        requested_by=requested_by,
        account_id=account.pk,
        category_id=category.pk,
    )


def request_spec_where_old(account: PlatformAccount, category: Category, *, requested_by: str = "") -> SyncJob | None:
    """Queue a reading where the rules are old or were never read; None where they are fresh, or none can be read."""
    spec = spec_of(account, category)
    if (spec and not is_old(spec)) or not account.is_connected or not category.is_leaf:
        return None
    return request_spec(account, category, requested_by=requested_by)


def read_spec(account: PlatformAccount, category: Category) -> CategorySpec:
    """Ask the platform what a category asks, and keep it."""
    rules = channel_for(account).rules(category.external_id)
    with transaction.atomic():
        jobs.hold()
        spec, _made = CategorySpec.objects.update_or_create(
            account=account,
            category=category,
            defaults={"rules": clean_json(codec.plain(rules)), "read_at": timezone.now()},
        )
    return spec


def categories_of(account: PlatformAccount) -> QuerySet[Category]:
    """Return the categories in which an account's products stand: one tree for all markets, or that of its own."""
    market = "" if sells_globally(account) else account.region
    return Category.objects.filter(platform=account.platform, market=market)


def check_category(account: PlatformAccount, category: Category, *, field: str = "category_id") -> None:
    """Raise Refused for another platform's or market's category, and for one that has others below it."""
    if category.platform != account.platform:
        raise Refused(_("The category is of another platform. Choose one of the account's own."), field=field)
    if not categories_of(account).filter(pk=category.pk).exists():
        raise Refused(_("The category is of another market. Choose one of the account's own."), field=field)
    if not category.is_leaf:
        words = _("“%(category)s” has categories below it. Choose one of those.")
        raise Refused(words % {"category": category}, field=field)


# --- brands and searched values


def request_brands(account: PlatformAccount, category: Category, *, requested_by: str = "") -> SyncJob:
    """Queue a reading of all brands that a category knows."""
    check_connected(account)
    check_category(account, category)
    return _enqueue_brands(account, category, requested_by=requested_by)


def _enqueue_brands(account: PlatformAccount, category: Category, *, cursor: str = "", requested_by: str) -> SyncJob:
    return jobs.enqueue(
        "catalog.tasks.read_brands",
        key=f"brands:{account.pk}:{category.pk}",
        account=account,
        requested_by=requested_by,
        account_id=account.pk,
        category_id=category.pk,
        cursor=cursor,
    )


def read_brands(account: PlatformAccount, category: Category, *, cursor: str = "") -> int:
    """Read a category's brands page by page and return how many were met; a long reading goes on in another job.

    Brands that the platform no longer names are deleted where one turn has read all of them.
    """
    channel, met, whole = channel_for(account), set[str](), not cursor
    while True:
        page = channel.brands(category.external_id, cursor=cursor)
        _save_brands(account, category, page.brands)
        met |= {brand.external_id for brand in page.brands}
        cursor = page.cursor
        if not cursor:
            break
        if jobs.should_yield():
            job = jobs.current()
            _enqueue_brands(account, category, cursor=cursor, requested_by=job.requested_by if job else "")
            return len(met)
    with transaction.atomic():
        jobs.hold()
        if whole:
            Brand.objects.filter(account=account, category=category).exclude(external_id__in=met).delete()
        CategorySpec.objects.filter(account=account, category=category).update(brands_read_at=timezone.now())
    return len(met)


def _save_brands(account: PlatformAccount, category: Category, said: tuple[BrandData, ...]) -> None:
    rows = [
        Brand(account=account, category=category, external_id=brand.external_id, name=clean_text(brand.name)[:200])
        for brand in {brand.external_id: brand for brand in said if is_id(brand.external_id)}.values()
    ]
    with transaction.atomic():
        jobs.hold()
        Brand.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["account", "category", "external_id"],
            update_fields=["name"],
        )


def find_brands(account: PlatformAccount, category: Category, text: str = "") -> list[Brand]:
    """Return brands of a category in whose name the text stands, those that begin with it first; from what was read."""
    known = Brand.objects.filter(account=account, category=category)
    begins = list(known.filter(name__istartswith=text.strip())[:MOST_FOUND])
    rest = known.filter(name__icontains=text.strip()).exclude(pk__in=[brand.pk for brand in begins])
    return [*begins, *rest[: MOST_FOUND - len(begins)]]


def find_values(account: PlatformAccount, field_id: str, text: str) -> tuple[Choice, ...]:
    """Ask the platform for values of a field in which the text stands, while a person waits."""
    check_connected(account)
    with lanes.use(Lane.STOCK, patience=lanes.PATIENCE_OF_A_PERSON):
        return channel_for(account).find_values(field_id, text.strip()).choices
