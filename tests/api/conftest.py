"""Callers of the API: an owner who may everything, a reader, a stranger."""

import pytest
from django.contrib.auth.models import Permission, User
from rest_framework.test import APIClient


def client_of(user: User | None) -> APIClient:
    client = APIClient()
    if user:
        client.force_login(user)
    return client


@pytest.fixture
def owner(db) -> User:
    return User.objects.create_superuser("owner", password="a long pass phrase")


@pytest.fixture
def api(owner) -> APIClient:
    """A caller with every permission."""
    return client_of(owner)


@pytest.fixture
def reader(db) -> APIClient:
    """A caller who may view everything and change nothing."""
    user = User.objects.create_user("reader", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    return client_of(user)


@pytest.fixture
def nobody(db) -> APIClient:
    """A caller whom nobody knows."""
    return client_of(None)
