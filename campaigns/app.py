"""create_app(): settings → database → session → auth → blueprints → headers → error pages."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil

from flask import Blueprint, Flask
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

import campaigns
from campaigns import language
from campaigns.crypto import derive
from campaigns.db import Database, open_database
from campaigns.settings import Settings
from campaigns.shipped import shipped
from campaigns.web import auth, errors, filters, headers, limits
from campaigns.web import session as web_session

BODY_BYTES_MAX = 1024 * 1024
FORM_PARTS_MAX = 1000


def create_app(settings: Settings, database: Database | None = None) -> Flask:
    """The WSGI application for `settings`. `database` is opened from them unless one is given."""
    app = Flask(__name__, template_folder=str(shipped("templates")), static_folder="static")
    app.config.update(
        SECRET_KEY=derive(settings.secret_key, "flask").hex(),
        MAX_CONTENT_LENGTH=BODY_BYTES_MAX,
        MAX_FORM_PARTS=FORM_PARTS_MAX,
        SESSION_COOKIE_NAME="tidemark",
        SESSION_COOKIE_PATH="/console",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.public_url.startswith("https://"),
        WTF_CSRF_CHECK_DEFAULT=False,  # web/auth checks it on /console, where there is a session to forge
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,  # PUBLIC_URL is known; the Host header is not to be believed
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.add_extension("jinja2.ext.i18n")
    language.install(app.jinja_env)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    if settings.trusted_proxies:
        proxies = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]
    web_session.install(app, settings, database or open_database(settings.database_url))
    CSRFProtect(app)
    limits.install(app, settings)
    auth.install(app)
    filters.install(app)
    for blueprint in _blueprints(settings.mode):
        app.register_blueprint(blueprint)
    headers.install(app)
    errors.install(app)
    return app


def _blueprints(mode: str) -> list[Blueprint]:
    """Every feature's `views.blueprints`, in the modes that its `views.MODES` names (all, where it names none)."""
    found: list[Blueprint] = []
    for feature in pkgutil.iter_modules(campaigns.__path__):
        name = f"campaigns.{feature.name}.views"
        if not feature.ispkg or importlib.util.find_spec(name) is None:
            continue
        module = importlib.import_module(name)
        if mode in getattr(module, "MODES", (mode,)):
            found.extend(getattr(module, "blueprints", None) or (module.blueprint,))
    return found
