"""What is wrong with an address, said before a parcel goes there."""

from dataclasses import replace

import pytest

from integrations.sold import AddressData
from orders.services import addresses

GOOD = AddressData(
    name="Ann Lee",
    phone="+65 6587 9973",
    lines=("79 Anson Road", "#01-01"),
    city="Singapore",
    zip_code="079906",
    country_code="SG",
)


def test_a_good_address_is_good_as_data_and_as_it_is_kept():
    assert addresses.check(GOOD) == []
    kept = {"name": "Ann", "phone": "65879973", "lines": ["79 Anson Road"], "city": "SG", "country_code": "SG"}
    assert addresses.check(kept | {"zip_code": "079906"}) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": " "}, "The address lacks the recipient's name."),
        ({"phone": ""}, "The address lacks a phone number."),
        ({"lines": ()}, "The address lacks the street."),
        ({"city": ""}, "The address lacks the town."),
        ({"country_code": "Singapore"}, "The address lacks the country."),
        ({"phone": "call me"}, "The phone number “call me” can't be dialled."),
        ({"phone": "- - - - -"}, "The phone number “- - - - -” can't be dialled."),
        ({"zip_code": ""}, "SG needs a postal code."),
        ({"zip_code": "7990"}, "“7990” is no postal code of SG: they look like 018956."),
        ({"zip_code": "０７９９０６"}, "“０７９９０６” is no postal code of SG: they look like 018956."),
        ({"name": "x" * 51}, "“xxxxxxxxxxxxxxxxxxxx…” is too long for a label: 50 characters are possible."),
    ],
)
def test_each_fault_is_said_alone(changes, words):
    assert addresses.check(replace(GOOD, **changes)) == [words]


def test_a_hidden_address_says_only_that():
    hidden = ["The marketplace hides parts of the address: the parcel needs the marketplace's own label."]
    assert addresses.check(replace(GOOD, masked=True, zip_code="")) == hidden
    assert addresses.check(replace(GOOD, name="A***e")) == hidden


@pytest.mark.parametrize("country", sorted(addresses.ZIP_FORMS))
def test_the_sample_of_each_country_has_its_form(country):
    sample = addresses.ZIP_FORMS[country][1]
    assert addresses.check(replace(GOOD, country_code=country, zip_code=sample)) == []


def test_the_tax_number_is_asked_for_where_customs_does():
    brazil = replace(GOOD, country_code="BR", zip_code="01310-100")
    assert addresses.check(brazil) == []
    assert addresses.check(brazil, tax_id="") == ["Customs of BR asks for the recipient's tax number."]
    assert addresses.check(brazil, tax_id="390.533.447-05") == []
    assert addresses.check(GOOD, tax_id="") == []
