"""Patreon's messages: a level for each member, whatever else they say."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from campaigns.providers import patreon
from campaigns.providers.asking import CannotLookUpNow, LookUpRefused, NothingThere
from campaigns.providers.contract import Endpoint, Level, NotAuthentic, Reading, Unreadable
from tests.fakes.patreon.server import CLIENT_ID, CLIENT_SECRET, SECRET, FakePatreon, sign
from tests.providers.conftest import NOW

ENDPOINT = Endpoint("main", "live", (SECRET,), {"currency": "USD"})


@pytest.fixture
def fake() -> Any:
    with FakePatreon() as made:
        yield made


def with_key(fake: FakePatreon, **more: str) -> Endpoint:
    keys = {"access_token": fake.token, "refresh_token": fake.refresh, "api_base": fake.url}
    keys |= {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    return Endpoint("main", "test", (SECRET,), {"currency": "USD", **keys, **more})


def level_of(reading: Reading) -> Level:
    (level,) = reading.levels
    return level


def test_the_signature_is_the_one_that_others_compute_too() -> None:
    body = b'{"id":"evt_1","amount":2500}'
    assert sign(body, "patreon_secret")["x-patreon-signature"] == "66051190e35a8e11c13ea4ecad360735"


@pytest.mark.parametrize("change", [str.upper, lambda text: text[:-1], lambda text: text + "0", lambda _: "", "0".join])
def test_a_signature_that_is_not_written_as_patreon_writes_it_is_refused(change: Any) -> None:
    body = FakePatreon().charge(FakePatreon().join(), 500)
    given = sign(body)["x-patreon-signature"]
    with pytest.raises(NotAuthentic):
        patreon.verify(ENDPOINT, {"x-patreon-signature": change(given)}, body, NOW)


def test_the_trigger_is_shown_and_decides_nothing() -> None:
    fake = FakePatreon()
    body = fake.charge(fake.join(), 500)
    for trigger in (*patreon.EVENTS, "payout:everything", ""):
        verified = patreon.verify(ENDPOINT, sign(body, trigger=trigger), body, NOW)
        assert verified.type in patreon.EVENTS
        assert verified.remote_id == patreon.verify(ENDPOINT, sign(body), body, NOW).remote_id


def test_promises_are_read_nowhere() -> None:
    fake = FakePatreon()
    member = fake.join()
    plain = patreon.read(fake.charge(member, 500), ENDPOINT)
    document = json.loads(fake.snapshot(member))
    for promise in ("currently_entitled_amount_cents", "will_pay_amount_cents"):
        document["data"]["attributes"][promise] = 7_000_000
    assert patreon.read(json.dumps(document).encode(), ENDPOINT) == plain
    assert level_of(plain).amount_minor == 500


def test_a_level_knows_its_tier_its_last_charge_and_its_giver() -> None:
    fake = FakePatreon()
    member = fake.join(tier="1002")
    reading = patreon.read(fake.charge(member, 500), ENDPOINT)
    level = level_of(reading)
    assert level.charged_at == member.charges[-1].at
    assert (level.confirmed_at, level.base_minor, level.is_refunded) == (None, 0, False)
    assert dict(level.traits) == {"tier": "1002", "tier_name": "Patron saint", "account": "7770001"}
    assert (reading.donors[0].name, reading.donors[0].email) == ("Patron 1", "patron1@example.org")
    assert not reading.donors[0].show_name
    assert level_of(patreon.read(fake.decline(member), ENDPOINT)).charged_at is None
    assert level_of(patreon.read(fake.refund(member, 100), ENDPOINT)).is_refunded


@pytest.mark.parametrize("said", [None, -1, "500", 5.0, True, 10**14])
def test_only_whole_cents_are_money(said: object) -> None:
    fake = FakePatreon()
    document = json.loads(fake.charge(fake.join(), 500))
    document["data"]["attributes"]["campaign_lifetime_support_cents"] = said
    if said is None:  # its older twin is read instead
        assert level_of(patreon.read(json.dumps(document).encode(), ENDPOINT)).amount_minor == 500
        document["data"]["attributes"]["lifetime_support_cents"] = None
        assert patreon.read(json.dumps(document).encode(), ENDPOINT).ignored
    else:
        with pytest.raises(Unreadable):
            patreon.read(json.dumps(document).encode(), ENDPOINT)


def test_other_things_than_members_move_nothing() -> None:
    body = json.dumps({"data": {"type": "post", "id": "17", "attributes": {"title": "News"}}}).encode()
    assert patreon.verify(ENDPOINT, sign(body, trigger="posts:publish"), body, NOW).remote_id
    assert patreon.read(body, ENDPOINT).ignored


@pytest.mark.parametrize(
    ("currency", "taken"), [("USD", True), ("eur", True), ("JPY", False), ("KWD", False), ("", False)]
)
def test_only_a_currency_whose_cents_are_known_is_counted(currency: str, taken: bool) -> None:
    endpoint = replace(ENDPOINT, settings={"currency": currency})
    assert (patreon.lacks(endpoint) is None) == taken
    fake = FakePatreon()
    body = fake.charge(fake.join(), 500)
    if taken:
        assert level_of(patreon.read(body, endpoint)).currency == currency.upper()
    else:
        with pytest.raises(Unreadable):
            patreon.read(body, endpoint)


@pytest.mark.parametrize("day", ["yesterday", "2026-13-01", "1.11.2026"])
def test_a_day_that_is_none_is_told_before_anything_counts(day: str) -> None:
    assert "count_from" in (patreon.lacks(replace(ENDPOINT, settings={"currency": "USD", "count_from": day})) or "")


def test_what_was_before_counting_began_is_asked_for_where_it_can_be(fake: FakePatreon) -> None:
    old, new = fake.join(started=NOW - timedelta(days=900), paid=9000), fake.join(started=NOW)
    since = {"count_from": "2026-11-01"}
    asking, without = with_key(fake, **since), replace(ENDPOINT, settings={"currency": "USD", **since})
    assert level_of(patreon.read(fake.charge(new, 500), asking)).base_minor == 0
    body = fake.charge(old, 500)
    assert level_of(patreon.read(body, asking)).base_minor is None
    assert level_of(patreon.read(body, without)).base_minor == 9500
    answer = patreon.look_up(asking, f"member:{old.id}").rows[0]
    told = level_of(patreon.read_answer(answer.body, asking, NOW))
    assert (told.base_minor, told.gifts) == (9000, ((9500, old.charges[-1].at),))
    assert told.confirmed_at == NOW


def test_a_history_in_another_currency_tells_nothing_of_what_was_before(fake: FakePatreon) -> None:
    member = fake.join(started=NOW - timedelta(days=900), paid=9000)
    fake.charge(member, 500, currency="GBP")
    endpoint = with_key(fake, count_from="2026-11-01")
    answer = patreon.look_up(endpoint, f"member:{member.id}").rows[0]
    assert level_of(patreon.read_answer(answer.body, endpoint, NOW)).base_minor == 9500


def test_all_members_are_asked_for_page_by_page(fake: FakePatreon) -> None:
    everyone = {fake.join().id for _ in range(8)}
    told = patreon.look_up(with_key(fake), "members")
    assert told.trouble is None
    assert len(told.rows) == 3
    levels = [one for row in told.rows for one in patreon.read_answer(row.body, ENDPOINT, NOW).levels]
    assert {one.ref for one in levels} == everyone
    fake.bad_days = [(200, {"data": [{"type": "campaign", "id": "7770001"}]}), (200, {"data": []}), (500, {})]
    assert patreon.first_subject(ENDPOINT) == "members"


def test_a_page_that_does_not_come_leaves_the_others(fake: FakePatreon) -> None:
    for _ in range(8):
        fake.join()
    first = patreon.look_up(with_key(fake), "members").rows[0]
    listed = json.loads(first.body)
    fake.bad_days = [(200, {"data": [{"type": "campaign", "id": "7770001"}]}), (200, listed), (503, {})]
    told = patreon.look_up(with_key(fake), "members")
    assert (len(told.rows), told.trouble is not None) == (1, True)


def test_a_member_who_is_gone_is_an_answer_too(fake: FakePatreon) -> None:
    told = patreon.look_up(with_key(fake), "member:8f6b1c00-0000-4000-8000-000000000099")
    assert [one.kind for one in patreon.read_answer(told.rows[0].body, ENDPOINT, NOW).notices] == ["unconfirmed"]


def test_a_gift_is_asked_for_by_its_giver() -> None:
    member_id = "8f6b1c00-0000-4000-8000-000000000001"
    assert patreon.subject_of(f"{member_id}:3:500-700") == f"member:{member_id}"
    assert patreon.subject_of("intent:a") is None


@pytest.mark.parametrize("subject", ["", "member:", "member:a/b", "tier:1"])
def test_a_question_that_has_no_name_is_not_asked(subject: str, fake: FakePatreon) -> None:
    with pytest.raises(NothingThere):
        patreon.look_up(with_key(fake), subject)
    assert fake.asked == []


def test_troubles_of_asking_are_told_apart(fake: FakePatreon) -> None:
    with pytest.raises(LookUpRefused):
        patreon.look_up(ENDPOINT, "members")
    assert patreon.key_lacking(ENDPOINT) == "access_token"
    for status, trouble in ((403, LookUpRefused), (500, CannotLookUpNow), (404, NothingThere)):
        fake.bad_days = [(status, {})]
        with pytest.raises(trouble):
            patreon.look_up(with_key(fake), "members")
    fake.bad_days = [(429, {"errors": [{"retry_after_seconds": 17}]})]
    with pytest.raises(CannotLookUpNow) as late:
        patreon.look_up(with_key(fake), "members")
    assert late.value.after == timedelta(seconds=17)


def test_a_token_is_renewed_by_its_pair_and_not_without(fake: FakePatreon) -> None:
    assert patreon.renew(with_key(fake)) == {"access_token": fake.token, "refresh_token": fake.refresh}
    with pytest.raises(LookUpRefused, match="client_id"):
        patreon.renew(with_key(fake, client_id=""))
    with pytest.raises(LookUpRefused, match="refresh_token"):
        patreon.renew(with_key(fake, refresh_token="used"))
