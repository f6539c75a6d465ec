"""`tidemark campaign`: what it prints and keeps, and the one line it says when something is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from click.testing import Result
from sqlalchemy import select

from campaigns.audit import AuditEntry
from campaigns.campaign import lifecycle
from campaigns.campaign.models import Campaign
from campaigns.campaign.scheduling import newest_rule
from campaigns.db import Database
from tests.campaign.calendars import at

Tidemark = Callable[..., Result]
REQUIRED = ("--slug", "newsroom", "--title", "Keep the newsroom running", "--currency", "USD", "--goal", "5000")


def create(tidemark: Tidemark, *more: str) -> Result:
    return tidemark("campaign", "create", *REQUIRED, *more)


def kept(database: Database) -> Campaign:
    with database.reading() as session:
        campaign, _ = lifecycle.find(session, "newsroom")
        assert campaign.milestones
        assert campaign.schedules
        return campaign


def labels(campaign: Campaign) -> list[tuple[int, str]]:
    return [(milestone.amount_minor, milestone.label) for milestone in campaign.milestones]


def test_create_makes_a_draft_with_the_goal_as_its_milestone(tidemark: Tidemark, database: Database) -> None:
    result = create(tidemark)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "created newsroom (draft): http://tidemark.test/c/newsroom\n"
    campaign = kept(database)
    assert (campaign.status, campaign.language, labels(campaign)) == ("draft", "en", [(500_000, "Goal")])
    rule = newest_rule(campaign)
    assert (rule.repeat, rule.first_month, rule.first_day, rule.timezone) == ("none", 1, 1, "UTC")


def test_create_takes_every_option_and_publishes(tidemark: Tidemark, database: Database) -> None:
    zone = ("--timezone", "Europe/Berlin", "--language", "de")
    dates = ("--starts-at", "2026-10-25", "--ends-at", "2099-03-01T00:00:00+02:00")
    steps = ("--milestone", "12.50:Coffee: beans", "--milestone", "5000:All of it")
    result = create(tidemark, *zone, *dates, *steps, "--repeat", "yearly", "--first-day", "701", "--publish")
    assert (result.exit_code, result.stderr) == (0, "")
    campaign = kept(database)
    assert campaign.published_at is not None
    assert labels(campaign) == [(1_250, "Coffee: beans"), (500_000, "All of it")]
    assert (campaign.starts_at, campaign.ends_at) == (at("2026-10-24 22:00"), at("2099-02-28 22:00"))
    rule = newest_rule(campaign)
    assert (rule.repeat, rule.first_month, rule.first_day, rule.timezone) == ("yearly", 7, 1, "Europe/Berlin")


def test_every_act_is_in_the_audit(tidemark: Tidemark, database: Database) -> None:
    create(tidemark, "--publish")
    with database.reading() as session:
        acts = session.execute(select(AuditEntry.action, AuditEntry.thing, AuditEntry.staff_id)).all()
    assert [tuple(act) for act in acts] == [("create", "campaign", None), ("publish", "campaign", None)]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (["--goal", "5,000"], "5,000"),
        (["--goal", "0"], "above 0"),
        (["--goal", "12.345"], "decimals"),
        (["--currency", "JPY", "--goal", "12.5"], "decimals"),
        (["--currency", "DOLLARS"], "DOLLARS"),
        (["--milestone", "5000.01:Beyond"], "lies above the goal"),
        (["--milestone", "2500"], "AMOUNT:LABEL"),
        (["--milestone", "x:Label"], "“x”"),
        (["--milestone", "2500:"], "label"),
        (["--milestone", "10:A", "--milestone", "10.00:B"], "same amount"),
        (["--repeat", "weekly", "--first-day", "8"], "Monday"),
        (["--first-day", "3"], "does not repeat"),
        (["--timezone", "Berlin"], "time zone"),
        (["--language", "klingon"], "language"),
        (["--slug", "News Room"], "address"),
        (["--title", " "], "title"),
        (["--starts-at", "tomorrow"], "--starts-at"),
        (["--ends-at", "2026-12-01T10:00:00"], "offset"),
        (["--ends-at", "9999-12-31"], "2200"),
        (["--ends-at", "0001-01-01", "--timezone", "Asia/Tokyo"], "0001-01-01"),
        (["--starts-at", "2027-01-02", "--ends-at", "2027-01-02"], "after it starts"),
        (["--ends-at", "2020-01-01", "--publish"], "past"),
    ],
)
def test_a_wrong_value_is_told_in_one_line_and_nothing_is_kept(
    tidemark: Tidemark, database: Database, wrong: list[str], told: str
) -> None:
    result = create(tidemark, *wrong)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1
    assert told in result.stderr
    with database.reading() as session:
        assert lifecycle.list_campaigns(session) == []


def test_an_address_is_not_given_twice(tidemark: Tidemark) -> None:
    create(tidemark)
    result = create(tidemark)
    assert (result.exit_code, result.stderr) == (2, "tidemark: the address “newsroom” is taken\n")


def test_list_shows_each_campaign_in_a_line(tidemark: Tidemark) -> None:
    assert tidemark("campaign", "list").stdout == ""
    create(tidemark, "--publish")
    tidemark("campaign", "create", "--slug", "yen", "--title", "Tokyo", "--currency", "JPY", "--goal", "90000")
    lines = tidemark("campaign", "list").stdout.splitlines()
    assert [line.split(maxsplit=5) for line in lines] == [
        ["yen", "draft", "JPY", "90000", "none", "Tokyo"],
        ["newsroom", "live", "USD", "5000", "none", "Keep the newsroom running"],
    ]
    rows = json.loads(tidemark("campaign", "list", "--json").stdout)
    assert [(row["slug"], row["status"]) for row in rows] == [("yen", "draft"), ("newsroom", "live")]


def test_show_json_is_the_public_document(tidemark: Tidemark) -> None:
    create(tidemark, "--milestone", "2500:Servers paid", "--repeat", "monthly", "--publish")
    result = tidemark("campaign", "show", "newsroom", "--json")
    document = json.loads(result.stdout)
    assert (document["slug"], document["status"], document["mode"]) == ("newsroom", "live", "test")
    assert document["raised"] == {"amount": 0, "currency": "USD", "formatted": "$0"}
    assert [step["label"] for step in document["milestones"]] == ["Servers paid", "Goal"]
    assert document["links"]["page"] == "http://tidemark.test/c/newsroom"


def test_show_tells_people_what_readers_see(tidemark: Tidemark) -> None:
    create(tidemark, "--publish")
    shown = tidemark("campaign", "show", "newsroom").stdout
    assert shown.startswith("newsroom: Keep the newsroom running\nstatus      live\n")
    assert "raised      $0 of $5,000 (0.0 %)\n" in shown


def test_a_draft_is_shown_without_sums_and_has_no_document(tidemark: Tidemark) -> None:
    create(tidemark)
    assert "raised" not in tidemark("campaign", "show", "newsroom").stdout
    result = tidemark("campaign", "show", "newsroom", "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "draft" in result.stderr


def test_an_unknown_campaign_is_told(tidemark: Tidemark) -> None:
    result = tidemark("campaign", "show", "nowhere")
    assert (result.exit_code, result.stderr) == (2, "tidemark: there is no campaign “nowhere”\n")
