"""Shopee's authorizations, codes and token pairs (Shopee: authorization and access token)."""

import random
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["shop", "merchant"]
Subject = tuple[Kind, int]

CODE_SECONDS = 600
ACCESS_SECONDS = 14_400
GRACE_SECONDS = 300  # how long the previous access token lives on after a refresh
REFRESH_SECONDS = 30 * 86_400
REPLAY_SECONDS = 4 * 3600  # how long a used refresh token still answers with the pair it was changed for
LONGEST_GRANT_DAYS = 365


class TokenRefused(Exception):
    """A code or a token is not accepted; its code and message are Shopee's."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(slots=True)
class Grant:
    """What a seller allowed an app: to act for one shop or merchant until a day, or until it is cancelled."""

    subject: Subject
    since: float
    until: float
    cancelled: bool = False

    def alive(self, now: float) -> bool:
        """Tell whether the app may act."""
        return not self.cancelled and now < self.until


@dataclass(slots=True)
class Code:
    """What the redirect brings: to be changed once, within ten minutes, for the first pair."""

    text: str
    partner_id: int
    owner: tuple[str, int]  # ("main_account_id", 1) or ("shop_id", 1)
    subjects: tuple[Subject, ...]
    made_at: float
    resend: bool = False
    used: bool = False


@dataclass(slots=True)
class Pair:
    """An access token and a refresh token; the first pair serves several subjects, every later one a single one."""

    partner_id: int
    access: str
    refresh: str
    subjects: frozenset[Subject]
    access_until: float
    refresh_until: float
    leaving: dict[Subject, float] = field(default_factory=dict)  # subject → when the access token ends for it
    successors: dict[Subject, tuple["Pair", float]] = field(default_factory=dict)  # the next pair, and since when

    def serves(self, subject: Subject, now: float) -> bool:
        """Tell whether the access token lives for a subject."""
        until = min(self.access_until, self.leaving.get(subject, self.access_until))
        return subject in self.subjects and now < until


class TokenStore:
    """All grants, codes and pairs; used ones are remembered, so that their use is told apart from nonsense."""

    def __init__(self, seed: int) -> None:
        self.replay = True
        self._rng = random.Random(f"shopee-tokens:{seed}")
        self._grants: dict[tuple[int, Kind, int], Grant] = {}
        self._codes: dict[str, Code] = {}
        self._access: dict[str, Pair] = {}
        self._refresh: dict[str, Pair] = {}
        self._replaced: set[tuple[str, Subject]] = set()  # refresh tokens that a new authorization has ended

    # What the seller does

    def allow(
        self,
        partner_id: int,
        owner: tuple[str, int],
        subjects: list[Subject],
        *,
        now: float,
        days: float,
        resend: bool = False,
    ) -> Code:
        """Note that the seller allows the app to act for these, and return the code."""
        for kind, ident in subjects:
            until = now + min(days, LONGEST_GRANT_DAYS) * 86_400
            self._grants[partner_id, kind, ident] = Grant((kind, ident), now, until)
        code = Code(self._word(), partner_id, owner, tuple(subjects), now, resend)
        self._codes[code.text] = code
        return code

    def cancel(self, partner_id: int, subjects: list[Subject]) -> list[Subject]:
        """End grants and return whose were alive until now."""
        ended = []
        for kind, ident in subjects:
            grant = self._grants.get((partner_id, kind, ident))
            if grant and not grant.cancelled:
                grant.cancelled = True
                ended.append((kind, ident))
        return ended

    def grant(self, partner_id: int, kind: Kind, ident: int) -> Grant | None:
        """Return what was allowed, dead or alive."""
        return self._grants.get((partner_id, kind, ident))

    def grants(self, partner_id: int, kind: Kind, now: float) -> list[Grant]:
        """Return the living grants of an app, by id."""
        found = [grant for (app, which, _), grant in self._grants.items() if app == partner_id and which == kind]
        return sorted((grant for grant in found if grant.alive(now)), key=lambda grant: grant.subject[1])

    # What the app does

    def change_code(self, partner_id: int, text: str, owner: tuple[str, int] | None, now: float) -> tuple[Code, Pair]:
        """Return the first pair for a code; a resend code has no owner. The pairs before it end."""
        code = self._codes.get(text)
        expired = code is None or code.used or now >= code.made_at + CODE_SECONDS
        if code is None or expired or code.partner_id != partner_id or code.resend != (owner is None):
            raise TokenRefused("invalid_code", "Invalid code, please have a check.")
        if owner is not None and owner != code.owner:
            which = "invalid_shop_id" if owner[0] == "shop_id" else "invalid_main_acount_id"
            raise TokenRefused(which, f"Invalid {owner[0]}, please have a check.")
        code.used = True
        for pair in self._access.values():
            for subject in pair.subjects.intersection(code.subjects):
                pair.leaving[subject] = min(pair.leaving.get(subject, now), now)
                self._replaced.add((pair.refresh, subject))
        return code, self._issue(partner_id, frozenset(code.subjects), now, begun=code.made_at)

    def change_refresh(self, partner_id: int, text: str, subject: Subject, *, now: float) -> tuple[Pair, bool]:
        """Return the next pair of a subject, and whether it is a repeated answer."""
        kind, ident = subject
        pair = self._refresh.get(text)
        if pair is None or pair.partner_id != partner_id:
            raise TokenRefused("error_auth", "Invalid refresh_token.")
        if subject not in pair.subjects:
            raise TokenRefused(f"error_{kind}_refresh_token", f"The refresh_token does not belong to the {kind}_id.")
        grant = self._grants[partner_id, kind, ident]
        if grant.cancelled:
            raise TokenRefused(f"{kind}_no_linked", f"The {kind} is not linked to the partner.")
        if now >= grant.until:
            raise TokenRefused(f"{kind}_access_expired", f"The authorization of the {kind} is expired.")
        if (text, subject) in self._replaced:
            raise TokenRefused("error_auth", "Invalid refresh_token.")
        if now >= pair.refresh_until:
            raise TokenRefused("refresh_token_expired", "The refresh_token is expired.")
        if subject in pair.successors:
            successor, since = pair.successors[subject]
            if not self.replay or now >= since + REPLAY_SECONDS or subject in successor.successors:
                raise TokenRefused("error_auth", "Invalid refresh_token.")
            return successor, True
        fresh = self._issue(partner_id, frozenset([subject]), now)
        pair.successors[subject] = (fresh, now)
        pair.leaving[subject] = now + GRACE_SECONDS
        return fresh, False

    def by_access(self, partner_id: int, text: str) -> Pair | None:
        """Return the pair of an access token, dead or alive."""
        pair = self._access.get(text)
        return pair if pair and pair.partner_id == partner_id else None

    def expire(self, subject: Subject, which: str, now: float) -> int:
        """End the access or refresh tokens of a subject as if their time had come; return how many."""
        count = 0
        for pair in self._access.values():
            if subject not in pair.subjects:
                continue
            count += 1
            if which == "access":
                pair.leaving[subject] = min(pair.leaving.get(subject, now), now)
            else:
                pair.refresh_until = min(pair.refresh_until, now)
        return count

    def _issue(self, partner_id: int, subjects: frozenset[Subject], now: float, begun: float | None = None) -> Pair:
        # The first access token is as old as its code: what is left of it is a little less than four hours.
        access_until = (now if begun is None else begun) + ACCESS_SECONDS
        pair = Pair(partner_id, self._word(), self._word(), subjects, access_until, now + REFRESH_SECONDS)
        self._access[pair.access] = self._refresh[pair.refresh] = pair
        return pair

    def _word(self) -> str:
        """Return 32 letters as Shopee's are: the hexadecimal form of 16 letters."""
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
        return "".join(self._rng.choice(letters) for _ in range(16)).encode().hex()
