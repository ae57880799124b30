"""API addresses of this app, below /api/v1/."""

from rest_framework.routers import SimpleRouter

from . import api, api_accounts, api_connect

router = SimpleRouter()
router.register("accounts", api_accounts.AccountViewSet, basename="account")
router.register("apps", api_connect.AppViewSet, basename="app")
router.register("authorizations", api_connect.ExpiryViewSet, basename="authorization")
router.register("jobs", api.JobViewSet, basename="job")
router.register("runs", api.RunViewSet, basename="run")
router.register("exchanges", api.ExchangeViewSet, basename="exchange")
