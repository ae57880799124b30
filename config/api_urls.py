"""Addresses of the API, its description and its own pages (design.md §6, HTTP)."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
from rest_framework.permissions import IsAuthenticated
from rest_framework.routers import APIRootView, DefaultRouter

import accounts.urls
import catalog.urls
import integrations.urls
import orders.urls


class Root(APIRootView):
    """The resources and their addresses."""

    permission_classes = [IsAuthenticated]
    schema = None


router = DefaultRouter()
router.include_format_suffixes = False
router.APIRootView = Root
for app in (accounts.urls, integrations.urls, catalog.urls, orders.urls):
    router.registry.extend(app.router.registry)

urlpatterns = [
    path("v1/", include(router.urls)),
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs/", SpectacularSwaggerView.as_view(url_name="api-schema"), name="api-docs"),
]
