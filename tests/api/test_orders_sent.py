"""Packages, their papers and carrier rules in the API."""

import io
from decimal import Decimal

import pytest
from pypdf import PdfReader
from reportlab.pdfgen.canvas import Canvas

from integrations.models import SyncJob
from orders.models import CarrierRule, CustomsDeclaration, Label, Package
from tests.factories_orders import make_line, make_order, make_package, make_purchase, make_sold_variant
from tests.factories_selling import make_seller

from .support import error

pytestmark = pytest.mark.django_db

PACKAGES, RULES = "/api/v1/packages/", "/api/v1/carrier-rules/"


def ids(answer):
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


def sheet(text: str) -> bytes:
    """Return a label of one page."""
    file = io.BytesIO()
    canvas = Canvas(file)
    canvas.drawString(100, 700, text)
    canvas.save()
    return file.getvalue()


def pages(answer) -> list[str]:
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf"), answer.content
    return [page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages]


def make_parcel(**columns) -> Package:
    order = make_order()
    make_line(order, make_sold_variant())
    return make_package(order, **columns)


def make_label(package: Package) -> Label:
    content = sheet(f"LABEL {package.external_id}")
    return Label.objects.create(package=package, status="ready", content=content, content_type="application/pdf")


@pytest.fixture
def package():
    return make_parcel()


def test_packages_are_listed_and_filtered(api, package):
    other = make_parcel(status="in_transit", tracking_number="SPX1", is_gone=True)
    assert ids(api.get(PACKAGES)) == [other.pk, package.pk]
    for query in (
        {"status": "in_transit"},
        {"tracking_number": "SPX1"},
        {"is_gone": "true"},
        {"order": other.order_id},
        {"shop": other.order.shop_id},
        {"number": other.external_id},
    ):
        assert ids(api.get(PACKAGES, query)) == [other.pk], query
    assert ids(api.get(PACKAGES, {"queue": "to_ship"})) == [package.pk]


def test_a_package_shows_its_label_without_its_content(api, package):
    make_label(package)
    told = api.get(f"{PACKAGES}{package.pk}/").json()
    assert (told["label"]["status"], told["label"]["printed_at"], "content" in told["label"]) == ("ready", None, False)
    assert [row["quantity"] for row in told["lines"]] == [1]
    assert told["possible"] == ["processing", "cancelled"]


def test_shipping_is_arranged_by_a_job_as_it_was_said(api, package):
    answer = api.post(f"{PACKAGES}{package.pk}/arrange/", {"how": {"kind": "dropoff", "branch_id": "12"}})
    assert answer.status_code == 202, answer.content
    job = SyncJob.objects.get()
    assert answer.json() == {"taken": [package.pk], "refused": [], "jobs": [job.pk]}
    package.refresh_from_db()
    assert (job.key, package.way_asked["kind"], package.way_asked["branch_id"]) == (
        f"arrange:{package.order.shop_id}",
        "dropoff",
        "12",
    )


def test_of_many_each_is_arranged_or_told_why_not(api, package):
    gone = make_parcel(is_gone=True)
    told = api.post(f"{PACKAGES}arrange/", {"packages": [package.pk, gone.pk]}).json()
    assert (told["taken"], [row["id"] for row in told["refused"]]) == ([package.pk], [gone.pk])
    assert "is not there any more" in told["refused"][0]["message"]
    body = error(api.post(f"{PACKAGES}arrange/", {"packages": [gone.pk]}), 409)
    assert "is not there any more" in body["message"]


@pytest.mark.parametrize(
    ("body", "field"),
    [({"how": {"kind": "drone"}}, "how.kind"), ({"how": {}}, "how.kind"), ({"by": "air"}, "by")],
)
def test_a_way_that_is_none_is_named(api, package, body, field):
    assert error(api.post(f"{PACKAGES}{package.pk}/arrange/", body), 400)["field"] == field
    assert not SyncJob.objects.exists()


def test_a_label_is_fetched_by_a_job(api, package):
    assert "Arrange the shipping" in error(api.post(f"{PACKAGES}{package.pk}/label/"), 409)["message"]
    Package.objects.update(arranged_at="2026-11-21T08:00:00Z")
    told = api.post(f"{PACKAGES}label/", {"packages": [package.pk]}).json()
    job = SyncJob.objects.get()
    assert (told["taken"], told["jobs"], job.key) == ([package.pk], [job.pk], f"labels:{package.order.shop_id}")


def test_labels_come_as_one_pdf_and_are_noted_as_printed(api, package):
    make_label(package)
    bare = make_parcel()
    found = pages(api.post(f"{PACKAGES}labels/", {"packages": [package.pk, bare.pk]}))
    assert len(found) == 2
    assert sum(f"LABEL {package.external_id}" in text for text in found) == 1
    assert Label.objects.get().printed_at is not None


@pytest.mark.parametrize("paper", ["packing-slips", "pick-list"])
def test_paper_for_the_warehouse_may_be_printed_by_who_may_view(reader, package, paper):
    sku = package.lines.get().line.variant.sku
    answer = reader.post(f"{PACKAGES}{paper}/", {"packages": [package.pk]}, headers={"accept": "application/pdf"})
    assert sku in "".join(pages(answer))
    assert answer["Content-Disposition"] == f'attachment; filename="{paper}.pdf"'


def test_what_is_wrong_is_told_in_json_to_who_asks_for_a_pdf(api, reader, package):
    asked = {"accept": "application/pdf"}
    assert error(api.post(f"{PACKAGES}labels/", {"packages": []}, headers=asked), 400)["field"] == "packages"
    assert error(reader.post(f"{PACKAGES}labels/", {"packages": [package.pk]}, headers=asked), 403)


def test_a_label_is_handed_in_when_it_is_paid(api, package):
    address = f"{PACKAGES}{package.pk}/upload/"
    assert "is not sent under the marketplace's label" in error(api.post(address), 409)["message"]
    purchase = make_purchase(package.order, label="marketplace", status="paid", external_id="CJ1")
    Package.objects.update(purchase=purchase)
    make_label(package)
    answer = api.post(address, {"carrier": "SPX"})
    job = SyncJob.objects.get()
    purchase.refresh_from_db()
    assert (answer.status_code, answer.json(), job.key) == (202, {"job": job.pk}, f"waybills:{purchase.account_id}")
    assert purchase.label_carrier == "SPX"


def test_where_there_is_nothing_to_tell_or_to_ask_it_says_so(api, package):
    for action in ("tell", "track", "merge", "split"):
        assert error(api.post(f"{PACKAGES}{package.pk}/{action}/"), 409)["message"], action
    assert error(api.post(f"{PACKAGES}tell/", {"packages": [package.pk]}), 409)["message"]
    assert not SyncJob.objects.exists()


def test_an_order_is_split_as_it_is_said(api):
    order = make_order()
    one, two = (make_line(order, make_sold_variant()) for _each in range(2))
    package = make_package(order, facts={"can_split": True})
    parts = [{one.external_id: 1}, {two.external_id: 1}]
    wrong = [{one.external_id: 2}, {two.external_id: 1}]
    assert error(api.post(f"{PACKAGES}{package.pk}/split/", {"parts": wrong}), 409)["message"]
    assert not SyncJob.objects.exists()
    answer = api.post(f"{PACKAGES}{package.pk}/split/", {"parts": parts})
    assert answer.status_code == 202, answer.content
    assert SyncJob.objects.get().kwargs["parts"] == parts


def test_a_package_is_measured(api, package):
    answer = api.post(f"{PACKAGES}{package.pk}/measure/", {"weight_g": "420"})
    assert (answer.status_code, answer.json()["weight_g"], answer.json()["length_mm"]) == (200, "420.00", None)
    assert error(api.post(f"{PACKAGES}{package.pk}/measure/", {"weight_g": "-1"}), 400)["field"] == "weight_g"


def test_customs_papers_name_what_is_missing(api, package):
    address = f"{PACKAGES}{package.pk}/customs/"
    assert error(api.post(address), 409)["message"]
    assert not CustomsDeclaration.objects.exists()
    assert error(api.get(f"{PACKAGES}{package.pk}/commercial-invoice/"), 409)["message"]


def test_who_may_only_view_sends_nothing(reader, package):
    for action in ("arrange", "label", "upload", "tell", "split", "merge", "track", "measure", "customs"):
        assert error(reader.post(f"{PACKAGES}{package.pk}/{action}/"), 403)["code"] == "permission_denied", action
    assert not SyncJob.objects.exists()


# --- carrier rules


def test_a_carrier_rule_is_made_changed_and_deleted(api):
    seller = make_seller()
    body = {"name": "Light", "account": seller.pk, "countries": ["my"], "heaviest_g": "2000", "most_days": 12}
    made = api.post(RULES, body)
    assert made.status_code == 201, made.content
    told = made.json()
    assert (told["countries"], told["heaviest_g"], told["prefer"], told["position"]) == (
        ["MY"],
        "2000.00",
        "cheapest",
        100,
    )
    address = f"{RULES}{told['id']}/"
    changed = api.patch(address, {"prefer": "fastest", "most_days": None}).json()
    assert (changed["prefer"], changed["most_days"], changed["countries"]) == ("fastest", None, ["MY"])
    assert ids(api.get(RULES, {"account": seller.pk, "is_active": "true"})) == [told["id"]]
    assert api.delete(address).status_code == 204
    assert not CarrierRule.objects.exists()


@pytest.mark.parametrize(
    ("body", "field", "status"),
    [
        ({}, "name", 400),
        ({"name": "x", "prefer": "nearest"}, "prefer", 400),
        ({"name": "x", "prefer": "listed"}, "names", 409),
        ({"name": "x", "countries": ["1!"]}, "countries", 409),
        ({"name": "x", "ioss_kind": 2}, "ioss_number", 409),
        ({"name": "x", "heaviest_g": str(Decimal("0"))}, "heaviest_g", 409),
    ],
)
def test_a_rule_that_is_none_is_named(api, body, field, status):
    assert error(api.post(RULES, body), status)["field"] == field
    assert not CarrierRule.objects.exists()
