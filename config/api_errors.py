"""One shape for every error of the API: `{"error": {"code", "message", "field", "problems", …}}`."""

import re
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views import defaults
from rest_framework import exceptions, serializers, status
from rest_framework.fields import get_error_detail
from rest_framework.response import Response
from rest_framework.views import set_rollback

from accounts.errors import Refused
from accounts.secrets import mask_text
from integrations.errors import AuthRequired, Invalid, PlatformError, RateLimited


class Problem(serializers.Serializer):
    field = serializers.CharField(help_text="Dotted path in the body, or the parameter; empty: the call as a whole")
    code = serializers.CharField()
    message = serializers.CharField()


class PlatformAnswer(serializers.Serializer):
    code = serializers.CharField(help_text="The platform's own code")
    request_id = serializers.CharField(help_text="Quote it to the platform's support")


class ErrorBody(serializers.Serializer):
    code = serializers.CharField(help_text="A word for programs; it stays when the message changes")
    message = serializers.CharField(help_text="For a person: what is wrong, and the fix")
    field = serializers.CharField(help_text="The first field or parameter that is wrong; empty: none in particular")
    problems = Problem(many=True, required=False, help_text="All that is wrong, where the call itself is")
    platform = PlatformAnswer(required=False, help_text="Where a platform refused or failed")
    retry_after = serializers.FloatField(required=False, help_text="Seconds; also in the header Retry-After")


class Error(serializers.Serializer):
    """What every refused or failed call answers."""

    error = ErrorBody()


def explain(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn an exception into the API's answer; what nobody expected goes on to the 500 page (`server_error`)."""
    match error:
        case Refused():
            answer = _body("refused", error, status.HTTP_409_CONFLICT, field=error.field)
        case Invalid():
            answer = _body("invalid", error, status.HTTP_400_BAD_REQUEST, field=getattr(error, "field", ""))
        case PlatformError():
            answer = _platform(error)
        case DjangoValidationError():
            answer = _invalid(exceptions.ValidationError(get_error_detail(error)))
        case Http404():
            answer = _body("not_found", _("There is no such record."), status.HTTP_404_NOT_FOUND)
        case PermissionDenied():
            answer = _body("permission_denied", _("You may not do this."), status.HTTP_403_FORBIDDEN)
        case exceptions.ValidationError():
            answer = _invalid(error)
        case exceptions.APIException():
            answer = _api(error)
        case _:
            return None
    set_rollback()
    return answer


def _body(code: str, message: object, http_status: int, *, field: str = "", **more: object) -> Response:
    return Response(
        {"error": {"code": code, "message": mask_text(str(message)), "field": field, **more}}, status=http_status
    )


def _platform(error: PlatformError) -> Response:
    words = re.sub(r"(?<!^)(?=[A-Z])", "_", type(error).__name__).lower()  # RateLimited → rate_limited
    message = str(error)
    if isinstance(error, AuthRequired):
        message = _("%(reason)s Connect the account again.") % {"reason": f"{message.rstrip('.')}."}
    more: dict[str, Any] = {"platform": {"code": error.code, "request_id": error.request_id}}
    if error.retry_after is not None:
        more["retry_after"] = error.retry_after
    answer = _body(words, message, status.HTTP_502_BAD_GATEWAY, **more)
    if error.retry_after is not None or isinstance(error, RateLimited):
        answer["Retry-After"] = str(max(1, round(error.retry_after or 60)))
    return answer


def _invalid(error: exceptions.ValidationError) -> Response:
    problems = [
        {"field": field, "code": str(detail.code), "message": mask_text(str(detail))}
        for field, detail in _flat(error.detail)
    ]
    first = problems[0]
    return Response(
        {"error": {"code": "invalid", "message": first["message"], "field": first["field"], "problems": problems}},
        status=error.status_code,
    )


def _flat(detail: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, exceptions.ErrorDetail]]:
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from _flat(inner, path if name in ("non_field_errors", "__all__") else (*path, str(name)))
    elif isinstance(detail, list):
        for number, inner in enumerate(detail):
            yield from _flat(inner, (*path, str(number)) if isinstance(inner, dict | list) else path)
    else:
        yield ".".join(path), detail


def _api(error: exceptions.APIException) -> Response:
    detail = error.detail
    code = getattr(detail, "code", error.default_code)
    answer = _body(str(code), detail, error.status_code)
    if challenge := getattr(error, "auth_header", None):
        answer["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        answer["Retry-After"] = str(round(wait))
    return answer


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an unknown address: below /api/ in the API's shape."""
    if not request.path.startswith("/api/"):
        return defaults.page_not_found(request, exception)
    message = _(
        "There is no such address here. /api/v1/ lists the resources, /api/docs/ describes them. Addresses end in “/”."
    )
    return JsonResponse({"error": {"code": "not_found", "message": message, "field": ""}}, status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer a bug of ours: below /api/ in the API's shape, without any detail of it."""
    if not request.path.startswith("/api/"):
        return defaults.server_error(request)
    message = _("Something went wrong on our side. It is in the log; nothing more was done.")
    return JsonResponse({"error": {"code": "error", "message": message, "field": ""}}, status=500)
