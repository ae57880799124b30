"""Pictures of products, fetched from the hosts that we know, and made into what marketplaces take: JPEG or PNG."""

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from io import BytesIO
from itertools import groupby
from typing import cast
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

from accounts.models import PlatformAccount

from .errors import Invalid, NotFound, PlatformError, Rejected, Unavailable, UnexpectedReply
from .http import Call, Reply, Transport

MOST_FETCHED = 20 * 1024 * 1024  # bytes of the file as it is fetched
MOST_BYTES = 10 * 1024 * 1024  # as it is sent on
MOST_PIXELS = 50_000_000  # a small file can unpack into a very large picture
TAKEN = {"JPEG": ("image/jpeg", "jpg"), "PNG": ("image/png", "png")}
QUALITIES = (90, 75, 50)  # of a JPEG, tried in turn until the file is small enough


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as a file of at most `MOST_BYTES`, JPEG or PNG."""

    name: str
    content: bytes = field(repr=False)
    content_type: str


def fetch(url: str, account: PlatformAccount | None = None) -> Picture:
    """Fetch a picture; the exchange is kept with `account`.

    Raise Invalid for a host that is not in PICTURE_HOSTS, NotFound or Rejected where there is no usable picture, and
    Unavailable where the host can't be reached now. Redirects are not followed.
    """
    _check_host(url)
    try:
        content: bytes = _transport(_host(url), account).call(_call(url), lambda reply: _content(url, reply))
    except UnexpectedReply as error:
        raise _unusable(url, error) from error
    return _made(url, content)


def fetch_many(urls: Sequence[str], account: PlatformAccount | None = None) -> Iterator[Picture]:
    """Fetch pictures as `fetch` does, several at a time, and yield them in the order asked; raise at the first problem.

    Exhaust it or close it. No host is called where one of them is not known.
    """
    for url in urls:
        _check_host(url)
    for host, of_host in groupby(urls, key=_host):
        waiting = deque(of_host)
        calls = [_call(url) for url in waiting]
        many = _transport(host, account).call_many(calls, _judge_of_first(waiting))
        with closing(cast("Generator[bytes | PlatformError, None, None]", many)) as outcomes:
            for outcome in outcomes:
                url = waiting.popleft()
                if isinstance(outcome, UnexpectedReply):
                    raise _unusable(url, outcome) from outcome
                if isinstance(outcome, PlatformError):
                    raise outcome
                yield _made(url, outcome)


def _check_host(url: str) -> None:
    if not is_known_host(url):
        raise Invalid(
            _("The picture %(url)s is not on a host that pictures are fetched from. Add %(host)s to PICTURE_HOSTS.")
            % {"url": url, "host": urlsplit(url).hostname or "?"},
            field="image_urls",
        )


def _host(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _transport(host: str, account: PlatformAccount | None) -> Transport:
    return Transport("pictures", host, account, max_bytes=MOST_FETCHED)


def _call(url: str) -> Call:
    parts = urlsplit(url)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    return Call(endpoint="picture", method="GET", path=path, headers={"Accept": "image/*"}, keeps_answer=False)


def _judge_of_first(waiting: deque[str]) -> Callable[[Reply], bytes]:
    # Outcomes are judged one after the other, in the order asked.
    return lambda reply: _content(waiting[0], reply)


def _unusable(url: str, error: UnexpectedReply) -> Rejected:
    return Rejected(_("The picture %(url)s can't be fetched: %(reason)s") % {"url": url, "reason": error})


def _made(url: str, content: bytes) -> Picture:
    return made_fit(content, name=urlsplit(url).path.rpartition("/")[2] or "picture")


def is_known_host(url: str) -> bool:
    """Tell whether pictures are fetched from this address: over https from PICTURE_HOSTS, or from the supplier's own.

    A host that begins with a dot stands for all below it.
    """
    parts, own = urlsplit(url), urlsplit(settings.CJ_BASE_URL)
    if (parts.scheme, parts.netloc) == (own.scheme, own.netloc):
        return True
    host = (parts.hostname or "").lower()
    known = any(
        host == each.lstrip(".") or (each[:1] == "." and host.endswith(each)) for each in settings.PICTURE_HOSTS
    )
    return known and parts.scheme == "https" and parts.port in (None, 443) and not parts.username


def made_fit(content: bytes, *, name: str) -> Picture:
    """Return the picture as JPEG or PNG of at most `MOST_BYTES`; other formats become JPEG. Raise Rejected for none."""
    try:
        with Image.open(BytesIO(content)) as image:
            if image.width * image.height > MOST_PIXELS:
                raise Rejected(_("The picture %(name)s is too large: more than 50 million pixels.") % {"name": name})
            kind = image.format or ""
            if kind not in TAKEN or len(content) > MOST_BYTES:
                content, kind = _as_jpeg(image), "JPEG"
            else:
                image.verify()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise Rejected(_("The picture %(name)s can't be read.") % {"name": name}) from error
    content_type, ending = TAKEN[kind]
    return Picture(f"{name.rpartition('.')[0] or name}.{ending}"[-100:], content, content_type)


def _as_jpeg(image: Image.Image) -> bytes:
    """Return the first frame as a JPEG; what is transparent becomes white."""
    full = image.convert("RGBA")
    flat = Image.new("RGB", full.size, "white")
    flat.paste(full, mask=full.getchannel("A"))
    for quality in QUALITIES:
        stream = BytesIO()
        flat.save(stream, "JPEG", quality=quality, optimize=True)
        if stream.tell() <= MOST_BYTES:
            break
    return stream.getvalue()


def _content(url: str, reply: Reply) -> bytes:
    words = {"url": url, "status": reply.status}
    if reply.status in (404, 410):
        raise NotFound(_("The picture %(url)s is gone.") % words)
    if reply.status in (408, 425, 429) or reply.status >= 500:
        raise Unavailable(_("The picture %(url)s can't be fetched now: HTTP %(status)s.") % words)
    if reply.status != 200:
        raise Rejected(_("The picture %(url)s can't be fetched: HTTP %(status)s.") % words)
    return reply.body
