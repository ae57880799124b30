"""Platforms' categories and suppliers' warehouses, kept as they are there; what is no longer named stays for ours."""

from collections.abc import Sequence
from dataclasses import replace

from django.db import transaction
from django.utils import timezone

from accounts.models import PlatformAccount
from catalog.models import Category, Warehouse
from integrations import jobs
from integrations.contracts import CategoryData, WarehouseData
from integrations.errors import NotFound
from integrations.gateways import channel_for, sells_on, supplier_for
from integrations.models import SyncJob

from . import bulk
from .bulk import Row
from .checking import check_connected
from .cleaning import clean_text, fit
from .columns import is_id
from .places import JOINT

_CATEGORY = ["name", "name_local", "level", "is_leaf", "path", "parent_id"]
_WAREHOUSE = ["name", "country_code", "address", "phone", "facts"]
STORAGES_A_TURN = 50  # read at most, before others have their turn


def request_categories(account: PlatformAccount, *, requested_by: str = "") -> SyncJob:
    """Queue a reading of the account's categories."""
    return _request(account, "catalog.tasks.read_categories", f"categories:{account.pk}", requested_by)


def request_warehouses(account: PlatformAccount, *, requested_by: str = "") -> SyncJob:
    """Queue a reading of the warehouse areas, and of those storages that were met in stock rows only."""
    return _request(account, "catalog.tasks.read_warehouses", f"warehouses:{account.pk}", requested_by)


def _request(account: PlatformAccount, task: str, key: str, requested_by: str) -> SyncJob:
    check_connected(account)
    return jobs.enqueue(task, key=key, account=account, requested_by=requested_by, account_id=account.pk)


def read_categories(account_id: int) -> int:
    """Bring our categories in line with the platform's; return how many were written."""
    account = PlatformAccount.objects.get(pk=account_id)
    sells = account.platform in sells_on()
    said = channel_for(account).categories() if sells else supplier_for(account).categories()
    by_market: dict[str, list[CategoryData]] = {}
    for data in said:  # parents come before their children
        if is_id(data.external_id):
            by_market.setdefault(data.market, []).append(data)
    with transaction.atomic():
        jobs.hold()
        return sum(_save_categories(account.platform, market, tree) for market, tree in by_market.items())


def _save_categories(platform: str, market: str, said: Sequence[CategoryData]) -> int:
    ours = Category.objects.filter(platform=platform, market=market)
    old = {row["external_id"]: row for row in bulk.rows_of(ours)}
    names = {data.external_id: data for data in said}
    written = 0
    for level in sorted({data.level for data in names.values()}):
        rows: list[Row] = []
        for data in sorted(names.values(), key=lambda data: data.external_id):
            if data.level != level:
                continue
            parent = old.get(data.parent_id)
            row = fit(Category, {"name": data.name, "name_local": data.name_local, "path": _path(data, names)}, [])
            row |= {"level": data.level, "is_leaf": data.is_leaf, "parent_id": parent and parent["id"]}
            row |= {"platform": platform, "market": market, "external_id": data.external_id}
            if data.external_id not in old or bulk.differ(old[data.external_id], row, _CATEGORY):
                rows.append(row | {"read_at": timezone.now()})
        bulk.upsert(Category, rows, unique=["platform", "market", "external_id"], update=[*_CATEGORY, "read_at"])
        old |= {row["external_id"]: row for row in rows}
        written += len(rows)
    return written


def _path(data: CategoryData, names: dict[str, CategoryData]) -> str:
    path, seen = [data.name], {data.external_id}
    while data.parent_id in names and data.parent_id not in seen:
        data = names[data.parent_id]
        seen.add(data.external_id)
        path.append(data.name)
    return JOINT.join(map(clean_text, reversed(path)))


def read_warehouses(account_id: int) -> int:
    """Bring the warehouse areas in line with the supplier's and read the storages not read yet; return how many."""
    account = PlatformAccount.objects.get(pk=account_id)
    supplier = supplier_for(account)
    written = _save_warehouses(account.platform, supplier.warehouses())
    unread = Warehouse.objects.filter(platform=account.platform, kind=Warehouse.Kind.STORAGE, read_at=None)
    waiting = list(unread.order_by("pk").values_list("external_id", flat=True)[: STORAGES_A_TURN + 1])
    for external_id in waiting[:STORAGES_A_TURN]:
        try:
            said = replace(supplier.warehouse(external_id), external_id=external_id, kind=Warehouse.Kind.STORAGE)
            written += _save_warehouses(account.platform, [said])
        except NotFound:  # a place of others: its stock is told, its address is not
            unread.filter(external_id=external_id).update(read_at=timezone.now())
    if len(waiting) > STORAGES_A_TURN:
        raise jobs.Again(0, progressed=True)
    return written


def _save_warehouses(platform: str, said: Sequence[WarehouseData]) -> int:
    """Write what differs; what the supplier leaves empty is kept as we know it."""
    with transaction.atomic():
        jobs.hold()
        ours = Warehouse.objects.filter(platform=platform, external_id__in=[data.external_id for data in said])
        old = {(row["kind"], row["external_id"]): row for row in bulk.rows_of(ours)}
        rows: dict[tuple[str, str], Row] = {}
        for data in said:
            if not is_id(data.external_id):
                continue
            kind = Warehouse.Kind.AREA if data.kind == Warehouse.Kind.AREA else Warehouse.Kind.STORAGE
            known = old.get((kind, data.external_id))
            told = fit(Warehouse, {name: getattr(data, name) for name in _WAREHOUSE}, [])
            row = {name: value or (known[name] if known else value) for name, value in told.items()}
            if known is None or known["read_at"] is None or bulk.differ(known, row, _WAREHOUSE):
                row |= {"platform": platform, "kind": kind, "external_id": data.external_id, "read_at": timezone.now()}
                rows[kind, data.external_id] = row
        written = list(rows.values())
        bulk.upsert(Warehouse, written, unique=["platform", "kind", "external_id"], update=[*_WAREHOUSE, "read_at"])
        return len(written)
