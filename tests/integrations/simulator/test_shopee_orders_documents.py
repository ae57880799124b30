"""shopee.md §3.9: shipping documents are created, waited for and downloaded, in this order."""

import io
import re
import zipfile

import pytest
import requests

from tests.integrations.simulator.shopee_traders import plain_trader, trader

THERMAL, NORMAL = "THERMAL_AIR_WAYBILL", "NORMAL_AIR_WAYBILL"
PRINT_FIRST = "logistics.shipping_document_should_print_first"


@pytest.fixture
def shop(simulator):
    """Return the Chinese merchant's shop in Malaysia."""
    return trader(simulator)


def create(shop, *rows):
    return shop.post("logistics.create_shipping_document", order_list=list(rows))


def created(shop, sn, number, **more):
    reply = create(shop, {"order_sn": sn, "tracking_number": number, **more})
    assert reply["error"] == "", reply
    return reply


def result(shop, sn, **more):
    reply = shop.post("logistics.get_shipping_document_result", order_list=[{"order_sn": sn, **more}])
    (row,) = reply["response"]["result_list"]
    return row.get("status", ""), row["fail_error"]


def download(shop, *orders, **more):
    rows = [{"order_sn": sn} for sn in orders]
    return shop.raw("POST", "logistics.download_shipping_document", order_list=rows, **more)


def refusal(shop, *orders, **more):
    reply = download(shop, *orders, **more)
    assert reply.headers["Content-Type"] == "application/json"
    return reply.json()["error"]


def number_in(pattern, content):
    found = re.search(pattern, content)
    assert found is not None
    return int(found[1])


def pages(content):
    """Return the texts of each page, found the way a reader does: by the cross-reference table."""
    start = number_in(rb"startxref\n(\d+)\n%%EOF\n$", content)
    assert content[start : start + 4] == b"xref"
    offsets = [int(one) for one in re.findall(rb"^(\d{10}) 00000 n $", content[start:], re.M)]
    bodies = [content[offset : content.index(b"endobj", offset)] for offset in offsets]
    assert [int(body.split()[0]) for body in bodies] == list(range(1, len(bodies) + 1))
    assert sum(b"/Type /Page " in body for body in bodies) == sum(b"stream" in body for body in bodies)
    for body in bodies:
        if b"stream" in body:
            length = number_in(rb"/Length (\d+)", body)
            assert len(body.split(b"stream\n", 1)[1].rsplit(b"\nendstream", 1)[0]) == length
    return [[text.decode("latin-1") for text in re.findall(rb"\((.*)\) Tj", body)] for body in bodies if b"BT" in body]


def test_label_is_created_waited_for_and_downloaded(shop):
    sn, number = shop.processed()
    (package,) = shop.packages(sn)
    told = shop.done("logistics.get_shipping_document_parameter", order_list=[{"order_sn": sn}])["result_list"]
    assert (told[0]["suggest_shipping_document_type"], told[0]["selectable_shipping_document_type"]) == (
        THERMAL,
        [NORMAL, THERMAL],
    )
    assert refusal(shop, sn) == PRINT_FIRST
    created(shop, sn, number)
    assert result(shop, sn) == ("PROCESSING", "")
    assert refusal(shop, sn) == "logistics.download_later"
    shop.wait(20)
    assert result(shop, sn) == ("READY", "")
    reply = download(shop, sn)
    assert (reply.headers["Content-Type"], reply.content[:5]) == ("application/pdf", b"%PDF-")
    (lines,) = pages(reply.content)
    assert f"Tracking number: {number}" in lines
    assert f"Package: {package}" in lines
    assert shop.entries("documents") == [
        {"order_sn": sn, "package_number": package, "type": THERMAL, "tracking_number": number}
    ]
    (fetched,) = shop.entries("document_downloads")
    assert fetched == {"type": THERMAL, "packages": [package], "bytes": len(reply.content)}


def test_one_file_has_a_page_for_each_package(shop):
    made = [shop.processed() for _ in range(3)]
    for sn, number in made:
        created(shop, sn, number)
    shop.wait(20)
    found = pages(download(shop, *(sn for sn, _number in made)).content)
    assert [lines[1] for lines in found] == [f"Tracking number: {number}" for _sn, number in made]


def test_types_are_documents_of_their_own(shop):
    sn, number = shop.processed()
    created(shop, sn, number, shipping_document_type=NORMAL)
    shop.wait(20)
    assert result(shop, sn, shipping_document_type=NORMAL) == ("READY", "")
    assert refusal(shop, sn) == PRINT_FIRST
    assert download(shop, sn, shipping_document_type=NORMAL).content[:5] == b"%PDF-"
    assert refusal(shop, sn, shipping_document_type="POSTCARD") == "logistics.shipping_document_type_invalid"
    assert refusal(shop, sn, shipping_document_type="THERMAL_UNPACKAGED_LABEL") == (
        "logistics.shipping_document_type_invalid"
    )


def test_some_fail_and_are_repeated_in_the_warning(shop):
    sn, number = shop.processed()
    ready = shop.order()
    rows = [
        {"order_sn": sn, "tracking_number": number},
        {"order_sn": sn, "tracking_number": "WRONG"},
        {"order_sn": ready, "tracking_number": "X"},
        {"order_sn": "NOBODY"},
    ]
    reply = create(shop, *rows)
    assert reply["error"] == ""
    assert [row["fail_error"] for row in reply["response"]["result_list"]] == [
        "",
        "logistics.tracking_number_invalid",
        "logistics.order_status_error",
        "logistics.order_not_exist",
    ]
    assert reply["warning"] == [{"order_sn": one, "package_number": ""} for one in (sn, ready, "NOBODY")]
    assert len(shop.entries("documents")) == 1


def test_all_fail_and_so_does_the_call(shop):
    reply = create(shop, {"order_sn": "NOBODY"})
    assert reply["error"] == "common.batch_api_all_failed"
    assert reply["response"]["result_list"][0]["fail_message"] == "The order_sn is not exist."
    many = create(shop, *[{"order_sn": "NOBODY"}] * 51)
    assert many["error"].endswith("error_param")


def test_failed_document_is_created_again(shop):
    sn, number = shop.processed()
    shop.change(orders={"failing_documents": 1})
    created(shop, sn, number)
    shop.wait(20)
    asked = shop.post("logistics.get_shipping_document_result", order_list=[{"order_sn": sn}])
    assert asked["response"]["result_list"][0]["status"] == "FAILED"
    assert refusal(shop, sn) == "logistics.package_print_failed"
    created(shop, sn, number)
    assert refusal(shop, sn) == "logistics.download_later"
    shop.wait(20)
    assert download(shop, sn).content[:5] == b"%PDF-"


def test_label_of_another_number_is_good_no_more(shop):
    sn, number = shop.processed()
    created(shop, sn, number)
    shop.wait(20)
    other = shop.advance(shop.packages(sn)[0], "NEW_TRACKING_NUMBER")["tracking_number"]
    assert other != number == shop.entries("tracking_numbers")[-1]["before"]
    assert refusal(shop, sn) == PRINT_FIRST
    assert create(shop, {"order_sn": sn, "tracking_number": number})["error"] == "common.batch_api_all_failed"
    created(shop, sn, other)
    shop.wait(20)
    assert f"Tracking number: {other}" in pages(download(shop, sn).content)[0]


def test_nothing_is_printed_once_the_carrier_has_the_parcel(shop):
    sn, number = shop.processed()
    created(shop, sn, number)
    shop.wait(20)
    shop.advance(sn, "SHIPPED")
    assert refusal(shop, sn) == "logistics.order_status_error"
    assert create(shop, {"order_sn": sn, "tracking_number": number})["error"] == "common.batch_api_all_failed"


def test_preprint_channel_prints_before_the_arrangement(shop):
    channels = shop.get("logistics.get_channel_list")["response"]["logistics_channel_list"]
    early = next(one["logistics_channel_id"] for one in channels if one["preprint"])
    sn = shop.order(channel_id=early)
    assert create(shop, {"order_sn": sn})["error"] == ""
    shop.wait(20)
    other, number = shop.processed()
    created(shop, other, number)
    shop.wait(20)
    assert download(shop, sn).content[:5] == b"%PDF-"
    assert refusal(shop, sn, other) == "logistics.packages_can_not_download_together"


def test_split_order_is_printed_by_package(simulator):
    shop = plain_trader(simulator)
    sn = shop.order(lines=[{"sku": "HOME-MUG-1"}, {"unknown": True}], ways={"dropoff": []})
    items = [{"item_id": one["item_id"], "model_id": 0} for one in shop.detail(sn)["item_list"]]
    shop.done("order.split_order", order_sn=sn, package_list=[{"item_list": [one]} for one in items])
    first, _second = shop.packages(sn)
    assert shop.ship(sn, package_number=first) == ""
    shop.wait(60)
    number = shop.number(sn, package_number=first)
    reply = create(shop, {"order_sn": sn, "tracking_number": number})
    assert reply["response"]["result_list"][0]["fail_error"] == "logistics.package_number_not_exist"
    created(shop, sn, number, package_number=first)
    assert result(shop, sn, package_number=first) == ("PROCESSING", "")
    shop.advance(first, "DOCUMENT_READY")
    assert result(shop, sn, package_number=first) == ("READY", "")


@pytest.mark.parametrize(("kind", "first"), [("zip", b"PK\x03\x04"), ("html", b"<html")])
def test_sellers_settings_change_the_form_of_the_file(shop, kind, first):
    shop.change(orders={"document_format": kind, "document_seconds": 0})
    sn, number = shop.processed()
    created(shop, sn, number)
    content = download(shop, sn).content
    assert content.startswith(first)
    if kind == "zip":
        (name,) = zipfile.ZipFile(io.BytesIO(content)).namelist()
        content = zipfile.ZipFile(io.BytesIO(content)).read(name)
    assert number.encode() in content


@pytest.mark.parametrize(("when", "documents"), [("before", 0), ("after", 1)])
def test_cut_connection_before_or_after_a_document_is_created(shop, when, documents):
    sn, number = shop.processed()
    shop.simulator.control("faults", platform="shopee", path="logistics.create_shipping_document", when=when, cut=True)
    with pytest.raises(requests.ConnectionError):
        create(shop, {"order_sn": sn, "tracking_number": number})
    assert len(shop.entries("documents")) == documents
