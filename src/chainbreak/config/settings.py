"""Every setting, read from the environment once (设置). The manual lists them: `docs/manual/settings.md`."""

from __future__ import annotations

import os
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from chainbreak.governance.refusal import Refused
from chainbreak.jobs import installation, postgres

PACKAGE = Path(__file__).resolve().parents[1]


def _text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def _yes(name: str, default: bool = False) -> bool:
    value = _text(name, "1" if default else "0").lower()
    if value not in {"0", "1", "no", "yes", "false", "true"}:
        raise Refused("bad_setting", name=name, value=value, wanted="0, 1")
    return value in {"1", "yes", "true"}


def _number(name: str, default: int, *, least: int, most: int) -> int:
    value = _text(name, str(default))
    if not value.isdecimal() or not least <= int(value) <= most:
        raise Refused("bad_setting", name=name, value=value, wanted=f"{least}-{most}")
    return int(value)


# --- The installation -------------------------------------------------------------------------------------------------
TESTING = "pytest" in sys.modules
if TESTING:  # tests never touch an installation: a folder of their own, thrown away by tests/conftest.py
    os.environ["CHAINBREAK_DATA"] = tempfile.mkdtemp(prefix="chainbreak-test-")
CHAINBREAK_DATA = Path(_text("CHAINBREAK_DATA", str(installation.default_data_dir()))).expanduser().absolute()
CHAINBREAK_PORT = _number("CHAINBREAK_PORT", 8000, least=1, most=65535)
CHAINBREAK_HOST = _text("CHAINBREAK_HOST", "127.0.0.1")
CHAINBREAK_WORKERS = _number("CHAINBREAK_WORKERS", 2, least=1, most=64)
CHAINBREAK_THREADS = _number("CHAINBREAK_THREADS", 16, least=1, most=64)  # registrations wait together for one commit
CHAINBREAK_PG_BIN = _text("CHAINBREAK_TEST_PG_BIN" if TESTING else "CHAINBREAK_PG_BIN") or None
CHAINBREAK_PG_USER = _text("CHAINBREAK_PG_USER") or None

DEBUG = _yes("CHAINBREAK_DEBUG")
SECRET_KEY = _text("CHAINBREAK_SECRET") or installation.keep(CHAINBREAK_DATA / "secret.key")
CHAINBREAK_IDENTITY_KEY = _text("CHAINBREAK_IDENTITY_KEY") or installation.keep(CHAINBREAK_DATA / "identity.key")
CHAINBREAK_HTTPS = _yes("CHAINBREAK_HTTPS")
ALLOWED_HOSTS = [host for host in _text("CHAINBREAK_HOSTS", "127.0.0.1,localhost,[::1]").split(",") if host]
CSRF_TRUSTED_ORIGINS = [f"{'https' if CHAINBREAK_HTTPS else 'http'}://{host}" for host in ALLOWED_HOSTS if host != "*"]


# --- Database ---------------------------------------------------------------------------------------------------------
def _database(url: str) -> dict[str, object]:
    """Django's words for a `postgresql://` address; without one, the server that comes along."""
    if not url:
        server = postgres.Server(CHAINBREAK_DATA, programs=CHAINBREAK_PG_BIN, user=CHAINBREAK_PG_USER)
        own = server.parameters()
        return {
            "NAME": own["dbname"],
            "USER": own["user"],
            "HOST": own["host"],
            "OPTIONS": {"passfile": own["passfile"]},
        }
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise Refused(
            "bad_setting", name="DATABASE_URL", value=parts.scheme, wanted="postgresql://user:password@host:port/name"
        )
    options = dict(parse_qsl(parts.query))
    return {
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or options.pop("user", "")),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or "") or options.pop("host", ""),
        "PORT": str(parts.port or options.pop("port", "")),
        "OPTIONS": options,
    }


CHAINBREAK_DATABASE_URL = _text("DATABASE_URL")
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 600,  # each web thread keeps its connection
        "CONN_HEALTH_CHECKS": True,
        **_database(CHAINBREAK_DATABASE_URL),
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Rooms ------------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "chainbreak.governance",
    "chainbreak.registry",
    "chainbreak.screening",
    "chainbreak.investigation",
    "chainbreak.measures",
    "chainbreak.command",
    "chainbreak.web",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "csp",
    "django_htmx",
    "ninja",
    "procrastinate.contrib.django",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "chainbreak.web.refusals.RefusalMiddleware",
    "axes.middleware.AxesMiddleware",  # last, as its manual asks
]
ROOT_URLCONF = "chainbreak.config.urls"
WSGI_APPLICATION = "chainbreak.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,  # the pages' templates come before those of the libraries
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# --- Words and time ---------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = True
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

# --- Accounts ---------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "governance.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # first: it refuses whoever is locked out
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "chainbreak.config.accounts.ClosedAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Chainbreak"
MFA_PASSKEY_LOGIN_ENABLED = False
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not CHAINBREAK_HTTPS  # browsers allow it on localhost only
AXES_FAILURE_LIMIT = _number("CHAINBREAK_LOGIN_FAILURES", 5, least=1, most=50)
AXES_COOLOFF_TIME = timedelta(minutes=_number("CHAINBREAK_LOCKOUT_MINUTES", 15, least=1, most=1440))
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_HTTP_RESPONSE_CODE = 429
AXES_VERBOSE = False
AXES_LOCKOUT_CALLABLE = "chainbreak.web.accounts.locked_out"
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # the time on the page stays true
ACCOUNT_RATE_LIMITS = {"login": "300/m/ip", "login_failed": None}  # the lock-out counts failures, in the database
AXES_CACHE = "default"
# Days for which a class of data is kept, where not the default: trajectories=14,audit=400.
CHAINBREAK_RETENTION = _text("CHAINBREAK_RETENTION")
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
SESSION_COOKIE_AGE = 60 * _number("CHAINBREAK_SESSION_MINUTES", 480, least=5, most=1440)
SESSION_COOKIE_NAME = f"chainbreak_{CHAINBREAK_PORT}"  # two installations on one machine do not log each other out
CSRF_COOKIE_NAME = f"chainbreak_csrf_{CHAINBREAK_PORT}"
LANGUAGE_COOKIE_NAME = "chainbreak_language"
LANGUAGE_COOKIE_HTTPONLY = True

# --- Safety of the pages ----------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = CHAINBREAK_HTTPS
SECURE_SSL_REDIRECT = False  # the proxy in front does that
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if CHAINBREAK_HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if CHAINBREAK_HTTPS else 0
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600

# --- Files of the pages -----------------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = CHAINBREAK_DATA / "static"
_MANIFEST = "whitenoise.storage.CompressedManifestStaticFilesStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage" if DEBUG or TESTING else _MANIFEST
    },
}
WHITENOISE_USE_FINDERS = DEBUG or TESTING
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
MEDIA_ROOT = CHAINBREAK_DATA / "files"

# --- Jobs, cache, log -------------------------------------------------------------------------------------------------
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "tasks"
PROCRASTINATE_IMPORT_PATHS = ["chainbreak.jobs.tasks"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "chainbreak"}}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": "INFO" if DEBUG else "WARNING"},
    "loggers": {
        "django.server": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        "axes": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},  # its lines hold account names
    },
}
SILENCED_SYSTEM_CHECKS: list[str] = []
