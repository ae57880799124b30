"""CJ, Introduction: envelopes, methods, parameters, bodies."""

import pytest

RESULT = ["code", "result", "message", "data", "requestId"]
BOTH = [*RESULT, "success"]
SUCCESS = ["success", "code", "message", "data", "requestId"]


@pytest.mark.parametrize(
    ("path", "keys", "code", "params"),
    [
        ("/setting/get", RESULT, 200, {}),
        ("/product/getCategory", RESULT, 200, {}),
        ("/product/listV2", RESULT, 200, {}),
        ("/product/list", RESULT, 200, {}),
        ("/shopping/pay/getBalance", RESULT, 200, {}),
        ("/product/globalWarehouseList", SUCCESS, 200, {}),
        ("/product/myProduct/query", BOTH, 200, {}),
        ("/product/stock/queryBySku", BOTH, 200, {"sku": "CJ"}),
        ("/warehouse/detail", BOTH, 200, {"id": "14461"}),
    ],
)
def test_envelope_of_each_endpoint_is_the_documented_one(cj, path, keys, code, params):
    reply = cj.get(path, **params)
    assert list(reply) == keys
    assert reply["code"] == code


@pytest.mark.parametrize("path", ["/product/query", "/product/variant/query"])
def test_envelope_of_details_has_a_result(cj, path):
    pid = cj.products(size=1)[0]["id"]
    assert list(cj.get(path, pid=pid)) == RESULT


@pytest.mark.parametrize("path", ["/product/comments", "/product/productComments"])
def test_reviews_answer_code_0_without_result(cj, path):
    reply = cj.get(path, pid=cj.products(size=1)[0]["id"])
    assert list(reply) == SUCCESS
    assert (reply["success"], reply["code"], reply["message"]) == (True, 0, None)


def test_stock_by_pid_has_success_and_an_empty_message(cj):
    reply = cj.get("/product/stock/getInventoryByPid", pid=cj.products(size=1)[0]["id"])
    assert list(reply) == SUCCESS
    assert (reply["success"], reply["code"], reply["message"]) == (True, 200, "")


def test_refusal_of_a_success_endpoint_has_no_result(cj):
    reply = cj.get("/product/stock/getInventoryByPid", pid="nothing")
    assert list(reply) == SUCCESS
    assert (reply["success"], reply["code"]) == (False, 1602001)


def test_request_ids_have_hyphens_here_and_none_there(cj):
    assert len(cj.get("/setting/get")["requestId"]) == 36
    assert len(cj.get("/warehouse/detail", id="14461")["requestId"]) == 32


def test_unknown_path_is_1600101(cj):
    assert cj.code("/product/nothing") == (1600101, "Interface not found")
    assert cj.code("/product/ListV2") == (1600101, "Interface not found")


def test_wrong_method_is_told_in_their_words(cj):
    assert cj.code("/authentication/logout") == (16900202, "Request method 'GET' not supported")
    reply = cj.send("POST", "/product/listV2", json={}).json()
    assert (reply["code"], reply["message"]) == (16900202, "Request method 'POST' not supported")


def test_missing_body_wrong_type_and_broken_json_have_their_codes(cj):
    path = "/product/addToMyProduct"
    assert cj.send("POST", path).json()["code"] == 16900204
    assert cj.send("POST", path, data={"productId": "1"}).json()["code"] == 16900203
    broken = cj.send("POST", path, data="{", headers={"Content-Type": "application/json"}).json()
    assert (broken["code"], broken["message"]) == (16900205, "The request parameter is not in a correct JSON format")
    assert cj.post(path)["message"] == "productId can not be empty"


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/product/listV2", {"page": 0}),
        ("/product/listV2", {"page": 1001}),
        ("/product/listV2", {"size": 101}),
        ("/product/listV2", {"size": 0}),
        ("/product/listV2", {"page": "one"}),
        ("/product/listV2", {"startSellPrice": "cheap"}),
        ("/product/listV2", {"startSellPrice": "NaN"}),
        ("/product/listV2", {"orderBy": 5}),
        ("/product/listV2", {"sort": "up"}),
        ("/product/listV2", {"features": "enable_everything"}),
        ("/product/listV2", {"keyWord": "x" * 201}),
        ("/product/listV2", {"verifiedWarehouse": 3}),
        ("/product/listV2", {"isWarehouse": "maybe"}),
        ("/product/list", {"pageSize": 201}),
        ("/product/list", {"createTimeFrom": "2026-03-01"}),
        ("/product/list", {"supplierId": "1" * 41}),
        ("/product/query", {"pid": "a", "productSku": "b"}),
        ("/product/query", {"pid": "x" * 201}),
        ("/product/stock/getInventoryByPid", {"pid": "x" * 41}),
        ("/product/productComments", {"pid": "a", "score": 6}),
    ],
)
def test_parameter_out_of_its_range_is_a_param_error(cj, path, params):
    assert cj.code(path, **params) == (1600100, "Param error")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/product/query", "pid, productSku, variantSku must choose one"),
        ("/product/variant/query", "pid, productSku, variantSku must choose one"),
        ("/product/variant/queryByVid", "vid must be not empty"),
        ("/product/stock/queryByVid", "vid must be not empty"),
        ("/product/stock/queryBySku", "sku must be not empty"),
        ("/product/stock/getInventoryByPid", "pid must be not empty"),
        ("/product/comments", "pid must be not empty"),
        ("/warehouse/detail", "id must be not empty"),
    ],
)
def test_missing_parameter_is_named(cj, path, message):
    assert cj.code(path) == (1600300, message)


def test_deepest_page_is_allowed_and_empty(cj):
    data = cj.get("/product/listV2", page=1000, size=100)["data"]
    assert (data["pageNumber"], data["totalRecords"], data["content"]) == (1000, 400, [])
