"""Customs papers: values that add up to the cent, codes that are not forgotten, a clearance that follows the parcel."""

from decimal import Decimal
from io import BytesIO

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from accounts.errors import Refused
from catalog.models import Warehouse
from integrations.sold import TrackData
from orders.models import CustomsDeclaration, PackageLine, StatusChange
from orders.services import customs, papers
from orders.services.checkpoints import SUPPLIER, keep
from orders.services.customs import NotDeclarable, shared
from orders.services.moves import NotPossible
from tests.factories import make_product, make_variant
from tests.factories_orders import make_line, make_order, make_package, make_purchase


def crossing(*goods, hs_code="4202.92.00", **columns):
    """Make a package of goods (pieces, price), all of one product, bought in China for Malaysia."""
    order = make_order()
    product = make_product(name="Tote bag", hs_code=hs_code)
    for pieces, price in goods or ((2, "17.40"),):
        variant = make_variant(product, weight_g=Decimal(350), external_id=f"V-{pieces}-{price}")
        make_line(order, variant, quantity=pieces, price=price and Decimal(price))
    return make_package(order, purchase=make_purchase(order, product.account, **columns))


def text_of(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)


# --- values


@given(
    st.lists(st.tuples(st.integers(1, 9), st.decimals("0.01", 9_999, places=2)), min_size=1, max_size=6),
    st.integers(0, 100_000),
)
def test_shares_add_up_to_the_cent_and_none_is_nothing(pieces, spare):
    amount = Decimal("0.01") * (sum(quantity for quantity, _worth in pieces) + spare)
    shares = shared(amount, pieces)
    assert [len(share) for share in shares] == [quantity for quantity, _worth in pieces]
    assert sum(unit for share in shares for unit in share) == amount
    assert min(unit for share in shares for unit in share) >= Decimal("0.01")
    assert all(max(share) - min(share) <= Decimal("0.01") for share in shares)


@pytest.mark.django_db
def test_a_declared_value_is_shared_by_price():
    package = crossing((3, "10.00"), (1, "30.00"), declared_value=Decimal("10.00"))
    declaration = customs.prepare(package, "ann")
    assert [(line["quantity"], line["unit_value"]) for line in declaration.lines] == [
        (2, "1.67"),
        (1, "1.66"),
        (1, "5.00"),
    ]
    assert (declaration.value, declaration.currency) == (Decimal("10.00"), "USD")
    assert customs.total(declaration.lines) == Decimal("10.00")


@pytest.mark.django_db
def test_packages_of_one_purchase_share_its_declared_value():
    first = crossing((3, "10.00"), declared_value=Decimal("10.00"))
    order, line = first.order, first.order.lines.get()
    PackageLine.objects.filter(package=first).update(quantity=1)
    second = make_package(order, purchase=first.purchase)
    PackageLine.objects.filter(package=second).update(quantity=2)
    declared = [customs.prepare(package, "ann").value for package in (first, second)]
    assert declared == [Decimal("3.33"), Decimal("6.67")]

    PackageLine.objects.filter(package=second).update(quantity=3)
    assert customs.findings(second) == [
        f"The package holds more of {line} than its purchase buys. Put the packages right first."
    ]


@pytest.mark.django_db
def test_without_a_declared_value_goods_are_worth_what_the_buyer_pays():
    Warehouse.objects.create(
        platform="cj", external_id="W1", name="Jinhua", address="1 Danxi Road", phone="+86 579", country_code="CN"
    )
    package = crossing((2, "17.40"), (1, "5.05"), warehouse_id="W1")
    declaration = customs.prepare(package, "ann")
    assert (declaration.value, declaration.currency) == (Decimal("39.85"), "MYR")
    assert declaration.lines[0] == {
        "name": "Tote bag",
        "sku": package.lines.first().line.variant.sku,
        "hs_code": "42029200",
        "origin": "CN",
        "quantity": 2,
        "unit_value": "17.40",
        "weight_g": "700.00",
    }
    assert declaration.number == f"CD-{package.pk:08}"
    assert {name: declaration.sender[name] for name in ("warehouse", "address", "country_code")} == {
        "warehouse": "Jinhua",
        "address": "1 Danxi Road",
        "country_code": "CN",
    }


# --- what is missing


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("hs_code", "problem"),
    [
        ("", "“Tote bag” has no HS code. Enter it on the product's page."),
        ("42", "The HS code “42” of “Tote bag” is not 6 to 10 digits. Mend it on the product's page."),
        ("none yet", "The HS code “none yet” of “Tote bag” is not 6 to 10 digits. Mend it on the product's page."),
    ],
)
def test_a_missing_code_names_the_product(hs_code, problem):
    package = crossing((1, "5.00"), (1, "6.00"), hs_code=hs_code)
    assert customs.findings(package) == [problem]
    with pytest.raises(NotDeclarable) as caught:
        customs.prepare(package, "ann")
    assert (str(caught.value), caught.value.field) == (problem, "hs_code")
    assert not CustomsDeclaration.objects.exists()


@pytest.mark.django_db
def test_other_things_that_are_missing_are_named():
    package = crossing((1, None))
    line = package.order.lines.get()
    assert customs.findings(package) == [f"{line} has no value. Enter a declared value in the purchase."]
    package = crossing((3, "1.00"), declared_value=Decimal("0.02"))
    assert customs.findings(package)[0].startswith("The declared value is less than a cent for each piece.")
    package = crossing()
    package.order.lines.update(variant=None)
    assert customs.findings(package) == [f"{package.order.lines.get()} has no variant. Match it first."]
    package.lines.all().delete()
    assert customs.findings(package) == ["The package holds nothing."]


@pytest.mark.django_db
def test_a_parcel_that_crosses_no_border_needs_no_papers():
    package = crossing(from_country="MY")
    with pytest.raises(NotDeclarable, match="stays in MY: it crosses no border"):
        customs.prepare(package, "ann")


# --- papers and clearance


@pytest.mark.django_db
def test_papers_are_prepared_once_and_anew_until_they_are_declared():
    package = crossing()
    first = customs.prepare(package, "ann")
    package.order.lines.update(price=Decimal("20.00"))
    again = customs.prepare(package, "ben")
    assert (again.pk, again.number, again.value) == (first.pk, first.number, Decimal("40.00"))
    customs.move(again, "declared", by="ben")
    package.order.lines.update(price=Decimal("99.00"))
    assert customs.prepare(package, "ann").value == Decimal("40.00")
    steps = StatusChange.objects.filter(machine="customs").values_list("old", "new", "by")
    assert list(steps) == [("", "prepared", "ann"), ("prepared", "declared", "ben")]
    with pytest.raises(NotPossible, match="can't become “Imported”"):
        customs.move(again, "imported", by="ben")


@pytest.mark.django_db
def test_the_clearance_follows_the_parcel_and_never_goes_back():
    package = crossing(tracking_number="1")
    declaration = customs.prepare(package, "ann")
    seen = []
    for status in (1, 4, 5, 6, 4, 7, 8, 12):
        keep({package.pk: TrackData(tracking_number="1", status=status)}, source=SUPPLIER)
        declaration.refresh_from_db()
        seen.append(declaration.status)
    assert seen == [
        "prepared", "declared", "cleared", "in_destination", "in_destination", "in_destination", "imported", "imported",
    ]  # fmt: skip


@pytest.mark.django_db
def test_the_invoice_adds_up_and_speaks_english():
    package = crossing((3, "10.00"), declared_value=Decimal("10.00"), tax_id="C-123", ioss_number="IM2760000742")
    with pytest.raises(Refused, match="Prepare the customs papers of") as caught:
        papers.commercial_invoice(package)
    assert caught.value.field == "customs"
    declaration = customs.prepare(package, "ann")
    with translation.override("zh-hans"):
        text = text_of(papers.commercial_invoice(package))
    for told in (
        "Commercial invoice", declaration.number, "42029200", "3.34", "6.66", "Total: 10.00 USD", "C-123",
        "IM2760000742", "Aisyah binti Ahmad", "12 Jalan Merdeka", package.order.external_id,
    ):  # fmt: skip
        assert told in text


@pytest.mark.django_db
def test_the_declaration_tells_weights_only_where_all_are_known():
    package = crossing((2, "10.00"), (1, "5.00"))
    customs.prepare(package, "ann")
    text = text_of(papers.customs_declaration(package))
    assert "Customs declaration" in text
    assert "1050.00 g" in text
    assert "25.00 MYR" in text
    package.order.lines.last().variant.product.variants.update(weight_g=None)
    customs.prepare(package, "ann")
    text = text_of(papers.customs_declaration(package))
    assert "not known" in text
    assert "Net weight\n" not in text
