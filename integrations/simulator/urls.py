"""The simulator's addresses: the platforms' own paths at the root, its control under ``/_control/``."""

from django.urls import path

from integrations.simulator import cj, control, pictures, shopee, shopee_pages

urlpatterns = [
    path("api2.0/v1/<path:endpoint>", cj.answer),
    path("auth", shopee_pages.page),
    path("cancel_auth", shopee_pages.page),
    path("api/v2/shop/auth_partner", shopee_pages.page),
    path("api/v2/shop/cancel_auth_partner", shopee_pages.page),
    path("api/v2/<path:endpoint>", shopee.answer),
    path("img/<str:name>", pictures.picture),
    path("_control/<str:call>", control.answer),
    path("", control.front_page),
]
