"""Where everything is found (design.md §6, HTTP)."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from integrations import views

from . import health

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("api/", include("config.api_urls")),
    path("connect/<slug:platform>/start/", views.start, name="connect-start"),
    path("connect/<slug:platform>/callback/", views.callback, name="connect-callback"),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("i18n/", include("django.conf.urls.i18n")),  # the console's language switch
]

handler404 = "config.api_errors.page_not_found"
handler500 = "config.api_errors.server_error"
