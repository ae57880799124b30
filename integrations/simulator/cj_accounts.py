"""CJ accounts and their tokens (CJ 1, Authentication)."""

import base64
import hashlib
import hmac
import json
import random
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from integrations.simulator.cj_seeds import words

ACCESS_SECONDS = 15 * 86_400
REFRESH_SECONDS = 180 * 86_400
DEMO_PLAN = "Advanced"


@dataclass(slots=True)
class Account:
    """A CJ user with an API key; ``rps`` and ``daily`` are its limits, None and absent mean none."""

    number: int
    open_id: int
    api_key: str
    level: int
    plan: str
    rps: float | None
    name: str
    email: str
    root: str
    balance: Decimal
    daily: dict[str, int] = field(default_factory=dict)  # path → calls a day
    points: int | None = None  # the daily allowance of API points, where it is enforced
    foreign_skus: bool = False  # may order what CJ does not sell, under a temporary order id
    balance_blocked: bool = False  # may not pay from the balance
    my_products: dict[str, float] = field(default_factory=dict)  # pid → when added

    @property
    def name_in_books(self) -> str:
        """Return the short name under which calls and events are kept: ``CJ1234567``."""
        return f"CJ{self.number}"


@dataclass(slots=True)
class TokenPair:
    """An access token and its refresh token; both end together on refresh and log-out."""

    account: Account
    access: str
    refresh: str
    created: float
    dead: bool = False

    @property
    def access_until(self) -> float:
        """Return when the access token expires."""
        return self.created + ACCESS_SECONDS

    @property
    def refresh_until(self) -> float:
        """Return when the refresh token expires."""
        return self.created + REFRESH_SECONDS


class Tokens:
    """All tokens ever given; dead ones are remembered, so that their use is told apart from nonsense."""

    def __init__(self, seed: int) -> None:
        self._secret = f"cj-simulator-{seed}".encode()
        self._pairs: dict[str, TokenPair] = {}
        self._given = 0

    def issue(self, account: Account, now: float) -> TokenPair:
        """Give a new pair."""
        access, refresh = (self._token(account, kind, now) for kind in ("ACCESS_TOKEN", "REFRESH_TOKEN"))
        pair = TokenPair(account=account, access=access, refresh=refresh, created=now)
        self._pairs[access] = self._pairs[refresh] = pair
        return pair

    def owner(self, token: str) -> Account | None:
        """Return whose token it is or was."""
        pair = self._pairs.get(token)
        return pair.account if pair else None

    def by_access(self, token: str, now: float) -> TokenPair | None:
        """Return the pair of a living access token."""
        pair = self._pairs.get(token)
        return pair if pair and pair.access == token and not pair.dead and now < pair.access_until else None

    def by_refresh(self, token: str, now: float) -> TokenPair | None:
        """Return the pair of a living refresh token."""
        pair = self._pairs.get(token)
        return pair if pair and pair.refresh == token and not pair.dead and now < pair.refresh_until else None

    def _token(self, account: Account, kind: str, now: float) -> str:
        """Return ``API@CJ<number>@CJ:<JWT>``, some thousand characters long."""
        self._given += 1
        noise = random.Random(f"{self._secret!r}:{self._given}")
        payload = {
            "jti": str(10_000 + self._given),
            "type": kind,
            "sub": f"bqLobqQ0lmNm{noise.getrandbits(128):032x}{noise.getrandbits(256):064x}",
            "scope": f"{noise.getrandbits(1700 + 8 * noise.randrange(60)):0425x}",
            "iat": int(now),
        }
        signed = f"{_base64({'alg': 'HS256'})}.{_base64(payload)}"
        signature = hmac.new(self._secret, signed.encode(), hashlib.sha256).digest()
        tail = base64.urlsafe_b64encode(signature).rstrip(b"=").decode()
        return f"API@CJ{account.number}@CJ:{signed}.{tail}"


def make_accounts(seed: int) -> list[Account]:
    """Make the accounts of a world, one of each level, with keys that only the seed decides."""
    rng = random.Random(f"cj-accounts:{seed}")
    made: list[Account] = []
    for spec in words()["accounts"]:
        number = rng.randint(1_000_000, 9_999_999)
        made.append(
            Account(
                number=number,
                open_id=rng.randint(10_000, 99_999_999),
                api_key=f"CJ{number}@api@{rng.getrandbits(128):032x}",
                level=spec["level"],
                plan=spec["plan"],
                rps=spec["rps"],
                name=spec["name"],
                email=spec["email"],
                root=spec["root"],
                balance=Decimal(spec["balance"]),
                daily={"/product/list": 1000} if spec["level"] <= 1 else {},
            )
        )
    return made


def _base64(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).rstrip(b"=").decode()
