"""Where a person leaves for a platform's site to let it allow our app, and comes back (design.md §6, HTTP)."""

import json

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.complaints import is_id
from accounts.errors import Refused
from accounts.models import PlatformAccount
from accounts.secrets import seal, unseal
from accounts.shown import admin_url, list_url

from . import consents, platform_apps
from .errors import PlatformError

ADD, CHANGE = "accounts.add_platformaccount", "accounts.change_platformaccount"
_KEPT = "connect:%s"  # in the session: what came back while nobody was logged in
_LONGEST_QUERY = 4000


@require_POST
@never_cache
def start(request: HttpRequest, platform: str) -> HttpResponse:
    """Send the person to the platform's page; `app` says by which app, `account` whose authorization is renewed."""
    if not request.user.is_authenticated:
        return redirect_to_login(list_url(PlatformAccount), reverse("admin:login"))
    number = request.POST.get("account", "")
    _check(request, CHANGE if number else ADD)
    account = _account(number) if number else None
    back = request.POST.get("next") or (admin_url(account) if account else "")
    try:
        app = platform_apps.find(request.POST.get("app", ""), platform)
        _authorization, url = consents.start(
            app,
            account=account,
            requested_by=request.user.get_username(),
            redirect=consents.way_back(platform),
        )
    except (Refused, PlatformError, ImproperlyConfigured) as error:
        messages.error(request, str(error))
        ours = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
        return HttpResponseRedirect(back if ours else list_url(PlatformAccount))
    return HttpResponseRedirect(url)


@require_GET
@never_cache
def callback(request: HttpRequest, platform: str) -> HttpResponse:
    """Take the way back; whoever is logged out meanwhile logs in first, and the code waits sealed in the session."""
    here = reverse("connect-callback", args=[platform])
    if not request.user.is_authenticated:
        fits = 0 < len(request.META.get("QUERY_STRING", "")) <= _LONGEST_QUERY
        if fits and consents.is_awaited(platform, request.GET.dict()):  # else a stranger could fill the sessions
            request.session[_KEPT % platform] = seal(json.dumps(request.GET.dict()))
        return redirect_to_login(here, reverse("admin:login"))
    _check(request, ADD, CHANGE)
    query = request.GET.dict() or _kept(request, platform)
    try:
        finished = consents.finish(platform, query, requested_by=request.user.get_username())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return HttpResponseRedirect(list_url(PlatformAccount))
    except (PlatformError, ImproperlyConfigured) as error:
        # The code was not used: it waits for a second try.
        request.session[_KEPT % platform] = seal(json.dumps(query))
        text = _("The platform could not be asked: {} Try it again within ten minutes: {}")
        again = format_html('<a class="cd-link" href="{}">{}</a>', here, _("Try again"))
        messages.error(request, format_html(text, error, again))
        return HttpResponseRedirect(list_url(PlatformAccount))
    for account in finished.accounts:
        messages.success(request, _("%(account)s is connected.") % {"account": account})
    for note in finished.notes:
        messages.warning(request, note)
    first = next(iter(finished.accounts), None)
    return HttpResponseRedirect(admin_url(first) if first else list_url(PlatformAccount))


def _account(number: str) -> PlatformAccount:
    if not is_id(number):
        raise Http404
    return get_object_or_404(PlatformAccount, pk=number)


def _check(request: HttpRequest, *permissions: str) -> None:
    user = request.user
    if not user.is_staff or not any(map(user.has_perm, permissions)):  # type: ignore[union-attr]
        raise PermissionDenied


def _kept(request: HttpRequest, platform: str) -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads(unseal(request.session.pop(_KEPT % platform, "")))
    except (ImproperlyConfigured, ValueError):
        return {}
    return found
