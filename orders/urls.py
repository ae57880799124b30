"""API addresses of this app, below /api/v1/."""

from rest_framework.routers import SimpleRouter

from .api import orders, packages, purchases, rules

router = SimpleRouter()
router.register("orders", orders.OrderViewSet, basename="order")
router.register("purchases", purchases.PurchaseViewSet, basename="purchase")
router.register("payments", purchases.PaymentViewSet, basename="payment")
router.register("packages", packages.PackageViewSet, basename="package")
router.register("carrier-rules", rules.CarrierRuleViewSet, basename="carrierrule")
router.register("buy-rules", rules.BuyRuleViewSet, basename="buyrule")
router.register("balances", rules.BalanceViewSet, basename="balance")
