"""Sites that staff make known, and what is kept of the place a reader came from."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from campaigns.errors import Invalid, NotFound
from campaigns.site import sites
from campaigns.site.sites import NOWHERE, Source
from tests.bed.desk import NOW

ARTICLE = "https://news.example/bread?utm=mail#top"


def make(session: Session, *origins: str, name: str = "News", full_path: bool = True) -> int:
    return sites.create(session, name=name, origins=origins, full_path=full_path, now=NOW).id


def test_the_article_of_a_site_that_reports_paths_is_kept_without_query_and_fragment(session: Session) -> None:
    site_id = make(session, "https://news.example")
    assert sites.attribute(session, ARTICLE) == Source(site_id, "https://news.example/bread")


def test_only_the_origin_is_kept_of_a_site_that_does_not(session: Session) -> None:
    site_id = make(session, "https://news.example", full_path=False)
    assert sites.attribute(session, ARTICLE) == Source(site_id, "https://news.example")


def test_only_the_origin_is_kept_of_a_site_nobody_made_known(session: Session) -> None:
    make(session, "https://news.example", "http://news.example:8080")
    for sent, kept in (
        ("https://other.example/private/letter", "https://other.example"),
        ("http://news.example/bread", "http://news.example"),
        ("https://news.example:8080/bread", "https://news.example:8080"),
        ("https://news.example.evil.example/bread", "https://news.example.evil.example"),
    ):
        assert sites.attribute(session, sent) == Source(None, kept)


@pytest.mark.parametrize("sent", [None, "", "javascript:alert(1)", "https://u:p@news.example/", "news.example/bread"])
def test_what_names_no_place_is_no_source(session: Session, sent: str | None) -> None:
    make(session, "https://news.example")
    assert sites.attribute(session, sent) == NOWHERE


def test_origins_are_kept_in_one_spelling_and_once(session: Session) -> None:
    site = sites.create(
        session,
        name="  The   News ",
        origins=["HTTPS://News.Example:443/", "https://news.example", "", "https://bücher.example"],
        full_path=True,
        now=NOW,
    )
    assert site.name == "The News"
    assert [one.origin for one in site.origins] == ["https://news.example", "https://xn--bcher-kva.example"]


@pytest.mark.parametrize(
    ("origins", "told"),
    [
        ([], "at least one origin"),
        (["  "], "at least one origin"),
        (["news.example"], "no origin"),
        (["ftp://news.example"], "no origin"),
        (["https://*.news.example"], "no origin"),
        (["https://news.example/bread"], "more than an origin"),
        (["https://news.example/?a"], "more than an origin"),
        (["https://news.example#a"], "more than an origin"),
        ([f"https://{number}.example.org" for number in range(51)], "at most 50"),
    ],
)
def test_what_is_no_origin_is_refused(session: Session, origins: list[str], told: str) -> None:
    with pytest.raises(Invalid, match=told) as caught:
        make(session, *origins)
    assert caught.value.field == "origins"
    assert sites.every(session) == []


@pytest.mark.parametrize("name", ["", "   ", "a" * 81, "a\u202eb", "a\x00b"])
def test_a_name_is_plain_and_short(session: Session, name: str) -> None:
    with pytest.raises(Invalid) as caught:
        make(session, "https://news.example", name=name)
    assert caught.value.field == "name"


def test_an_origin_belongs_to_one_site(session: Session) -> None:
    make(session, "https://news.example")
    with pytest.raises(Invalid, match="belongs to the site “News” already"):
        make(session, "https://more.example", "https://news.example:443", name="Thief")
    with pytest.raises(Invalid, match="there is a site “News” already"):
        make(session, "https://more.example")


def test_an_origin_given_to_two_sites_at_once_becomes_the_first_ones(session: Session) -> None:
    def check_nothing(_session: Session, origins: tuple[str, ...], _own: object) -> list[str]:
        return list(origins)  # as if the other site had come between the look and the writing

    make(session, "https://news.example")
    session.commit()
    session.expunge_all()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sites, "_origins", check_nothing)
        with pytest.raises(Invalid, match="just given to another site"):
            make(session, "https://news.example", name="Thief")
    session.commit()
    assert [site.name for site in sites.every(session)] == ["News"]


def test_changing_a_site_takes_and_gives_origins_and_says_what_changed(session: Session) -> None:
    site = sites.find(session, make(session, "https://a.example", "https://b.example"))
    assert (
        sites.change(session, site, name="News", origins=["https://a.example", "https://b.example"], full_path=True)
        == []
    )
    changed = sites.change(
        session, site, name="Herald", origins=["https://b.example", "https://c.example"], full_path=False
    )
    assert changed == ["name", "origins", "full_path"]
    session.commit()
    session.expire_all()
    found = sites.named(session, "Herald")
    assert [one.origin for one in found.origins] == ["https://b.example", "https://c.example"]
    assert sites.attribute(session, "https://a.example/x") == Source(None, "https://a.example")
    assert sites.attribute(session, "https://c.example/x") == Source(site.id, "https://c.example")
    make(session, "https://a.example", name="Another")


def test_a_change_that_is_refused_changes_nothing(session: Session) -> None:
    make(session, "https://a.example", name="One")
    site = sites.find(session, make(session, "https://b.example", name="Two"))
    session.commit()
    for origins, name in ((["https://a.example"], "Two"), (["https://b.example"], "One"), ([], "Two")):
        with pytest.raises(Invalid):
            sites.change(session, site, name=name, origins=origins, full_path=False)
        session.rollback()
    found = sites.find(session, site.id)
    assert (found.name, found.full_path, [one.origin for one in found.origins]) == ("Two", True, ["https://b.example"])


def test_a_site_that_is_not_there_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound):
        sites.find(session, 7)
    with pytest.raises(NotFound):
        sites.named(session, "Nobody")
