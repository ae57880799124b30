"""Signatures, by the values that independent libraries computed."""

import pytest

from integrations.shopee.signing import push_signature, sign

VECTORS = [
    (
        "test-partner-key",
        (2001887, "/api/v2/public/get_shops_by_partner", 1655714431),
        "eb64c45d9acbec13d6055f604ec1e5b055977f894f80b78659ca0ac06de0d376",
    ),
    (
        "a0ac92a2563a321b949e1628add0058a1afd18345cf839d3d8117366a89aaede",
        (1006832, "/api/v2/auth/token/get", 1731000000),
        "fc8e305c528993b3e65172c3e7eb925c37a91fe3536a4b4b423405e3729b31f9",
    ),
    (
        "test-partner-key",
        (2001887, "/api/v2/shop/get_shop_info", 1655714431, "59777174636562737266615546704c6d", 14701711),
        "faf4a60d51e5807794fd37d18f605d4e8d1370ba96d66245e23d22c77cb6f090",
    ),
    (
        "shpk1c5273bb78235a8915c1271e91058dc47600fbe1f8d89708d3f100cc0743",
        (1122334, "/api/v2/order/get_order_list", 1767225599, "d15e966c0f250f74ee1d946441522822", 847213905),
        "945beab44f1c0ffb27502923b26c04b5e3f96d6d338a44b5d3e9e241d7e3287a",
    ),
    (
        "test-partner-key",
        (2001887, "/api/v2/global_product/get_category", 1655714431, "09777174636962737266615546704c6d", 1000000),
        "1a16a1f85cedc9c5de045657b6575e159b2620c47d8016407dde8b205e2f3f84",
    ),
    (
        "71bf73b406c51dcd9c2245a7f6bb1e4f53fcfc632d6c36967cc8849a966a6b41",
        (
            2013579,
            "/api/v2/global_product/create_publish_task",
            1770000123,
            "dc5fb8cdeeb9699c7698a0bdc7770257",
            3000417,
        ),
        "29c250d839e81c1615549b2d189c087f3f82aca34c73aaf9a406c9b1ba3e7443",
    ),
]
PUSHES = [
    (
        "shpk0bbf9cf7512e1ee324d71f1b74d9f7998df2e9510a6351c39291313b2432",
        "https://erp.example.com/shopee/push",
        '{"data":{"items":[],"ordersn":"220810QSK8S7BX","status":"PROCESSED","completed_scenario":"",'
        '"update_time":1660123127},"shop_id":727720655,"code":3,"timestamp":1660123127}',
        "686a9d195145cac5ca626d37008a3206c9f97b7037681abf6fd19b538ec7e9c8",
    ),
    (
        "aa191457fa3927dbd5e81bf042d2393d01e332cfdf16ed9482f96b680209b69f",
        "https://erp.example.com/hooks/shopee/?tenant=7&env=live",
        '{"code": 2, "data": {"authorize_type": "user cancel shop authorization", "extra": "店铺 deauthorised",'
        ' "success": 1}, "timestamp": 1700000001}',
        "75ff61fb1a5a86a384c256642e0bda193fb87368031160fafc944b45c97a1c42",
    ),
]


@pytest.mark.parametrize(("key", "parts", "expected"), VECTORS)
def test_a_call_is_signed_over_its_parts_without_separator(key, parts, expected):
    assert sign(key, *parts) == expected


@pytest.mark.parametrize(("key", "url", "body", "expected"), PUSHES)
def test_a_push_is_signed_over_address_and_body_as_they_came(key, url, body, expected):
    assert push_signature(key, url, body.encode()) == expected


def test_a_body_that_was_written_anew_has_another_signature():
    key, url, body, expected = PUSHES[0]
    assert push_signature(key, url, body.replace(":", ": ").encode()) != expected
    assert push_signature(key, url + "/", body.encode()) != expected
