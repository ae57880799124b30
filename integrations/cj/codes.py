"""What each of CJ's codes means for us: the kind of error, which is the next step, and the words for a person.

The codes of the document's appendix, of its samples, and those seen besides (cj.json, `error_codes`,
`observed_outside_document`). Where a code has several meanings, `judging` decides by the kind of call.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from integrations.errors import (
    AuthRequired,
    Duplicate,
    NotFound,
    PlatformError,
    RateLimited,
    RefreshRefused,
    Rejected,
    TokenExpired,
    TooPoor,
    Unavailable,
)

SUCCESS = frozenset({0, 200})
SYSTEM_BUSY = 1600000  # also "already added to My Products"
TOKEN_DEAD = 1600001
REFRESH_DEAD = 1600003
KEY_WRONG = 1600005
AMBIGUOUS = 1600100  # "interface is offline", "param error", or an expired token (cj.md §13)
TOO_MANY = 1600200
QUOTA_USED = 1600201
PARAM_ERROR = 1600300  # also "order not found" (cj.md §12.3)
POINTS_USED = 16900500
VARIANT_NOT_FOUND, PRODUCT_NOT_FOUND = 1602000, 1602001
PRODUCT_OFF_SHELF, VARIANT_OFF_SHELF = 1602002, 1602003
ORDER_NOT_FOUND = 1603100

_CHECK_KEY = _(
    "Check the API key in CJ (My CJ > Authorization > API), generate a new one if need be, and connect again."
)


@dataclass(frozen=True, slots=True)
class Meaning:
    """The next step, the reason in words, and what a person can do.

    `wait`: seconds that the code implies. `quota`: not too fast but too many, of this endpoint or of the whole account.
    """

    kind: type[PlatformError]
    reason: str | Promise
    step: str | Promise = ""
    wait: float | None = None
    quota: str = ""  # endpoint | account

    def __str__(self) -> str:
        return f"{self.reason} {self.step}".strip()


def _rejected(reason: Promise, step: str | Promise = "") -> Meaning:
    return Meaning(Rejected, reason, step)


def _fault_of_ours(reason: Promise) -> Meaning:
    return Meaning(Rejected, reason, _("This is a fault of Crossdock: report it with the request id."))


def _url_unfit() -> Meaning:
    return _rejected(
        _("CJ could not deliver a test message: the address must be HTTPS and answer POST with 200 within 3 seconds."),
        _("Check PUBLIC_URL and that this address can be reached from outside."),
    )


MEANINGS: dict[int, Meaning] = {
    SYSTEM_BUSY: Meaning(Unavailable, _("CJ says that its system is busy.")),
    TOKEN_DEAD: Meaning(TokenExpired, _("CJ no longer accepts the access token; a new one is fetched.")),
    1600002: Meaning(TokenExpired, _("CJ got no access token; a new one is fetched.")),
    REFRESH_DEAD: Meaning(
        RefreshRefused, _("CJ no longer accepts the refresh token."), _("Log in again with the API key.")
    ),
    1600004: Meaning(AuthRequired, _("CJ refused the authorization of this account."), _CHECK_KEY),
    KEY_WRONG: Meaning(AuthRequired, _("CJ says that the API key is wrong."), _CHECK_KEY),
    1600006: Meaning(AuthRequired, _("CJ knows no developer account for this API key."), _CHECK_KEY),
    1600007: _rejected(
        _("This CJ user is bound to another developer account."), _("Release it there, or use that account's API key.")
    ),
    1600008: Meaning(AuthRequired, _("CJ refused the authorization of this account."), _CHECK_KEY),
    1600009: Meaning(AuthRequired, _("CJ does not know the authorization code."), _CHECK_KEY),
    1600010: _fault_of_ours(_("CJ misses the address to return to.")),
    1600011: _fault_of_ours(_("CJ misses the callback address.")),
    1600012: _rejected(
        _("CJ has switched off authorizations for this account."), _("Ask the CJ account manager to switch them on.")
    ),
    1600013: _rejected(_("CJ does not know this store."), _("Check that the store is authorized in CJ.")),
    1600030: Meaning(TokenExpired, _("CJ could not end the token; a new one is fetched.")),
    1600031: _rejected(_("CJ does not accept the platform token."), _("Connect the store in CJ again.")),
    AMBIGUOUS: _rejected(
        _("CJ refused the call: a parameter is wrong, or it has taken the interface offline."),
        _("Check what was asked for; if it is right, ask CJ with the request id."),
    ),
    1600101: _fault_of_ours(_("CJ does not know this interface, or has withdrawn it.")),
    TOO_MANY: Meaning(RateLimited, _("CJ says that calls come too fast."), wait=1.0),
    QUOTA_USED: Meaning(
        RateLimited,
        _("CJ says that the quota is used up; it goes on when it refills."),
        quota="endpoint",
    ),
    POINTS_USED: Meaning(
        RateLimited,
        _("CJ says that the API points are used up; it goes on as they refill."),
        wait=600.0,
        quota="account",
    ),
    PARAM_ERROR: _rejected(_("CJ says that a parameter is wrong."), _("Check what was asked for.")),
    1600301: Meaning(Unavailable, _("CJ ran into a time-out of its own.")),
    1601000: Meaning(AuthRequired, _("CJ knows no user for this API key."), _CHECK_KEY),
    VARIANT_NOT_FOUND: Meaning(NotFound, _("CJ does not know this variant.")),
    PRODUCT_NOT_FOUND: Meaning(NotFound, _("CJ does not know this product.")),
    PRODUCT_OFF_SHELF: _rejected(_("CJ has taken this product off its shelves."), _("Choose another product.")),
    VARIANT_OFF_SHELF: _rejected(_("CJ has taken this variant off its shelves."), _("Choose another variant.")),
    1602004: _rejected(_("CJ could not file the infringement report.")),
    1603000: _rejected(_("CJ could not create the order."), _("Look at the address, the goods and the carrier.")),
    1603001: _rejected(
        _("CJ could not confirm or find the order."), _("Read it back: it may have gone on already, or be held back.")
    ),
    1603002: _rejected(_("CJ could not delete the order."), _("What is paid is not deleted: ask the CJ agent.")),
    1603003: Meaning(
        Duplicate, _("The order exists at CJ already."), _("It is read back and adopted, never sent again.")
    ),
    ORDER_NOT_FOUND: Meaning(NotFound, _("CJ does not know this order.")),
    1603101: _rejected(
        _("CJ could not take the payment: the bill is not valid any more, or it is paid already."),
        _("Look at the order in CJ, then ask for a new bill."),
    ),
    1603102: _rejected(
        _("CJ could not reserve the stock."), _("Choose another warehouse or variant, or ask the CJ agent.")
    ),
    1604000: Meaning(TooPoor, _("The balance at CJ is too small."), _("Top it up in CJ, then try again.")),
    1604001: _rejected(_("CJ has restricted payments from the balance."), _("Pay the order on CJ's own page.")),
    1605000: Meaning(
        NotFound, _("CJ does not know this shipping method."), _("Calculate the freight again and choose another.")
    ),
    1605001: _rejected(
        _("CJ does not offer this shipping method here."), _("Calculate the freight again and choose another.")
    ),
    1605002: _rejected(_("CJ does not know the country code."), _("Use two letters, such as US.")),
    1606000: _rejected(_("CJ has webhook settings for this account already."), _("Read them back and adopt them.")),
    1606001: _url_unfit(),
    1606010: _rejected(_("CJ has switched off the product webhook.")),
    1606011: Meaning(Rejected, _("CJ allows no more product subscriptions."), _("End some of them first.")),
    1606012: _rejected(_("CJ offers no subscription for this product.")),
    1606013: _rejected(_("CJ could not make the subscription.")),
    1607000: _url_unfit(),
    1607001: _rejected(_("CJ sends no webhooks to local addresses."), _("Set PUBLIC_URL to a public address.")),
    1607002: _rejected(_("CJ sends webhooks only to addresses with https://."), _("Set PUBLIC_URL to one.")),
    1607003: _rejected(_("The webhook address did not answer CJ's test with 200."), _("Check that it can be reached.")),
    1607004: Meaning(Unavailable, _("CJ could not calculate the freight.")),
    1607006: _rejected(_("CJ could not list the products of the dispute.")),
    1607007: _rejected(_("CJ could not confirm the dispute.")),
    1607008: _rejected(_("CJ could not open the dispute.")),
    1607009: _rejected(_("CJ could not cancel the dispute.")),
    1607010: _rejected(_("CJ could not change the product.")),
    1608001: Meaning(NotFound, _("CJ does not know this warehouse."), _("Choose one that holds stock of the goods.")),
    16070002: _fault_of_ours(_("CJ does not support this type of page.")),
    16900202: _fault_of_ours(_("CJ does not support the HTTP method that was used.")),
    16900203: _fault_of_ours(_("CJ does not support the content type that was used.")),
    16900204: _fault_of_ours(_("CJ misses the body of the request.")),
    16900205: _fault_of_ours(_("CJ could not read the body of the request.")),
    16900403: _rejected(_("CJ misses a required value."), _("Fill in what its message names.")),
    804: _rejected(
        _("CJ does not take this label or picture: the order is sent by CJ, is not paid, or has left already."),
        _("Read the order back and look at the file."),
    ),
    806: _rejected(
        _("The warehouse does not hand parcels to this carrier."), _("Choose one of the warehouse's carriers.")
    ),
}
