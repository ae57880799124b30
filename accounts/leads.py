"""Sellers who are being won: an account that is not connected yet, and how far it is (design.md §5)."""

from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from .errors import Refused
from .models import Platform, PlatformAccount

LONGEST_NAME = 100
LeadStatus = PlatformAccount.LeadStatus


def create(platform: str, *, name: str, seller_center: str = "", by: str = "") -> PlatformAccount:
    """Write down a seller who is to be won; connecting turns the row into that seller's account."""
    name = name.strip()
    if platform not in Platform.values:
        raise Refused(
            _("%(platform)s is no platform. Known: %(known)s.")
            % {"platform": platform or "?", "known": ", ".join(Platform.values)},
            field="platform",
        )
    if not name or len(name) > LONGEST_NAME:
        raise Refused(_("Give the seller a name of 1 to %(limit)d characters.") % {"limit": LONGEST_NAME}, field="name")
    if seller_center not in PlatformAccount.SellerCenter.values:
        known = ", ".join(filter(None, PlatformAccount.SellerCenter.values))
        raise Refused(_("Not a seller center. Use one of: %(known)s.") % {"known": known}, field="seller_center")
    lead = PlatformAccount(
        platform=platform,
        name=name,
        external_id=f"lead-{uuid4().hex[:12]}",
        seller_center=seller_center,
        lead_status=LeadStatus.NEW,
        status=PlatformAccount.Status.DISCONNECTED,
    )
    _say(lead, by)
    lead.save()
    return lead


@transaction.atomic
def move(account: PlatformAccount, to: str, by: str = "") -> None:
    """Take a lead one step on; Refused where that step is not the next from where it is."""
    row = PlatformAccount.objects.select_for_update().get(pk=account.pk)
    steps = PlatformAccount.LEAD_STEPS[LeadStatus(row.lead_status)]
    if to not in steps:
        allowed = ", ".join(step.value for step in steps) or _("none: it is won, connecting decides from here on")
        raise Refused(
            _("%(account)s is %(now)s and can't become %(to)s. Possible: %(allowed)s.")
            % {
                "account": row.name,
                "now": row.get_lead_status_display(),
                "to": to or LeadStatus.WON.label,
                "allowed": allowed,
            },
            field="lead_status",
        )
    row.lead_status = LeadStatus(to)
    _say(row, by)
    row.save(update_fields=["lead_status"])
    account.lead_status = row.lead_status


def next_steps(account: PlatformAccount) -> list[tuple[str, str]]:
    """Return where a lead may go from here: value and name."""
    steps = PlatformAccount.LEAD_STEPS[LeadStatus(account.lead_status)]
    return [(step.value, str(step.label)) for step in steps]


def _say(account: PlatformAccount, by: str) -> None:
    reason = _("lead: %(status)s") % {"status": account.get_lead_status_display()}
    if by:
        reason += f" ({by})"
    account._change_reason = reason[:100]  # type: ignore[attr-defined]
