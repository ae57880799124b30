"""Every setting of the product. The environment is read here and nowhere else (design.md §6)."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
from django.utils.translation import gettext_lazy as _

from config.console import UNFOLD  # noqa: F401 - the console's look

BASE_DIR = Path(__file__).resolve().parents[2]
VAR_DIR = BASE_DIR / "var"

env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")  # a missing file is fine: the defaults are complete

SECRET_KEY = env.str("SECRET_KEY", default="")
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"])
PUBLIC_URL = env.str("PUBLIC_URL", default="http://127.0.0.1:8000")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

# The first key encrypts, all decrypt: put a new one in front, run `manage.py rotate_credentials`, drop the old one.
CREDENTIAL_KEYS = env.list("CREDENTIAL_KEYS", default=[])

CJ_BASE_URL = env.str("CJ_BASE_URL", default="https://developers.cjdropshipping.com")
SHOPEE_BASE_URL = env.str("SHOPEE_BASE_URL", default="https://partner.shopeemobile.com")
SHOPEE_AUTH_URL = env.str("SHOPEE_AUTH_URL", default="https://open.shopee.com")
# Authorize by the older, signed link on the API's own host, where the portal's link is not offered.
SHOPEE_SIGNED_LINK = env.bool("SHOPEE_SIGNED_LINK", default=False)
# Calls a second for each merchant and each shop of an app; Shopee publishes no number.
SHOPEE_RPS = env.float("SHOPEE_RPS", default=10.0)
TIKTOK_BASE_URL = env.str("TIKTOK_BASE_URL", default="https://open-api.tiktokglobalshop.com")
TIKTOK_AUTH_URL = env.str("TIKTOK_AUTH_URL", default="https://auth.tiktok-shops.com")
# Requests a second that one outgoing IP address may make to a platform. CJ: cj.json, rate_limits (10 an IP).
CJ_IP_RPS = env.float("CJ_IP_RPS", default=10.0)
CJ_CONCURRENCY = env.int("CJ_CONCURRENCY", default=4)  # reads on their way at once, so that slow answers cost no rate
# From where pictures of products are fetched, over https; one that begins with a dot stands for all hosts below it.
PICTURE_HOSTS = env.list(
    "PICTURE_HOSTS", default=[".cjdropshipping.com", "cbu01.alicdn.com", "cc-west-usa.oss-us-west-1.aliyuncs.com"]
)

INSTALLED_APPS = [
    "config.apps.ConsoleConfig",
    "unfold.contrib.filters",
    "unfold.contrib.simple_history",
    "unfold",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.admin",
    "rest_framework",
    "knox",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "simple_history",
    "django_q",
    "accounts",
    "integrations",
    "orders",  # before catalog, whose command `sync` it extends
    "catalog",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'crossdock.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # All three are needed: without WAL, IMMEDIATE and a busy time-out, concurrent workers meet "database is locked".
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", default="")
CACHES: dict[str, dict[str, Any]] = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}  # nothing that matters is kept there
    )
}

# django-q2 only wakes workers up; what is to be done stands in SyncJob rows (integrations/jobs.py). So it keeps no
# results, repeats nothing (one attempt, failures acknowledged) and prefetches nothing (queue_limit 1).
Q_CLUSTER: dict[str, Any] = {
    "name": "crossdock",
    "workers": env.int("WORKERS", default=4),
    "timeout": 600,
    "retry": 660,
    "max_attempts": 1,
    "ack_failures": True,
    "queue_limit": 1,
    "bulk": 1,
    "save_limit": -1,
    "catch_up": False,
    "poll": 0.1,
    "recycle": 500,
    "max_rss": 500_000,
    "label": "crossdock",
}
Q_CLUSTER |= {"redis": REDIS_URL} if REDIS_URL else {"orm": "default"}

# How long a job belongs to a worker that gives no sign of life, in seconds; a living one renews it every third of that.
JOB_LEASE_S = 60

# Which function of an upper layer runs how often: config/schedules.py.
SCHEDULES = "config.schedules.SCHEDULES"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "knox.auth.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
        "rest_framework.authentication.BasicAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["config.api.ModelPermissions"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "config.api.CursorPages",
    "DEFAULT_SCHEMA_CLASS": "config.api_schema.Schema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["config.api.StrictJSONParser"],
    "EXCEPTION_HANDLER": "config.api_errors.explain",
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
# A program's token lives as long as its owner asks, a month unless told; at most a year (accounts/api.py).
REST_KNOX = {"TOKEN_TTL": timedelta(days=30), "TOKEN_LIMIT_PER_USER": None, "AUTO_REFRESH": False}
SPECTACULAR_SETTINGS = {
    "TITLE": "Crossdock API",
    "DESCRIPTION": "What the console can do, for programs: the same services behind the same permissions.",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},  # nothing is fetched from other hosts
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "PlatformEnum": "accounts.models.Platform",
        "AccountStatusEnum": "accounts.models.PlatformAccount.Status",
        "LeadStatusEnum": "accounts.models.PlatformAccount.LeadStatus",
        "ChangeKindEnum": [("+", "created"), ("~", "changed"), ("-", "deleted")],
        "FoundListingStatusEnum": "catalog.models.Adoption.Status",
        "GlobalListingStatusEnum": "catalog.models.GlobalListing.Status",
        "ListingStatusEnum": "catalog.models.Listing.Status",
        "ProductStatusEnum": "catalog.models.Product.Status",
        "SelectionKindEnum": "catalog.models.Selection.Kind",
        "SourcingStatusEnum": "catalog.models.SourcingRequest.Status",
        "WarehouseKindEnum": "catalog.models.Warehouse.Kind",
        "OrderStatusEnum": "orders.machines.OrderStatus",
        "PackageStatusEnum": "orders.machines.PackageStatus",
        "PurchaseStatusEnum": "orders.machines.PurchaseStatus",
        "CustomsStatusEnum": "orders.machines.CustomsStatus",
        "PaymentStatusEnum": "orders.models.Payment.Status",
        "LabelStatusEnum": "orders.models.Label.Status",
        "SentUnderEnum": "orders.models.PurchaseOrder.Label",
        "JobStateEnum": "integrations.models.SyncJob.State",
        "RunStateEnum": "integrations.models.SyncRun.State",
    },
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese")), ("ko", _("Korean"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
WHITENOISE_USE_FINDERS = True  # an installation without `collectstatic` has its styles all the same

DEFAULT_EXCEPTION_REPORTER = "accounts.reports.MaskedReporter"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {"secrets": {"()": "accounts.secrets.MaskSecrets"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["secrets"]}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django-q": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "urllib3": {"level": "INFO"},
    },
}
