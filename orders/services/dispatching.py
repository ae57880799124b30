"""Wishes to send many packages at once: arranged, then labelled, then printed; each row told for itself."""

from collections.abc import Iterable, Sequence

from django.db.models import Prefetch, QuerySet

from accounts.models import PlatformAccount, Shop
from integrations.models import SyncJob
from orders.machines import PackageStatus
from orders.models import Label, Order, Package

from . import arranging, arranging_rules, attention, labels
from .tables import Table


def ship(packages: Iterable[Package], by: str) -> Table[Package]:
    """Have packages arranged that are not, and labels fetched of those that are; say of each what became of it.

    The label of a package that is arranged now follows by itself.
    """
    rows = with_labels(Package.objects.filter(pk__in=[package.pk for package in packages]))
    table: Table[Package] = Table()
    bare, arranged = list[Package](), list[Package]()
    for package in rows:
        label = getattr(package, "label", None)
        if label is not None and label.status == Label.Status.READY:
            table.taken.append(package)
        elif package.arranged_at:
            arranged.append(package)
        elif reason := arranging_rules.why_not(package):
            table.refused.append((package, reason))
        else:
            bare.append(package)
    if bare:
        _add(table, arranging.request_arrangement(bare, by=by))
    if arranged:
        _add(table, labels.request_labels(arranged, by))
    return table


def _add(table: Table[Package], asked: Table[Package]) -> None:
    table.taken += asked.taken
    table.refused += asked.refused
    table.jobs += asked.jobs


def with_labels(rows: QuerySet[Package]) -> QuerySet[Package]:
    """Load packages with their orders and with how far their labels are."""
    shown = Prefetch("label", Label.objects.defer("content"))
    return rows.select_related("order__shop__account", "purchase").prefetch_related(shown).order_by("pk")


def to_send(
    accounts: Iterable[PlatformAccount], shops: Sequence[Shop] | None = None, orders: Sequence[Order] | None = None
) -> list[Package]:
    """Return the packages of these orders, else those of the accounts' shops that wait to be arranged or labelled."""
    if orders is not None:
        return _of(orders)
    keys = {
        pk
        for name in ("to_ship", "to_label")
        for pk in attention.QUEUES[name].of(accounts).order_by().values_list("pk", flat=True)
    }
    return _in(shops, Package.objects.filter(pk__in=keys))


def to_print(
    accounts: Iterable[PlatformAccount], shops: Sequence[Shop] | None = None, orders: Sequence[Order] | None = None
) -> list[Package]:
    """Return the packages of these orders, else those of the accounts' shops whose labels are there and not printed."""
    if orders is not None:
        return _of(orders)
    waiting = Package.objects.filter(
        label__status=Label.Status.READY, label__printed_at=None, is_gone=False, order__shop__account__in=accounts
    )
    return _in(shops, waiting.exclude(status=PackageStatus.CANCELLED))


def _of(orders: Sequence[Order]) -> list[Package]:
    rows = Package.objects.filter(order__in=orders, is_gone=False).exclude(status=PackageStatus.CANCELLED)
    return list(with_labels(rows))


def _in(shops: Sequence[Shop] | None, rows: QuerySet[Package]) -> list[Package]:
    return list(with_labels(rows if shops is None else rows.filter(order__shop__in=shops)))


def label_jobs(packages: Iterable[Package]) -> list[SyncJob]:
    """Return the jobs that fetch the labels of packages whose shipping is arranged."""
    rows = Label.objects.filter(
        package__in=[package.pk for package in packages], status__in=[Label.Status.WANTED, Label.Status.REQUESTED]
    )
    shops = Shop.objects.filter(pk__in=rows.values("package__order__shop")).select_related("account").order_by("pk")
    return [labels.request_fetch(shop) for shop in shops]
