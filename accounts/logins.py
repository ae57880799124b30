"""At most one login in a while, over all processes and hosts: the attempt is a row before the call is made."""

from datetime import datetime, timedelta

from django.db.models import Q

from .models import LoginAttempt


def attempt(platform: str, subject: str, *, now: datetime, every: timedelta) -> timedelta:
    """Claim the right to log in once. Return zero where it is granted, else how long it is still to wait."""
    made = LoginAttempt.objects.bulk_create(
        [LoginAttempt(platform=platform, subject=subject, tried_at=now - every)], ignore_conflicts=True
    )
    row = LoginAttempt.objects.filter(platform=platform, subject=subject)
    # A stamp from the future can only be a clock that went wrong: it locks nobody out.
    if row.filter(Q(tried_at__lte=now - every) | Q(tried_at__gt=now + every)).update(tried_at=now):
        return timedelta()
    last = row.values_list("tried_at", flat=True).first() or made[0].tried_at
    return max(last + every - now, timedelta(seconds=1))


def last_attempt(platform: str, subject: str) -> datetime | None:
    """Return when somebody last tried to log in."""
    return LoginAttempt.objects.filter(platform=platform, subject=subject).values_list("tried_at", flat=True).first()


def forget(platform: str, subject: str) -> None:
    """Give the right back: the platform refused the key itself, or was never reached, so nobody was logged in."""
    LoginAttempt.objects.filter(platform=platform, subject=subject).delete()
