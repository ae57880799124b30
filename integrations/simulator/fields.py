"""The fields of a control call, read with care: what is wrong is named, and how to mend it."""

from typing import Any


class BadField(Exception):
    """A field of a control call is missing or wrong."""

    def __init__(self, field: str, problem: str, fix: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field, self.fix = field, fix


class Fields:
    """What came with a control call, as a JSON object or as a query."""

    def __init__(self, given: dict[str, Any]) -> None:
        self._given = given

    def __contains__(self, name: str) -> bool:
        return name in self._given

    def only(self, *names: str) -> None:
        """Refuse a field that the call does not know: a typing error must not pass for a default."""
        for name in self._given:
            if name not in names and not name.startswith("_"):
                raise BadField(name, "unknown", f"Known here: {', '.join(names)}.")

    def is_null(self, name: str) -> bool:
        """Tell whether a field was given as null."""
        return name in self._given and self._given[name] is None

    def text(self, name: str, *, required: bool = False) -> str:
        """Return a text, empty where it is absent."""
        value = self._given.get(name)
        if value is None or value == "":
            if required:
                raise BadField(name, "missing", "Give it as a text.")
            return ""
        if isinstance(value, bool | dict | list):
            raise BadField(name, f"{value!r} is no text", "Give it as a text.")
        return str(value)

    def choice(self, name: str, allowed: tuple[str, ...], *, default: str = "", required: bool = False) -> str:
        """Return one of the allowed words."""
        value = self.text(name, required=required) or default
        if value and value not in allowed:
            raise BadField(name, f"{value!r} is unknown", f"Use one of: {', '.join(allowed)}.")
        return value

    def number(
        self, name: str, *, default: float | None, low: float | None = None, high: float | None = None
    ) -> float | None:
        """Return a number within its range."""
        value = self._given.get(name)
        if value is None or value == "":
            return default
        try:
            number = float(value) if not isinstance(value, bool) else float("nan")
        except (TypeError, ValueError):
            number = float("nan")
        if number != number or number in (float("inf"), float("-inf")):
            raise BadField(name, f"{value!r} is no number", "Give it as a number.")
        if (low is not None and number < low) or (high is not None and number > high):
            raise BadField(name, f"{value!r} is out of range", f"Give a number from {low} to {high or 'any'}.")
        return number

    def integer(self, name: str, *, default: int | None, low: int | None = None, high: int | None = None) -> int | None:
        """Return a whole number within its range."""
        number = self.number(name, default=default, low=low, high=high)
        if number is None:
            return None
        if number != int(number):
            raise BadField(name, f"{number} is not whole", "Give a whole number.")
        return int(number)

    def flag(self, name: str) -> bool:
        """Return a yes or no, no where it is absent."""
        value = self._given.get(name, False)
        if isinstance(value, bool):
            return value
        if value in ("true", "1", 1, "false", "0", 0, None, ""):
            return value in ("true", "1", 1)
        raise BadField(name, f"{value!r} is neither true nor false", "Give true or false.")

    def texts(self, name: str) -> list[str]:
        """Return a list of texts, empty where it is absent."""
        value = self._given.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise BadField(name, f"{value!r} is no list of texts", f'Give a list: {{"{name}": ["…"]}}.')
        return value

    def integers(self, name: str) -> list[int]:
        """Return a list of whole numbers, empty where it is absent."""
        value = self._given.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(str(one).isascii() and str(one).isdigit() for one in value):
            raise BadField(name, f"{value!r} is no list of whole numbers", f'Give a list: {{"{name}": [1, 2]}}.')
        return [int(one) for one in value]

    def mapping(self, name: str) -> dict[str, Any]:
        """Return an object, empty where it is absent."""
        value = self._given.get(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise BadField(name, f"{value!r} is no object", f'Give an object: {{"{name}": {{…}}}}.')
        return value

    def rows(self, name: str) -> list[dict[str, Any]]:
        """Return a list of objects, empty where it is absent."""
        value = self._given.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise BadField(name, f"{value!r} is no list of objects", f'Give a list: {{"{name}": [{{…}}]}}.')
        return value

    def objects(self, name: str) -> list[dict[str, Any]]:
        """Return a list of objects, empty where it is absent."""
        value = self._given.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise BadField(name, f"{value!r} is no list of objects", f'Give a list: {{"{name}": [{{…}}]}}.')
        return value
