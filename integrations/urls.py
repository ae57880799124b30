"""API addresses of this app, below /api/v1/."""

from rest_framework.routers import SimpleRouter

from . import api, api_accounts

router = SimpleRouter()
router.register("accounts", api_accounts.AccountViewSet, basename="account")
router.register("jobs", api.JobViewSet, basename="job")
router.register("runs", api.RunViewSet, basename="run")
router.register("exchanges", api.ExchangeViewSet, basename="exchange")
