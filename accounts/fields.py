"""The column in which a secret rests."""

from typing import Any

from django.db import models

from .secrets import Secret, seal, unseal


class EncryptedTextField(models.TextField):
    """A text column that holds ciphertext and is read as a `Secret`; empty stays empty."""

    def from_db_value(self, value: str | None, expression: object, connection: object) -> Secret:
        return Secret(unseal(value) if value else "")

    def to_python(self, value: Any) -> Secret:
        return value if isinstance(value, Secret) else Secret(value or "")

    def get_prep_value(self, value: Any) -> str:
        plain = self.to_python(value).reveal()
        return seal(plain) if plain else ""

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.get_prep_value(self.value_from_object(obj)))  # dumpdata writes ciphertext
