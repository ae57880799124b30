"""What Crossdock itself refuses to do, said to a person."""


class Refused(Exception):
    """A wish that can't be granted as it stands; the text names the field and the fix."""

    def __init__(self, message: object, *, field: str = "") -> None:
        super().__init__(str(message))
        self.field = field
