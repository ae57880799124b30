"""Drafts: what a listing becomes on its way to a platform, as the rules of its category ask for it."""

import pytest

from catalog.models import GlobalListing, StockEntry, Variant
from catalog.services.selling import answers, publishing, pushing
from integrations import clock, jobs
from integrations.channels import Choice, FieldSpec, Span, Value
from integrations.clock import VirtualClock
from tests.channel_fake import make_rules
from tests.factories_selling import make_ready, make_seller, make_spec, make_target

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def virtual_time():
    """Let all waiting pass in a moment."""
    with clock.use(VirtualClock(start=clock.now())):
        yield


def test_more_pieces_than_can_be_said_go_out_once_and_not_again(market):
    """Where a category says no limit, what is published and what is pushed are cut alike."""
    category = make_target(account := make_seller())
    make_spec(account, category, make_rules(category.external_id, stock=Span()))
    listing = make_ready(account, category=category)
    Variant.objects.update(stock_total=2_000_000)

    publishing.request_publication(GlobalListing.objects.get(pk=listing.pk))
    jobs.work(until_quiet=True, patience=7200)

    assert set(StockEntry.objects.values_list("sent", flat=True)) == {999_999}
    assert pushing.differences(account) == []


def test_a_chosen_value_brings_its_unit(market):
    watts = Choice(external_id="7", label="5", unit="W")
    sizes = Choice(
        external_id="8",
        label="10",
        unit="cm",
        opens=(FieldSpec(external_id="30", label="Power", choices=(watts,), units=("W",)),),
    )
    fields = (FieldSpec(external_id="20", label="Length", choices=(sizes,), units=("cm", "m")),)
    category = make_target(account := make_seller())
    make_spec(account, category, make_rules(category.external_id, fields=fields))
    said = {"20": [{"external_id": "8", "text": "", "unit": ""}], "30": [{"external_id": "7", "text": "", "unit": ""}]}
    listing = make_ready(account, category=category, attributes=said)

    publishing.request_publication(GlobalListing.objects.get(pk=listing.pk))
    jobs.work(until_quiet=True, patience=7200)

    assert market.drafts[0].attributes == {
        "20": (Value(external_id="8", unit="cm"),),
        "30": (Value(external_id="7", unit="W"),),
    }


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        (
            FieldSpec(external_id="20", label="Length", choices=(Choice(external_id="8", label="10"),), units=("cm",)),
            Value(external_id="8"),
            "unit",
        ),
        (FieldSpec(external_id="20", label="Length", searchable=True, units=("cm",)), Value(external_id="8"), "unit"),
        (FieldSpec(external_id="20", label="Color", kind="text"), Value(text="Red", unit="cm"), "unit"),
    ],
    ids=["a value that has none", "a value that was searched for", "a field that is not measured"],
)
def test_units_that_do_not_fit_are_found(field, value, rule):
    found = answers.check_values((field,), {"20": (value,)})
    assert [(one.field, one.rule) for one in found] == [("attributes.20", rule)]
