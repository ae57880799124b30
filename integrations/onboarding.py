"""How far a seller is on the way of the platform's guide: partly seen by the program, the rest ticked by a person."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.db import transaction
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import Credential, OnboardingTick, Platform, PlatformAccount, PlatformApp, Shop

from . import custodian

DONE, OPEN = "done", "open"
_GUIDES = {Platform.SHOPEE: "integrations.shopee.onboarding.guide_for"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Guided:
    """A step as the platform's guide has it. `check` names what a program can see of it (`CHECKS`)."""

    key: str
    title: str | Promise
    text: str | Promise
    url: str = ""
    check: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step and how it stands: done or open. Only what is not `checked_by_itself` takes a person's tick."""

    key: str
    title: str
    text: str
    url: str
    state: str
    checked_by_itself: bool
    done_by: str = ""
    done_at: datetime | None = None

    @property
    def is_done(self) -> bool:
        return self.state == DONE


def steps_of(account: PlatformAccount) -> list[Step]:
    """Return the steps of the guide in their order; none where the platform has no guide here."""
    path = _GUIDES.get(cast(Platform, account.platform))
    if path is None:
        return []
    ticks = {tick.step: tick for tick in account.ticks.all()}
    return [_step(account, guided, ticks.get(guided.key)) for guided in import_string(path)(account)]


def tick(account: PlatformAccount, step: str, by: str = "", *, done: bool = True) -> None:
    """Say that a step is done, or not done after all; Refused where a program sees that by itself."""
    steps = {each.key: each for each in steps_of(account)}
    if step not in steps:
        raise Refused(
            _("%(account)s has no step “%(step)s”. Known: %(known)s.")
            % {"account": account, "step": step[:40], "known": ", ".join(steps) or _("none")},
            field="step",
        )
    if steps[step].checked_by_itself:
        raise Refused(
            _("“%(step)s” is looked at by Crossdock itself and takes no tick.") % {"step": steps[step].title},
            field="step",
        )
    with transaction.atomic():
        if done:
            given = {"done_by": by[:150], "done_at": custodian.now()}
            OnboardingTick.objects.get_or_create(account=account, step=step, defaults=given)
        else:
            OnboardingTick.objects.filter(account=account, step=step).delete()


def _step(account: PlatformAccount, guided: Guided, ticked: OnboardingTick | None) -> Step:
    seen = CHECKS[guided.check](account) if guided.check else None
    done = ticked is not None if seen is None else seen
    return Step(
        key=guided.key,
        title=str(guided.title),
        text=str(guided.text),
        url=guided.url,
        state=DONE if done else OPEN,
        checked_by_itself=seen is not None,
        done_by=ticked.done_by if ticked and seen is None else "",
        done_at=ticked.done_at if ticked and seen is None else None,
    )


# --- what a program sees; None: it can't be seen, a person has to say


def _has_app(account: PlatformAccount) -> bool | None:
    """Ours serves every seller, so one of any seller's is enough."""
    apps = PlatformApp.objects.filter(platform=account.platform).exclude(app_secret="")
    return True if account.app_id or apps.exists() else None


def _was_tried(account: PlatformAccount) -> bool | None:
    tried = PlatformAccount.objects.filter(platform=account.platform, sandbox=True, authorized_at__isnull=False)
    return True if tried.exists() else None


def _is_live(account: PlatformAccount) -> bool | None:
    return not account.sandbox if account.app_id and account.authorized_at else None


def _has_currency(account: PlatformAccount) -> bool | None:
    return bool(account.currency) if _is_read(account) else None


def _has_rates(account: PlatformAccount) -> bool | None:
    return True if _is_read(account) and account.upgraded else None  # the upgrade asks for them


def _is_authorized(account: PlatformAccount) -> bool | None:
    return bool(account.authorized_at) and account.is_connected


def _merchant_ticked(account: PlatformAccount) -> bool | None:
    return _is_authorized(account) and not account.is_shop


def _shops_ticked(account: PlatformAccount) -> bool | None:
    states = set(account.shops.values_list("status", flat=True))
    return _is_authorized(account) and states == {Shop.Status.CONNECTED}


def _is_upgraded(account: PlatformAccount) -> bool | None:
    if not account.upgraded:
        return False
    return not account.shops.filter(status=Shop.Status.CONNECTED, upgraded=False).exists()


def _tokens_live(account: PlatformAccount) -> bool | None:
    """Tell whether each connected party has an access token that works: one that died was not renewed in time."""
    kept = Credential.objects.filter(account=account).select_related("account", "shop")
    connected = [one for one in kept if one.refresh_token and (one.shop or account).is_connected]
    return bool(connected) and account.is_connected and all(map(custodian.is_alive, connected))


def _is_read(account: PlatformAccount) -> bool:
    return account.settings_read_at is not None and not account.is_shop


CHECKS: dict[str, Callable[[PlatformAccount], bool | None]] = {
    "app": _has_app,
    "sandbox": _was_tried,
    "live": _is_live,
    "currency": _has_currency,
    "rates": _has_rates,
    "authorized": _is_authorized,
    "merchant": _merchant_ticked,
    "shops": _shops_ticked,
    "upgraded": _is_upgraded,
    "tokens": _tokens_live,
}
