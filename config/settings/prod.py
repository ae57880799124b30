"""Behind a proxy that ends TLS. SECRET_KEY and CREDENTIAL_KEYS must come from the environment."""

from django.core.exceptions import ImproperlyConfigured

from .base import *
from .base import CREDENTIAL_KEYS, SECRET_KEY

if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is not set. Put a long random text into the environment.")
if not CREDENTIAL_KEYS:
    raise ImproperlyConfigured(
        "CREDENTIAL_KEYS is not set. Make one: `DJANGO_SETTINGS_MODULE=config.settings.dev manage.py doctor --new-key`."
    )

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
