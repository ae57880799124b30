"""Asking the supplier to find a product: written down before it is sent, never sent twice (design.md §3, promise 1).

planned → (sent out: unknown) → sent → found, failed. A row is "unknown" from the moment its wish may have left us until
the answer is here, so whatever kills the worker in between leaves the truth; only a person sends it once more.
"""

from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import PlatformAccount
from catalog.models import Product, SourcingRequest
from integrations import jobs
from integrations.contracts import SourcingState, SourcingWish
from integrations.errors import OutcomeUnknown, PlatformError, Rejected, UnexpectedReply
from integrations.gateways import supplier_for
from integrations.models import Lane, SyncJob

from .checking import check_connected, refuse_invalid

CHUNK = 20  # requests asked about between two saves


def request_source(
    account: PlatformAccount,
    *,
    name: str = "",
    image_url: str = "",
    url: str = "",
    price: Decimal | None = None,
    remark: str = "",
    product: Product | None = None,
    requested_by: str = "",
) -> SourcingRequest:
    """Write down what the supplier shall find and queue the sending; a product fills in what is not said.

    Raise Refused, naming the field and the fix, where something is missing or does not fit.
    """
    check_connected(account)
    wish = SourcingRequest(
        account=account,
        product=product,
        name=(name or (product.name[:200] if product else "")).strip(),
        image_url=(image_url or (product.image_url if product else "")).strip(),
        url=url.strip(),
        price=price,
        remark=remark.strip(),
    )
    if price is not None and price < 0:
        raise Refused(_("price must be at least 0."), field="price")
    refuse_invalid(wish)
    with transaction.atomic():
        wish.save()
        _queue(wish, requested_by)
    return wish


def send(request_id: int) -> None:
    """Send a planned wish, once. What is not planned any more is left alone."""
    wish = _set_out(request_id)
    if wish is None:
        return
    try:
        state = supplier_for(wish.account).find_source(
            SourcingWish(
                name=wish.name,
                image_url=wish.image_url,
                reference=wish.reference,
                url=wish.url,
                price=wish.price,
                remark=wish.remark,
            )
        )
    except (OutcomeUnknown, UnexpectedReply) as error:  # it may have arrived: a person has to look
        _note(wish, SourcingRequest.Status.UNKNOWN, problem=str(error))
        raise
    except Rejected as error:
        _note(wish, SourcingRequest.Status.REFUSED, problem=str(error))
        raise
    except (PlatformError, Refused) as error:  # it was not sent: the job sends it later
        _note(wish, SourcingRequest.Status.PLANNED, problem=str(error))
        raise
    wish.external_id, wish.platform_status = state.external_id[:64], (state.status_text or state.status)[:100]
    _note(wish, SourcingRequest.Status.SENT, problem="")


def send_again(wish: SourcingRequest, *, requested_by: str = "") -> SourcingRequest:
    """Send a wish once more because a person says so, who has seen that the supplier does not have it."""
    check_connected(wish.account)
    with transaction.atomic():
        wish = SourcingRequest.objects.select_for_update().select_related("account").get(pk=wish.pk)
        if wish.status not in (SourcingRequest.Status.UNKNOWN, SourcingRequest.Status.REFUSED):
            words = _(
                "Only a request whose answer was lost, or that was refused, can be sent again; this one is: %(state)s."
            )
            raise Refused(words % {"state": wish.get_status_display()}, field="status")
        wish.status, wish.problem = SourcingRequest.Status.PLANNED, ""
        wish.save(update_fields=["status", "problem"])
        _queue(wish, requested_by)
    return wish


def _queue(wish: SourcingRequest, requested_by: str) -> None:
    jobs.enqueue(
        "catalog.tasks.send_source",
        key=f"source:{wish.pk}",
        lane=Lane.STOCK,
        account=wish.account,
        requested_by=requested_by,
        request_id=wish.pk,
    )


def _set_out(request_id: int) -> SourcingRequest | None:
    """Commit that the wish may leave from now on; return it, or None where it is not planned."""
    with transaction.atomic():
        jobs.hold()
        wish = SourcingRequest.objects.select_for_update(of=("self",)).select_related("account").get(pk=request_id)
        if wish.status != SourcingRequest.Status.PLANNED:
            return None
        wish.status, wish.problem = SourcingRequest.Status.UNKNOWN, _("It is being sent, or its answer was lost.")
        wish.save(update_fields=["status", "problem"])
        return wish


def _note(wish: SourcingRequest, status: SourcingRequest.Status, *, problem: str) -> None:
    wish.status, wish.problem = status, problem
    wish.save(update_fields=["status", "problem", "external_id", "platform_status"])


# --- how far the supplier is


def request_check(account: PlatformAccount, *, requested_by: str = "") -> SyncJob:
    """Queue asking how far the supplier is with what was sent."""
    check_connected(account)
    return jobs.enqueue(
        "catalog.tasks.check_sources",
        key=f"sources:{account.pk}",
        account=account,
        requested_by=requested_by,
        account_id=account.pk,
    )


def check_sources(account_id: int) -> int:
    """Ask for the states of all that was sent and is open; return how many of them are decided now."""
    account = PlatformAccount.objects.get(pk=account_id)
    supplier = supplier_for(account)
    sent = SourcingRequest.objects.filter(account=account, status=SourcingRequest.Status.SENT).exclude(external_id="")
    open_ids = list(sent.order_by("pk").values_list("external_id", flat=True))
    decided = 0
    for start in range(0, len(open_ids), CHUNK):
        states = supplier.sourcing_states(open_ids[start : start + CHUNK])
        with transaction.atomic():
            jobs.hold()
            decided += sum(_take(account, state) for state in states)
    return decided


def _take(account: PlatformAccount, state: SourcingState) -> bool:
    mine = SourcingRequest.objects.select_for_update().filter(account=account, external_id=state.external_id)
    wish = mine.filter(status=SourcingRequest.Status.SENT).first()
    if wish is None:
        return False
    wish.platform_status, wish.checked_at = (state.status_text or state.status)[:100], timezone.now()
    if state.product_id or state.variant_sku:
        wish.found_product_id, wish.found_sku = state.product_id[:64], state.variant_sku[:100]
    if state.is_final:
        found = bool(state.product_id or state.variant_sku)
        wish.status = SourcingRequest.Status.FOUND if found else SourcingRequest.Status.FAILED
    wish.save()
    return state.is_final
