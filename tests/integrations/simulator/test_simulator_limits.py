"""CJ, Rate limits: windows by account and IP, quotas by day, and how a refusal looks."""

import random

import pytest

from integrations.simulator.limits import Limits, Rule


@pytest.mark.parametrize(("plan", "rps"), [("Free", 1), ("Plus", 2), ("Prime", 4), ("Advanced", 6)])
def test_each_level_has_its_rate(simulator, plan, rps):
    caller = simulator.login(plan)
    codes = [caller.get("/setting/get")["code"] for _ in range(rps + 1)]
    assert codes == [200] * rps + [1600200]


def test_window_slides_and_never_holds_more_than_the_limit(simulator):
    caller = simulator.login("Plus")
    rng = random.Random(1)
    accepted, now = [], simulator.show("clock")["now"]
    for _ in range(60):
        now += rng.choice((0.05, 0.2, 0.6))
        reply = caller.send("GET", "/setting/get", headers={"X-Simulator-Time": repr(now)}).json()
        if reply["code"] == 200:
            accepted.append(now)
    assert len(accepted) > 20
    assert all(third - first >= 1 - 1e-6 for first, third in zip(accepted, accepted[2:], strict=False))


def test_window_is_free_again_after_exactly_its_length():
    limits, rule = Limits(), Rule("a", 2, 1)
    limits.count([rule], 100.0)
    limits.count([rule], 100.4)
    assert limits.check([rule], 100.9999) is not None
    assert limits.check([rule], 101.0) is None


def test_refusal_tells_how_long_to_wait():
    limits, rule = Limits(), Rule("a", 1, 300)
    limits.count([rule], 1000.0)
    refusal = limits.check([rule], 1100.0)
    assert refusal is not None
    assert refusal.wait == pytest.approx(200)


def test_refused_call_is_not_counted(simulator):
    caller = simulator.login("Free")
    assert caller.get("/setting/get")["code"] == 200
    simulator.control("clock", advance_s=0.6)
    assert caller.get("/setting/get")["code"] == 1600200
    simulator.control("clock", advance_s=0.4)
    assert caller.get("/setting/get")["code"] == 200


def test_one_ip_has_ten_calls_a_second_over_all_accounts(simulator):
    advanced, prime, plus = (simulator.login(plan) for plan in ("Advanced", "Prime", "Plus"))
    codes = [
        caller.get("/setting/get")["code"] for caller, n in ((advanced, 6), (prime, 4), (plus, 1)) for _ in range(n)
    ]
    assert codes == [200] * 10 + [1600200]


def test_calls_without_login_have_thirty_a_second(simulator):
    stranger = simulator.stranger()
    codes = [stranger.post("/authentication/getAccessToken", apiKey="CJ1@api@0")["code"] for _ in range(31)]
    assert codes == [1601000] * 30 + [1600200]


def test_calls_with_a_dead_token_count_as_calls_without_login(simulator):
    stranger = simulator.stranger()
    stranger.token = "API@CJ1@CJ:a.b.c"
    codes = [stranger.get("/setting/get")["code"] for _ in range(31)]
    assert codes == [1600001] * 30 + [1600200]


def test_refusal_names_limit_and_window(simulator):
    caller = simulator.login("Free")
    caller.get("/setting/get")
    reply = caller.get("/setting/get")
    assert reply["message"] == "Too Many Requests, QPS limit is 1 time/1second"
    assert (reply["result"], reply["data"]) == (False, None)


def test_each_fourth_refusal_is_http_429_with_retry_after(simulator):
    caller = simulator.login("Free")
    caller.get("/setting/get")
    replies = [caller.send("GET", "/setting/get") for _ in range(4)]
    assert [reply.status_code for reply in replies] == [200, 200, 200, 429]
    assert replies[3].headers["Retry-After"] == "1"
    assert "Retry-After" not in replies[0].headers


def test_http_429_can_be_always_or_never(simulator):
    caller = simulator.login("Free")
    caller.get("/setting/get")
    simulator.control("limits", platform="cj", http_429_every=1)
    assert caller.send("GET", "/setting/get").status_code == 429
    simulator.control("limits", platform="cj", http_429_every=0)
    assert {caller.send("GET", "/setting/get").status_code for _ in range(8)} == {200}


def test_free_account_has_1000_product_lists_a_day(simulator):
    simulator.control("limits", platform="cj", rps=None, ip_rps=None)
    caller = simulator.login("Free")
    settings = caller.get("/setting/get")["data"]["setting"]
    assert settings["quotaLimits"] == [{"quotaUrl": "/api2.0/v1/product/list", "quotaLimit": 1000, "quotaType": 4}]
    simulator.control("limits", platform="cj", account="Free", daily=3, path="/product/list")
    codes = [caller.get("/product/list", pageSize=1)["code"] for _ in range(4)]
    assert codes == [200, 200, 200, 1600201]
    assert caller.get("/product/listV2")["code"] == 200
    simulator.control("clock", advance_s=43_200)  # it was noon in UTC
    assert caller.get("/product/list", pageSize=1)["code"] == 200


def test_settings_show_what_is_enforced(simulator):
    caller = simulator.login("Plus")
    assert caller.get("/setting/get")["data"]["setting"] == {"quotaLimits": [], "qpsLimit": 2}
    simulator.control("limits", platform="cj", account="Plus", rps=5, daily=9, path="/product/query")
    setting = caller.get("/setting/get")["data"]["setting"]
    quota = {"quotaUrl": "/api2.0/v1/product/query", "quotaLimit": 9, "quotaType": 4}
    assert setting == {"quotaLimits": [quota], "qpsLimit": 5}
    codes = [caller.get("/setting/get")["code"] for _ in range(4)]
    assert codes == [200, 200, 200, 1600200]


def test_points_are_counted_only_where_they_are_given(simulator, cj):
    simulator.control("limits", platform="cj", points=100)
    codes = [cj.get("/product/listV2")["code"] for _ in range(3)]
    assert codes == [200, 200, 16900500]


def test_lowering_a_limit_holds_at_once(simulator):
    caller = simulator.login("Advanced")
    simulator.control("limits", platform="cj", account=simulator.account()["id"], rps=2)
    codes = [caller.get("/setting/get")["code"] for _ in range(3)]
    assert codes == [200, 200, 1600200]


def test_refusals_are_in_the_books_by_account_and_path(simulator):
    caller = simulator.login("Free")
    for _ in range(3):
        caller.get("/setting/get")
    books, name = simulator.show("books"), simulator.account("Free")["id"]
    assert books["refusals_by_path"]["cj"][name] == {"/setting/get": 2}
    assert books["calls_by_path"]["cj"][name] == {"/authentication/getAccessToken": 1, "/setting/get": 1}
    verdicts = [call["verdict"] for call in simulator.show("calls", account=name, path="/setting/get")["calls"]]
    assert verdicts == ["accepted", "refused", "refused"]
