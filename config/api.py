"""The API's manners: who may, which page, what is JSON (design.md §6). Its errors: config/api_errors.py."""

from typing import TYPE_CHECKING, Any, NoReturn

from django.db.models import QuerySet
from django.utils.encoding import force_str
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException, ParseError
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.parsers import JSONParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.complaints import complain, is_id

if TYPE_CHECKING:  # the framework's own settings load this module before its views are there
    from rest_framework.views import APIView

MAX_BODY = 1_000_000  # bytes; a pasted list of ten thousand ids is a tenth of it
VERBS = {"GET": "view", "HEAD": "view", "POST": "add", "PUT": "change", "PATCH": "change", "DELETE": "delete"}


class ModelPermissions(BasePermission):
    """The same permissions as in the console: view to read, add to create, change to act, delete to delete.

    A view's `needs` names another permission for an action: a verb of its own model, or a whole one.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Say whether the caller may; nobody may without being known."""
        if not (request.user and request.user.is_authenticated):
            return False
        needed = _needed(request, view)
        if not needed or request.user.has_perm(needed):
            return True
        self.message = _(
            "Your account lacks the permission “%(permission)s”. Whoever manages the users can grant it."
        ) % {"permission": needed}
        return False


def _needed(request: Request, view: "APIView") -> str:
    verb = getattr(view, "needs", {}).get(getattr(view, "action", None) or "", VERBS.get(request.method or "", ""))
    queryset: QuerySet | None = getattr(view, "queryset", None)
    if not verb or "." in verb or queryset is None:
        return verb if "." in verb else ""
    meta = queryset.model._meta
    return f"{meta.app_label}.{verb}_{meta.model_name}"


class CursorPages(CursorPagination):
    """Pages along the primary key: unique, indexed, moved by no change. Newest first unless the view says else."""

    ordering = "-pk"
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 100
    offset_cutoff = 0  # the key is unique: an offset is never needed

    def get_page_size(self, request: Request) -> int:
        """Return the wanted size; a size that is not to be had is refused, not bent."""
        text = request.query_params.get("page_size")
        if text is None:
            return self.page_size
        if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= self.max_page_size):
            complain("page_size", _("Give a whole number from 1 to %(max)d.") % {"max": self.max_page_size})
        return int(text)

    def get_ordering(self, request: Request, queryset: QuerySet, view: "APIView") -> tuple[str, ...]:
        """Return the view's own `ordering`, if it has one."""
        return (getattr(view, "ordering", None) or self.ordering,)

    def decode_cursor(self, request: Request) -> Cursor | None:
        """Read the cursor; one that we did not make is refused."""
        try:
            cursor = super().decode_cursor(request)
        except APIException:
            self._refuse_cursor()
        if cursor and (cursor.offset or not is_id(str(cursor.position))):
            self._refuse_cursor()
        return cursor

    def _refuse_cursor(self) -> NoReturn:
        complain("cursor", _("This is no cursor of ours. Start without one and follow “next”."))

    def get_schema_operation_parameters(self, view: "APIView") -> list[dict[str, Any]]:
        """Describe both parameters with their limits."""
        cursor, size = super().get_schema_operation_parameters(view)
        size["schema"] |= {"minimum": 1, "maximum": self.max_page_size, "default": self.page_size}
        return [cursor, size]


class TooLarge(APIException):
    status_code = 413
    default_code = "too_large"


class StrictJSONParser(JSONParser):
    """JSON of a sane size and depth."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """Parse the body; say where it stops being JSON."""
        request = (parser_context or {}).get("request")
        size = str(request.META.get("CONTENT_LENGTH") or "") if request else ""
        if size.isdigit() and int(size) > MAX_BODY:
            raise TooLarge(
                _("The body has %(size)s bytes; at most %(max)d are read.") % {"size": size, "max": MAX_BODY}
            )
        try:
            return super().parse(stream, media_type, parser_context)
        except ParseError as error:
            reason = force_str(error.detail).removeprefix("JSON parse error - ")
            raise ParseError(_("The body is not JSON: %(reason)s") % {"reason": reason}) from error
        except RecursionError as error:
            raise ParseError(_("The body is not JSON that can be read: it is nested too deep.")) from error
