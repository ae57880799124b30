"""API addresses of this app, below /api/v1/."""

from rest_framework.routers import SimpleRouter

from . import api

router = SimpleRouter()
router.register("shops", api.ShopViewSet, basename="shop")
router.register("tokens", api.TokenViewSet, basename="token")
