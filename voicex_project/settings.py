"""All settings, read from the environment, `.env.local` and `.env`; `.env.example` lists every variable."""

from __future__ import annotations

import sys
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from environs import Env, validate

from voicex_project.content_security import PAGE_POLICY
from voicex_project.hosts import LOOPBACK, check_networks, is_public_url, own_hosts
from voicex_project.log import logging_settings
from voicex_project.recordings import storages_with_recordings
from voicex_project.secrets import ENCRYPTION_KEY_BYTES, encryption_keys, installation_secret
from voicex_project.vendors import over_http, own_server, vendor_access

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env()
# The first to name a variable wins: the process's own environment, then .env.local, then .env.
for dotenv in (".env.local", ".env"):
    env.read_env(str(BASE_DIR / dotenv), recurse=False)

DEBUG = env.bool("DEBUG", True)
DATA_DIR = (BASE_DIR / env.str("VOICEX_DATA_DIR", "var")).resolve()
PORT = env.int("PORT", 3001)


def secret(variable: str, file_name: str, random_bytes: int = 48) -> str:
    """From the environment; with DEBUG on, else made once in the data folder."""
    if value := env.str(variable, ""):
        return value
    if not DEBUG:
        raise ImproperlyConfigured(f"{variable} must be set when DEBUG is off.")
    return installation_secret(DATA_DIR / "secrets", file_name, random_bytes)


SECRET_KEY = secret("SECRET_KEY", "secret_key")
API_KEY_PEPPER = secret("API_KEY_PEPPER", "api_key_pepper")
# What organisations' own vendor keys are encrypted with, newest first; see docs/operations.md.
CREDENTIALS_KEYS = encryption_keys(secret("CREDENTIALS_KEYS", "credentials_keys", ENCRYPTION_KEY_BYTES))

# The demo organisation's sign-in; with DEBUG off there is none unless it is set.
DEMO_PASSWORD = env.str("DEMO_PASSWORD", "")
if DEBUG and not DEMO_PASSWORD:
    DEMO_PASSWORD = installation_secret(DATA_DIR / "secrets", "demo_password", random_bytes=9)

# --- addresses --------------------------------------------------------------------------------
# Empty: the request's own host counts.
PUBLIC_URL = (env.str("PUBLIC_URL", "") or env.str("TWILIO_APP_URL", "")).rstrip("/")
if PUBLIC_URL and not is_public_url(PUBLIC_URL):
    raise ImproperlyConfigured(f"PUBLIC_URL must be like https://voice.example.com, and is {PUBLIC_URL}")
HOST = env.str("HOST", "") or "127.0.0.1"
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", []) or (own_hosts(HOST, PUBLIC_URL) if DEBUG else [])
# Addresses of proxies whose X-Forwarded-For, -Proto and -Host are believed.
TRUSTED_PROXIES: list[str] = env.list("TRUSTED_PROXIES", [])
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []
# TrustedProxyMiddleware drops both headers when they come from anybody else.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
USE_X_FORWARDED_HOST = True

# --- applications -----------------------------------------------------------------------------
INSTALLED_APPS = [
    # First, so that `manage.py runserver` serves sockets too. Only there: it brings 40 MB of Twisted along.
    *(["voicex_project", "daphne"] if "runserver" in sys.argv else []),
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "channels",
    "allauth",
    "allauth.account",
    "csp",
    "django_filters",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "accounts",
    "agents",
    "calls",
    "voice.edge",
]
MIDDLEWARE = [
    "accounts.middleware.TrustedProxyMiddleware",
    "accounts.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "accounts.middleware.TimeZoneMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.NotFoundMiddleware",
]
ROOT_URLCONF = "voicex_project.urls"
ASGI_APPLICATION = "voicex_project.asgi.application"
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
                "accounts.context_processors.organisation",
                "agents.vendor_keys.troubles.vendor_troubles",
            ]
        },
    }
]

# --- stores -----------------------------------------------------------------------------------
REDIS_URL = env.str("REDIS_URL", "")
DATABASES = {"default": env.dj_db_url("DATABASE_URL", f"sqlite:///{DATA_DIR / 'voicex.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["ENGINE"] = "voicex_project.embedded_database"
    # Web and worker share the file: writers queue up instead of failing, readers never wait.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
    # A file, so that the threads of a test see one database.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 0
    DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {"min_size": 1, "max_size": 10, "timeout": 5}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 1},
        }
    }
    CHANNEL_LAYERS = {
        "default": {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": [REDIS_URL]}}
    }
    CELERY_BROKER_URL = REDIS_URL
    # A broker that is down must not hold up the end of a call: the sweep finds it by its row.
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
        "max_retries": 1,
        "interval_start": 0,
        "interval_step": 0.2,
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "voicex_project.cache.FileCache",
            "LOCATION": str(DATA_DIR / "cache"),
        }
    }
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    CELERY_BROKER_URL = "filesystem://localhost//"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(DATA_DIR / "broker"),
        "data_folder_out": str(DATA_DIR / "broker"),
        "control_folder": str(DATA_DIR / "broker-control"),
        "polling_interval": 0.1,
    }
STORAGES = storages_with_recordings(env, DATA_DIR)
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"

# --- after a call -----------------------------------------------------------------------------
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
JOURNAL_DIR = DATA_DIR / "journals"

# --- the live conversation --------------------------------------------------------------------
# Built-in transcribers at once; each is one process and can fill a core with noisy callers.
EMBEDDED_DECODERS = env.int("EMBEDDED_DECODERS", 0)  # 0: two a core
VENDOR_ACCESS, VENDORS_OVER_HTTP = vendor_access(env), over_http(env)
OWN_MODELS, OWN_TRANSCRIBERS, OWN_VOICES = own_server(env)
TWILIO_BASE_URL = env.str("TWILIO_BASE_URL", "")  # empty: Twilio's own
# Whether an organisation may name a vendor's address that is not public, or without https.
PRIVATE_VENDOR_ADDRESSES = env.bool("PRIVATE_VENDOR_ADDRESSES", DEBUG)
DRAIN_S = env.float("DRAIN_S", 5.0)
# Renewed three times in its length; a call is given up when it has lapsed for two thirds of that again. With
# a longer one a lost role would end its calls, and a dead process free their places, later than promised.
CALL_LEASE_S = env.float("CALL_LEASE_S", 15.0, validate=validate.Range(min=3, max=30))
# Both servers' own limit, beyond which nothing is read; ours of 64 KiB is told politely.
LARGEST_SOCKET_MESSAGE_BYTES = 256 * 1024
CONVERSATION_TTL_S = 24 * 3600

# --- people -----------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.forms.LoginForm",
    "signup": "accounts.forms.SignupForm",
    "change_password": "accounts.forms.ChangePasswordForm",
}
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Voicex] "
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_RATE_LIMITS = {
    # By address, then by address and e-mail together (accounts.adapter).
    "login_failed": "20/m/ip,5/5m/key",
    # By e-mail alone, for those who guess from many addresses.
    "login_failed_anywhere": "50/h/key",
    "signup": "20/h/ip",
    "reset_password": "20/h/ip,5/h/key",
}
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
mail = env.dj_email_url("EMAIL_URL", "console://")
if not mail.get("EMAIL_BACKEND"):
    raise ImproperlyConfigured("EMAIL_URL must be like submission://name:password@mail.example.com")
vars().update(mail)  # EMAIL_BACKEND, EMAIL_HOST and so on
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Voicex <no-reply@localhost>")

CSRF_FAILURE_VIEW = "accounts.error_pages.csrf_failure"

# --- the browser's safety ---------------------------------------------------------------------
SECURE_COOKIES = not DEBUG
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
SESSION_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", not DEBUG)
# A load balancer and Prometheus ask over plain HTTP.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 0 if DEBUG else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEBUG
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = PAGE_POLICY

# --- REST API ---------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.api.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PAGINATION_CLASS": "accounts.api.pagination.Pagination",
    "EXCEPTION_HANDLER": "accounts.api.errors.exception_handler",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["accounts.api.parsers.BoundedJSONParser"],
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Voicex",
    "VERSION": "1.0",
    # Of several fields with the same name, which would be numbered otherwise.
    "ENUM_NAME_OVERRIDES": {
        "VendorKeyStateEnum": "agents.models.VendorCredential.State",
        "CallStateEnum": "calls.models.CallState",
        "CommandStateEnum": "calls.commands.CommandState",
    },
}

# --- logs -------------------------------------------------------------------------------------
LOGGING = logging_settings(env.str("LOG_FORMAT", "text"), env.str("LOG_LEVEL", "INFO"))

# --- figures and traces -----------------------------------------------------------------------
METRICS_TOKEN = env.str("METRICS_TOKEN", "")
METRICS_NETWORKS: list[str] = env.list("METRICS_NETWORKS", LOOPBACK, validate=check_networks)
WORKER_METRICS_PORT = env.int("WORKER_METRICS_PORT", 0)  # 0: the worker serves none
TRACES = bool(env.str("OTEL_EXPORTER_OTLP_ENDPOINT", "")) and not env.bool("OTEL_SDK_DISABLED", False)
OTEL_SERVICE_NAME = env.str("OTEL_SERVICE_NAME", "voicex")

# --- pages ------------------------------------------------------------------------------------
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = DEBUG
