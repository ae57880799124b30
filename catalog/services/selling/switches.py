"""Which global edits flow down to a shop's listings: kept here, told to the platform, which never tells them back."""

from dataclasses import asdict

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import Shop
from catalog.models import FieldSync
from integrations import jobs
from integrations.channels import FieldSwitches
from integrations.errors import Rejected
from integrations.gateways import channel_for
from integrations.models import Lane

from . import common

NAMES = tuple(asdict(FieldSwitches()))


def of(shop: Shop) -> FieldSwitches:
    """Return the shop's switches; all on where nobody has set them, as the platform begins."""
    row = FieldSync.objects.filter(shop=shop).first()
    return _of(row) if row else FieldSwitches()


def save(shop: Shop, switches: FieldSwitches, by: str) -> FieldSync:
    """Keep the shop's switches and queue telling the platform all five.

    Raise Refused for a shop whose listings come from no global products, or whose account is not connected.
    """
    common.check_selling(shop.account)
    if not shop.upgraded or shop.account.is_shop:
        words = _("The listings of %(shop)s don't come from global products: there is nothing to switch.")
        raise Refused(words % {"shop": shop}, field="shop")
    with transaction.atomic():
        Shop.objects.select_for_update().get(pk=shop.pk)  # two people who save at once, one after the other
        row = FieldSync.objects.filter(shop=shop).first() or FieldSync(shop=shop)
        if row.pk is not None and _of(row) == switches and row.sent_at and not row.problem:
            return row
        for name in NAMES:
            setattr(row, name, getattr(switches, name))
        row.sent_at, row.problem = None, ""
        row._change_reason = (_("Set by %(by)s") % {"by": by})[:100]  # type: ignore[attr-defined]  # of its history
        row.save()
        jobs.enqueue(
            "catalog.tasks.send_switches",
            key=f"switches:{shop.pk}",
            lane=Lane.PUBLISH,
            account=shop.account,
            requested_by=by,
            shop_id=shop.pk,
        )
    return row


def send(shop_id: int) -> None:
    """Tell the platform the shop's switches; all five, absolute, so a lost answer is answered by telling them again."""
    row = FieldSync.objects.select_related("shop__account").filter(shop=shop_id).first()
    if row is None:
        return
    sent = _of(row)
    try:
        with common.repeatable():
            channel_for(row.shop.account).set_switches({row.shop.external_id: sent})
    except Rejected as error:
        _note(row, sent, problem=str(error))
        raise
    _note(row, sent, problem="")


def _note(row: FieldSync, sent: FieldSwitches, *, problem: str) -> None:
    """Write what became of it, unless somebody has set them differently meanwhile: another job tells those."""
    with transaction.atomic():
        jobs.hold()
        known = FieldSync.objects.select_for_update(of=("self",)).get(pk=row.pk)
        if _of(known) != sent:
            return
        FieldSync.objects.filter(pk=row.pk).update(sent_at=None if problem else timezone.now(), problem=problem)


def _of(row: FieldSync) -> FieldSwitches:
    return FieldSwitches(**{name: getattr(row, name) for name in NAMES})
