"""Sites and their report in the console."""

from __future__ import annotations

import re
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from campaigns.audit import AuditEntry
from campaigns.db import Database
from campaigns.site import sites
from tests.bed.cast import Cast, post
from tests.bed.desk import Desk
from tests.bed.looking import page_of
from tests.site.newsroom import BREAD, NEWS, Newsroom

pytestmark = pytest.mark.usefixtures("traveller")
REPORT = "/console/sites/articles"


@pytest.fixture
def editor(cast: Cast) -> FlaskClient:
    return cast.client("editor")


def text_of(client: FlaskClient, url: str) -> str:
    """What the page says, as one line."""
    main = page_of(client, url).split("<main", 1)[1].split("</main>", 1)[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def known(database: Database) -> list[tuple[str, list[str], bool]]:
    with database.reading() as session:
        return [(one.name, [each.origin for each in one.origins], one.full_path) for one in sites.every(session)]


TYPED = {"name": "The Herald", "origins": "https://Herald.example/\r\n\r\nhttps://www.herald.example", "full_path": "y"}


def test_an_editor_makes_a_site_known(editor: FlaskClient, desk: Desk) -> None:
    assert "Make the first one known" in text_of(editor, "/console/sites")
    done = post(editor, "/console/sites/create", TYPED)
    assert (done.status_code, done.location) == (303, "/console/sites")
    assert known(desk.database) == [("The Herald", ["https://herald.example", "https://www.herald.example"], True)]
    shown = text_of(editor, "/console/sites")
    assert "The Herald is known." in shown
    assert "https://www.herald.example" in shown
    with desk.database.reading() as session:
        assert [act.action for act in session.scalars(select(AuditEntry).filter_by(thing="site"))] == ["create"]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"name": ""}, "Give the site a name."),
        ({"origins": " \n "}, "Name at least one origin."),
        ({"origins": "herald.example"}, "“herald.example” is no origin"),
        ({"origins": "https://herald.example/<b>"}, "is more than an origin"),
        ({"origins": f"{NEWS}\nhttps://x.example"}, "belongs to the site “News” already"),
        ({"name": "News"}, "There is a site “News” already."),
        ({"name": "a" * 81}, "80"),
    ],
)
def test_what_cannot_be_is_told_at_its_field_and_keeps_what_was_typed(
    editor: FlaskClient, newsroom: Newsroom, typed: dict[str, str], told: str
) -> None:
    answer = post(editor, "/console/sites/create", {**TYPED, **typed})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert told in page.replace("&#34;", '"')
    assert 'aria-invalid="true"' in page
    assert "checked" in page
    assert "<b>" not in page
    assert len(known(newsroom.desk.database)) == 1


def test_a_site_is_changed_and_the_change_written_down(editor: FlaskClient, newsroom: Newsroom) -> None:
    form = page_of(editor, "/console/sites/1/edit")
    assert f">\r\n{NEWS}<" in form or f">\n{NEWS}<" in form or f">{NEWS}<" in form
    assert "checked" in form
    done = post(editor, "/console/sites/1/edit", {"name": "Herald", "origins": f"{NEWS}\nhttps://more.example"})
    assert done.status_code == 303
    assert known(newsroom.desk.database) == [("Herald", ["https://more.example", NEWS], False)]
    assert "Changed it: name, origins, full path" in text_of(editor, "/console/sites/1/edit")
    again = post(editor, "/console/sites/1/edit", {"name": "Herald", "origins": f"{NEWS}\nhttps://more.example"})
    assert again.status_code == 303
    assert "Nothing was changed." in text_of(editor, "/console/sites")


def test_a_refused_change_shows_the_site_as_it_is(editor: FlaskClient, newsroom: Newsroom) -> None:
    answer = post(editor, "/console/sites/1/edit", {"name": "Herald", "origins": "nonsense"})
    assert answer.status_code == 422
    assert "Change News" in answer.get_data(as_text=True)
    assert known(newsroom.desk.database) == [("News", [NEWS], True)]


@pytest.mark.parametrize("site_id", ["7", "x", "0", "-1", "9" * 18, "9" * 40])
def test_a_site_that_is_not_there_is_not_found(editor: FlaskClient, newsroom: Newsroom, site_id: str) -> None:
    assert editor.get(f"/console/sites/{site_id}/edit").status_code == 404


def test_a_viewer_is_offered_nothing_to_change(cast: Cast, newsroom: Newsroom) -> None:
    viewer = cast.client("viewer")
    page = page_of(viewer, "/console/sites")
    assert "/console/sites/create" not in page
    assert "/edit" not in page


# -- the report --------------------------------------------------------------------------------------------------------


def test_the_report_says_what_an_article_raised_and_from_how_many(editor: FlaskClient, newsroom: Newsroom) -> None:
    newsroom.give(BREAD, 100_000, email="ada@example.org")
    newsroom.give(BREAD, 24_000, email="bob@example.org")
    newsroom.give(None, 1_050)
    newsroom.note(BREAD, date(2026, 11, 22), impressions=12_340, opens=41, checkouts=5)
    shown = text_of(editor, REPORT)
    assert "news.example/bread raised $1,240 from 2 readers." in shown
    assert "news.example/bread News ≈ 12,340 41 5 2 2 $1,240" in shown
    assert "No article told 0 0 0 1 1 $10.50" in shown
    assert "All together ≈ 12,340 41 5 3 2 $1,250.50" in shown
    detail = text_of(editor, f"{REPORT}/one?source={BREAD}&campaign=newsroom&span=all")
    assert "This article raised $1,240 from 2 readers." in detail
    assert "22 Nov 2026 ≈ 12,340 41 5 2 $1,240" in detail


def test_the_only_campaign_is_shown_in_its_present_period(editor: FlaskClient, newsroom: Newsroom) -> None:
    newsroom.give(BREAD, 2_000)
    page = page_of(editor, REPORT)
    assert '<option value="newsroom" selected>' in page
    assert '<option selected value="period">' in page
    assert "$20" in page


def test_other_days_and_campaigns_can_be_chosen(editor: FlaskClient, newsroom: Newsroom) -> None:
    newsroom.desk.campaign("books", currency="EUR")
    newsroom.give(BREAD, 2_000, ago=8 * 86_400)
    newsroom.give(BREAD, 300)
    for query, raised in (
        ("campaign=newsroom", "$23"),
        ("campaign=newsroom&span=7", "$3"),
        ("campaign=newsroom&span=30", "$23"),
        ("campaign=all&span=7", "$3"),
        ("campaign=all&span=all", "$23"),
        ("", "$23"),
        ("campaign=nobody&span=nonsense", "$23"),
        ("campaign=newsroom&since=2026-11-01&until=2026-11-20", "$20"),
        ("campaign=newsroom&since=2026-11-15", "$3"),
        ("campaign=newsroom&since=0001-01-01&until=9999-12-31", "$23"),
        ("campaign=newsroom&since=yesterday", "$23"),
    ):
        assert f"raised {raised} from 1 reader." in text_of(editor, f"{REPORT}?{query}"), query
    assert "Nothing came of any article yet" in text_of(editor, f"{REPORT}?campaign=books")


def test_one_site_can_be_chosen(editor: FlaskClient, newsroom: Newsroom) -> None:
    newsroom.give(BREAD, 2_000)
    newsroom.give("https://blog.example", 9_000)
    shown = text_of(editor, f"{REPORT}?site=1")
    assert "news.example/bread raised $20 from 1 reader." in shown
    assert "blog.example" not in shown
    assert "site=1" in page_of(editor, f"{REPORT}?site=1")
    for site in ("", "7", "nonsense"):
        assert "blog.example raised $90" in text_of(editor, f"{REPORT}?site={site}")


def test_the_days_that_were_chosen_lead_on_to_the_article(editor: FlaskClient, newsroom: Newsroom) -> None:
    newsroom.give(BREAD, 2_000, ago=8 * 86_400)
    page = page_of(editor, f"{REPORT}?campaign=newsroom&since=2026-11-01&until=2026-11-20")
    link = re.search(r'href="(/console/sites/articles/one[^"]+)"', page)
    assert link is not None
    assert "This article raised $20 from 1 reader." in text_of(editor, link[1].replace("&amp;", "&"))


@pytest.mark.parametrize("source", ["", "nonsense", "javascript:alert(1)", "other", "https://a.example/" + "a" * 800])
def test_what_is_no_article_is_not_found(editor: FlaskClient, newsroom: Newsroom, source: str) -> None:
    assert editor.get(f"{REPORT}/one", query_string={"source": source}).status_code == 404


def test_an_article_of_which_nothing_came_says_so(editor: FlaskClient, newsroom: Newsroom) -> None:
    assert "Nothing came of it in these days" in text_of(editor, f"{REPORT}/one?source={NEWS}/never")


def test_an_empty_installation_has_an_empty_report(cast: Cast, editor: FlaskClient, desk: Desk) -> None:
    assert "Nothing came of any article yet" in text_of(editor, REPORT)


def framed_by(client: FlaskClient) -> str:
    policy = client.get("/embed/newsroom").headers["Content-Security-Policy"]
    return next(part.strip() for part in policy.split(";") if "frame-ancestors" in part)


def test_every_page_frames_a_bar_until_staff_leave_that_to_their_sites(editor, desk, client) -> None:
    assert framed_by(client) == "frame-ancestors *"
    post(editor, "/console/sites/create", TYPED)
    before = client.get("/embed/newsroom").headers["ETag"]
    assert "Who may frame a bar Every page." in text_of(editor, "/console/sites")
    done = post(editor, "/console/sites/framing", {"who": "sites"})
    assert (done.status_code, done.location) == (303, "/console/sites")
    assert framed_by(client) == "frame-ancestors 'self' https://herald.example https://www.herald.example"
    assert client.get("/embed/newsroom", headers={"If-None-Match": before}).status_code == 200
    assert "Only the sites above." in text_of(editor, "/console/sites")
    with desk.database.reading() as session:
        assert session.scalars(select(AuditEntry).filter_by(action="framing")).one().thing == "installation"
    post(editor, "/console/sites/framing", {"who": "everybody"})
    assert framed_by(client) == "frame-ancestors *"


def test_what_has_not_changed_does_not_replace_the_policy_that_is_kept(desk, client) -> None:
    first = client.get("/embed/newsroom")
    again = client.get("/embed/newsroom", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert "Content-Security-Policy" not in again.headers
