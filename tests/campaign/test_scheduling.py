"""Stored periods: made when money first lands in them, moved only while they are open, never twice the same."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaigns.campaign import lifecycle
from campaigns.campaign.models import Campaign, Period
from campaigns.campaign.periods import Window, period_at, rule_at
from campaigns.db import Database
from tests.campaign.calendars import at
from tests.campaign.cast import NOW, draft, published

DAY = timedelta(days=1)
BERLIN = "Europe/Berlin"


def window(period: Period) -> Window:
    return Window(period.starts_at, period.ends_at)


def counted_in(session: Session, campaign: Campaign, instant: datetime) -> Period:
    return lifecycle.period_for(session, campaign, instant, now=NOW)


def test_a_period_is_made_once_and_found_again(session: Session) -> None:
    campaign = published(session, repeat="monthly", timezone=BERLIN)
    period = counted_in(session, campaign, NOW)
    assert window(period) == Window(at("2026-11-01", BERLIN), at("2026-12-01", BERLIN))
    assert counted_in(session, campaign, NOW + DAY) is period
    assert counted_in(session, campaign, NOW - 400 * DAY) is period
    assert counted_in(session, campaign, NOW + 9 * DAY) is not period


def test_a_campaign_without_repeat_has_one_open_period(session: Session) -> None:
    campaign = published(session)
    period = counted_in(session, campaign, NOW)
    assert window(period) == Window(None, None)
    assert counted_in(session, campaign, NOW + 300 * DAY) is period


def test_money_of_two_campaigns_never_shares_a_period(session: Session) -> None:
    first, second = published(session, "first"), published(session, "second")
    assert counted_in(session, first, NOW).id != counted_in(session, second, NOW).id


def test_a_clock_gone_wrong_opens_no_period_beyond_next_year(session: Session) -> None:
    campaign = published(session, repeat="monthly")
    assert counted_in(session, campaign, at("9999-12-31")).starts_at == at("2027-11-01")


def test_racing_writers_make_one_period(database: Database) -> None:
    with database.writing() as session:
        published(session, repeat="monthly")
    barrier = Barrier(4)

    def land(_: int) -> int:
        barrier.wait()
        with database.writing() as session:
            campaign, _ = lifecycle.find(session, "newsroom")
            return counted_in(session, campaign, NOW).id

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(land, range(4)))) == 1
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Period)) == 1


def test_a_draft_s_first_period_moves_with_its_schedule(session: Session) -> None:
    campaign = draft(session, now=at("2026-10-20"))
    period = lifecycle.period_for(session, campaign, NOW, now=at("2026-10-20"))
    lifecycle.edit(session, campaign, repeat="monthly", now=at("2026-10-21"))
    assert window(period) == Window(at("2026-10-01"), at("2026-11-01"))
    lifecycle.publish(session, campaign, now=NOW)
    assert window(period) == Window(at("2026-11-01"), at("2026-12-01"))
    assert counted_in(session, campaign, at("2026-10-25")) is period


def test_early_money_follows_a_start_that_moves(session: Session) -> None:
    campaign = published(session, repeat="monthly", starts_at=at("2026-12-10"))
    period = counted_in(session, campaign, NOW)
    assert window(period) == Window(at("2026-12-10"), at("2027-01-01"))
    lifecycle.edit(session, campaign, starts_at=at("2027-02-10"), now=NOW)
    assert window(period) == Window(at("2027-02-10"), at("2027-03-01"))
    assert counted_in(session, campaign, NOW) is period
    lifecycle.edit(session, campaign, repeat="quarterly", now=NOW)
    assert window(period) == Window(at("2027-02-10"), at("2027-04-01"))
    assert len(campaign.schedules) == 1


def test_a_new_rule_acts_from_the_end_of_the_running_period(session: Session) -> None:
    campaign = published(session, repeat="monthly", timezone=BERLIN)
    period = counted_in(session, campaign, NOW)
    border = at("2026-12-01", BERLIN)
    lifecycle.edit(session, campaign, repeat="weekly", first_day=1, now=NOW)
    schedule = lifecycle.schedule_of(campaign)
    assert [row.effective_at for row in campaign.schedules] == [None, border]
    assert rule_at(schedule, NOW).repeat == "monthly"
    assert window(period) == period_at(schedule, NOW) == Window(at("2026-11-01", BERLIN), border)
    assert period_at(schedule, border) == Window(border, at("2026-12-07", BERLIN))


def test_a_rule_not_in_force_yet_is_replaced_or_withdrawn(session: Session) -> None:
    campaign = published(session, repeat="monthly")
    lifecycle.edit(session, campaign, repeat="weekly", first_day=5, now=NOW)
    lifecycle.edit(session, campaign, repeat="yearly", first_month=7, now=NOW)
    assert [row.repeat for row in campaign.schedules] == ["monthly", "yearly"]
    lifecycle.edit(session, campaign, repeat="monthly", now=NOW)
    session.flush()
    session.expire_all()
    assert [row.repeat for row in campaign.schedules] == ["monthly"]


def test_a_rule_in_force_stays_for_the_past(session: Session) -> None:
    campaign = published(session, repeat="monthly")
    november = counted_in(session, campaign, NOW)
    lifecycle.edit(session, campaign, repeat="weekly", now=NOW)
    lifecycle.edit(session, campaign, repeat="none", now=at("2027-01-13"))
    assert [row.repeat for row in campaign.schedules] == ["monthly", "weekly", "none"]
    assert campaign.schedules[-1].effective_at == at("2027-01-18")
    assert counted_in(session, campaign, NOW) is november


def test_a_campaign_without_repeat_starts_to_repeat_at_the_new_rule_s_border(session: Session) -> None:
    campaign = published(session, ends_at=at("2027-06-15"))
    period = counted_in(session, campaign, NOW)
    lifecycle.edit(session, campaign, repeat="monthly", now=NOW)
    assert window(period) == Window(None, at("2026-12-01"))
    assert window(counted_in(session, campaign, at("2026-12-01"))) == Window(at("2026-12-01"), at("2027-01-01"))


def test_the_zone_of_a_campaign_without_repeat_changes_at_once(session: Session) -> None:
    campaign = published(session)
    lifecycle.edit(session, campaign, timezone=BERLIN, now=NOW)
    assert [row.timezone for row in campaign.schedules] == [BERLIN]


def test_a_new_rule_waits_for_periods_that_already_hold_money(session: Session) -> None:
    campaign = published(session, repeat="monthly")
    december = counted_in(session, campaign, at("2026-12-01"))
    lifecycle.edit(session, campaign, repeat="weekly", now=NOW)
    assert campaign.schedules[-1].effective_at == at("2027-01-01")
    assert counted_in(session, campaign, at("2026-12-24")) is december


def test_moving_the_end_moves_the_running_period_s_end(session: Session) -> None:
    campaign = published(session, repeat="monthly", ends_at=at("2026-11-25"))
    period = counted_in(session, campaign, NOW)
    assert period.ends_at == at("2026-11-25")
    lifecycle.edit(session, campaign, ends_at=at("2027-03-10"), now=NOW)
    assert period.ends_at == at("2026-12-01")
    lifecycle.edit(session, campaign, ends_at=at("2026-11-23"), now=NOW)
    assert period.ends_at == at("2026-11-23")
    lifecycle.edit(session, campaign, ends_at=None, now=NOW)
    assert period.ends_at == at("2026-12-01")


def test_an_end_that_cuts_a_period_is_no_border_for_a_new_rule(session: Session) -> None:
    campaign = published(session, repeat="monthly", ends_at=at("2026-11-25"))
    lifecycle.edit(session, campaign, repeat="weekly", now=NOW)
    lifecycle.edit(session, campaign, ends_at=None, now=NOW)
    assert period_at(lifecycle.schedule_of(campaign), NOW).ends_at == at("2026-12-01")


def test_closed_periods_never_change(session: Session) -> None:
    campaign = published(session, repeat="monthly")
    november = counted_in(session, campaign, NOW)
    later = at("2026-12-20")
    lifecycle.edit(session, campaign, repeat="weekly", ends_at=at("2027-05-05"), now=later)
    lifecycle.end(session, campaign, now=later + DAY)
    assert window(november) == Window(at("2026-11-01"), at("2026-12-01"))
    assert counted_in(session, campaign, NOW) is november


def test_ending_closes_the_running_period_and_late_money_lands_in_it(session: Session) -> None:
    campaign = published(session, repeat="monthly")
    period = counted_in(session, campaign, NOW)
    lifecycle.end(session, campaign, now=NOW + DAY)
    assert window(period) == Window(at("2026-11-01"), NOW + DAY)
    assert counted_in(session, campaign, NOW + 60 * DAY) is period


def test_an_end_leaves_money_dated_after_it_where_it_is(session: Session) -> None:
    campaign = published(session, repeat="monthly")
    november, december = counted_in(session, campaign, NOW), counted_in(session, campaign, at("2026-12-05"))
    lifecycle.end(session, campaign, now=NOW + DAY)
    assert november.ends_at == NOW + DAY
    assert window(december) == Window(at("2026-12-01"), at("2027-01-01"))


def test_ending_in_the_instant_a_period_begins_leaves_it_a_window(session: Session) -> None:
    border = at("2026-12-01")
    campaign = published(session, repeat="monthly")
    period = lifecycle.period_for(session, campaign, border, now=border)
    lifecycle.end(session, campaign, now=border)
    session.flush()
    assert window(period) == Window(border, border + timedelta(microseconds=1))
    assert lifecycle.status_at(campaign, border) == "ended"


def test_a_landing_that_read_the_schedule_before_an_edit_sees_the_new_border(database: Database) -> None:
    with database.new_session(reading=False) as landing:
        campaign = published(landing, ends_at=at("2027-06-15"))
        landing.commit()
        assert period_at(lifecycle.schedule_of(campaign), NOW).ends_at == at("2027-06-15")
        landing.commit()
        with database.writing() as editing:
            lifecycle.edit(editing, lifecycle.find(editing, "newsroom")[0], repeat="monthly", now=NOW)
        period = counted_in(landing, campaign, NOW)
        assert window(period) == Window(None, at("2026-12-01"))
