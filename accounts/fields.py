"""The column in which a secret rests."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import FieldError
from django.db import models
from django.db.models.lookups import Exact, IsNull, Lookup
from django.db.models.query_utils import DeferredAttribute

from .secrets import Secret, is_sealed

if TYPE_CHECKING:
    from django.db.models.expressions import Combinable


class _Coerced(DeferredAttribute):
    """The attribute of an instance: whatever is put there is held as a `Secret` from that moment on."""

    field: "EncryptedTextField"

    def __set__(self, instance: models.Model, value: Any) -> None:
        kept = value if hasattr(value, "resolve_expression") else self.field.to_python(value)
        instance.__dict__[self.field.attname] = kept


class EncryptedTextField(models.TextField):
    """A text column that holds ciphertext and is read as a `Secret`; empty stays empty.

    Ciphertext differs each time, so it can't be searched: only `isnull` and equality with "" are lookups. A form shows
    nothing of it and keeps it where its field is left empty; a dump of the database holds ciphertext.
    """

    descriptor_class = _Coerced

    if TYPE_CHECKING:  # what django-stubs takes the attribute of a record for
        _pyi_private_set_type: Secret | str | Combinable  # type: ignore[assignment]
        _pyi_private_get_type: Secret  # type: ignore[assignment]

    def from_db_value(self, value: str | None, expression: object, connection: object) -> Secret:
        return Secret.from_sealed(value) if value else Secret("")

    def to_python(self, value: Any) -> Secret:
        if isinstance(value, Secret):
            return value
        return Secret.from_sealed(value) if is_sealed(value) else Secret(value or "")

    def get_prep_value(self, value: Any) -> Any:
        return value if hasattr(value, "resolve_expression") else self.to_python(value).sealed()

    def value_to_string(self, obj: models.Model) -> str:
        return self.to_python(self.value_from_object(obj)).sealed()

    def get_lookup(self, lookup_name: str) -> type[Lookup] | None:
        return {"exact": _IsEmpty, "isnull": IsNull}.get(lookup_name)  # None: "unsupported lookup", says Django

    def formfield(self, **kwargs: Any) -> Any:
        return forms.CharField(
            label=kwargs.get("label", self.verbose_name),
            help_text=kwargs.get("help_text", self.help_text),
            required=bool(kwargs.get("required", not self.blank)),
            widget=forms.PasswordInput(attrs={"autocomplete": "off"}, render_value=False),
        )

    def save_form_data(self, instance: models.Model, data: Any) -> None:
        if data:
            super().save_form_data(instance, data)


class _IsEmpty(Exact):
    def get_prep_lookup(self) -> Any:
        if self.rhs != "":
            raise FieldError("An encrypted column can't be searched for a value: its ciphertext differs each time.")
        return ""
