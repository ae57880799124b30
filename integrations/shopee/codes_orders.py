"""Shopee's codes about orders, shipping, documents and first mile, with the next step for each."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from integrations.errors import Duplicate, NotFound, Unavailable

from .meanings import Meaning, Rule, Words, fault_of_ours, not_found, rejected

# Refusals that the gateway looks into.
ALREADY_SHIPPED = "package_already_shipped"
SPLIT_UNREAD = "order_split_get_package_info_failed"
PACKAGE_BOUND, PACKAGE_UNBOUND = "package_has_bind", "package_has_not_bind"
NO_FIRST_MILE = frozenset({"shipment_auth", "auth", "shipment_pre_declare_permission", "area_not_support"})

_LOOK = _("Read the order again: it may have moved on.")
_WAYS = _("Read the ways to ship again and choose one of them.")
_SELLER_CENTER = _("See the order in the seller center.")
_NEW_NUMBER = _("Take another first-mile number.")
_ALLOCATION_S, _SOON_S = 120.0, 15.0

UNKNOWN_ORDER = not_found(_("The shop has no such order."))
UNKNOWN_PACKAGE = not_found(_("The order has no such package: read it again."))
_CANNOT_CANCEL = rejected(_("Shopee does not let this order be cancelled any more."), _LOOK)

# Where the whole code decides: without its module it means another thing.
EXACT: dict[str, Meaning] = {
    "order.error_limit": _CANNOT_CANCEL,
    "logistics.error_limit": rejected(_("Shopee has reached a limit of its own for this shipment."), _SELLER_CENTER),
    "firstmile.auth": rejected(_("The shop may not use first mile."), _("Ask Shopee's seller support.")),
}


def _rule(code: str, reason: Words, step: str | Promise = "", pattern: str = "") -> Rule:
    return Rule(code, rejected(reason, step), pattern)


ORDER_RULES: tuple[Rule, ...] = (
    _rule(
        "error_param",
        _("Shopee keeps this order in its own warehouse: it can't be cancelled from here."),
        "",
        r"can ?not cancel warehouse order",
    ),
    Rule("error_not_found", UNKNOWN_ORDER, r"the order is not found"),
    Rule("error_not_found", UNKNOWN_PACKAGE, r"the package is not found"),
    Rule("order_list_invalid_time", fault_of_ours(_("The window in which orders were looked for is too long."))),
    _rule("order_cannot_split", _("The shop may not split orders, or not this one."), _("Send it in one package.")),
    Rule("order_has_been_split", Meaning(Duplicate, _("The order is split already."), _LOOK)),
    _rule("order_cannot_split_pff", _("Shopee sends this order itself.")),
    _rule("order_split_duplicate_item", _("An item is in two packages."), _("Put each line into one package.")),
    _rule("order_split_item_not_exist", _("A package names what is not in the order."), _LOOK),
    _rule("order_split_package_missing_item", _("The packages must hold all of the order."), _("Add what is missing.")),
    _rule(
        "order_split_wrong_item_position",
        _("What was bought as one bundle or add-on deal can't be sent apart."),
        _("Put it into one package."),
    ),
    _rule(
        "order_split_wrong_item_quantity",
        _("The pieces of one line can't be sent apart."),
        _("Put the whole line into one package."),
    ),
    _rule("order_split_failed", _("Shopee could not split the order."), _LOOK),
    Rule(SPLIT_UNREAD, Meaning(Duplicate, _("The order was split, and Shopee did not say how."), _LOOK)),
    _rule("order_cannot_undo_split", _("A package was arranged already: the order stays split."), _LOOK),
    _rule("order_unsplit_failed", _("Shopee could not put the order together again."), _LOOK),
    *(
        _rule(code, _("No wish of the buyer to cancel waits for an answer."), _LOOK)
        for code in ("cancel_order_invalid_status", "order_status_invalid")
    ),
    _rule("cancel_forder_failed", _("Shopee could not cancel the shipment."), _LOOK),
    _rule("error_archived_order_update", _("The order is too old to be changed.")),
)

SHIPPING_RULES: tuple[Rule, ...] = (
    Rule(
        "error_param",
        Meaning(Unavailable, _("Shopee is still allocating the order."), wait=_ALLOCATION_S, not_done=True),
        r"being allocated",
    ),
    Rule("error_param", rejected(_("A carrier's code is missing."), _WAYS), r"\bslug\b"),
    Rule("order_not_exist", UNKNOWN_ORDER),
    *(Rule(code, UNKNOWN_PACKAGE) for code in ("package_number_not_exist", "package_not_exist", "invalid_package")),
    _rule("no_valid_shipping_parameters", _("Shopee offers no way to ship this package."), _SELLER_CENTER),
    _rule("no_available_time_slot", _("No time to fetch the parcel is free."), _("Choose another address or way.")),
    _rule("no_supported_pickup_address", _("The parcel can't be fetched at this address."), _WAYS),
    _rule("no_supported_dropoff_branch", _("The parcel can't be brought to this branch."), _WAYS),
    Rule(ALREADY_SHIPPED, Meaning(Duplicate, _("Shipping is arranged already."), _LOOK)),
    _rule("ship_order_need_pacakge_number", _("The order was split in the meantime."), _LOOK),
    _rule("ship_order_not_need_pacakge_number", _("The order was put together again in the meantime."), _LOOK),
    _rule("ship_order_only_support_one_type", _("Exactly one way to ship must be chosen."), _WAYS),
    *(
        _rule(f"ship_order_unsupport_{way}", _("The package can't be shipped in this way."), _WAYS)
        for way in ("pickup", "dropoff", "non_integrated")
    ),
    _rule("ship_order_need_address_pickup_time", _("Address or time of the pick-up is missing."), _WAYS),
    _rule("ship_order_need_branch_id", _("The branch is missing."), _WAYS),
    _rule("ship_order_need_sender_real_name", _("The sender's real name is missing."), _("Enter it in the shipment.")),
    _rule("ship_order_need_tracking_number", _("The tracking number is missing."), _("Enter it in the shipment.")),
    _rule("ship_order_pickup_time_invalid", _("The time of the pick-up is gone."), _WAYS),
    _rule("ship_order_not_ready_to_ship", _("The order can't be shipped as it is now."), _LOOK),
    _rule("error_status", _("The order can't be shipped as it is now."), _LOOK),
    _rule("ship_order_pff_init", _("Shopee sends this order itself.")),
    _rule("error_booking_order", _("Shopee serves this order from advance stock: it is not to be shipped.")),
    _rule("lack_of_invoice_data", _("The order's invoice is missing."), _("Upload it in the seller center.")),
    _rule("invalid_address_version", _("The seller's address was changed."), _WAYS),
    _rule("warehouse_stock_insufficient", _("The warehouse holds too few pieces."), _("Correct the stock.")),
    _rule("error_cutoff_time", _("It is too late for a shipment of today."), _("Choose another time.")),
    _rule("order_not_ready_to_update", _("Only a parcel whose pick-up failed can be fetched at another time."), _LOOK),
    _rule(
        "update_shipping_order_no_param_change", _("Address and time are those of before."), _("Choose another time.")
    ),
    _rule("invalid_error", _("Shopee can't tell the tracking number."), _LOOK),
)

DOCUMENT_RULES: tuple[Rule, ...] = (
    Rule(
        "shipping_document_should_print_first",
        Meaning(NotFound, _("The document was not made yet, or for another tracking number."), _("Request it first.")),
    ),
    Rule("download_later", Meaning(Unavailable, _("The document is being made."), wait=_SOON_S)),
    _rule("package_print_failed", _("Shopee failed to make the document."), _("Request it again.")),
    _rule(
        "packages_can_not_download_together",
        _("Documents of several carriers can't be in one file."),
        _("Download them one by one."),
    ),
    _rule("package_can_not_print", _("The package has no document."), _SELLER_CENTER),
    _rule(
        "order_status_error",
        _("A document can be printed after shipping is arranged and before the parcel is fetched."),
        _LOOK,
    ),
    _rule("tracking_number_invalid", _("The tracking number is not the package's own."), _LOOK),
    _rule("shipping_document_type_invalid", _("The package can't have a document of this type."), _("Choose another.")),
    *(
        _rule(code, _("Shopee does not let the document of such an order be printed from here."), _SELLER_CENTER)
        for code in ("can_not_print_combine_order", "can_not_print_jit_order")
    ),
)

FIRST_MILE_RULES: tuple[Rule, ...] = (
    Rule(PACKAGE_BOUND, Meaning(Duplicate, _("The package is under a first-mile number already."))),
    _rule(PACKAGE_UNBOUND, _("The package is under no first-mile number.")),
    _rule(
        "invalid_order_status",
        _("Only a package that is arranged and not fetched yet can go under a first-mile number."),
        _LOOK,
    ),
    _rule("order_has_been_split", _("The order was split in the meantime."), _LOOK, r"package_number"),
    Rule("param_duplication", fault_of_ours(_("A package was named twice."))),
    _rule("wrong_shipment_method", _("The carrier does not fit the way to the warehouse."), _("Choose another.")),
    *(
        _rule(code, _("The shop may not use first mile."), _("Ask Shopee's seller support."))
        for code in ("shipment_auth", "shipment_pre_declare_permission")
    ),
    _rule("area_not_support", _("First mile is not offered in this region.")),
    _rule("max_number_limit", _("Shopee gives 20 first-mile numbers for one day."), _("Use those that are there.")),
    _rule("error", _("The package is under another first-mile number."), "", r"tied to another fm code"),
    _rule("error", _("The parcels of one number go to one warehouse."), _NEW_NUMBER, r"same whsid"),
    _rule("error", _("The parcels of this number are at the warehouse already."), _NEW_NUMBER, r"delivered fm code"),
    _rule(
        "error", _("The number is used with another way to the warehouse."), _NEW_NUMBER, r"different shipping method"
    ),
)

TRADE = FIRST_MILE_RULES + ORDER_RULES + SHIPPING_RULES + DOCUMENT_RULES
