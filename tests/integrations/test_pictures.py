"""Pictures: from which hosts they come, and what becomes of their formats."""

from io import BytesIO

import pytest
import responses
from PIL import Image

from integrations import pictures
from integrations.errors import Invalid, NotFound, Rejected, Unavailable

CDN = "https://cf.cjdropshipping.com/pictures/bag.webp"


def drawn(kind: str, *, mode: str = "RGB", size: tuple[int, int] = (60, 40)) -> bytes:
    stream = BytesIO()
    Image.new(mode, size, "red" if mode == "RGB" else 0).save(stream, kind)
    return stream.getvalue()


def opened(picture: pictures.Picture) -> Image.Image:
    return Image.open(BytesIO(picture.content))


@pytest.mark.parametrize(
    ("url", "known"),
    [
        (CDN, True),
        ("https://cjdropshipping.com/a.jpg", True),
        ("https://cbu01.alicdn.com/a.jpg", True),
        ("http://cf.cjdropshipping.com/a.jpg", False),
        ("https://cf.cjdropshipping.com.evil.example/a.jpg", False),
        ("https://evilcjdropshipping.com/a.jpg", False),
        ("https://user@cf.cjdropshipping.com/a.jpg", False),
        ("https://cf.cjdropshipping.com:8443/a.jpg", False),
        ("https://127.0.0.1/a.jpg", False),
        ("http://127.0.0.1:8100/img/a.jpg", True),
        ("http://127.0.0.1:8101/img/a.jpg", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
def test_pictures_come_from_known_hosts_only(settings, url, known):
    settings.CJ_BASE_URL = "http://127.0.0.1:8100"
    assert pictures.is_known_host(url) is known


@responses.activate
def test_an_unknown_host_is_never_called(db):
    with pytest.raises(Invalid, match=r"Add evil\.example to PICTURE_HOSTS") as caught:
        pictures.fetch("https://evil.example/a.jpg")
    assert caught.value.field == "image_urls"
    assert len(responses.calls) == 0


@responses.activate
@pytest.mark.parametrize(("status", "kind"), [(404, NotFound), (403, Rejected), (302, Rejected), (503, Unavailable)])
def test_a_picture_that_cannot_be_had_says_so(db, status, kind, monkeypatch):
    monkeypatch.setattr("integrations.http.PAUSES", ())
    responses.get(CDN, status=status, body=b"no")
    with pytest.raises(kind, match=r"bag\.webp"):
        pictures.fetch(CDN)


SECOND, ELSEWHERE = "https://cf.cjdropshipping.com/pictures/cup.png", "https://cbu01.alicdn.com/pan.png"


@responses.activate
@pytest.mark.django_db(transaction=True)
def test_many_come_in_the_order_asked_from_all_their_hosts():
    responses.get(CDN, body=drawn("WEBP"))
    responses.get(SECOND, body=drawn("PNG", size=(20, 10)))
    responses.get(ELSEWHERE, body=drawn("PNG", size=(30, 10)))
    found = list(pictures.fetch_many([SECOND, CDN, ELSEWHERE, SECOND]))
    assert [picture.name for picture in found] == ["cup.png", "bag.jpg", "pan.png", "cup.png"]
    assert [opened(picture).width for picture in found] == [20, 60, 30, 20]


@responses.activate
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("status", "kind"), [(404, NotFound), (403, Rejected), (302, Rejected), (503, Unavailable)])
def test_one_of_many_that_cannot_be_had_is_named_and_ends_it(status, kind, monkeypatch):
    monkeypatch.setattr("integrations.http.PAUSES", ())
    responses.get(CDN, body=drawn("WEBP"))
    responses.get(SECOND, status=status, body=b"no")
    many = pictures.fetch_many([CDN, SECOND, ELSEWHERE])
    assert next(many).name == "bag.jpg"
    with pytest.raises(kind, match=r"cup\.png"):
        next(many)
    assert list(many) == []
    assert ELSEWHERE not in {call.request.url for call in responses.calls}


@responses.activate
def test_of_many_none_is_fetched_where_one_is_of_an_unknown_host(db):
    with pytest.raises(Invalid, match=r"Add evil\.example to PICTURE_HOSTS"):
        list(pictures.fetch_many([CDN, "https://evil.example/a.jpg"]))
    assert len(responses.calls) == 0


@responses.activate
def test_other_formats_become_jpeg(db):
    responses.get(CDN, body=drawn("WEBP"), content_type="image/webp")
    found = pictures.fetch(CDN)
    assert (found.name, found.content_type, opened(found).format) == ("bag.jpg", "image/jpeg", "JPEG")
    assert opened(found).size == (60, 40)


@pytest.mark.parametrize(("kind", "content_type"), [("JPEG", "image/jpeg"), ("PNG", "image/png")])
def test_what_is_taken_stays_as_it_is(kind, content_type):
    content = drawn(kind)
    found = pictures.made_fit(content, name="bag.img")
    assert (found.content, found.content_type) == (content, content_type)


def test_what_is_transparent_becomes_white():
    found = pictures.made_fit(drawn("WEBP", mode="RGBA"), name="bag.webp")
    assert opened(found).convert("RGB").getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("content", [b"", b"<html>not found</html>", drawn("PNG")[:60]])
def test_what_is_no_picture_is_refused(content):
    with pytest.raises(Rejected, match=r"bag\.jpg can't be read"):
        pictures.made_fit(content, name="bag.jpg")


def test_a_picture_that_unpacks_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(pictures, "MOST_PIXELS", 1000)
    with pytest.raises(Rejected, match="too large"):
        pictures.made_fit(drawn("PNG"), name="bag.png")


def test_a_picture_of_too_many_bytes_is_made_smaller(monkeypatch):
    content = drawn("PNG", size=(300, 300))
    monkeypatch.setattr(pictures, "MOST_BYTES", len(content) - 1)
    assert pictures.made_fit(content, name="bag.png").content_type == "image/jpeg"
