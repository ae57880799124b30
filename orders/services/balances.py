"""What an account can spend, and what is about to be spent from it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Sum
from django.db.models.functions import Coalesce

from accounts.models import PlatformAccount
from integrations import jobs, leases
from integrations.bought import Balance, Buyer
from integrations.gateways import buyer_for
from integrations.models import Lane, SyncJob
from orders.machines import PurchaseStatus
from orders.models import Payment, PurchaseOrder, SupplierBalance

ZERO, CENT = Decimal(0), Decimal("0.01")
_AT_THE_SUPPLIER = (
    PurchaseStatus.SENT,
    PurchaseStatus.CARTED,
    PurchaseStatus.CONFIRMED,
    PurchaseStatus.AWAITING_PAYMENT,
    PurchaseStatus.UNKNOWN,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """An account's balance held against what is open, in USD; `balance` None: never read."""

    balance: Decimal | None
    read_at: datetime | None
    planned: Decimal  # waits for an approval
    approved: Decimal  # will be placed
    placed: Decimal  # is at the supplier and not paid, with `billed` among it
    billed: Decimal

    @property
    def left(self) -> Decimal | None:
        """What remains when all that is approved or placed is paid."""
        return None if self.balance is None else self.balance - self.approved - self.placed

    @property
    def short(self) -> Decimal:
        """What has to be topped up for it; zero: nothing."""
        return max(ZERO, -self.left) if self.left is not None else ZERO


def forecast(account: PlatformAccount) -> Forecast:
    """Reckon from our own rows what open purchases will take from the balance as it was last read."""
    kept = SupplierBalance.objects.filter(account=account).first()
    cost = Coalesce("amount", Coalesce("planned_goods", ZERO) + Coalesce("planned_freight", ZERO))
    rows = PurchaseOrder.objects.filter(account=account).values("status").annotate(sum=Sum(cost)).order_by()
    by_status = {row["status"]: (row["sum"] or ZERO).quantize(CENT) for row in rows}
    billed = Payment.objects.filter(
        account=account, status__in=[Payment.Status.BILLED, Payment.Status.APPROVED, Payment.Status.PAYING]
    ).aggregate(sum=Sum("amount"))
    return Forecast(
        balance=kept.amount if kept else None,
        read_at=kept.read_at if kept else None,
        planned=by_status.get(PurchaseStatus.PLANNED, ZERO),
        approved=by_status.get(PurchaseStatus.APPROVED, ZERO),
        placed=sum((by_status.get(status, ZERO) for status in _AT_THE_SUPPLIER), ZERO),
        billed=billed["sum"] or ZERO,
    )


def request_reading(account: PlatformAccount, *, requested_by: str = "") -> SyncJob:
    """Ask for the balance to be read."""
    return jobs.enqueue(
        "orders.tasks.read_balance",
        key=f"balance:{account.pk}",
        lane=Lane.ORDERS,
        account=account,
        requested_by=requested_by,
        account_id=account.pk,
    )


def read(account: PlatformAccount, buyer: Buyer | None = None) -> Balance:
    """Read the balance and keep it."""
    found = (buyer or buyer_for(account)).balance()
    said = {"amount": found.amount, "frozen": found.frozen, "bonus": found.bonus, "read_at": leases.now()}
    SupplierBalance.objects.update_or_create(account=account, defaults=said)
    return found
