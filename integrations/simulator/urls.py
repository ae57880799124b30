"""The simulator's addresses: the platforms' own paths at the root, its control under ``/_control/``."""

from django.urls import path

from integrations.simulator import cj, control, pictures

urlpatterns = [
    path("api2.0/v1/<path:endpoint>", cj.answer),
    path("img/<str:name>", pictures.picture),
    path("_control/<str:call>", control.answer),
    path("", control.front_page),
]
