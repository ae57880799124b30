"""What tests change: fixed keys, a fast password hash, nothing from the machine's own .env but the servers."""

from .base import *
from .base import Q_CLUSTER, env

SECRET_KEY = "test-only-" + "x" * 50
CREDENTIAL_KEYS = ["MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="]
ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Tests that run side by side share a Redis, but no queue.
Q_CLUSTER["name"] = Q_CLUSTER["label"] = f"crossdock-test-{env.str('PYTEST_XDIST_WORKER', default='alone')}"
