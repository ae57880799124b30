"""A tiny server that does what the wild does: hangs, cuts, floods, redirects. It knows no platform."""

import gzip
import json
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Stranger(ThreadingHTTPServer):
    """Serves `/name` by the method `do_name`-like functions in ROUTES, and remembers what it was asked."""

    daemon_threads = True
    request_queue_size = 50

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.seen: list[_Seen] = []
        self.lock, self.connections, self.at_once, self.most_at_once = threading.Lock(), Counter(), 0, 0
        self.wake = threading.Event()  # ends what hangs
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def stop(self) -> None:
        self.wake.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients break off here on purpose."""


class _Seen:
    def __init__(self, handler: "_Handler", body: bytes) -> None:
        self.path, self.headers, self.body, self.port = (
            handler.path,
            dict(handler.headers),
            body,
            handler.client_address[1],
        )


class _Handler(BaseHTTPRequestHandler):
    server: Stranger
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        name = self.path.split("?")[0].strip("/").split("/")[0]
        with self.server.lock:
            self.server.seen.append(_Seen(self, body))
            self.server.at_once += 1
            self.server.most_at_once = max(self.server.most_at_once, self.server.at_once)
        try:
            ROUTES[name](self)
        finally:
            with self.server.lock:
                self.server.at_once -= 1

    do_GET = do_POST = do_PATCH = handle_any  # noqa: N815

    def answer(self, body: bytes | Any, status: int = 200, **headers: str) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: Any) -> None:
        pass

    @property
    def count(self) -> int:
        return len(self.server.seen)


def _hang(handler: _Handler) -> None:
    handler.server.wake.wait(5)
    handler.close_connection = True


def _reset(handler: _Handler) -> None:
    linger = struct.pack("ii", 1, 0)
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    handler.close_connection = True
    handler.connection.close()


def _cut(handler: _Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"data": "half')
    handler.close_connection = True


def _drip(handler: _Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    while not handler.server.wake.wait(0.02):
        handler.wfile.write(b" ")


def _flood(handler: _Handler) -> None:
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    for _ in range(200):
        handler.wfile.write(b"2800\r\n" + b" " * 0x2800 + b"\r\n")
    handler.wfile.write(b"0\r\n\r\n")


def _bomb(handler: _Handler) -> None:
    handler.answer(gzip.compress(b" " * 30_000_000, 9), Content_Encoding="gzip")


def _later(handler: _Handler) -> None:
    """Answer the number in the path after so many hundredths of a second."""
    number, pause = handler.path.strip("/").split("/")[1:3]
    time.sleep(float(pause))
    handler.answer({"code": 200, "data": int(number)})


def _thrice(handler: _Handler) -> None:
    if handler.count < 3:
        handler.answer({"message": "busy"}, 503)
    else:
        handler.answer({"code": 200, "data": "at last"})


ROUTES: dict[str, Callable[[_Handler], None]] = {
    "ok": lambda handler: handler.answer({"code": 200, "data": {"path": handler.path}, "requestId": "r-1"}),
    "gzip": lambda handler: handler.answer(gzip.compress(b'{"code": 200, "data": 7}'), Content_Encoding="gzip"),
    "hang": _hang,
    "reset": _reset,
    "cut": _cut,
    "drip": _drip,
    "flood": _flood,
    "bomb": _bomb,
    "later": _later,
    "thrice": _thrice,
    "html": lambda handler: handler.answer(b"<html>Maintenance. access_token=tok-12345678</html>"),
    "deep": lambda handler: handler.answer(b"[" * 100_000 + b"]" * 100_000),
    "broken": lambda handler: handler.answer({"message": "sorry"}, 502),
    "slower": lambda handler: handler.answer({"message": "slow down"}, 429, Retry_After="2"),
    "much-slower": lambda handler: handler.answer({"message": "slow down"}, 429, Retry_After="3600"),
    "away": lambda handler: handler.answer(b"", 302, Location="http://localhost:9/elsewhere"),
    "cookie": lambda handler: handler.answer({"code": 200}, Set_Cookie="session=of-account-1; Path=/"),
    "echo": lambda handler: handler.answer({"code": 200, "data": {"you_sent": dict(handler.headers)}}),
    "refused": lambda handler: handler.answer({"code": 1600300, "message": "Param error", "requestId": "r-2"}),
    "expired": lambda handler: handler.answer({"code": 1600001, "message": "Invalid token"}),
    "too-many": lambda handler: handler.answer({"code": 1600200, "message": "Too many requests"}),
    "quota": lambda handler: handler.answer({"code": 1600201, "message": "Quota used up"}),
}
