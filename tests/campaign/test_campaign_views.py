"""Campaigns in the console: made, changed and ended by people with forms, who lose nothing they typed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from campaigns.audit import AuditEntry
from campaigns.campaign import lifecycle
from campaigns.campaign.forms import proposed_slug
from campaigns.campaign.models import Campaign
from campaigns.db import Database
from campaigns.settings import Settings
from tests.bed import stripe_events as stripe
from tests.bed.cast import Cast, post
from tests.bed.desk import NOW, Desk

HOME = "/console/campaigns"
WRITTEN: dict[str, Any] = {
    "title": "Keep the newsroom running",
    "slug": "newsroom",
    "story": "The **Herald** belongs to its readers.",
    "currency": "USD",
    "language": "en",
    "accent": "#b3261e",
    "goal": "5000",
    "goal_label": "Two reporters",
    "milestones-0-amount": "2500",
    "milestones-0-label": "Servers paid",
    "repeat": "monthly",
    "first_day": "1",
    "timezone": "Europe/Berlin",
    "starts_at": "",
    "ends_at": "",
    "ways-0-label": "PayPal",
    "ways-0-url": "https://paypal.example/herald",
}


@pytest.fixture(autouse=True)
def moment() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW + timedelta(minutes=1), tick=False) as time:
        yield time


@pytest.fixture
def cast(app: Flask, database: Database) -> Cast:
    return Cast(app, database)


@pytest.fixture
def editor(cast: Cast) -> FlaskClient:
    return cast.client("editor")


@pytest.fixture
def desk(database: Database, settings: Settings) -> Desk:
    return Desk(database, settings)


def written(**changes: Any) -> dict[str, Any]:
    return {**WRITTEN, **{name.replace("__", "-"): value for name, value in changes.items()}}


def stored(database: Database, slug: str = "newsroom") -> Campaign:
    with database.reading() as session:
        campaign, _ = lifecycle.find(session, slug)
        session.refresh(campaign, ["milestones", "schedules", "ways"])
        return campaign


def give(desk: Desk, amount: int) -> None:
    """A gift through Stripe, now."""
    desk.endpoint()
    created = int(desk.now.timestamp())
    charge = stripe.charge("ch_1", amount, created=created, campaign="newsroom")
    desk.send(stripe.event("charge.succeeded", charge, created=created))


def text_of(response: Any) -> str:
    return unescape(re.sub(r"\s+", " ", response.get_data(as_text=True)))


def words_of(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", text_of(response)))


def acts(database: Database) -> list[tuple[str, dict[str, Any]]]:
    with database.reading() as session:
        found = session.scalars(select(AuditEntry).where(AuditEntry.thing == "campaign").order_by(AuditEntry.id))
        return [(act.action, json.loads(act.detail)) for act in found]


def test_an_empty_console_says_what_to_do_first(editor: FlaskClient) -> None:
    page = text_of(editor.get(HOME))
    assert "No campaign yet" in page
    assert "/console/campaigns/create" in page


def test_a_campaign_is_made_as_a_draft_with_all_that_was_typed(editor: FlaskClient, database: Database) -> None:
    answer = post(editor, f"{HOME}/create", written())
    assert (answer.status_code, answer.location) == (303, f"{HOME}/newsroom")
    made = stored(database)
    assert (made.status, made.title, made.accent, made.goal_minor) == ("draft", WRITTEN["title"], "#b3261e", 500_000)
    assert [(m.amount_minor, m.label) for m in made.milestones] == [
        (250_000, "Servers paid"),
        (500_000, "Two reporters"),
    ]
    assert [(way.label, way.url) for way in made.ways] == [("PayPal", "https://paypal.example/herald")]
    assert (made.schedules[0].repeat, made.schedules[0].timezone) == ("monthly", "Europe/Berlin")
    assert [action for action, _ in acts(database)] == ["create"]
    page = text_of(editor.get(answer.location))
    assert "Here is your draft" in page
    assert "Publish" in page


@pytest.mark.parametrize(
    ("repeat", "typed", "kept"),
    [
        ("none", {"first_day": "9", "first_month": "3", "first_weekday": "4"}, (1, 1)),
        ("weekly", {"first_weekday": "3", "first_day": "31"}, (1, 3)),
        ("monthly", {"first_day": "15", "first_month": "7"}, (1, 15)),
        ("quarterly", {"first_day": "2", "first_month": "2"}, (2, 2)),
        ("yearly", {"first_day": "1", "first_month": "7"}, (7, 1)),
    ],
)
def test_only_the_first_day_that_its_repeat_has_is_taken(
    editor: FlaskClient, database: Database, repeat: str, typed: dict[str, str], kept: tuple[int, int]
) -> None:
    post(editor, f"{HOME}/create", written(repeat=repeat, **typed))
    rule = stored(database).schedules[0]
    assert (rule.repeat, (rule.first_month, rule.first_day)) == (repeat, kept)


def test_start_and_end_are_read_on_the_campaigns_clock(editor: FlaskClient, database: Database) -> None:
    dates = {"starts_at": "2027-03-28T02:30", "ends_at": "2027-06-01T00:00"}
    assert post(editor, f"{HOME}/create", written(repeat="none", **dates)).status_code == 303
    made = stored(database)
    assert made.starts_at == datetime(2027, 3, 28, 1, 30, tzinfo=UTC), "an hour the clock skips is the hour after it"
    assert made.ends_at == datetime(2027, 5, 31, 22, 0, tzinfo=UTC)
    assert 'value="2027-06-01T00:00"' in editor.get(f"{HOME}/newsroom/edit").get_data(as_text=True)


@pytest.mark.parametrize(
    ("changes", "field", "told"),
    [
        ({"title": ""}, "title", "Give the campaign a title."),
        ({"title": "x" * 300}, "title", "300 characters long; 200 fit."),
        ({"slug": "News Room"}, "slug", "is no address: use 1 to 64 of a–z, 0–9 and -."),
        ({"goal": ""}, "goal", "Say how much the campaign is to raise."),
        ({"goal": "5,000"}, "goal", "“5,000” is no amount; write it with digits and a point, such as 2500 or 12.50."),
        ({"goal": "12.345"}, "goal", "USD has 2 decimals; “12.345” has more."),
        ({"goal": "0"}, "goal", "A goal is more than nothing."),
        ({"goal": "１００"}, "goal", "is no amount"),
        ({"goal": "1e3"}, "goal", "is no amount"),
        ({"currency": "XYZ"}, "currency", "Not a valid choice"),
        ({"language": "xx"}, "language", "Not a valid choice"),
        ({"accent": "red;}</style>"}, "accent", "is no colour; write it as #rrggbb"),
        ({"timezone": "Europe/Berln"}, "timezone", "did you mean Europe/Berlin?"),
        ({"timezone": ""}, "timezone", "Choose the time zone in which days begin."),
        ({"starts_at": "tomorrow"}, "starts_at", "Write a date and an hour"),
        (
            {"starts_at": "2027-01-02T00:00", "ends_at": "2027-01-01T00:00"},
            "ends_at",
            "A campaign must end after it starts.",
        ),
        ({"ends_at": "9999-01-01T00:00"}, "ends_at", "between 1970 and 2200"),
        ({"milestones__0__amount": ""}, "milestones-0-amount", "Write the amount of this milestone, or remove it."),
        ({"milestones__0__amount": "0"}, "milestones-0-amount", "A milestone must be above 0"),
        ({"milestones__0__amount": "5000"}, "milestones-0-amount", "A milestone lies below the goal of $5,000"),
        ({"milestones__0__label": ""}, "milestones-0-label", "label of a milestone is empty"),
        (
            {"milestones__1__amount": "2500.00", "milestones__1__label": "Twice"},
            "milestones-1-amount",
            "There is a milestone with this amount already.",
        ),
        ({"ways__0__label": ""}, "ways-0-label", "Give the link a name, such as PayPal."),
        ({"ways__0__url": ""}, "ways-0-url", "Write the address it leads to"),
        ({"ways__0__url": "javascript:alert(1)"}, "ways-0-url", "must begin with https:// or http://"),
        ({"repeat": "hourly"}, "repeat", "Not a valid choice"),
        ({"first_day": "32"}, "first_day", "Not a valid choice"),
    ],
)
def test_a_wrong_value_is_told_beside_its_field_and_nothing_typed_is_lost(
    editor: FlaskClient, database: Database, changes: dict[str, str], field: str, told: str
) -> None:
    answer = post(editor, f"{HOME}/create", written(**changes))
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    error = re.search(rf'id="{field}-error">([^<]*)<', page)
    assert error is not None, "no error beside the field"
    assert told in unescape(error[1])
    assert f'href="#{field}"' in page
    for value in written(**changes).values():
        if value not in ("XYZ", "xx", "hourly", "32"):  # what a list does not offer cannot be chosen in it
            assert value in unescape(page)
    with database.reading() as session:
        assert lifecycle.list_campaigns(session) == []


def test_a_taken_name_is_told_beside_the_name(editor: FlaskClient, database: Database) -> None:
    post(editor, f"{HOME}/create", written())
    answer = post(editor, f"{HOME}/create", written(title="Another"))
    assert answer.status_code == 422
    assert "The address “newsroom” is taken." in text_of(answer)
    assert "Another" in text_of(answer)


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Keep the Newsroom running!", "keep-the-newsroom-running"),
        ("Büro für Öffentlichkeit", "buro-fur-offentlichkeit"),
        ("x" * 100, "x" * 64),
        ("  --  ", "campaign-"),
        ("新聞", "campaign-"),
    ],
)
def test_a_name_is_proposed_from_the_title(title: str, slug: str) -> None:
    assert proposed_slug(title).startswith(slug)
    assert re.fullmatch(r"[a-z0-9-]{1,64}", proposed_slug(title))


def test_rows_are_added_and_removed_without_scripts_and_without_saving(editor: FlaskClient, database: Database) -> None:
    added = post(editor, f"{HOME}/create", written(add_milestone="1"))
    assert added.status_code == 200
    assert 'name="milestones-1-amount"' in added.get_data(as_text=True)
    assert "another look" not in added.get_data(as_text=True)
    two = written(milestones__1__amount="3000", milestones__1__label="Vans")
    removed = post(editor, f"{HOME}/create", {**two, "remove_milestone-0": "1"}).get_data(as_text=True)
    assert 'value="3000"' in removed
    assert 'value="2500"' not in removed
    assert 'name="milestones-0-amount"' in removed.split("<template>")[0]
    assert "https://paypal.example/herald" not in post(
        editor, f"{HOME}/create", {**written(), "remove_way-0": "1"}
    ).get_data(as_text=True)
    with database.reading() as session:
        assert lifecycle.list_campaigns(session) == []


@pytest.mark.parametrize(
    "odd", ["remove_milestone-9", "remove_milestone--1", "remove_milestone-²", "remove_way-" + "9" * 5000, "add_other"]
)
def test_a_made_up_button_or_row_breaks_nothing(editor: FlaskClient, odd: str) -> None:
    names = {"milestones-²-amount": "1", "milestones-" + "9" * 5000 + "-amount": "1", "milestones--amount": "1"}
    assert post(editor, f"{HOME}/create", {**written(title=""), **names, odd: "1"}).status_code in (200, 422)


def test_a_thousand_rows_are_cut_at_what_fits(editor: FlaskClient) -> None:
    rows = {f"milestones-{n}-amount": str(n + 1) for n in range(400)}
    page = post(editor, f"{HOME}/create", {**written(), **rows, "preview": "1"}).get_data(as_text=True)
    assert len(re.findall(r'name="milestones-\d+-amount"', page.split("<template>")[0])) <= 50


def test_the_preview_is_drawn_from_what_is_typed_and_keeps_nothing(editor: FlaskClient, database: Database) -> None:
    drawn = post(editor, f"{HOME}/preview", written(title="While typing", goal="7000"))
    page = text_of(drawn)
    assert drawn.status_code == 200
    assert "While typing" in page
    assert "$7,000" in page
    assert 'role="progressbar"' in page
    assert "Servers paid" in page
    with database.reading() as session:
        assert lifecycle.list_campaigns(session) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "", "goal": "", "currency": "", "timezone": "", "language": ""},
        {"goal": "5,0", "timezone": "Nowhere", "currency": "XXX", "language": "tlh"},
        {"starts_at": "2027-01-02T00:00", "ends_at": "2027-01-01T00:00"},
        {"starts_at": "x", "first_day": "77", "repeat": "x"},
        {"accent": "red", "ways-0-url": "javascript:alert(1)"},
        {"language": "ar"},
        {"currency": "JPY"},
        {"currency": "KWD", "goal": "12.505"},
    ],
)
def test_the_preview_makes_do_with_whatever_is_there(editor: FlaskClient, changes: dict[str, str]) -> None:
    drawn = post(editor, f"{HOME}/preview", {**written(), **changes})
    assert drawn.status_code == 200
    assert "progressbar" in text_of(drawn)
    assert "javascript:" not in text_of(drawn)
    assert post(editor, f"{HOME}/preview", {}).status_code == 200


def test_the_preview_of_a_campaign_shows_its_own_money(editor: FlaskClient, desk: Desk) -> None:
    desk.campaign()
    give(desk, 235_500)
    drawn = post(editor, f"{HOME}/preview?of=newsroom", written(title="Other words"))
    assert "$2,355" in text_of(drawn)
    assert "Other words" in text_of(drawn)


def test_hostile_text_stays_text(editor: FlaskClient, database: Database) -> None:
    polyglot = "\"'><img src=x onerror=alert(1)>{{7*7}}</script>"
    post(
        editor, f"{HOME}/create", written(title=polyglot, goal_label=polyglot, ways__0__label=polyglot, story=polyglot)
    )
    for page in (HOME, f"{HOME}/newsroom", f"{HOME}/newsroom/edit"):
        markup = editor.get(page).get_data(as_text=True)
        assert "<img src=x" not in markup
        assert ">49<" not in markup
        assert "onerror=alert(1)" in unescape(markup)


def test_an_edit_saves_what_changed_and_writes_down_what_it_was(editor: FlaskClient, database: Database) -> None:
    post(editor, f"{HOME}/create", written())
    answer = post(editor, f"{HOME}/newsroom/edit", written(title="New words", goal="6000"))
    assert answer.status_code == 303
    changed = stored(database)
    assert (changed.title, changed.goal_minor) == ("New words", 600_000)
    assert acts(database)[-1][0] == "edit"
    assert sorted(acts(database)[-1][1]["changed"]) == ["goal", "title"]
    assert "Changed it: title, goal" in text_of(editor.get(f"{HOME}/newsroom"))


def test_saving_without_a_change_writes_nothing_down(editor: FlaskClient, database: Database) -> None:
    post(editor, f"{HOME}/create", written())
    answer = post(editor, f"{HOME}/newsroom/edit", written(), follow_redirects=True)
    assert "Nothing was different" in text_of(answer)
    assert [action for action, _ in acts(database)] == ["create"]


def test_a_published_campaign_keeps_its_name_and_currency(editor: FlaskClient, desk: Desk, database: Database) -> None:
    desk.campaign()
    answer = post(editor, f"{HOME}/newsroom/edit", written(slug="other", title="Typed with care"))
    assert answer.status_code == 409
    assert "fixed since publication" in text_of(answer)
    assert "Typed with care" in text_of(answer)
    assert post(editor, f"{HOME}/newsroom/edit", written(currency="EUR")).status_code == 409
    assert stored(database).currency == "USD"


def test_a_milestone_added_below_the_total_is_reached_at_once(
    editor: FlaskClient, desk: Desk, database: Database
) -> None:
    desk.campaign()
    give(desk, 100_000)
    rows = {"milestones-1-amount": "500", "milestones-1-label": "First week"}
    assert post(editor, f"{HOME}/newsroom/edit", {**written(slug="newsroom"), **rows}).status_code == 303
    assert "First week reached" in words_of(editor.get(f"{HOME}/newsroom"))


def test_an_ended_campaign_still_changes_its_words(editor: FlaskClient, desk: Desk, database: Database) -> None:
    desk.campaign()
    post(editor, f"{HOME}/newsroom/end")
    page = text_of(editor.get(f"{HOME}/newsroom/edit"))
    assert 'name="goal"' not in page
    words = {name: WRITTEN[name] for name in ("title", "story", "language", "accent")}
    assert post(editor, f"{HOME}/newsroom/edit", {**words, "goal": "1", "currency": "EUR"}).status_code == 303
    changed = stored(database)
    assert (changed.title, changed.goal_minor, changed.currency) == (WRITTEN["title"], 500_000, "USD")


def test_a_campaign_goes_its_way_from_draft_to_archive(editor: FlaskClient, database: Database) -> None:
    post(editor, f"{HOME}/create", written())
    way = [("publish", "live"), ("pause", "paused"), ("resume", "live"), ("end", "ended"), ("archive", "archived")]
    for act, status in way:
        assert f"/newsroom/{act}" in text_of(editor.get(f"{HOME}/newsroom")), act
        answer = post(editor, f"{HOME}/newsroom/{act}")
        assert (answer.status_code, answer.location) == (303, f"{HOME}/newsroom")
        assert stored(database).status == status
    assert [action for action, _ in acts(database)] == ["create", *(act for act, _ in way)]


def test_an_act_that_is_not_possible_is_refused_with_what_is(editor: FlaskClient, database: Database) -> None:
    post(editor, f"{HOME}/create", written())
    page = post(editor, f"{HOME}/newsroom/resume", follow_redirects=True)
    assert "The campaign is draft and cannot be resumed; it can be published." in text_of(page)
    assert [action for action, _ in acts(database)] == ["create"]


def test_the_list_shows_how_each_campaign_stands(editor: FlaskClient, desk: Desk) -> None:
    desk.campaign()
    desk.campaign("election", repeat="none", ends_at=NOW + timedelta(days=9, hours=1))
    page = words_of(editor.get(HOME))
    assert "Running 2" in page
    assert "$0 of $5,000" in page
    assert "9 days left" in page


def test_a_campaign_page_has_numbers_donations_and_the_code_to_paste(editor: FlaskClient, desk: Desk) -> None:
    desk.campaign()
    give(desk, 235_500)
    page = text_of(editor.get(f"{HOME}/newsroom"))
    assert "$2,355" in page
    assert "Stripe" in page
    assert '<tidemark-progress campaign="newsroom">' in page
    assert "http://tidemark.test/c/newsroom" in page


def test_past_periods_stay_to_be_seen(cast: Cast, desk: Desk, moment: time_machine.Traveller) -> None:
    desk.campaign()
    give(desk, 12_300)
    moment.shift(timedelta(days=20))
    page = text_of(cast.client("viewer").get(f"{HOME}/newsroom"))
    assert "Past periods" in page
    assert "$123" in page


def test_an_unknown_campaign_is_a_page_that_says_so(editor: FlaskClient) -> None:
    answer = editor.get(f"{HOME}/nothing-here")
    assert answer.status_code == 404
    assert "There is no campaign “nothing-here”." in text_of(answer)
    assert editor.get(f"{HOME}/%00").status_code == 404


def test_money_that_named_a_campaign_before_it_existed_comes_home_when_it_is_made(
    editor: FlaskClient, desk: Desk
) -> None:
    desk.endpoint()
    created = int(NOW.timestamp()) - 60
    body = stripe.charge("ch_early", 1_000, created=created, campaign="roof")
    assert desk.send(stripe.event("charge.succeeded", body, created=created)) == "unassigned"
    assert post(editor, "/console/campaigns/create", data=written(title="Roof", slug="roof")).status_code == 303
    assert desk.raised("roof") == 1_000
    assert desk.check().findings == ()
