"""Texts for buyers: in their language, with their number, and none where there is nothing to tell."""

from string import Formatter

import pytest

from accounts.errors import Refused
from orders.services import messages
from tests.factories_orders import make_line, make_order, make_package, make_purchase, make_sold_variant


def underway(country="MY", **columns):
    order = make_order(external_id="2611", country_code=country)
    make_line(order, make_sold_variant())
    return make_package(order, **({"status": "in_transit", "tracking_number": "SPX-1"} | columns))


@pytest.mark.parametrize(
    ("country", "language", "text"),
    [
        ("SG", "en", "Hello! Your order 2611 is on its way. Tracking number: SPX-1."),
        ("TW", "zh-Hant", "您好！您的訂單 2611 已出貨。物流追蹤編號：SPX-1。"),
        ("KR", "ko", "안녕하세요! 주문하신 상품(2611)이 발송되었습니다. 운송장 번호: SPX-1."),
        ("BR", "pt-BR", "Olá! Seu pedido 2611 está a caminho. Código de rastreamento: SPX-1."),
        ("XX", "en", "Hello! Your order 2611 is on its way. Tracking number: SPX-1."),
    ],
)
@pytest.mark.django_db
def test_a_buyer_is_told_in_his_language(country, language, text):
    message = messages.shipped(underway(country).order)
    assert (message.language, message.text) == (language, text)


def test_every_language_says_the_same():
    assert set(messages.LANGUAGES.values()) | {"en"} == set(messages._WORDS)
    for words in messages._WORDS.values():
        names = [{name for _t, name, _s, _c in Formatter().parse(each) if name} for each in
                 (words.shipped, words.follow, words.delayed)]  # fmt: skip
        assert names == [{"order", "numbers"}, {"links"}, {"order", "numbers"}]


@pytest.mark.django_db
def test_a_parcel_of_the_suppliers_carrier_is_followed_at_its_address():
    package = underway("SG", tracking_number="")
    columns = {"tracking_number": "CJPKL1YQ", "tracking_url": "https://track.test/CJPKL1YQ"}
    package.purchase = make_purchase(package.order, **columns)
    package.save()
    assert messages.shipped(package.order).text.endswith(
        "Tracking number: CJPKL1YQ. You can follow it here: https://track.test/CJPKL1YQ"
    )
    package.purchase.label = "marketplace"
    package.purchase.save()
    package.tracking_number = "SPX-1"
    package.save()
    assert messages.shipped(package.order).text.endswith("Tracking number: SPX-1.")


@pytest.mark.django_db
def test_all_parcels_that_travel_are_named_once():
    package = underway("ID")
    make_package(package.order, status="picked_up", tracking_number="SPX-2")
    make_package(package.order, status="picked_up", tracking_number="SPX-2")
    make_package(package.order, status="processing", tracking_number="SPX-3")
    make_package(package.order, status="in_transit", tracking_number="SPX-4", is_gone=True)
    assert messages.delayed(package.order).text.count("Nomor resi: SPX-1, SPX-2. ") == 1


@pytest.mark.django_db
def test_nothing_is_told_before_there_is_something_to_tell():
    waiting = underway(status="processing")
    unnumbered = underway(tracking_number="")
    for package in (waiting, unnumbered):
        with pytest.raises(Refused, match="there is nothing to tell yet") as caught:
            messages.shipped(package.order)
        assert caught.value.field == "status"
    there = underway("VN", status="delivered")
    assert "2611" in messages.shipped(there.order).text
    with pytest.raises(Refused, match="there is nothing to tell yet"):
        messages.delayed(there.order)
