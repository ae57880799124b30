"""API addresses of this app, below /api/v1/."""

from rest_framework.routers import SimpleRouter

from .api import finding, places, products, searching, selections

router = SimpleRouter()
router.register("categories", places.CategoryViewSet, basename="category")
router.register("warehouses", places.WarehouseViewSet, basename="warehouse")
router.register("products", products.ProductViewSet, basename="product")
router.register("variants", products.VariantViewSet, basename="variant")
router.register("stock-levels", places.StockLevelViewSet, basename="stocklevel")
router.register("offers", places.OfferViewSet, basename="offer")
router.register("selections", selections.SelectionViewSet, basename="selection")
router.register("search", searching.SearchViewSet, basename="search")
router.register("sourcing-requests", finding.SourcingRequestViewSet, basename="sourcingrequest")
router.register("reviews", products.ReviewViewSet, basename="review")
