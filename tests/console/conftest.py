"""People who use the console, and one row of everything that it shows."""

from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.utils import timezone

from accounts.models import PlatformApp, Shop
from catalog.models import Image, OfferPrice, Review, SourcingRequest, StockLevel, Warehouse
from integrations.models import ApiCall, RunProblem, SyncJob, SyncRun
from tests.catalog.selling.conftest import market
from tests.console.orders import order_all
from tests.console.selling import sell
from tests.factories import (
    make_account,
    make_category,
    make_credential,
    make_item,
    make_offer,
    make_product,
    make_selection,
    make_variant,
)

__all__ = ["market"]


def signed_in(user: User) -> Client:
    """Return a browser in which this person has signed in."""
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def owner(db) -> Client:
    """Somebody who may do everything."""
    return signed_in(User.objects.create_superuser("owner", password="owner"))


@pytest.fixture
def viewer(db) -> Client:
    """Somebody who may see everything and change nothing."""
    user = User.objects.create_user("viewer", password="viewer", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    return signed_in(user)


@pytest.fixture
def stranger(db) -> Client:
    """Staff without any permission."""
    return signed_in(User.objects.create_user("stranger", password="stranger", is_staff=True))


@pytest.fixture
def rows(db) -> SimpleNamespace:
    """One row of each model, belonging together."""
    now = timezone.now()
    account = make_account(name="Main")
    make_credential(account, api_key="CJ1@api@secret", access_token="plain-access", access_expires_at=now)
    category = make_category()
    product = make_product(
        account,
        category=category,
        image_url="https://pictures.test/a.jpg",
        price_low=Decimal("2.5"),
        price_high=Decimal("4"),
        stock_total=7,
    )
    variant = make_variant(product, stock_total=7)
    warehouse = Warehouse.objects.create(platform="cj", external_id="w1", name="US West", country_code="US")
    offer = make_offer(variant)
    selection = make_selection(account)
    job = SyncJob.objects.create(
        task="catalog.tasks.refresh", key="refresh:1", account=account, kwargs={"product_id": product.pk}
    )
    run = SyncRun.objects.create(
        account=account, kind="products", key=f"selection:{selection.pk}", job=job, state="running", started_at=now
    )
    sold = sell(product, variant)
    return SimpleNamespace(
        **sold,
        **order_all(sold["seller_shop"], variant, account),
        account=account,
        app=PlatformApp.objects.create(platform="shopee", name="App", app_key="1", app_secret="plain-app-secret"),
        shop=Shop.objects.create(account=account, external_id="s1", name="Shop"),
        category=category,
        product=product,
        image=Image.objects.create(product=product, url="https://pictures.test/a.jpg"),
        variant=variant,
        warehouse=warehouse,
        level=StockLevel.objects.create(
            variant=variant, country_code="US", warehouse=warehouse, place="US/w1", total=7, cj=3, factory=4
        ),
        offer=offer,
        price=OfferPrice.objects.create(offer=offer, price=Decimal("9.9")),
        selection=selection,
        item=make_item(selection, product=product, external_id=product.external_id),
        review=Review.objects.create(product=product, external_id="r1", score=5, text="Good"),
        wish=SourcingRequest.objects.create(account=account, product=product, name="Lamp", image_url="https://pictures.test/l.jpg"),
        job=job,
        run=run,
        problem=RunProblem.objects.create(run=run, external_id="P9", kind="shape", reason="No name", sample='{"a": 1}'),
        call=ApiCall.objects.create(
            account=account, platform="cj", endpoint="product/query", method="GET", url="https://x.test/", outcome="ok",
            subject=f"product:{product.external_id}", response='{"code": 200}',
        ),
        group=Group.objects.create(name="Merchandisers"),
    )  # fmt: skip
