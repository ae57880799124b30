"""Shopee's signatures: of calls (every API level) and of pushes. Pure.

A key is used as the text that the console shows; it looks like hexadecimal and is not decoded.
"""

import hashlib
import hmac


def sign(key: str, *parts: str | int) -> str:
    """Return Shopee's signature: HMAC-SHA256 over the parts in the order given, in lower-case hexadecimal.

    The parts are partner id, path and Unix seconds; below the public level also access token and shop or merchant id.
    """
    return _digest(key, "".join(map(str, parts)).encode())


def push_signature(key: str, url: str, body: bytes) -> str:
    """Return what the Authorization header of a push holds.

    `url` is the callback address as it was saved in the console, `body` the bytes as they came.
    """
    return _digest(key, url.encode() + b"|" + body)


def _digest(key: str, message: bytes) -> str:
    return hmac.new(key.encode(), message, hashlib.sha256).hexdigest()
