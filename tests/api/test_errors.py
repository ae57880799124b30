"""Each kind of error, in the one shape; and nothing that a caller says makes a 500."""

import pytest
from django.core.exceptions import ValidationError as DjangoValidationError

from accounts.errors import Refused
from config.api_errors import explain
from config.api_urls import router
from integrations import clock, connections, governor
from integrations.errors import (
    AuthRequired,
    Invalid,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    TokenExpired,
    Unavailable,
    UnexpectedReply,
)

from .support import error


@pytest.mark.parametrize(
    ("raised", "status", "code", "message", "field"),
    [
        (Refused("No shop is chosen.", field="shop"), 409, "refused", "No shop is chosen.", "shop"),
        (Invalid("size must be 1 to 100, but is 101."), 400, "invalid", "size must be 1 to 100, but is 101.", ""),
        (Rejected("No.", code="1600300"), 502, "rejected", "No.", ""),
        (NotFound("Gone.", code="1602001"), 502, "not_found", "Gone.", ""),
        (Unavailable("Busy."), 502, "unavailable", "Busy.", ""),
        (OutcomeUnknown("Lost."), 502, "outcome_unknown", "Lost.", ""),
        (TokenExpired("It is being renewed."), 502, "token_expired", "It is being renewed.", ""),
        (UnexpectedReply("Not JSON."), 502, "unexpected_reply", "Not JSON.", ""),
        (AuthRequired("The key is dead"), 502, "auth_required", "The key is dead. Connect the account again.", ""),
    ],
)
def test_each_kind_has_its_status_and_code(raised, status, code, message, field):
    answer = explain(raised, {})
    assert answer is not None
    told = answer.data["error"]
    assert (answer.status_code, told["code"], told["message"], told["field"]) == (status, code, message, field)


def test_a_platform_is_quoted_with_its_code_and_request_id():
    answer = explain(Rejected("No.", code="1600300", request_id="r-1"), {})
    assert answer is not None
    assert answer.data["error"]["platform"] == {"code": "1600300", "request_id": "r-1"}
    assert "Retry-After" not in answer


@pytest.mark.parametrize(("after", "header"), [(0.2, "1"), (29.6, "30"), (None, "60")])
def test_a_limit_says_when_there_is_room(after, header):
    answer = explain(RateLimited("Too many.", retry_after=after), {})
    assert answer is not None
    assert (answer.status_code, answer["Retry-After"], answer.data["error"].get("retry_after")) == (502, header, after)


def test_wrong_columns_are_named():
    answer = explain(DjangoValidationError({"name": ["Too long."], "price": ["Too low."]}), {})
    assert answer is not None
    assert (answer.status_code, answer.data["error"]["field"]) == (400, "name")
    assert [problem["field"] for problem in answer.data["error"]["problems"]] == ["name", "price"]


@pytest.mark.parametrize("raised", [Refused("apiKey=CJ1@api@abc"), Rejected("token API@CJ1@CJ:eyJ.x.y is bad")])
def test_a_secret_in_a_text_is_masked(raised):
    answer = explain(raised, {})
    assert answer is not None
    assert "••••" in answer.data["error"]["message"]
    assert not {"CJ1@api@abc", "eyJ.x.y"} & set(answer.data["error"]["message"].split())


def test_what_nobody_expected_goes_on():
    assert explain(KeyError("x"), {}) is None


def test_a_search_without_room_says_when_there_is(api, simulator):
    account = connections.connect("cj", api_key=simulator.look("world")["cj"]["accounts"][0]["api_key"])
    governor.block(governor.account_key(account), until=clock.now() + 3600)
    before = simulator.look("calls")["calls"]
    answer = api.get("/api/v1/search/", {"account": account.pk})
    assert error(answer, 502)["code"] == "rate_limited"
    assert 3500 < int(answer["Retry-After"]) <= 3600
    assert simulator.look("calls")["calls"] == before


NASTY = ["\0", "🙂" * 300, "-1", "0", "1e400", "9" * 400, "NaN", "Infinity", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "%", "_", "' OR 1=1", "[]", "null", "true", "\u202e", "US", "1.5"]  # noqa: E501 # fmt: skip


@pytest.mark.parametrize(("prefix", "viewset"), [(prefix, viewset) for prefix, viewset, _name in router.registry])
def test_no_parameter_makes_a_500(api, simulator, prefix, viewset):
    names = ["cursor", "page_size", "nothing", *getattr(viewset, "takes", {}).get("list", ())]
    names += list(viewset.filterset_class.base_filters) if getattr(viewset, "filterset_class", None) else []
    wrong = [
        (name, value, answer.status_code)
        for name in names
        for value in NASTY
        if (answer := api.get(f"/api/v1/{prefix}/", {name: value})).status_code not in (200, 400)
    ]
    assert wrong == []


@pytest.mark.parametrize(("prefix", "viewset"), [(prefix, viewset) for prefix, viewset, _name in router.registry])
def test_the_options_of_a_resource_are_told(api, prefix, viewset):
    assert api.options(f"/api/v1/{prefix}/").status_code == 200
