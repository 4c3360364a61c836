import os
from urllib.parse import unquote, urlsplit

database = urlsplit(os.environ.get("DATABASE_URL", "postgres://127.0.0.1:5432/orders"))

SECRET_KEY = os.environ.get("DJANGO_SECRET_KEY") or os.urandom(32).hex()
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
ROOT_URLCONF = "service.urls"
WSGI_APPLICATION = "service.wsgi.application"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Where the public keys of the shop's issuer are, and what its tokens must say.
ISSUER_URL = os.environ.get("ISSUER_URL", "http://127.0.0.1:3001")
AUDIENCE = "shop"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "orders",
]

# The last one names the user, so it stands behind those that find out who it is.
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "orders.tokens.BearerTokenMiddleware",
    "orders.named_user.NamedUserMiddleware",
]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": database.path.lstrip("/"),
        "USER": unquote(database.username or ""),
        "PASSWORD": unquote(database.password or ""),
        "HOST": database.hostname or "127.0.0.1",
        "PORT": database.port or 5432,
    }
}
