"""`tidemark site create | list | show`."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from click.testing import Result
from sqlalchemy import select

from campaigns.audit import AuditEntry
from campaigns.db import Database
from campaigns.site import sites
from campaigns.site.sites import Source
from tests.bed.desk import Desk

Tidemark = Callable[..., Result]

pytestmark = pytest.mark.usefixtures("traveller")


def make(tidemark: Tidemark, *more: str) -> Result:
    return tidemark("site", "create", "--name", "News", "--origin", "https://News.example/", *more)


def test_a_site_that_is_made_is_told_and_written_down(tidemark: Tidemark, desk: Desk) -> None:
    done = make(tidemark, "--origin", "http://localhost:5000", "--full-path")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == "News: http://localhost:5000, https://news.example (articles told apart)\n"
    with desk.database.reading() as session:
        (act,) = session.scalars(select(AuditEntry).filter_by(thing="site"))
        assert (act.action, act.staff_id, act.thing_id) == ("create", None, sites.named(session, "News").id)
        assert sites.attribute(session, "https://news.example/a?b").source == "https://news.example/a"


def test_without_full_path_only_the_origin_is_kept(tidemark: Tidemark, database: Database) -> None:
    assert make(tidemark).stdout == "News: https://news.example (origin only)\n"
    with database.reading() as session:
        site_id = sites.named(session, "News").id
        assert sites.attribute(session, "https://news.example/a?b") == Source(site_id, "https://news.example")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--name", "News", "--origin", "news.example"), "no origin"),
        (("--name", "News", "--origin", "https://news.example/a"), "more than an origin"),
        (("--name", " ", "--origin", "https://news.example"), "give the site a name"),
    ],
)
def test_wrong_use_says_what_is_wrong_and_makes_nothing(
    tidemark: Tidemark, database: Database, arguments: tuple[str, ...], told: str
) -> None:
    done = tidemark("site", "create", *arguments)
    assert done.exit_code == 2
    assert told in done.stderr
    with database.reading() as session:
        assert sites.every(session) == []


def test_the_name_and_an_origin_have_to_be_given(tidemark: Tidemark, database: Database) -> None:
    assert tidemark("site", "create", "--name", "News").exit_code == 2
    assert tidemark("site", "create", "--origin", "https://news.example").exit_code == 2


def test_sites_are_listed_and_shown(tidemark: Tidemark, database: Database) -> None:
    make(tidemark, "--full-path")
    tidemark("site", "create", "--name", "Blog", "--origin", "https://blog.example")
    assert tidemark("site", "list").stdout.splitlines() == [
        "Blog: https://blog.example (origin only)",
        "News: https://news.example (articles told apart)",
    ]
    facts = {
        "name": "News",
        "origins": ["https://news.example"],
        "full_path": True,
        "created_at": "2026-11-22T19:00:00Z",
    }
    assert json.loads(tidemark("site", "list", "--json").stdout)[1] == facts
    assert json.loads(tidemark("site", "show", "News", "--json").stdout) == facts
    assert "origins: https://news.example\n" in tidemark("site", "show", "News").stdout


def test_a_site_that_is_not_there_cannot_be_shown(tidemark: Tidemark, database: Database) -> None:
    done = tidemark("site", "show", "Nobody")
    assert (done.exit_code, done.stderr) == (2, "tidemark: there is no site “Nobody”\n")
