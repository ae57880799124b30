"""The OpenAPI document: valid, complete, with every error in its one shape, and pages that fetch nothing elsewhere."""

import json
import re

import pytest
from django.core.management import call_command
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

ACTIONS = {
    "/api/v1/accounts/connect/": {"post"},
    "/api/v1/accounts/{id}/disconnect/": {"post"},
    "/api/v1/accounts/{id}/reconnect/": {"post"},
    "/api/v1/accounts/{id}/refresh-token/": {"post"},
    "/api/v1/accounts/{id}/limits/": {"get"},
    "/api/v1/accounts/{id}/forecast/": {"get"},
    "/api/v1/products/{id}/refresh/": {"post"},
    "/api/v1/products/{id}/refresh-stock/": {"post"},
    "/api/v1/products/{id}/add-to-mine/": {"post"},
    "/api/v1/products/{id}/find-source/": {"post"},
    "/api/v1/products/{id}/reviews/": {"get", "post"},
    "/api/v1/products/{id}/exchanges/": {"get"},
    "/api/v1/products/{id}/history/": {"get"},
    "/api/v1/selections/": {"get", "post"},
    "/api/v1/selections/{id}/": {"get", "patch", "delete"},
    "/api/v1/selections/{id}/sync/": {"post"},
    "/api/v1/selections/{id}/plan/": {"get"},
    "/api/v1/selections/{id}/add/": {"post"},
    "/api/v1/selections/{id}/carry/": {"post"},
    "/api/v1/search/": {"get"},
    "/api/v1/sourcing-requests/": {"get", "post"},
    "/api/v1/sourcing-requests/check/": {"post"},
    "/api/v1/runs/{id}/problems/": {"get"},
    "/api/v1/runs/{id}/cancel/": {"post"},
    "/api/v1/jobs/{id}/revive/": {"post"},
    "/api/v1/jobs/revive/": {"post"},
    "/api/v1/exchanges/{id}/": {"get"},
    "/api/v1/tokens/": {"get", "post"},
    "/api/v1/tokens/{id}/": {"delete"},
}


@pytest.fixture(scope="module")
def schema():
    return SchemaGenerator().get_schema(request=None, public=True)


def operations(schema):
    return [
        (path, method, told)
        for path, methods in schema["paths"].items()
        for method, told in methods.items()
        if "responses" in told
    ]


def test_the_document_is_valid_and_made_without_a_warning(schema, tmp_path):
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yml"))
    validate_schema(schema)


def test_every_resource_and_action_is_in_it(schema):
    told = {path: set(methods) for path, methods in schema["paths"].items()}
    assert {path: methods for path, methods in ACTIONS.items() if told.get(path) != methods} == {}


def test_every_operation_says_what_it_is_and_how_it_fails(schema):
    for path, method, told in operations(schema):
        assert told.get("summary"), (path, method)
        for code in ("400", "401", "403"):
            body = told["responses"][code]["content"]["application/json"]
            assert body["schema"] == {"$ref": "#/components/schemas/Error"}, (path, method, code)
            assert body["examples"]
        assert ("404" in told["responses"]) == ("{" in path)


def test_actions_that_take_a_body_show_an_example(schema):
    bare = {
        path
        for path, method, told in operations(schema)
        if method == "post"
        and "requestBody" in told
        and "examples" not in told["requestBody"]["content"]["application/json"]
    }
    assert bare == set()


def test_limits_of_a_page_are_told(schema):
    parameters = {each["name"]: each for each in schema["paths"]["/api/v1/products/"]["get"]["parameters"]}
    assert parameters["page_size"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 100, "default": 50}
    assert parameters["status"]["schema"]["enum"] == ["active", "gone", "off_sale"]
    assert parameters["is_mine"]["schema"] == {"type": "boolean"}


def test_a_key_goes_in_and_never_out(schema):
    out = {name: told for name, told in schema["components"]["schemas"].items() if not name.endswith("Request")}
    assert [name for name, told in out.items() if "api_key" in told.get("properties", {})] == []


def test_the_pages_of_the_api_fetch_nothing_from_other_hosts(client, db):
    page = client.get("/api/docs/")
    assert page.status_code == 200
    addresses = re.findall(r"""(?:src|href)=["']([^"']+)|url\(["']?([^"')]+)""", page.content.decode())
    found = [first or second for first, second in addresses]
    assert found
    assert [address for address in found if not address.startswith("/static/")] == []
    assert '"validatorUrl": null' in page.content.decode()


def test_the_document_is_served(client, db):
    served = client.get("/api/schema/", headers={"accept": "application/json"})
    assert served.status_code == 200
    assert json.loads(served.content)["info"]["title"] == "Crossdock API"


def test_the_root_lists_the_resources(api):
    listed = api.get("/api/v1/").json()
    assert listed["products"] == "http://testserver/api/v1/products/"
