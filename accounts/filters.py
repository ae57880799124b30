"""Filters of the API that refuse what they can't read, and the filters of this app's resources."""

from collections.abc import Iterable
from datetime import UTC
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters
from django_filters.fields import IsoDateTimeField
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field

from .complaints import one_of
from .models import Platform, PlatformAccount, Shop


class Exactly(filters.CharFilter):
    """A text that has to be equal."""

    def __init__(self, *args: Any, max_length: int = 200, **options: Any) -> None:
        super().__init__(*args, max_length=max_length, **options)


class OneOf(filters.ChoiceFilter):
    """One of a few words; the message lists them."""

    def __init__(self, *args: Any, choices: Iterable[tuple[Any, Any]], **options: Any) -> None:
        words = [(value, label) for value, label in choices if value != ""]
        messages = {"invalid_choice": one_of(value for value, _label in words)}
        super().__init__(*args, choices=words, error_messages=messages, **options)


def _is_true(word: str) -> bool | None:
    return {"true": True, "false": False}.get(word)


@extend_schema_field(OpenApiTypes.BOOL)
class YesNo(filters.TypedChoiceFilter):
    """`true` or `false`, and nothing that only looks like it."""

    def __init__(self, *args: Any, **options: Any) -> None:
        words = [("true", "true"), ("false", "false")]
        messages = {"invalid_choice": one_of(["true", "false"])}
        super().__init__(*args, choices=words, coerce=_is_true, empty_value=None, error_messages=messages, **options)


@extend_schema_field(OpenApiTypes.INT)
class KnownId(filters.ModelChoiceFilter):
    """The id of a record that has to exist; `no_such` is said where it does not (with `%(value)s`)."""

    def __init__(self, *args: Any, no_such: Any, **options: Any) -> None:
        super().__init__(*args, error_messages={"invalid_choice": no_such}, **options)


class Amount(filters.NumberFilter):
    """An amount of money."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, max_digits=18, decimal_places=4, **options)

    def get_max_validator(self) -> None:
        """Leave it to the digits."""


class Whole(Amount):
    """A whole number."""

    def __init__(self, *args: Any, **options: Any) -> None:
        filters.NumberFilter.__init__(self, *args, max_digits=9, decimal_places=0, **options)


class _MomentField(IsoDateTimeField):
    def to_python(self, value: Any) -> Any:
        """Read a time that is still one in UTC."""
        try:
            moment = super().to_python(value)
            return moment.astimezone(UTC) if moment else moment
        except OverflowError as error:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from error


class Moment(filters.IsoDateTimeFilter):
    """A time in ISO 8601; without a zone it is UTC."""

    field_class = _MomentField

    def __init__(self, *args: Any, **options: Any) -> None:
        messages = {"invalid": _("Write a time such as 2026-11-21T08:00:00Z.")}
        super().__init__(*args, error_messages=messages, **options)


class Country(filters.CharFilter):
    """Two letters, such as US."""

    field_class = forms.CharField

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, min_length=2, max_length=2, **options)


NO_SUCH_ACCOUNT = _("There is no account with the id “%(value)s”.")


class AccountFilters(filters.FilterSet):
    platform = OneOf(choices=Platform.choices)
    status = OneOf(choices=PlatformAccount.Status.choices)
    seller_center = OneOf(choices=PlatformAccount.SellerCenter.choices)
    lead_status = OneOf(choices=PlatformAccount.LeadStatus.choices)


class ShopFilters(filters.FilterSet):
    account = KnownId(queryset=PlatformAccount.objects.all(), no_such=NO_SUCH_ACCOUNT)
    region = Exactly(max_length=8)
    status = OneOf(choices=Shop.Status.choices)


class AppFilters(filters.FilterSet):
    platform = OneOf(choices=Platform.choices)
    app_key = Exactly(max_length=100)
