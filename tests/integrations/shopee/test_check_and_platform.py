"""What the check lets pass is taken, and what is refused names the field that a person can mend."""

from dataclasses import replace
from decimal import Decimal

import pytest

from catalog.services.selling.requirements import Facts, check
from integrations.channels import PublishProgress, Value
from integrations.shopee.gateway import gateway_for
from tests.factories_shopee import make_draft

from .selling import books, publish, publish_until_refused

SIZED = "100191"  # a category that asks for the size of the package
MEASURED = "100182"  # asks how long the warranty is, in months or years


def first_shop(account, **said):
    draft = make_draft(account, **said)
    return replace(draft, shops=draft.shops[:1])


def sized(variant, millimeters):
    side = Decimal(millimeters)
    return replace(variant, length_mm=side, width_mm=side, height_mm=side)


def answered(rules):
    """Answer what is required, as the list of values has it."""
    return {
        field.external_id: (Value(external_id=field.choices[0].external_id, unit=field.choices[0].unit),)
        for field in rules.fields
        if field.required
    }


def errors(draft, rules):
    return [str(one) for one in check(draft, rules, Facts(category=draft.category_id)) if one.is_error]


def test_sizes_of_the_variants_stand_in_for_that_of_the_product(simulator, merchant):
    rules = gateway_for(merchant).rules(SIZED)
    assert rules.dimensions_required
    draft = first_shop(merchant, category_id=SIZED, attributes=answered(rules), length_mm=None, width_mm=None)
    draft = replace(draft, height_mm=None, days_to_ship=rules.days_to_ship[0][0])
    sides = (100, 200, 150, 120)
    variants = [sized(one, side) for one, side in zip(draft.variants, sides, strict=True)]
    draft = replace(draft, variants=tuple(variants))
    assert errors(draft, rules) == []

    done = publish(merchant, draft)

    assert [cell.status for cell in done.cells.values()] == ["live"]
    assert len([one for one in books(simulator, "global_items") if one["sku"] == "CJTOTE"]) == 1


def test_a_value_without_its_unit_does_not_pass(simulator, merchant):
    rules = gateway_for(merchant).rules(MEASURED)
    field = next(one for one in rules.fields if one.units and one.choices)
    plain = first_shop(merchant, category_id=MEASURED, days_to_ship=rules.days_to_ship[0][0])
    chosen = field.choices[0]
    draft = replace(plain, attributes=answered(rules) | {field.external_id: (Value(external_id=chosen.external_id),)})
    _progress, refusal = publish_until_refused(merchant, draft)
    assert (refusal.field, "takes one of the units" in str(refusal)) == ("attributes", True)

    whole = (Value(external_id=chosen.external_id, unit=chosen.unit),)
    done = publish(merchant, replace(draft, attributes=draft.attributes | {field.external_id: whole}))
    assert [cell.status for cell in done.cells.values()] == ["live"]


def test_an_option_in_another_language_is_told_at_the_variants(simulator, merchant):
    draft = first_shop(merchant)
    mixed = replace(draft.variants[0], options=("红 red", "S"))
    _progress, refusal = publish_until_refused(merchant, replace(draft, variants=(mixed, *draft.variants[1:])))
    assert (refusal.field, refusal.code) == ("variants", "error_check_language_fail")


@pytest.mark.parametrize("options", [(), ("Red",), ("Red", "S", "x")])
def test_a_variant_that_does_not_fit_its_axes_is_refused_before_a_call(simulator, merchant, options):
    draft = first_shop(merchant)
    broken = replace(draft, variants=(replace(draft.variants[0], options=options), *draft.variants[1:]))
    progress, refusal = publish_until_refused(merchant, broken)
    assert (refusal.field, progress) == ("axes", PublishProgress())
    assert [one for one in books(simulator, "global_items") if one["sku"] == "CJTOTE"] == []


def test_a_product_without_a_variant_is_refused_before_a_call(simulator, merchant):
    progress, refusal = publish_until_refused(merchant, replace(first_shop(merchant), variants=()))
    assert (refusal.field, progress) == ("variants", PublishProgress())
