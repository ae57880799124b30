"""What the client sends to CJ for each of its methods, and what it never sends."""

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import responses

from accounts.secrets import Secret
from integrations.cj.client import Client
from integrations.errors import AuthRequired, Invalid, OutcomeUnknown, RefreshRefused, Rejected, TokenExpired
from integrations.http import Transport
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
    ("/shopping/pay/getBalance", lambda cj: cj.get_balance(), {}),
]
ANONYMOUS = {"/authentication/getAccessToken", "/authentication/refreshAccessToken"}


@pytest.mark.parametrize(("path", "call", "sent"), CALLS)
def test_a_method_sends_what_is_documented_and_returns_the_data_as_it_came(cj, client, path, call, sent):
    answer(cj, path)
    assert call(client) == payloads.data(path)
    (made,) = cj.calls
    request = made.request
    assert request.method == payloads.endpoint(path)["method"]
    assert request.headers["CJ-Access-Token"] == TOKEN
    if request.method == "GET":
        assert dict(parse_qsl(urlsplit(request.url).query)) == sent
        assert request.body is None
    elif path != "/authentication/logout":
        assert json.loads(request.body) == sent
        assert request.headers["Content-Type"] == "application/json"


def test_every_endpoint_has_a_method():
    assert {path for path, _call, _sent in CALLS} | ANONYMOUS == set(payloads.PATHS)


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
