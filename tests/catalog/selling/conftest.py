"""Selling is tested against a small marketplace in memory; the real packages have tests of their own."""

import pytest

from accounts.models import Platform
from integrations import gateways
from tests import channel_fake
from tests.channel_fake import FakeMarket


@pytest.fixture
def market(monkeypatch: pytest.MonkeyPatch) -> FakeMarket:
    """Put an empty marketplace in the place of one that sells, and return what it knows."""
    monkeypatch.setitem(gateways._CHANNELS, Platform.SHOPEE, "tests.channel_fake.gateway_for")
    return channel_fake.fresh_market()
