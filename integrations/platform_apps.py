"""Our apps at the platforms, by which sellers let us act: kept by id and secret, found by what a person says."""

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import PlatformApp
from accounts.secrets import Secret

from .issuers import consenting_for


def save(
    platform: str, *, app_key: str, app_secret: str | Secret, name: str = "", portal: str | None = None
) -> PlatformApp:
    """Keep an app of ours by its id and secret; one that is known gets these.

    What is empty, and a portal that is None, leaves what it has; portal "" is the usual one.
    """
    issuer = consenting_for(platform)
    app_key = app_key.strip()
    app = PlatformApp.objects.filter(platform=platform, app_key=app_key).first()
    app = app or PlatformApp(platform=platform, app_key=app_key, name=app_key)
    secret = app_secret if isinstance(app_secret, Secret) else Secret(app_secret.strip())
    app.app_secret = secret or app.app_secret
    app.portal = app.portal if portal is None else portal
    app.name = name.strip()[:100] or app.name
    issuer.check_fields(app)
    app.save()
    return app


def find(text: str, platform: str) -> PlatformApp:
    """Return the app a person means by our number or the platform's id of it; Refused where it is not one."""
    apps = PlatformApp.objects.filter(platform=platform).order_by("pk")
    text = text.strip()
    number = Q(pk=int(text)) if text.isascii() and text.isdigit() and len(text) < 19 else Q()
    found = list(apps.filter(Q(app_key=text) | number)[:2]) if text else list(apps[:2])
    if len(found) == 1:
        return found[0]
    exact = [app for app in found if app.app_key == text]
    if text and exact:
        return exact[0]
    known = ", ".join(f"{app.pk} ({app.name}, {app.app_key})" for app in apps[:10]) or _("none")
    reason = _("There is no app %(text)s.") % {"text": text} if text else _("Say by which app.")
    raise Refused(reason + " " + _("Known: %(known)s.") % {"known": known}, field="app")
