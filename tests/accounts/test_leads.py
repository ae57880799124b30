"""Sellers who are being won: made, moved step by step, and never made from nothing (accounts/leads.py)."""

import pytest

from accounts import leads
from accounts.errors import Refused
from accounts.models import PlatformAccount

pytestmark = pytest.mark.django_db


def make_lead(**answers) -> PlatformAccount:
    return leads.create("shopee", **{"name": "Lanyue", "seller_center": "cnsc", "by": "ann", **answers})


def test_a_lead_is_an_account_that_is_not_connected_and_says_who_made_it():
    lead = make_lead()
    assert (lead.lead_status, lead.status, lead.seller_center) == ("new", "disconnected", "cnsc")
    assert lead.external_id.startswith("lead-")
    assert lead.history.get().history_change_reason == "lead: New (ann)"


def test_two_leads_of_one_name_are_two():
    assert make_lead().external_id != make_lead().external_id


@pytest.mark.parametrize(
    ("answers", "field"),
    [({"name": " "}, "name"), ({"name": "n" * 101}, "name"), ({"seller_center": "mars"}, "seller_center")],
)
def test_a_lead_with_a_wrong_answer_is_refused_and_not_made(answers, field):
    with pytest.raises(Refused) as refusal:
        make_lead(**answers)
    assert refusal.value.field == field
    assert not PlatformAccount.objects.exists()


@pytest.mark.parametrize(
    ("now", "to"),
    [(now, to) for now, steps in PlatformAccount.LEAD_STEPS.items() for to in steps],
)
def test_each_documented_step_is_taken_and_told(now, to):
    lead = make_lead()
    PlatformAccount.objects.filter(pk=lead.pk).update(lead_status=now)
    leads.move(lead, to, "bob")
    lead.refresh_from_db()
    assert lead.lead_status == to
    assert lead.history.first().history_change_reason.endswith("(bob)")


@pytest.mark.parametrize(
    ("now", "to"), [("new", "nurturing"), ("working", "new"), ("unqualified", "working"), ("new", "")]
)
def test_every_other_step_is_refused_with_the_possible_ones(now, to):
    lead = make_lead()
    PlatformAccount.objects.filter(pk=lead.pk).update(lead_status=now)
    with pytest.raises(Refused, match="Possible: ") as refusal:
        leads.move(lead, to, "bob")
    assert refusal.value.field == "lead_status"
    lead.refresh_from_db()
    assert lead.lead_status == now


def test_a_won_account_is_moved_no_more():
    account = PlatformAccount.objects.create(platform="shopee", name="Won", external_id="7")
    assert leads.next_steps(account) == []
    with pytest.raises(Refused, match="it is won"):
        leads.move(account, "working")
