"""What tests change: fixed keys, a fast password hash, nothing from the machine's own .env but the servers."""

from .base import *

SECRET_KEY = "test-only-" + "x" * 50
CREDENTIAL_KEYS = ["MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="]
ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
