"""What a platform answers when it does not answer well. Each kind is a next step (style-by-example.md §3)."""


class PlatformError(Exception):
    """A platform refused, failed or could not be understood."""

    retryable = False
    retry_after: float | None = None  # seconds

    def __init__(
        self, message: object, *, code: str = "", request_id: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(str(message))
        self.code, self.request_id = str(code), str(request_id)
        if retry_after is not None:
            self.retry_after = retry_after


class Unavailable(PlatformError):
    """The call did not get through or met a fault that passes: try again later."""

    retryable = True


class OutcomeUnknown(Unavailable):
    """A write was sent and its answer lost: look before sending it again. Never means "failed"."""

    retryable = False


class RateLimited(Unavailable):
    """A limit is reached; `retry_after` says in how many seconds there is room.

    `quota`: not too fast but too many, nothing goes before the window ends. `scope`: the governor's key of the limit
    that was hit, where that is known; empty: the account's own rate or, for a quota, that of the endpoint.
    """

    def __init__(
        self,
        message: object,
        *,
        code: str = "",
        request_id: str = "",
        retry_after: float | None = None,
        quota: bool = False,
        scope: str = "",
    ) -> None:
        super().__init__(message, code=code, request_id=request_id, retry_after=retry_after)
        self.quota, self.scope = quota, scope


class TokenExpired(Unavailable):
    """The access token is dead or about to be; a refresh is under way."""


class Rejected(PlatformError):
    """The platform understood and said no: a person has to change something."""


class NotFound(Rejected):
    """The platform does not know the thing that was asked for."""


class Duplicate(Rejected):
    """The platform has a thing under our reference already: look at it, compare it, adopt it or say what differs."""


class TooPoor(Rejected):
    """The balance does not cover it: nothing was paid."""


class AuthRequired(PlatformError):
    """A person has to connect the account again; the text says why and how.

    `shop_id`: only this shop of it (the platform's id); empty: the account itself.
    """

    shop_id = ""


class RefreshRefused(AuthRequired):
    """The refresh token is dead. Where there is a key, one login helps; else a person has to."""


class UnexpectedReply(PlatformError):
    """The answer is not what the contract says (not JSON, another shape, too large)."""


class Invalid(Rejected):
    """The call was not sent because it breaks a documented limit; the text names the parameter and the limit.

    `field` is the parameter that is wrong, in the words of whoever was asked; empty: none in particular.
    """

    def __init__(self, message: object, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field
