"""Files that Shopee sends as an answer's body (Shopee: download_shipping_document, first_mile.get_waybill).

A refusal of the same call is JSON with the same HTTP status: what came is told by its content type and first bytes.
"""

import io
import zipfile

from django.utils.translation import gettext as _

from integrations.errors import UnexpectedReply
from integrations.sold import LabelFile
from integrations.wire import Reply

PDF, ZIP, HTML = "application/pdf", "application/zip", "text/html"
_BLANK = b"\xef\xbb\xbf \t\r\n"
_PAGES = (b"<!doctype html", b"<html")


def is_file(reply: Reply) -> bool:
    """Tell whether an answer is meant as a file: no JSON by its first byte, nor by its content type."""
    start = reply.body.lstrip(_BLANK)[:1]
    said = reply.headers.get("Content-Type", "").lower()
    return reply.status < 400 and bool(start) and start not in b"{[" and "json" not in said


def read(reply: Reply) -> LabelFile:
    """Return the file by what it is, whatever it is called; UnexpectedReply for one that can't be printed."""
    kind = _kind(reply.body)
    if not kind:
        raise UnexpectedReply(_("Shopee sent a file that is no whole PDF, ZIP archive or HTML page."))
    return LabelFile(content=reply.body, content_type=kind)


def _kind(body: bytes) -> str:
    """Return what a file is, empty where it is of no known kind or its end is missing."""
    start = body.lstrip(_BLANK)[:100].lower()
    if start.startswith(b"%pdf-"):
        return PDF if b"%%EOF" in body[-2048:] else ""
    if start.startswith(b"pk"):
        return ZIP if zipfile.is_zipfile(io.BytesIO(body)) else ""
    return HTML if start.startswith(_PAGES) and b"</html>" in body[-2048:].lower() else ""
