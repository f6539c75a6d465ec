"""Who may import whom, held to the letter: a file imports only what stands lower, Flask stays at the edge."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
KERNEL = (
    "campaigns",
    "settings",
    "clock",
    "crypto",
    "db",
    "errors",
    "keys",
    "language",
    "money",
    "shipped",
    "translations",
    "installation",
)
LEVELS: dict[str, int] = dict.fromkeys(KERNEL, 0)
LEVELS |= dict.fromkeys(("providers", "outbox", "audit"), 1)
LEVELS |= dict.fromkeys(("campaign", "site", "staff"), 2)
LEVELS |= {"ledger": 3}
LEVELS |= dict.fromkeys(("inbox", "widget", "sandbox"), 4)
LEVELS |= dict.fromkeys(("donate", "wordpress"), 5)  # the one opens checkouts on the accounts that the inbox keeps
LEVELS |= {"offline": 6}  # knows the transfers that were announced on the donation page
LEVELS |= {"schema": 7}  # knows every feature's tables, and so stands above them
WEB, EDGE, APP = 8, 9, 10
EDGE_FILES = ("views", "forms", "cli")
LEVELS |= {"web": WEB} | dict.fromkeys(("app", "cli", "commands", "__main__", "wsgi", "demo", "serving"), APP)
WEB_LIBRARIES = ("flask", "flask_wtf", "flask_login", "flask_limiter", "wtforms")


def breaches(path: str, source: str) -> list[str]:
    """What the file at `path` (from the checkout's root) imports or calls against the rule."""
    parts = Path(path).with_suffix("").parts
    tree = ast.parse(source)
    found = [f"{path}: {told}" for name in _imported(tree) if (told := _breach(parts, name))]
    if parts[1:] != ("clock",):
        found += [f"{path}:{line}: the time comes from campaigns.clock" for line in _clock_readings(tree)]
    return found


def _breach(importer: tuple[str, ...], name: str) -> str | None:
    target = tuple(name.split("."))
    own, own_level = _place(importer)
    if target[0] in WEB_LIBRARIES:
        return None if own_level >= WEB else f"{name} is for the edge only"
    if own == "providers" and (target[0] == "sqlalchemy" or target[:2] == ("campaigns", "db")):
        return f"{name}: providers know no database"
    if target[0] not in ("campaigns", "wsgi"):
        return None
    feature, level = _place(target)
    if "views" in target and own_level < APP and target[:3] != importer[:3]:  # a folder `views` is one module
        return f"{name}: only app imports views"
    if level < own_level or (feature == own and level == own_level) or own_level == APP:
        return None
    return f"{name} (level {level}) doesn't stand lower than {own} (level {own_level})"


def _place(parts: tuple[str, ...]) -> tuple[str, int]:
    """(feature, level) of a module; a feature's views, forms and cli stand at the edge."""
    feature = parts[1] if len(parts) > 1 and parts[1] != "__init__" else parts[0]
    assert feature in LEVELS, f"{'.'.join(parts)} has no level: give {feature!r} one in tests/test_imports.py"
    level = LEVELS[feature]
    if level < WEB and any(name in EDGE_FILES for name in parts[2:4]):
        level = EDGE
    return ("kernel" if feature in KERNEL else feature), level


def _imported(tree: ast.Module) -> Iterator[str]:
    """Every name imported anywhere in the file; `from campaigns import clock` counts as campaigns.clock."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            deeper = node.module == "campaigns" or _is_folder(node.module)
            yield from (f"{node.module}.{alias.name}" if deeper else node.module for alias in node.names)


def _is_folder(module: str) -> bool:
    return module.startswith("campaigns.") and CHECKOUT.joinpath(*module.split(".")).is_dir()


def _clock_readings(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ("now", "utcnow", "today"):
            whose = ast.unparse(node.value)
            if whose in ("datetime", "date", "datetime.datetime", "datetime.date"):
                yield node.lineno


def test_every_file_imports_only_what_stands_lower() -> None:
    files = [*sorted(CHECKOUT.glob("campaigns/**/*.py")), CHECKOUT / "wsgi.py"]
    assert len(files) > 40
    found = [told for file in files for told in breaches(str(file.relative_to(CHECKOUT)), file.read_text())]
    assert found == []


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("campaigns/ledger/posting.py", "from campaigns.inbox import models"),
        ("campaigns/campaign/lifecycle.py", "from campaigns.staff.models import Staff"),
        ("campaigns/ledger/posting.py", "from flask import g"),
        ("campaigns/providers/kofi.py", "from sqlalchemy import select"),
        ("campaigns/providers/kofi.py", "from campaigns.db import Base"),
        ("campaigns/staff/views.py", "from campaigns.campaign.views import blueprint"),
        ("campaigns/staff/views.py", "from campaigns.campaign import views"),
        ("campaigns/staff/accounts.py", "import campaigns.staff.views"),
        ("campaigns/staff/accounts.py", "from campaigns.web import session"),
        ("campaigns/web/auth.py", "from campaigns.staff.forms import Login"),
        ("campaigns/ledger/posting.py", "def late():\n    from campaigns.widget import snapshot"),
        ("campaigns/ledger/views/donations.py", "from campaigns.inbox.views import events"),
        ("campaigns/money.py", "from campaigns import audit"),
        ("campaigns/ledger/posting.py", "from datetime import datetime\nnow = datetime.now()"),
        ("campaigns/staff/views.py", "import datetime\nnow = datetime.datetime.now(datetime.UTC)"),
    ],
)
def test_the_rule_catches_a_planted_breach(path: str, line: str) -> None:
    assert len(breaches(path, line)) == 1


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("campaigns/inbox/processing.py", "from campaigns.ledger import posting"),
        ("campaigns/inbox/processing.py", "from campaigns.providers.contract import Reading"),
        ("campaigns/staff/views.py", "from flask import redirect\nfrom campaigns.web.session import session"),
        ("campaigns/staff/views.py", "from campaigns.staff.forms import Login"),
        ("campaigns/ledger/views/__init__.py", "from campaigns.ledger.views.donations import donations"),
        ("campaigns/ledger/rebuild.py", "from campaigns.ledger.models import PeriodTotal"),
        ("campaigns/db.py", "from campaigns.errors import Unavailable"),
        ("campaigns/demo.py", "from campaigns.app import create_app\nfrom campaigns.widget import snapshot"),
        ("wsgi.py", "from campaigns.serving import application"),
        ("campaigns/clock.py", "from datetime import UTC, datetime\nnow = datetime.now(UTC)"),
    ],
)
def test_the_rule_lets_through_what_stands_lower(path: str, line: str) -> None:
    assert breaches(path, line) == []


def test_a_folder_without_a_level_is_refused() -> None:
    with pytest.raises(AssertionError, match="has no level"):
        breaches("campaigns/newcomer/models.py", "import campaigns.db")
