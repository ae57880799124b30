"""What is masked, and what has to stay visible (accounts/masking.py)."""

import io
import json
import logging
import time

import pytest

from accounts.masking import MASK, MaskedRecord, mask_data, mask_text, remember
from accounts.secrets import MaskSecrets, Secret

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJqdGkiOiIxMDAwMSIsInR5cGUiOiJBQ0NFU1NfVE9LRU4ifQ.c2lnbmF0dXJl-_x"
TOKEN = f"API@CJ1234567@CJ:{JWT}"
KEY = "CJ1234567@api@0123456789abcdef0123456789abcdef"
HEX = "f59ac98193d64d62a9e887abea830369"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (TOKEN, MASK),
        (f"the token {TOKEN} is dead", f"the token {MASK} is dead"),
        (KEY, MASK),
        (KEY.lower(), MASK),
        ("CJUserNum@api@" + "x" * 32, MASK),
        (f"?k={KEY.replace('@', '%40')}&page=2", f"?k={MASK}&page=2"),
        (f"?t={TOKEN.replace('@', '%40').replace(':', '%3A')}&page=2", f"?t={MASK}&page=2"),
        (TOKEN[:60], MASK),  # cut by whoever kept it
        (JWT, MASK),
        (f'{{"accessToken":"{HEX}","code":200}}', f'{{"accessToken":"{MASK}","code":200}}'),
        (f'{{"refreshToken": "{HEX}", "pid": "1"}}', f'{{"refreshToken": "{MASK}", "pid": "1"}}'),
        (f'{{"apiKey": "{HEX}"', f'{{"apiKey": "{MASK}"'),
        ('{"openId": 123456789, "x": 1}', f'{{"openId": {MASK}, "x": 1}}'),
        ('{"openId":"123456789"}', f'{{"openId":"{MASK}"}}'),
        (f"CJ-Access-Token: {HEX}\r\nHost: cj", f"CJ-Access-Token: {MASK}\r\nHost: cj"),
        (f"{{'CJ-Access-Token': '{HEX}', 'Accept': '*/*'}}", f"{{'CJ-Access-Token': '{MASK}', 'Accept': '*/*'}}"),
        (f"('CJ-Access-Token', '{HEX}')", f"('CJ-Access-Token', '{MASK}')"),
        (f"(b'CJ-Access-Token', b'{HEX}')", f"(b'CJ-Access-Token', b'{MASK}')"),
        (f"platformToken={HEX};", f"platformToken={MASK};"),
        ("Authorization: Bearer abc.def\r\nHost: x", f"Authorization: {MASK}\r\nHost: x"),
        ("{'Authorization': 'Token abcdef', 'x': 1}", f"{{'Authorization': '{MASK}', 'x': 1}}"),
        ("Cookie: sessionid=a; csrftoken=b\r\nX: y", f"Cookie: {MASK}\r\nX: y"),
        ("{'Set-Cookie': 'a=b; Path=/', 'Date': 'today'}", f"{{'Set-Cookie': '{MASK}', 'Date': 'today'}}"),
        ("https://x/a?access_token=zz&page=2", f"https://x/a?access_token={MASK}&page=2"),
        ("https://x/a?partner_id=1&sign=abc&timestamp=9", f"https://x/a?partner_id=1&sign={MASK}&timestamp=9"),
        ("https://x/callback?code=AbCd&shop_id=12", f"https://x/callback?code={MASK}&shop_id=12"),
        (
            "https://x/?to=https%3A%2F%2Fy%3Fcode%3Dabc%26a%3D1",
            f"https://x/?to=https%3A%2F%2Fy%3Fcode%3D{MASK}%26a%3D1",
        ),
        ('{"code":"4a5a4d50636a46707a656a4d7a69434d"}', f'{{"code":"{MASK}"}}'),
        ("postgres://shop:hunter2@db/x", f"postgres://shop:{MASK}@db/x"),
        ("POST /webhooks/cj/aVeryLongPath/ 200", f"POST /webhooks/cj/{MASK}/ 200"),
        ("app_secret='a b c', next='d'", f"app_secret='{MASK}', next='d'"),
        ("{'password': 'hunter2'}", f"{{'password': '{MASK}'}}"),
        ("CREDENTIAL_KEYS=aaaa=,bbbb=", f"CREDENTIAL_KEYS={MASK}"),
        ("{'CREDENTIAL_KEYS': ['aaaa=', 'bbbb=']}", f"{{'CREDENTIAL_KEYS': {MASK}}}"),
        (
            f"HTTPConnectionPool(port=443): Max retries exceeded with url: /a?access_token={HEX} (Caused by X)",
            f"HTTPConnectionPool(port=443): Max retries exceeded with url: /a?access_token={MASK} (Caused by X)",
        ),
    ],
)
def test_secrets_in_texts_are_masked(text, masked):
    assert mask_text(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        '{"code":200,"result":true,"message":"Success","data":{"pid":"000B9312-456A-4D31-94BD-B083E2A198E8"}}',
        '{"code":"200","success":true,"requestId":"8b3d9ea1-00c3-4d10-9e2b-d18041d98080"}',
        '{"code":1600001,"message":"Invalid API key or access token."}',
        "1600001: Invalid API key or access token. How to get access token: https://developers.cjdropshipping.cn/en/api",
        "Access token cannot be empty",
        "APIkey is wrong, please check and try again",
        '{"countryCode":"CN","code":"US","categoryCode":"ABCDEFGHIJ1234567890"}',
        '{"variantKey":"Black-XL","productKey":"[\\"Color\\",\\"Size\\"]","productKeyEn":"Color-Size"}',
        "design: nice, signal=4, assign=5, {'design': 'floral print'}",
        '"page_token": "abc", "nextPageToken":"zzz", "next_token": "y"',
        '{"apiKey":"","openId":null,"token":null,"accessToken":""}',
        '{"error":{"field":"api_key","message":"Enter the API key."}}',
        '{"api_key":["This field is required."]}',
        "fields ['api_key', 'name']",
        '"accessTokenExpiryDate":"2021-08-18T09:16:33+08:00"',
        "mail a@b.test, see http://x/y?z=a@b",
        "https://cf.cjdropshipping.com/2021/08/18/picture.jpg",
        "GET /api2.0/v1/product/query?pid=123&features=enable_inventory",
        "",
    ],
)
def test_what_is_no_secret_stays_visible(text):
    assert mask_text(text) == text


def test_secrets_are_masked_in_json_inside_json_inside_json():
    inner = json.dumps({"accessToken": HEX, "pid": "p1"})
    text = json.dumps({"outer": json.dumps({"inner": inner, "refreshToken": HEX})})
    masked = mask_text(text)
    assert HEX not in masked
    assert "p1" in masked
    assert json.loads(json.loads(json.loads(masked)["outer"])["inner"]) == {"accessToken": MASK, "pid": "p1"}


def test_masking_twice_changes_nothing():
    once = mask_text(f'{{"accessToken":"{HEX}"}} Authorization: Bearer x https://x/?code=abc&b=1 {TOKEN}')
    assert mask_text(once) == once


def test_letters_that_grow_in_lower_case_do_not_shift_the_mask():
    assert mask_text(f"İİİİ accessToken={HEX} ſ") == f"İİİİ accessToken={MASK} ſ"


def test_a_value_that_was_held_as_a_secret_is_masked_wherever_it_turns_up():
    bare = "0c9d8e7f6a5b4c3d2e1f00112233abcd"
    assert mask_text(f"failed at {bare}!") == f"failed at {bare}!"
    Secret(bare)
    assert mask_text(f"failed at {bare}!") == f"failed at {MASK}!"


def test_short_values_are_not_remembered():
    remember("red")
    assert mask_text("a red coat") == "a red coat"


def test_a_sentence_typed_into_the_field_of_a_key_is_not_masked_ever_after():
    remember("Choose a region first.")
    assert mask_text("Choose a region first.") == "Choose a region first."


def test_data_is_masked_by_name_at_any_depth():
    data = {
        "code": 200,
        "data": [{"openId": 12, "AccessToken": HEX, "list": [{"api-key": HEX}], "name": "x"}],
        "headers": {"CJ-Access-Token": HEX, "Set-Cookie": ["a=b", "c=d"], "cookie": None},
        "query": {"code": "4a5a4d50636a46707a656a4d7a69434d", "sign": HEX, "shop_id": 5},
    }
    assert mask_data(data) == {
        "code": 200,
        "data": [{"openId": MASK, "AccessToken": MASK, "list": [{"api-key": MASK}], "name": "x"}],
        "headers": {"CJ-Access-Token": MASK, "Set-Cookie": [MASK, MASK], "cookie": None},
        "query": {"code": MASK, "sign": MASK, "shop_id": 5},
    }


def test_data_is_masked_in_its_texts_and_keys_too():
    data = {f"for {TOKEN}": [f"see {KEY}", json.dumps({"refreshToken": HEX})], "raw": f"apiKey={HEX}".encode()}
    shown = json.dumps(mask_data(data))
    assert TOKEN not in shown
    assert KEY not in shown
    assert HEX not in shown


def test_the_code_of_an_envelope_and_of_a_country_stays():
    data = {"code": "200", "error": {"code": "error_auth"}, "country": {"code": "US"}}
    assert mask_data(data) == data


def test_what_is_not_json_becomes_masked_text():
    assert mask_data({"held": Secret("plain-secret-value"), "error": ValueError(f"apiKey={HEX}")}) == {
        "held": MASK,
        "error": f"apiKey={MASK}",
    }


def test_masking_the_products_of_a_page_is_quick():
    product = {"pid": "1" * 19, "productNameEn": "A nice design " * 5, "productKey": '["Color"]', "code": "US"}
    product |= {"description": "word " * 200}
    page = json.dumps([product | {"bigImage": "https://cf.cjdropshipping.com/2021/a.jpg"}] * 40)
    began = time.perf_counter()
    for _ in range(5):
        assert mask_text(page) == page
    assert (time.perf_counter() - began) / 5 < 0.02  # measured: 0.6 ms for 50 kB; without care it was 13


# --- logs


def test_every_logger_writes_masked_text(caplog):
    logging.getLogger("anybody").warning("login with %s, header %r", KEY, {"CJ-Access-Token": HEX})
    assert caplog.messages == [f"login with {MASK}, header {{'CJ-Access-Token': '{MASK}'}}"]


def test_tracebacks_in_logs_are_masked(caplog):
    try:
        raise ValueError(f"refused: apiKey={HEX}")
    except ValueError:
        logging.getLogger("anybody").exception("it failed")
    assert HEX not in caplog.text
    assert f"ValueError: refused: apiKey={MASK}" in caplog.text


def test_a_log_call_with_wrong_arguments_shows_no_secret_and_loses_nothing(caplog, capsys):
    logging.getLogger("anybody").warning("%s and %s", KEY)
    assert caplog.messages == [f"%s and %s ('{MASK}',)"]
    assert KEY not in capsys.readouterr().err


def test_the_filter_masks_records_of_another_class():
    record = logging.LogRecord("x", logging.INFO, "f", 1, "key %s", (KEY,), None)
    assert not isinstance(record, MaskedRecord)
    assert MaskSecrets().filter(record) is True
    assert record.getMessage() == f"key {MASK}"


def test_a_handler_that_can_not_write_does_not_print_what_it_was_given(capsys):
    closed = io.StringIO()
    closed.close()
    handler, logger = logging.StreamHandler(closed), logging.getLogger("tests.closed")
    logger.addHandler(handler)
    try:
        raise RuntimeError(f"unexpected {HEX}")
    except RuntimeError:
        logger.exception("failed with %s", HEX)
    finally:
        logger.removeHandler(handler)
    assert HEX not in capsys.readouterr().err
