"""What is due on the way out is found in the rows, in a number of queries that does not grow with them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integrations.models import SyncJob
from orders.models import Label, Package
from orders.services import shipping
from tests.factories import make_account
from tests.factories_orders import make_line, make_order, make_package, make_purchase, make_sold_variant
from tests.factories_selling import make_seller, make_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return make_shop(make_seller(), "MY")


def packed(shop, supplier, *, label=None, package=None, **purchase) -> Package:
    order = make_order(shop)
    make_line(order, make_sold_variant(supplier))
    bought = make_purchase(order, supplier, **({"status": "paid", "label": "marketplace"} | purchase))
    made = make_package(order, purchase=bought, **({"status": "processing"} | (package or {})))
    if label:
        Label.objects.create(package=made, **label)
    return made


def jobs_of(shop) -> set[str]:
    shipping.request_due(shop.account)
    return set(SyncJob.objects.filter(state="queued").values_list("key", flat=True))


def test_what_is_paid_under_the_marketplaces_label_is_arranged(shop):
    supplier = make_account()
    paid = packed(shop, supplier)
    others = [
        packed(shop, supplier, status="awaiting_payment"),
        packed(shop, supplier, label={"status": "failed"}, package={"arranged_at": timezone.now()}),
        packed(shop, supplier, package={"problem": "Say where."}),
        packed(shop, supplier, package={"status": "on_hold"}),
    ]
    assert jobs_of(shop) == {f"arrange:{shop.pk}"}
    paid.refresh_from_db()
    assert paid.arrange_asked_at is not None
    assert not Package.objects.filter(pk__in=[one.pk for one in others]).exclude(arrange_asked_at=None).exists()


def test_labels_uploads_tellings_and_bindings_that_wait_are_asked_for(shop):
    supplier, arranged = make_account(), {"arranged_at": timezone.now()}
    packed(shop, supplier, package=arranged, label={"status": "wanted"})
    assert jobs_of(shop) == {f"labels:{shop.pk}"}
    SyncJob.objects.all().delete()
    Label.objects.update(status="ready", sha256="a", tracking_number="N")
    assert jobs_of(shop) == {f"waybills:{supplier.pk}"}
    SyncJob.objects.all().delete()
    sent = packed(shop, supplier, status="shipped", label=None, tracking_number="CJ1")
    sent.purchase.label = "supplier"
    sent.purchase.label_sha256 = ""
    sent.purchase.save()
    assert jobs_of(shop) == {f"waybills:{supplier.pk}", f"tell:{shop.pk}"}


def test_what_is_handed_in_and_told_is_left_alone(shop):
    supplier, arranged = make_account(), {"arranged_at": timezone.now()}
    label = {"status": "ready", "sha256": "a", "tracking_number": "N"}
    packed(shop, supplier, package=arranged, label=label, label_sha256="a", label_number="N")
    told = {"told_at": timezone.now(), "arranged_at": timezone.now()}
    packed(shop, supplier, package=told, label=None, status="shipped", tracking_number="CJ1")
    assert jobs_of(shop) == set()


def test_queries_do_not_grow_with_packages(shop):
    supplier = make_account()

    def counted(count: int) -> int:
        for _each in range(count):
            packed(shop, supplier)
        with CaptureQueriesContext(connection) as queries:
            shipping.request_due(shop.account)
        return len(queries)

    counted(1)  # the job is queued
    assert counted(2) == counted(10)
    assert Package.objects.filter(arrange_asked_at=None).count() == 0
