"""CJ 1, Authentication: the lives of tokens."""

import re


def test_login_gives_a_pair_with_dates_in_china_time(simulator):
    reply = simulator.stranger().post("/authentication/getAccessToken", apiKey=simulator.account()["api_key"])
    data = reply["data"]
    assert (reply["code"], reply["result"], reply["message"]) == (200, True, "Success")
    assert data["openId"] == simulator.account()["open_id"]
    assert data["createDate"] == "2026-03-01T20:00:00+08:00"
    assert data["accessTokenExpiryDate"] == "2026-03-16T20:00:00+08:00"
    assert data["refreshTokenExpiryDate"] == "2026-08-28T20:00:00+08:00"


def test_tokens_are_about_a_thousand_characters_long(simulator):
    data = simulator.stranger().post("/authentication/getAccessToken", apiKey=simulator.account()["api_key"])["data"]
    for token in (data["accessToken"], data["refreshToken"]):
        assert re.fullmatch(r"API@CJ\d{7}@CJ:[\w-]+\.[\w-]+\.[\w-]+", token)
        assert 900 <= len(token) <= 1200


def test_second_login_within_five_minutes_is_refused(simulator):
    simulator.login()
    again = {"apiKey": simulator.account()["api_key"]}
    simulator.control("clock", advance_s=299)
    assert simulator.stranger().post("/authentication/getAccessToken", **again)["code"] == 1600200
    simulator.control("clock", advance_s=1)
    assert simulator.stranger().post("/authentication/getAccessToken", **again)["code"] == 200


def test_wrong_key_of_a_known_account_is_1600005(simulator):
    key = simulator.account()["api_key"][:-4] + "0000"
    reply = simulator.stranger().post("/authentication/getAccessToken", apiKey=key)
    assert (reply["code"], reply["message"]) == (1600005, "APIkey is wrong, please check and try again")


def test_key_of_nobody_is_1601000(simulator):
    reply = simulator.stranger().post("/authentication/getAccessToken", apiKey="CJ1@api@0")
    assert (reply["code"], reply["message"], reply["data"]) == (1601000, "User not find", None)


def test_login_by_password_is_1600005(simulator):
    reply = simulator.stranger().post("/authentication/getAccessToken", email="a@b.example", password="x")
    assert reply["code"] == 1600005


def test_refresh_ends_the_old_pair(simulator):
    key = simulator.account()["api_key"]
    stranger = simulator.stranger()
    old = stranger.post("/authentication/getAccessToken", apiKey=key)["data"]
    new = stranger.post("/authentication/refreshAccessToken", refreshToken=old["refreshToken"])["data"]
    assert "openId" not in new
    assert new["refreshToken"] != old["refreshToken"]
    reply = stranger.post("/authentication/refreshAccessToken", refreshToken=old["refreshToken"])
    assert (reply["code"], reply["message"]) == (1600003, "Refresh token is failure")
    stranger.token = old["accessToken"]
    assert stranger.get("/setting/get")["code"] == 1600001
    stranger.token = new["accessToken"]
    assert stranger.get("/setting/get")["code"] == 200


def test_access_token_is_no_refresh_token(simulator):
    caller = simulator.login()
    assert caller.post("/authentication/refreshAccessToken", refreshToken=caller.token)["code"] == 1600003


def test_access_token_dies_after_15_days(simulator):
    caller = simulator.login()
    simulator.control("clock", advance_s=15 * 86_400 - 1)
    assert caller.get("/setting/get")["code"] == 200
    simulator.control("clock", advance_s=1)
    assert caller.get("/setting/get")["code"] == 1600001


def test_refresh_token_dies_after_180_days(simulator):
    key = simulator.account()["api_key"]
    pair = simulator.stranger().post("/authentication/getAccessToken", apiKey=key)["data"]
    simulator.control("clock", advance_s=180 * 86_400)
    reply = simulator.stranger().post("/authentication/refreshAccessToken", refreshToken=pair["refreshToken"])
    assert reply["code"] == 1600003


def test_sixth_refresh_in_a_minute_is_refused(simulator):
    key = simulator.account()["api_key"]
    stranger = simulator.stranger()
    pair = stranger.post("/authentication/getAccessToken", apiKey=key)["data"]
    for _ in range(5):
        pair = stranger.post("/authentication/refreshAccessToken", refreshToken=pair["refreshToken"])["data"]
    assert stranger.post("/authentication/refreshAccessToken", refreshToken=pair["refreshToken"])["code"] == 1600200
    simulator.control("clock", advance_s=60)
    assert stranger.post("/authentication/refreshAccessToken", refreshToken=pair["refreshToken"])["code"] == 200


def test_logout_ends_both_tokens(simulator):
    key = simulator.account()["api_key"]
    pair = simulator.stranger().post("/authentication/getAccessToken", apiKey=key)["data"]
    caller = simulator.stranger()
    caller.token = pair["accessToken"]
    assert caller.send("POST", "/authentication/logout").json()["data"] is True
    reply = caller.send("POST", "/authentication/logout").json()
    assert (reply["code"], reply["message"]) == (1600001, "Authentication failed")
    assert caller.post("/authentication/refreshAccessToken", refreshToken=pair["refreshToken"])["code"] == 1600003


def test_missing_token_is_1600002_and_foreign_token_1600001(simulator):
    stranger = simulator.stranger()
    assert stranger.code("/setting/get") == (1600002, "access token cannot be empty")
    stranger.token = "API@CJ1@CJ:a.b.c"
    assert stranger.get("/setting/get")["code"] == 1600001


def test_books_count_logins_refreshes_and_logouts(simulator):
    key = simulator.account()["api_key"]
    stranger = simulator.stranger()
    pair = stranger.post("/authentication/getAccessToken", apiKey=key)["data"]
    pair = stranger.post("/authentication/refreshAccessToken", refreshToken=pair["refreshToken"])["data"]
    stranger.token = pair["accessToken"]
    stranger.send("POST", "/authentication/logout")
    books = simulator.show("books")
    assert books["totals"]["cj"] == {"calls": 3, "logins": 1, "logouts": 1, "refreshes": 1}
    assert [entry["kind"] for entry in books["entries"]] == ["logins", "refreshes", "logouts"]
