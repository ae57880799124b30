"""Which platform connects by a key and which by consent is said in one place (integrations/issuers.py)."""

import pytest

from accounts.errors import Refused
from integrations import issuers


def test_each_platform_is_connected_by_key_or_by_consent():
    assert issuers.known() == [*issuers.by_key(), *issuers.by_consent()] == ["cj", "shopee"]
    assert issuers.key_login_for("cj").login_every.total_seconds() == 310
    assert issuers.consenting_for("shopee").portals[""] == "Live"


@pytest.mark.parametrize("ask", [issuers.issuer_for, issuers.key_login_for, issuers.consenting_for])
@pytest.mark.parametrize("platform", ["ebay", ""])
def test_an_unknown_platform_is_refused_with_the_known_ones(ask, platform):
    with pytest.raises(Refused, match=r"can't be connected\. Known: cj, shopee\.") as refusal:
        ask(platform)
    assert refusal.value.field == "platform"


def test_the_other_way_of_connecting_is_refused_with_the_right_one():
    with pytest.raises(Refused, match="Shopee is not connected by a key"):
        issuers.key_login_for("shopee")
    with pytest.raises(Refused, match="CJ Dropshipping knows no authorization"):
        issuers.consenting_for("cj")
