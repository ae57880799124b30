"""The simulator as a WSGI callable of its own: its URLs and views under any settings, no middleware."""

import logging
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse, JsonResponse
from django.urls import Resolver404, resolve

from integrations.simulator.world import World

URLS = "integrations.simulator.urls"
logger = logging.getLogger(__name__)


class CutConnection(Exception):
    """Raised by a view to close the connection without an answer; the server has to know it."""


class SimulatorRequest(WSGIRequest):
    """A request which knows the world it came to."""

    world: World

    @property
    def base_url(self) -> str:
        """Return the address under which the caller knows us."""
        return self.world.public_url or f"{self.scheme}://{self.META.get('HTTP_HOST', 'localhost')}"


class Application:
    """One world behind a WSGI callable."""

    def __init__(self, world: World) -> None:
        self.world = world

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = SimulatorRequest(environ)
        request.world = self.world
        response = self.answer(request)
        status = f"{response.status_code} {response.reason_phrase}"
        start_response(status, [*((name, str(value)) for name, value in response.items())])
        return [] if request.method == "HEAD" else [response.content]

    def answer(self, request: SimulatorRequest) -> HttpResponse:
        """Find the view and ask it; a bug of ours is told in plain words instead of a traceback."""
        try:
            match = resolve(request.path_info, urlconf=URLS)
        except Resolver404:
            return self._finished(
                JsonResponse({"error": f"The simulator has no page {request.path_info}."}, status=404)
            )
        try:
            response = match.func(request, *match.args, **match.kwargs)
        except CutConnection:
            raise
        except Exception:
            logger.exception("The simulator failed at %s %s", request.method, request.path_info)
            message = "The simulator itself failed; its log has the traceback."
            response = JsonResponse({"error": message}, status=HTTPStatus.INTERNAL_SERVER_ERROR)
        return self._finished(response)

    @staticmethod
    def _finished(response: HttpResponse) -> HttpResponse:
        if not response.has_header("Content-Length"):
            response["Content-Length"] = str(len(response.content))
        return response
