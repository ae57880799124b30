"""What the client sends to CJ for each of its methods, and what it never sends."""

import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from email import message_from_bytes
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import responses
from django.conf import settings

from accounts.secrets import Secret
from integrations import clock
from integrations.cj.calls_orders import TIMELINESS
from integrations.cj.client import Client
from integrations.clock import VirtualClock
from integrations.errors import (
    AuthRequired,
    Invalid,
    NotFound,
    OutcomeUnknown,
    RefreshRefused,
    Rejected,
    TokenExpired,
)
from integrations.http import File, Transport
from integrations.models import ApiCall

from . import payloads

HOST = "https://cj.test"
TOKEN = "API@CJ1@CJ:access-token-in-plain"
PID, VID = "000B9312-456A-4D31-94BD-B083E2A198E8", "1371342252697325568"
PICTURE = "https://pictures.test/cup.jpg"

pytestmark = pytest.mark.django_db


@pytest.fixture
def cj() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def client() -> Client:
    return Client(Transport("cj", HOST), token=lambda: Secret(TOKEN))


def answer(cj: responses.RequestsMock, path: str, body: Any = None, *, status: int = 200) -> None:
    method = payloads.endpoint(path)["method"]
    said = payloads.body(path) if body is None else body
    cj.add(method, f"{HOST}/api2.0/v1{path}", body=json.dumps(said, default=float), status=status)


def refusal(code: int) -> dict[str, Any]:
    return {"code": code, "result": False, "message": "No", "data": None, "requestId": "r-1"}


ORDER = {
    "orderNumber": "PO-1-1",
    "shippingCountryCode": "SG",
    "shippingCountry": "Singapore",
    "shippingProvince": "Singapore",
    "shippingCity": "Singapore",
    "shippingCustomerName": "Ann Lee",
    "shippingAddress": "79 Anson Road",
    "shopAmount": Decimal("12.50"),
    "logisticName": "CJPacket Ordinary",
    "fromCountryCode": "CN",
    "shopLogisticsType": 2,
    "products": [{"vid": VID, "quantity": 2, "storeLineItemId": "L-1"}],
}
POD_EDIT = {"orderCode": "SD1", "lineItemId": "2505", "effectImgList": [PICTURE], "productionImgList": [PICTURE]}
FREIGHT = {"startCountryCode": "CN", "endCountryCode": "SG", "products": [{"vid": VID, "quantity": 2}]}
TRIAL = {
    "srcAreaCode": "CN",
    "destAreaCode": "SG",
    "skuList": ["CJ1-A"],
    "volume": Decimal("60.5"),
    "productProp": ["COMMON"],
    "freightTrialSkuList": [{"sku": "CJ1-A", "skuQuantity": 1}],
}

# One call of each method: its endpoint, and the query or body that it sends.
CALLS: list[tuple[str, Callable[[Client], Any], dict[str, Any]]] = [
    ("/authentication/logout", lambda cj: cj.logout(), {}),
    ("/setting/get", lambda cj: cj.get_settings(), {}),
    ("/product/getCategory", lambda cj: cj.get_category(), {}),
    ("/product/globalWarehouseList", lambda cj: cj.global_warehouse_list(), {}),
    (
        "/product/listV2",
        lambda cj: cj.list_v2(keyWord="hoodie", page=1, size=20, startSellPrice=Decimal("1.50"), supplierId=""),
        {"keyWord": "hoodie", "page": "1", "size": "20", "startSellPrice": "1.50"},
    ),
    ("/product/list", lambda cj: cj.product_list(pageNum=2, pageSize=200), {"pageNum": "2", "pageSize": "200"}),
    ("/product/query", lambda cj: cj.product_query(pid=PID), {"pid": PID, "features": "enable_inventory"}),
    (
        "/product/query",
        lambda cj: cj.product_query(
            variant_sku="CJ1-A", features=("enable_video", "enable_combine"), country_code="US"
        ),
        {"variantSku": "CJ1-A", "features": "enable_video,enable_combine", "countryCode": "US"},
    ),
    ("/product/addToMyProduct", lambda cj: cj.add_to_my_product(PID), {"productId": PID}),
    (
        "/product/myProduct/query",
        lambda cj: cj.my_product_query(page=2, keyword="CJ1"),
        {"keyword": "CJ1", "pageNum": "2", "pageNumber": "2", "pageSize": "100"},
    ),
    ("/product/variant/query", lambda cj: cj.variant_query(product_sku="CJ1"), {"productSku": "CJ1"}),
    (
        "/product/variant/queryByVid",
        lambda cj: cj.variant_query_by_vid(VID),
        {"vid": VID, "features": "enable_inventory"},
    ),
    ("/product/stock/queryByVid", lambda cj: cj.stock_query_by_vid(VID), {"vid": VID}),
    ("/product/stock/queryBySku", lambda cj: cj.stock_query_by_sku("CJ1"), {"sku": "CJ1"}),
    ("/product/stock/getInventoryByPid", lambda cj: cj.get_inventory_by_pid(PID), {"pid": PID}),
    ("/product/comments", lambda cj: cj.comments(PID), {"pid": PID, "pageNum": "1", "pageSize": "20"}),
    (
        "/product/productComments",
        lambda cj: cj.product_comments(PID, page=3, size=50, score=5),
        {"pid": PID, "pageNum": "3", "pageSize": "50", "score": "5"},
    ),
    (
        "/product/sourcing/create",
        lambda cj: cj.sourcing_create(
            product_name="Cup", product_image=PICTURE, third_product_id="SR-1", price=Decimal("2.50")
        ),
        {"productName": "Cup", "productImage": PICTURE, "thirdProductId": "SR-1", "price": "2.50"},
    ),
    ("/product/sourcing/query", lambda cj: cj.sourcing_query(["285"]), {"sourceIds": ["285"]}),
    ("/warehouse/detail", lambda cj: cj.warehouse_detail("201e67f6"), {"id": "201e67f6"}),
    ("/shopping/order/createOrderV3", lambda cj: cj.orders.create_order_v3(ORDER), ORDER | {"shopAmount": "12.50"}),
    ("/shopping/order/addCart", lambda cj: cj.orders.add_cart(["1", "2"]), {"cjOrderIdList": ["1", "2"]}),
    ("/shopping/order/addCartConfirm", lambda cj: cj.orders.add_cart_confirm(("1",)), {"cjOrderIdList": ["1"]}),
    (
        "/shopping/order/saveGenerateParentOrder",
        lambda cj: cj.orders.save_generate_parent_order("1958"),
        {"shipmentOrderId": "1958"},
    ),
    (
        "/shopping/order/list",
        lambda cj: cj.orders.list(order_ids=["2108"], page=2),
        {"pageNum": "2", "pageSize": "50", "orderIds": "2108"},
    ),
    (
        "/shopping/order/list",
        lambda cj: cj.orders.list(shipment_order_id="1958", status="UNPAID"),
        {"pageNum": "1", "pageSize": "50", "shipmentOrderId": "1958", "status": "UNPAID"},
    ),
    (
        "/shopping/order/getOrderDetail",
        lambda cj: cj.orders.get_order_detail("PO-1-1", features=TIMELINESS),
        {"orderId": "PO-1-1", "features": "LOGISTICS_TIMELINESS"},
    ),
    ("/shopping/order/deleteOrder", lambda cj: cj.orders.delete_order("2108"), {"orderId": "2108"}),
    (
        "/shopping/order/changeWarehouse",
        lambda cj: cj.orders.change_warehouse("SD1", "201e67f6"),
        {"orderCode": "SD1", "storageId": "201e67f6"},
    ),
    (
        "/shopping/order/podProductCustomPicturesEdit",
        lambda cj: cj.orders.pod_product_custom_pictures_edit([POD_EDIT]),
        {"podPicturesEditParams": [POD_EDIT]},
    ),
    ("/shopping/pay/getBalance", lambda cj: cj.payments.get_balance(), {}),
    (
        "/shopping/pay/payBalanceV2",
        lambda cj: cj.payments.pay_balance_v2("1958", "PAY1"),
        {"shipmentOrderId": "1958", "payId": "PAY1"},
    ),
    (
        "/logistic/freightCalculate",
        lambda cj: cj.logistics.freight_calculate(FREIGHT | {"zip": ""}),
        FREIGHT,
    ),
    (
        "/logistic/freightCalculateTip",
        lambda cj: cj.logistics.freight_calculate_tip([TRIAL]),
        {"reqDTOS": [TRIAL | {"volume": "60.5"}]},
    ),
    (
        "/logistic/getSupplierLogisticsTemplate",
        lambda cj: cj.logistics.get_supplier_logistics_template(["CJ1"]),
        {"skuList": ["CJ1"]},
    ),
    ("/logistic/trackInfo", lambda cj: cj.logistics.track_info(["CJPKL1"]), {"trackNumber": "CJPKL1"}),
    ("/logistic/getTrackInfo", lambda cj: cj.logistics.get_track_info(["CJPKL1"]), {"trackNumber": "CJPKL1"}),
]
UPLOADS = {"/shopping/order/uploadWaybillInfo", "/shopping/order/updateWaybillInfo"}
ANONYMOUS = {"/authentication/getAccessToken", "/authentication/refreshAccessToken"}


@pytest.mark.parametrize(("path", "call", "sent"), CALLS)
def test_a_method_sends_what_is_documented_and_returns_the_data_as_it_came(cj, client, path, call, sent):
    answer(cj, path)
    assert call(client) == payloads.data(path)
    (made,) = cj.calls
    request = made.request
    assert request.method == payloads.endpoint(path)["method"]
    assert request.headers["CJ-Access-Token"] == TOKEN
    if request.method in ("GET", "DELETE"):
        assert dict(parse_qsl(urlsplit(request.url).query)) == sent
        assert request.body is None
    elif path != "/authentication/logout":
        assert json.loads(request.body) == sent
        assert request.headers["Content-Type"] == "application/json"


def test_every_endpoint_has_a_method():
    assert {path for path, _call, _sent in CALLS} | ANONYMOUS | UPLOADS == set(payloads.PATHS)


@pytest.mark.parametrize(
    ("path", "send"),
    [
        ("/shopping/order/uploadWaybillInfo", lambda cj: cj.orders.upload_waybill_info),
        ("/shopping/order/updateWaybillInfo", lambda cj: cj.orders.update_waybill_info),
    ],
)
def test_a_label_travels_as_a_form_with_both_numbers_of_the_order(cj, client, path, send):
    answer(cj, path)
    label = File(name="label.pdf", content=b"%PDF-1.4 label", content_type="application/pdf", part="waybillFile")
    said = send(client)(order_id="2511", cj_order_id="DP2511", carrier="USPS", track_number="123", file=label)
    assert said is True
    (made,) = cj.calls
    assert made.request.headers["Content-Type"].startswith("multipart/form-data; boundary=")
    parts = message_from_bytes(
        b"Content-Type: " + made.request.headers["Content-Type"].encode() + b"\r\n\r\n" + made.request.body
    ).get_payload()
    sent = {part.get_param("name", header="content-disposition"): part for part in parts}
    texts = {name: part.get_payload() for name, part in sent.items() if name != "waybillFile"}
    assert texts == {
        "orderId": "2511",
        "cjOrderId": "DP2511",
        "cjShippingCompanyName": "USPS",
        "trackNumber": "123",
    }
    assert sent["waybillFile"].get_payload(decode=True) == b"%PDF-1.4 label"
    assert (sent["waybillFile"].get_filename(), sent["waybillFile"].get_content_type()) == (
        "label.pdf",
        "application/pdf",
    )
    assert ApiCall.objects.get().is_write is True


def test_numbers_of_several_parcels_and_orders_travel_as_repeated_names(cj, client):
    answer(cj, "/logistic/trackInfo")
    answer(cj, "/shopping/order/list")
    client.logistics.track_info(["A", "B"])
    client.orders.list(order_ids=["1", "2"])
    tracked, listed = (parse_qsl(urlsplit(made.request.url).query) for made in cj.calls)
    assert tracked == [("trackNumber", "A"), ("trackNumber", "B")]
    assert [pair for pair in listed if pair[0] == "orderIds"] == [("orderIds", "1"), ("orderIds", "2")]


def test_the_list_of_orders_is_never_asked_without_ids_or_a_status(client):
    with pytest.raises(ValueError, match="CANCELLED"):
        client.orders.list()
    with pytest.raises(ValueError, match="CANCELLED"):
        client.orders.list(shipment_order_id="1958")


def test_freight_is_read_by_post_and_may_be_repeated_while_a_write_is_not(cj, client):
    for _ in range(2):
        cj.add("POST", f"{HOST}/api2.0/v1/logistic/freightCalculate", body="", status=502)
    answer(cj, "/logistic/freightCalculate")
    cj.add("POST", f"{HOST}/api2.0/v1/shopping/pay/payBalanceV2", body="", status=502)
    with clock.use(VirtualClock(0)):
        assert client.logistics.freight_calculate(FREIGHT)[0]["logisticName"] == "USPS+"
        with pytest.raises(OutcomeUnknown):
            client.payments.pay_balance_v2("1958", "PAY1")
    assert [urlsplit(made.request.url).path.rsplit("/", 1)[1] for made in cj.calls] == [
        *["freightCalculate"] * 3,
        "payBalanceV2",
    ]


def test_only_the_words_not_found_make_the_detail_say_that_an_order_is_not_there(cj, client):
    path = "/shopping/order/getOrderDetail"
    answer(cj, path, payloads.body(path, "seen refusal 1600300"))
    with pytest.raises(NotFound):
        client.orders.get_order_detail("PO-1-1")
    answer(cj, path, payloads.body(path, "documented refusal 1600300"))
    with pytest.raises(Rejected) as caught:
        client.orders.get_order_detail("PO-1-1")
    assert type(caught.value) is Rejected


def test_no_way_to_pay_as_a_side_effect_exists_in_the_product():
    """Promise 3: the only call that spends is payBalanceV2."""
    root = Path(settings.BASE_DIR)
    files = [
        file
        for app in ("accounts", "integrations", "catalog", "orders", "config")
        for file in (root / app).rglob("*.py")
    ]
    ours = [file for file in files if "simulator" not in file.parts]
    text = {file: file.read_text() for file in ours}
    assert any("payBalanceV2" in each for each in text.values())
    for forbidden in (r"payBalance(?!V2)", r"confirmOrder", r"payType", r"createOrderV2", r"pay_type"):
        assert [str(file) for file, each in text.items() if re.search(forbidden, each)] == [], forbidden


def test_logging_in_and_refreshing_send_no_token_header(cj, client):
    answer(cj, "/authentication/getAccessToken")
    answer(cj, "/authentication/refreshAccessToken")
    assert client.get_access_token(Secret("CJ1@api@secret-key"))["openId"] == 123456789
    assert client.refresh_access_token(Secret("r" * 1100))["refreshToken"] == "f7edabe65c3b4a198b50ca8f969e36eb"
    login, refresh = (made.request for made in cj.calls)
    assert json.loads(login.body) == {"apiKey": "CJ1@api@secret-key"}
    assert json.loads(refresh.body) == {"refreshToken": "r" * 1100}
    assert "CJ-Access-Token" not in login.headers
    assert "CJ-Access-Token" not in refresh.headers


def test_no_exchange_that_is_kept_shows_a_secret(cj, client):
    answer(cj, "/authentication/getAccessToken")
    answer(cj, "/product/query")
    client.get_access_token(Secret("CJ1@api@secret-key"))
    client.product_query(pid=PID)
    kept = " ".join(f"{row.url} {row.request} {row.response} {row.message}" for row in ApiCall.objects.all())
    for secret in ("secret-key", TOKEN, "f59ac98193d64d62a9e887abea830369", "f7edabe65c3b4a198b50ca8f969e36eb"):
        assert secret not in kept
    assert TOKEN not in repr(client)


def test_an_exchange_can_be_looked_up_from_its_record(cj, client):
    answer(cj, "/product/query")
    client.product_query(pid=PID)
    row = ApiCall.objects.get()
    assert (row.subject, row.endpoint, row.is_write) == (f"product:{PID}", "/product/query", False)
    assert row.request_id == "d8dc0b6d-0ed8-4e19-8f63-3f207ac39832"
    assert row.code == "200"


@pytest.mark.parametrize(
    "call",
    [
        lambda cj: cj.list_v2(page=0, size=20),
        lambda cj: cj.list_v2(page=1, size=101),
        lambda cj: cj.product_query(),
        lambda cj: cj.product_query(pid="1", product_sku="2"),
        lambda cj: cj.product_list(pageNum=1, pageSize=201),
        lambda cj: cj.my_product_query(keyword="x" * 201),
        lambda cj: cj.sourcing_query([]),
        lambda cj: cj.sourcing_create(product_name="", product_image=PICTURE),
        lambda cj: list(cj.product_queries([PID, ""], concurrency=2)),
    ],
)
def test_what_breaks_a_limit_is_not_sent(client, call):
    with responses.RequestsMock(assert_all_requests_are_fired=False) as cj:
        answer(cj, "/product/query")
        with pytest.raises(Invalid):
            call(client)
        assert len(cj.calls) <= 1  # of several ids, those before the wrong one
        assert "pageSize=201" not in str(cj.calls)


def test_several_products_are_read_in_the_order_asked_each_with_its_own_outcome(cj, client):
    def detail(request: Any) -> tuple[int, dict[str, str], str]:
        pid = dict(parse_qsl(urlsplit(request.url).query))["pid"]
        said = refusal(1602001) if pid == "2" else {"code": 200, "result": True, "data": {"pid": pid}}
        return 200, {}, json.dumps(said)

    cj.add_callback("GET", f"{HOST}/api2.0/v1/product/query", callback=detail)
    first, second, third = client.product_queries(["1", "2", "3"], concurrency=2)
    assert (first, third) == ({"pid": "1"}, {"pid": "3"})
    assert (type(second).__name__, second.code, second.request_id) == ("NotFound", "1602001", "r-1")
    assert len(cj.calls) == 3


@pytest.mark.parametrize("many", [False, True])
def test_a_dead_token_is_told_to_the_keeper_of_tokens(cj, many):
    told: list[str] = []
    client = Client(Transport("cj", HOST), token=lambda: Secret(TOKEN), on_dead_token=lambda: told.append("dead"))
    answer(cj, "/product/query", refusal(1600001))
    if many:
        (outcome,) = client.product_queries([PID], concurrency=1)
        assert isinstance(outcome, TokenExpired)
    else:
        with pytest.raises(TokenExpired):
            client.product_query(pid=PID)
    assert told == ["dead"]


@pytest.mark.parametrize(("is_old", "kind", "times"), [(True, TokenExpired, 1), (False, Rejected, 0)])
def test_the_ambiguous_code_on_a_read_is_a_dead_token_only_while_the_token_is_old(cj, is_old, kind, times):
    told: list[str] = []
    client = Client(
        Transport("cj", HOST),
        token=lambda: Secret(TOKEN),
        token_may_be_dead=lambda: is_old,
        on_dead_token=lambda: told.append("dead"),
    )
    answer(cj, "/product/query", refusal(1600100))
    with pytest.raises(kind):
        client.product_query(pid=PID)
    assert len(told) == times


def test_the_ambiguous_code_on_a_write_is_never_a_dead_token(cj):
    client = Client(Transport("cj", HOST), token=lambda: Secret(TOKEN), token_may_be_dead=lambda: True)
    answer(cj, "/product/addToMyProduct", refusal(1600100))
    with pytest.raises(Rejected) as caught:
        client.add_to_my_product(PID)
    assert type(caught.value) is Rejected


def test_a_login_refused_as_a_dead_token_is_a_wrong_key(cj, client):
    answer(cj, "/authentication/getAccessToken", refusal(1600001))
    with pytest.raises(AuthRequired, match="API key is wrong") as caught:
        client.get_access_token(Secret("CJ1@api@secret-key"))
    assert caught.value.code == "1600001"


@pytest.mark.parametrize("code", [1600001, 1600003])
def test_a_refused_refresh_says_so(cj, client, code):
    answer(cj, "/authentication/refreshAccessToken", refusal(code))
    with pytest.raises(RefreshRefused):
        client.refresh_access_token(Secret("refresh"))


def test_a_write_with_a_lost_answer_is_sent_once_and_unknown(cj, client):
    answer(cj, "/product/sourcing/create", {}, status=502)
    with pytest.raises(OutcomeUnknown):
        client.sourcing_create(product_name="Cup", product_image=PICTURE)
    assert len(cj.calls) == 1
