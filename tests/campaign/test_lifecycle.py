"""What staff can do with a campaign, what they cannot, and what they are told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from campaigns.campaign import lifecycle, particulars, scheduling
from campaigns.campaign.models import Campaign
from campaigns.errors import Conflict, Invalid
from tests.campaign.calendars import at
from tests.campaign.cast import NOW, draft, published

DAY = timedelta(days=1)


# Creating


def test_a_campaign_starts_as_a_draft_with_sensible_defaults(session: Session) -> None:
    campaign = draft(session)
    assert (campaign.status, campaign.revision, campaign.language, campaign.story) == ("draft", 1, "en", "")
    assert campaign.goal_minor == 500_000
    assert scheduling.newest_rule(campaign) == particulars.rule("none", 1, 1, "UTC")


def test_everything_given_is_kept(session: Session) -> None:
    ways = (("PayPal", "https://paypal.example/give"), ("Patreon", "https://patreon.example/us"))
    campaign = draft(
        session,
        story="## Why\r\n\r\nBecause.  ",
        language="pt_BR",
        accent="#1B6B52",
        timezone="Europe/Berlin",
        repeat="yearly",
        first_month=7,
        first_day=15,
        starts_at=at("2026-12-01"),
        ends_at=at("2030-01-01"),
        ways=ways,
    )
    session.flush()
    session.expire_all()
    assert (campaign.story, campaign.language, campaign.accent) == ("## Why\n\nBecause.", "pt-BR", "#1b6b52")
    assert (campaign.starts_at, campaign.ends_at) == (at("2026-12-01"), at("2030-01-01"))
    assert [(way.label, way.url) for way in campaign.ways] == list(ways)
    assert scheduling.newest_rule(campaign) == particulars.rule("yearly", 7, 15, "Europe/Berlin")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"slug": "News Room"}, "slug"),
        ({"slug": ""}, "slug"),
        ({"slug": "n" * 65}, "slug"),
        ({"slug": "news\n"}, "slug"),
        ({"title": "  "}, "title"),
        ({"title": "t" * 201}, "title"),
        ({"title": "null\x00byte"}, "title"),
        ({"story": "half a \ud800 character"}, "story"),
        ({"story": "s" * 50_001}, "story"),
        ({"currency": "XYZ"}, "currency"),
        ({"language": "tlh-Klingon"}, "language"),
        ({"language": "ca-ES-valencia"}, "language"),
        ({"accent": "green"}, "accent"),
        ({"timezone": "Europe/Berln"}, "timezone"),
        ({"timezone": "/etc/localtime"}, "timezone"),
        ({"repeat": "fortnightly"}, "repeat"),
        ({"repeat": "weekly", "first_day": 8}, "first_day"),
        ({"repeat": "yearly", "first_month": 13}, "first_day"),
        ({"starts_at": NOW, "ends_at": NOW}, "ends_at"),
        ({"ends_at": at("9999-12-31")}, "ends_at"),
        ({"starts_at": at("0001-01-02")}, "starts_at"),
        ({"milestones": [(0, "Nothing")]}, "milestones"),
        ({"milestones": [(-5, "Less")]}, "milestones"),
        ({"milestones": [(10**13, "Too much")]}, "milestones"),
        ({"milestones": [(5, "One"), (5, "Other")]}, "milestones"),
        ({"milestones": [(5, " ")]}, "milestones"),
        ({"milestones": [(n, "Step") for n in range(1, 52)]}, "milestones"),
        ({"ways": [("Bad", "javascript:alert(1)")]}, "ways"),
        ({"ways": [("Bad", "https://")]}, "ways"),
        ({"ways": [("Bad", "https://exa mple.org/")]}, "ways"),
        ({"ways": [("Bad", "https://[::1")]}, "ways"),
        ({"ways": [("Bad", "https://example.org:99999/")]}, "ways"),
        ({"ways": [("Bad", "https://bank.example@evil.example/")]}, "ways"),
        ({"ways": [("", "https://example.org")]}, "ways"),
        ({"ways": [("Many", "https://example.org")] * 21}, "ways"),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_field(session: Session, wrong: dict[str, Any], field: str) -> None:
    right: dict[str, Any] = {"slug": "newsroom", "title": "News", "currency": "USD", "now": NOW}
    with pytest.raises(Invalid) as refusal:
        lifecycle.create(session, **(right | wrong))
    assert refusal.value.field == field


def test_a_misspelt_zone_is_told_the_right_one(session: Session) -> None:
    with pytest.raises(Invalid, match="did you mean Europe/Berlin"):
        draft(session, timezone="Europe/Berln")


def test_campaigns_are_listed_the_newest_first(session: Session) -> None:
    first, second = draft(session, "first"), draft(session, "second", now=NOW + DAY)
    assert lifecycle.list_campaigns(session) == [second, first]


# States


def test_a_campaign_goes_its_way_from_draft_to_archive(session: Session) -> None:
    campaign = draft(session)
    lifecycle.publish(session, campaign, now=NOW)
    assert (campaign.status, campaign.published_at) == ("live", NOW)
    lifecycle.pause(session, campaign, now=NOW)
    assert campaign.status == "paused"
    lifecycle.resume(session, campaign, now=NOW)
    assert campaign.status == "live"
    lifecycle.end(session, campaign, now=NOW + DAY)
    assert (campaign.status, campaign.ends_at) == ("ended", NOW + DAY)
    lifecycle.archive(session, campaign, now=NOW + DAY)
    assert campaign.status == "archived"
    assert campaign.revision == 6


ALLOWED = {
    "draft": {"publish"},
    "scheduled": {"end"},
    "live": {"pause", "end"},
    "paused": {"resume", "end"},
    "ended": {"archive"},
    "archived": set[str](),
}


def in_status(session: Session, status: str) -> Campaign:
    if status == "draft":
        return draft(session)
    campaign = published(session, starts_at=NOW + DAY if status == "scheduled" else None)
    if status == "paused":
        lifecycle.pause(session, campaign, now=NOW)
    if status in ("ended", "archived"):
        lifecycle.end(session, campaign, now=NOW)
    if status == "archived":
        lifecycle.archive(session, campaign, now=NOW)
    return campaign


@pytest.mark.parametrize("act", ["publish", "pause", "resume", "end", "archive"])
@pytest.mark.parametrize("status", ALLOWED)
def test_each_state_allows_its_acts_and_names_them_when_refusing(session: Session, status: str, act: str) -> None:
    campaign = in_status(session, status)
    revision = campaign.revision
    assert lifecycle.status_at(campaign, NOW) == status
    assert set(lifecycle.possible_acts(campaign, NOW)) == ALLOWED[status]
    verb = getattr(lifecycle, act)
    if act in ALLOWED[status]:
        verb(session, campaign, now=NOW)
        assert campaign.revision == revision + 1
        return
    with pytest.raises(Conflict, match=f"is {status} and cannot be") as refusal:
        verb(session, campaign, now=NOW)
    assert all(lifecycle.ACTS[other][2] in refusal.value.message for other in lifecycle.possible_acts(campaign, NOW))
    assert campaign.revision == revision


def test_the_clock_schedules_and_ends(session: Session) -> None:
    campaign = published(session, starts_at=NOW + DAY, ends_at=NOW + 3 * DAY)
    hours = [NOW, NOW + DAY, NOW + 3 * DAY - timedelta(microseconds=1), NOW + 3 * DAY]
    assert [lifecycle.status_at(campaign, hour) for hour in hours] == ["scheduled", "live", "live", "ended"]
    lifecycle.pause(session, campaign, now=NOW + 2 * DAY)
    assert lifecycle.status_at(campaign, NOW + 2 * DAY) == "paused"
    assert lifecycle.status_at(campaign, NOW + 3 * DAY) == "ended"
    lifecycle.archive(session, campaign, now=NOW + 3 * DAY)
    assert lifecycle.status_at(campaign, NOW + 3 * DAY) == "archived"


def test_without_a_goal_nothing_is_published(session: Session) -> None:
    campaign = draft(session)
    lifecycle.set_milestones(session, campaign, [], now=NOW)
    with pytest.raises(Invalid, match="goal"):
        lifecycle.publish(session, campaign, now=NOW)
    assert campaign.status == "draft"


def test_a_campaign_that_is_over_is_not_published(session: Session) -> None:
    campaign = draft(session, ends_at=NOW)
    with pytest.raises(Invalid, match="past"):
        lifecycle.publish(session, campaign, now=NOW)
    assert campaign.published_at is None


def test_ending_before_the_start_keeps_the_dates(session: Session) -> None:
    campaign = published(session, starts_at=NOW + DAY, ends_at=NOW + 9 * DAY)
    lifecycle.end(session, campaign, now=NOW)
    assert (campaign.starts_at, campaign.ends_at) == (NOW + DAY, NOW + 9 * DAY)
    assert lifecycle.status_at(campaign, NOW + 2 * DAY) == "ended"


# Editing


def test_what_is_not_given_stays_and_none_clears(session: Session) -> None:
    campaign = draft(session, story="Why", accent="#000000", ends_at=NOW + DAY, repeat="weekly", first_day=3)
    lifecycle.edit(session, campaign, title="  Two \n words ", now=NOW + DAY)
    assert (campaign.title, campaign.story, campaign.accent) == ("Two words", "Why", "#000000")
    lifecycle.edit(session, campaign, accent=None, ends_at=None, now=NOW + DAY)
    assert (campaign.accent, campaign.ends_at) == (None, None)
    assert scheduling.newest_rule(campaign).first_day == 3
    assert (campaign.revision, campaign.updated_at) == (3, NOW + DAY)


def test_ways_to_give_are_replaced_in_order(session: Session) -> None:
    campaign = draft(session, ways=[("A", "https://a.example"), ("B", "https://b.example")])
    lifecycle.edit(session, campaign, ways=[("B", "https://b.example"), ("C", "http://c.example")], now=NOW)
    session.expire_all()
    assert [way.label for way in campaign.ways] == ["B", "C"]
    kept = [way.id for way in campaign.ways]
    lifecycle.edit(session, campaign, ways=[("B", "https://b.example"), ("C", "http://c.example")], now=NOW)
    assert [way.id for way in campaign.ways] == kept


def test_words_may_still_change_after_the_end(session: Session) -> None:
    campaign = in_status(session, "archived")
    lifecycle.edit(session, campaign, story="Thank you!", now=NOW)
    assert campaign.story == "Thank you!"


@pytest.mark.parametrize("moved", [{"starts_at": NOW - DAY}, {"starts_at": NOW + DAY}])
def test_the_start_of_a_campaign_that_has_begun_stays(session: Session, moved: dict[str, datetime]) -> None:
    campaign = published(session, starts_at=NOW)
    with pytest.raises(Conflict, match="begun"):
        lifecycle.edit(session, campaign, starts_at=moved["starts_at"], now=NOW)


def test_the_end_never_moves_into_the_past(session: Session) -> None:
    campaign = published(session, ends_at=NOW + 9 * DAY)
    with pytest.raises(Invalid, match="past"):
        lifecycle.edit(session, campaign, ends_at=NOW, now=NOW)
    lifecycle.edit(session, campaign, ends_at=NOW + DAY, now=NOW)
    with pytest.raises(Conflict, match="ended"):
        lifecycle.edit(session, campaign, ends_at=NOW + 9 * DAY, now=NOW + DAY)
    with pytest.raises(Conflict, match="ended"):
        lifecycle.edit(session, campaign, repeat="weekly", now=NOW + DAY)
