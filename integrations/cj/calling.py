"""How one call to CJ is made: its token, its checked parameters, and what its answer is.

Reads go by GET, and by POST where CJ asks for a body; only they are repeated by the transport. Whatever changes
something at CJ is a write: it is sent once, and a lost answer is OutcomeUnknown.
"""

from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import closing
from functools import partial
from typing import Any, cast

from accounts.secrets import Secret
from integrations.errors import TokenExpired
from integrations.http import Call, File, Reply, Transport

from . import limits
from .judging import judge

PREFIX = "/api2.0/v1"


class Caller:
    """Sends the calls of one CJ account, or of nobody yet (a login).

    `token` gives the access token, asked for each call and never kept. `token_may_be_dead` says whether the ambiguous
    code 1600100 may mean an expired token; `on_dead_token` is told when CJ says that it is one.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        token: Callable[[], Secret] | None = None,
        token_may_be_dead: Callable[[], bool] = lambda: False,
        on_dead_token: Callable[[], None] = lambda: None,
        account_limit: str = "",
    ) -> None:
        self._transport = transport
        self._token = token
        self._token_may_be_dead = token_may_be_dead
        self._on_dead_token = on_dead_token
        self._account_limit = account_limit

    def get(self, path: str, params: Mapping[str, Any], *, subject: str = "", may_be_absent: bool = False) -> Any:
        """Read by GET. `may_be_absent`: this endpoint says of a thing that is not there that a parameter is wrong."""
        call = self._call("GET", path, params=limits.check(path, params), subject=subject)
        return self._through(call, may_be_absent=may_be_absent)

    def get_many(
        self, path: str, each: Iterable[tuple[Mapping[str, Any], str]], *, concurrency: int
    ) -> Generator[Any, None, None]:
        """Read several by GET, several at a time, given as (parameters, subject); yield data or error, in order."""
        calls = (
            self._call("GET", path, params=limits.check(path, params), subject=subject) for params, subject in each
        )
        judge_all = partial(self._decide, is_write=False)
        many = cast("Generator[Any, None, None]", self._transport.call_many(calls, judge_all, concurrency=concurrency))
        with closing(many):  # what was sent is kept even where nobody wants the rest
            for outcome in many:
                if isinstance(outcome, TokenExpired):
                    self._on_dead_token()
                yield outcome

    def ask(self, path: str, body: Mapping[str, Any], *, subject: str = "") -> Any:
        """Read by POST: nothing changes at CJ, so that the transport may repeat it."""
        return self._through(self._call("POST", path, json=limits.check(path, body), subject=subject))

    def send(self, path: str, body: Mapping[str, Any] | None, *, subject: str = "", is_anonymous: bool = False) -> Any:
        """Change something by POST; sent once."""
        json = None if body is None else limits.check(path, body)
        call = self._call("POST", path, json=json, subject=subject, is_write=True, is_anonymous=is_anonymous)
        return self._through(call)

    def delete(self, path: str, params: Mapping[str, Any], *, subject: str = "") -> Any:
        """Take something away by DELETE; sent once."""
        call = self._call("DELETE", path, params=limits.check(path, params), subject=subject, is_write=True)
        return self._through(call)

    def upload(self, path: str, form: Mapping[str, Any], file: File, *, subject: str = "") -> Any:
        """Send a form with a file by POST; sent once. The file is the parameter of its `part`."""
        fields = limits.check(path, {**form, file.part: file})
        del fields[file.part]
        call = self._call("POST", path, form=fields, files=(file,), subject=subject, is_write=True)
        return self._through(call)

    def _call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Mapping[str, Any] | None = None,
        form: Mapping[str, str] | None = None,
        files: tuple[File, ...] = (),
        subject: str = "",
        is_write: bool = False,
        is_anonymous: bool = False,
    ) -> Call:
        headers = {} if is_anonymous or self._token is None else {"CJ-Access-Token": self._token()}
        return Call(
            endpoint=path,
            method=method,
            path=PREFIX + path,
            params=params or {},
            json=json,
            form=form or {},
            files=files,
            headers=headers,
            subject=subject,
            is_write=is_write,
        )

    def _decide(self, reply: Reply, *, is_write: bool, may_be_absent: bool = False) -> Any:
        doubtful = not is_write and self._token_may_be_dead()
        return judge(
            reply,
            is_write=is_write,
            token_may_be_dead=doubtful,
            account_limit=self._account_limit,
            may_be_absent=may_be_absent,
        )

    def _through(self, call: Call, *, may_be_absent: bool = False) -> Any:
        try:
            decide = partial(self._decide, is_write=call.is_write, may_be_absent=may_be_absent)
            return self._transport.call(call, decide)
        except TokenExpired:
            if call.headers:
                self._on_dead_token()
            raise


class Chapter:
    """The endpoints of one chapter of CJ's document."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller


def subject_of(**named: str) -> str:
    """Return the record a call concerns, as kind:id: the first that is named."""
    return next((f"{kind}:{value}"[:200] for kind, value in named.items() if value), "")
