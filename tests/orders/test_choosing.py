"""Which rule fits, which way it chooses, and what is no rule."""

from decimal import Decimal

import pytest

from accounts.errors import Refused
from orders.models import CarrierRule
from orders.services import choosing
from orders.services.choosing import CarrierRules, Case
from tests.factories import make_account
from tests.factories_orders import make_route
from tests.factories_selling import make_seller

ORDINARY = make_route("CJPacket Ordinary", "3.20", 5, 9)
FAST = make_route("DHL Official", "19.10", 3, 7)
SLOW = make_route("CJPacket Postal", "2.90", 12, 50)
SILENT = make_route("Boat", "0.90", None, None)
ALL = (ORDINARY, FAST, SLOW, SILENT)


@pytest.mark.parametrize(
    ("rule", "chosen"),
    [
        ({}, "Boat"),
        ({"prefer": "fastest"}, "DHL Official"),
        ({"prefer": "listed", "names": ["dhl official", "CJPacket Ordinary"]}, "DHL Official"),
        ({"names": ["CJPacket Ordinary", "DHL Official"]}, "CJPacket Ordinary"),
        ({"never": ["boat"]}, "CJPacket Postal"),
        ({"most_days": 9}, "CJPacket Ordinary"),
        ({"most_days": 2}, None),
        ({"names": ["Pigeon"]}, None),
    ],
)
def test_a_rule_chooses(rule, chosen):
    choice = choosing.choose(CarrierRule(**rule), ALL)
    assert (choice.route.name if choice.route else None) == chosen
    assert choice.reasons


def test_a_carrier_that_is_barred_is_not_chosen_and_the_reason_is_told():
    choice = choosing.choose(CarrierRule(), (ORDINARY, FAST), {"CJPacket Ordinary": "it asks for a phone."})
    assert choice.route == FAST
    assert choice.reasons[0] == "Not CJPacket Ordinary: it asks for a phone."


@pytest.mark.parametrize(
    ("wished", "served", "found"),
    [
        ("SPX", ["J&T", "SPX Express"], "SPX Express"),
        ("J&T Express", ["Else", "J&T"], "J&T"),
        ("Ninja Van", ["SPX Express"], ""),
        ("", ["SPX"], ""),
        ("SPX", [], ""),
    ],
)
def test_a_marketplaces_carrier_is_found_among_those_of_a_warehouse(wished, served, found):
    assert choosing.carrier_among(wished, served) == found


@pytest.mark.django_db
class TestRules:
    def case(self, **columns):
        given = {"account_id": 1, "country": "MY", "weight_g": Decimal(400), "total_usd": Decimal(20)}
        return Case(**given | columns)

    def first(self, **columns):
        return CarrierRules().first(self.case(**columns))[0].name

    def test_the_first_that_fits_decides(self):
        CarrierRule.objects.create(name="last", position=9)
        CarrierRule.objects.create(name="off", position=1, is_active=False)
        CarrierRule.objects.create(name="thai", position=2, countries=["TH"])
        CarrierRule.objects.create(name="light", position=3, heaviest_g=500, dearest=50)
        assert self.first() == "light"
        assert self.first(country="TH") == "thai"
        assert self.first(weight_g=Decimal(501)) == "last"
        assert self.first(weight_g=None) == "last"
        assert self.first(total_usd=None) == "last"

    def test_a_rule_of_another_account_fits_none_of_ours(self):
        seller = make_seller()
        CarrierRule.objects.create(name="theirs", account=seller)
        assert self.first(account_id=seller.pk) == "theirs"
        assert self.first(account_id=seller.pk + 1) == "Plain rule"

    def test_a_label_that_is_not_possible_passes_the_rule_over_and_says_so(self):
        CarrierRule.objects.create(name="labelled", position=1, label="marketplace")
        CarrierRule.objects.create(name="plain", position=2)
        rule, why = CarrierRules().first(self.case())
        assert rule.name == "plain"
        assert "“labelled” was passed over" in why[0]
        assert self.first(can_label=True) == "labelled"
        assert self.first(can_label=True, is_masked=True) == "labelled"

    def test_without_rules_a_hidden_address_goes_under_the_marketplaces_label(self):
        assert CarrierRules().first(self.case(is_masked=True, can_label=True))[0].label == "marketplace"
        assert CarrierRules().first(self.case(can_label=True))[0].label == "supplier"

    @pytest.mark.parametrize(
        ("answers", "field"),
        [
            ({"countries": ["Malaysia"]}, "countries"),
            ({"from_countries": "CN"}, "from_countries"),
            ({"heaviest_g": Decimal(0)}, "heaviest_g"),
            ({"dearest": Decimal(-1)}, "dearest"),
            ({"most_days": 0}, "most_days"),
            ({"prefer": "listed"}, "names"),
            ({"prefer": "luck"}, "prefer"),
            ({"label": "ours"}, "label"),
            ({"names": ["A", ""]}, "names"),
            ({"names": ["A"], "never": ["a"]}, "never"),
            ({"ioss_kind": 4}, "ioss_kind"),
            ({"ioss_kind": 2}, "ioss_number"),
            ({"ioss_kind": 3, "ioss_number": "IM1"}, "ioss_number"),
            ({"name": ""}, "name"),
            ({"colour": "red"}, "colour"),
        ],
    )
    def test_what_is_no_rule_is_refused_naming_the_field(self, answers, field):
        with pytest.raises(Refused) as refusal:
            choosing.create_rule(**{"name": "Rule"} | answers)
        assert refusal.value.field == field
        assert not CarrierRule.objects.exists()

    def test_a_suppliers_account_sells_nothing(self):
        with pytest.raises(Refused) as refusal:
            choosing.create_rule(name="Rule", account=make_account())
        assert refusal.value.field == "account"

    def test_a_rule_is_made_changed_and_taken_away(self):
        rule = choosing.create_rule(name=" Asia ", countries=["my", "SG", "MY"], never=["Boat "])
        assert (rule.name, rule.countries, rule.never) == ("Asia", ["MY", "SG"], ["Boat"])
        changed = choosing.update_rule(rule, position=5, from_countries=["cn"])
        assert (changed.name, changed.position, changed.from_countries) == ("Asia", 5, ["CN"])
        choosing.delete_rule(changed)
        assert not CarrierRule.objects.exists()
