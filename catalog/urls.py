"""API addresses of this app, below /api/v1/."""

from rest_framework.routers import SimpleRouter

from .api import finding, global_listings, listings, places, products, searching, selections, selling_rules, upkeep

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
router.register("global-listings", global_listings.GlobalListingViewSet, basename="globallisting")
router.register("listings", listings.ListingViewSet, basename="listing")
router.register("category-mappings", selling_rules.CategoryMappingViewSet, basename="categorymapping")
router.register("category-rules", selling_rules.CategoryRulesViewSet, basename="categoryspec")
router.register("brands", selling_rules.BrandViewSet, basename="brand")
router.register("exchange-rates", selling_rules.ExchangeRateViewSet, basename="exchangerate")
router.register("price-rules", selling_rules.PriceRuleViewSet, basename="pricerule")
router.register("found-listings", upkeep.FoundListingViewSet, basename="adoption")
router.register("differences", upkeep.DifferenceViewSet, basename="drift")
router.register("field-switches", upkeep.FieldSwitchesViewSet, basename="fieldsync")
router.register("pushes", upkeep.PushViewSet, basename="push")
