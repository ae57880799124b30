"""What every resource of the API shares: strict parameters, named absences, one answer for queued work."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.viewsets import GenericViewSet

from .complaints import complain, is_id, named, one_of

PAGE_PARAMETERS = ("cursor", "page_size")


class Resource(GenericViewSet):
    """One resource. What a caller says and nobody knows is refused, never ignored.

    `what` is its name in a message. `needs` gives actions another permission than their method asks for: a verb of the
    resource's own model ("change"), or a whole one ("catalog.view_product"). `takes` names the query parameters of
    actions that have some; `paged` the actions besides `list` that answer in pages.
    """

    what: ClassVar[Any]
    needs: ClassVar[Mapping[str, str]] = {}
    takes: ClassVar[Mapping[str, Iterable[str]]] = {}
    paged: ClassVar[Sequence[str]] = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Authenticate and authorize, then refuse unknown, repeated and empty query parameters."""
        super().initial(request, *args, **kwargs)
        known = self._known_parameters()
        problems = {}
        for name, values in request.query_params.lists():
            if name not in known:
                problems[name[:100]] = _("There is no parameter of this name here. Known: %(known)s.") % {
                    "known": named(known)
                }
            elif len(values) > 1:
                problems[name] = _("Give this parameter once; it came %(n)d times.") % {"n": len(values)}
            elif not values[0].strip():
                problems[name] = _("Give this parameter a value, or leave it out.")
        if problems:
            raise ValidationError({name: [problem] for name, problem in problems.items()}, code="bad_parameter")

    def _known_parameters(self) -> set[str]:
        known = set(self.takes.get(self.action or "", ()))
        if self.action == "list":
            filterset = getattr(self, "filterset_class", None)
            known |= set(filterset.base_filters) if filterset else set()
        if self.action in ("list", *self.paged) and self.pagination_class is not None:
            known |= set(PAGE_PARAMETERS)
        return known

    def get_object(self) -> Any:
        """Return the record of the address, or say which kind of record is not there."""
        wanted = str(self.kwargs[self.lookup_url_kwarg or self.lookup_field])
        try:
            if self.lookup_field == "pk" and not is_id(wanted):
                raise Http404
            return super().get_object()
        except Http404:
            message = _("There is no %(what)s with the id “%(id)s”.") % {"what": self.what, "id": wanted[:64]}
            raise NotFound(message) from None

    def told(self, kind: type[serializers.BaseSerializer], *, partial: bool = False) -> dict[str, Any]:
        """Return the body of the call, checked by a serializer; `partial`: only what was said."""
        told = kind(data=self.request.data, partial=partial, context=self.get_serializer_context())
        told.is_valid(raise_exception=True)
        data: dict[str, Any] = told.validated_data
        return data

    def asked(self, kind: type[serializers.BaseSerializer]) -> dict[str, Any]:
        """Return the query of the call, checked by a serializer."""
        asked = kind(data=self.request.query_params.dict(), context=self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        data: dict[str, Any] = asked.validated_data
        return data

    def all_known(self, ids: Sequence[int], *, field: str = "ids") -> None:
        """Refuse a list that names a record which is not there: then nothing is done to any."""
        known = set(self.get_queryset().filter(pk__in=ids).values_list("pk", flat=True))
        if missing := [str(number) for number in ids if number not in known]:
            message = _("There is no %(what)s with the id “%(id)s”.") % {
                "what": self.what,
                "id": "”, “".join(missing[:5]),
            }
            complain(field, message, code="does_not_exist")

    def one(self, kind: type[serializers.BaseSerializer], row: object, *, code: int = status.HTTP_200_OK) -> Response:
        """Answer with one record."""
        return Response(kind(row, context=self.get_serializer_context()).data, status=code)

    def pages(self, kind: type[serializers.BaseSerializer], rows: QuerySet) -> Response:
        """Answer with a page of records."""
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(kind(page, many=True, context=self.get_serializer_context()).data)

    def queued(self, job: Model | None, **more: object) -> Response:
        """Answer that a wish is written down: 202, the job's number, and its address in `Location`."""
        headers = {"Location": reverse("job-detail", args=[job.pk], request=self.request)} if job else {}
        return Response({"job": job.pk if job else None, **more}, status=status.HTTP_202_ACCEPTED, headers=headers)

    def queued_run(self, run: Any) -> Response:
        """Answer that a run is written down: 202, the numbers of its job and of itself."""
        return self.queued(run.job, run=run.pk)

    @property
    def caller(self) -> str:
        """Return the name that stands behind what this call asks for."""
        return str(self.request.user)


class Strict(serializers.Serializer):
    """Input that refuses what it does not know: a misspelled field is an error, not a wish forgotten."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            problems = {
                str(name)[:100]: [
                    _("There is no field of this name here. Known: %(known)s.") % {"known": named(self.fields)}
                ]
                for name in data
                if name not in self.fields
            }
            if problems:
                raise ValidationError(problems, code="unknown_field")
        return super().to_internal_value(data)


class Nothing(Strict):
    """The body of an action that asks nothing: empty, or `{}`."""


class Queued(serializers.Serializer):
    """A wish that is written down; a worker does the slow part."""

    job = serializers.IntegerField(help_text="Its outcome: /api/v1/jobs/<id>/")


class Text(serializers.CharField):
    """A text. A number or a boolean in its place is refused, as is a NUL."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Choice(serializers.ChoiceField):
    """One of a few words; the message lists them."""

    def __init__(self, choices: Any, **options: Any) -> None:
        super().__init__(choices, **options)
        self.error_messages["invalid_choice"] = one_of(self.choices)


class Known(serializers.PrimaryKeyRelatedField):
    """The id of a record that has to exist; `no_such` is said where it does not."""

    def __init__(self, *, no_such: Any = "", **options: Any) -> None:
        super().__init__(**options)
        if no_such:
            self.error_messages["does_not_exist"] = no_such
        self.error_messages["incorrect_type"] = gettext_lazy("Give the id as a number.")

    def to_internal_value(self, data: Any) -> Any:
        text = str(data)
        if isinstance(data, bool) or not isinstance(data, int | str) or not (text.isascii() and text.isdigit()):
            self.fail("incorrect_type", data_type=type(data).__name__)
        if not is_id(text):
            self.fail("does_not_exist", pk_value=text[:30])
        return super().to_internal_value(data)
