"""Which of many hints decides, and which of many words about a donor is kept; the order they came in never counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import select

from campaigns.ledger import hinting, refs
from campaigns.ledger.hinting import HintKey, Person, Told
from campaigns.ledger.models import Donation, HomeHint
from tests.bed.desk import CREATED, Desk
from tests.bed.stripe_events import charge, checkout, event

NOW = datetime(2026, 11, 22, 19, 0, tzinfo=UTC)
AWAY = {1: 0, 2: 1, 3: 2}
HERE, NEAR, FAR = AWAY
NOBODY = Person(None, None, None, show_name=False)


def decided(*hints: tuple[int, int, str, int]) -> str:
    """The campaign of the hint that decides, in whatever order (ref, rank, campaign, hours) were told."""
    found = set()
    for told in permutations(hints):
        keyed = {HintKey(ref, rank, slug): NOW + timedelta(hours=hours) for ref, rank, slug, hours in told}
        chosen = hinting.strongest(Told(hints=keyed), AWAY)
        assert chosen is not None
        found.add(chosen.campaign_slug)
    assert len(found) == 1
    return found.pop()


def test_the_stronger_word_goes_before_the_nearer_and_the_nearer_before_the_later():
    assert decided((FAR, 2, "strong", 0), (HERE, 3, "near", 9)) == "strong"
    assert decided((NEAR, 3, "near", 0), (FAR, 3, "late", 9)) == "near"
    assert decided((NEAR, 3, "early", 0), (NEAR, 3, "late", 1), (FAR, 3, "zz", 9)) == "late"


def test_what_ties_in_everything_is_decided_by_name():
    assert decided((NEAR, 3, "alpha", 0), (NEAR, 3, "omega", 0)) == "omega"


def test_a_hint_on_what_is_not_linked_says_nothing():
    told = Told(hints={HintKey(99, 1, "elsewhere"): NOW})
    assert hinting.strongest(told, AWAY) is None
    assert hinting.strongest(Told(), AWAY) is None


def described(people: dict[int, Person], **had: Any) -> Donation:
    blank = {"donor_name": None, "donor_email": None, "donor_message": None, "show_name": False, "intent_ref_id": None}
    donation = Donation(**blank | had)
    hinting.describe_donor(donation, Told(people=people), AWAY)
    return donation


def said(donation: Donation) -> tuple[Any, ...]:
    return donation.donor_name, donation.donor_email, donation.donor_message, donation.show_name


def test_of_each_detail_the_nearest_word_is_kept():
    people = {
        FAR: Person("Far", "far@example.org", "from afar", show_name=False),
        NEAR: Person("Near", None, "", show_name=False),
        99: Person("Elsewhere", "e@example.org", "no", show_name=True),
    }
    for order in permutations(people.items()):
        assert said(described(dict(order))) == ("Near", "far@example.org", "from afar", False)


def test_equally_near_words_are_taken_by_name():
    away = {1: 0, 2: 1, 3: 1}
    donation = Donation(donor_name=None, donor_email=None, donor_message=None, show_name=False)
    people = {2: Person("Zoe", None, "b", show_name=False), 3: Person("Ada", "z@example.org", None, show_name=False)}
    hinting.describe_donor(donation, Told(people=people), away)
    assert said(donation) == ("Ada", "z@example.org", "b", False)


def test_whoever_may_be_shown_once_stays_so_and_what_is_known_is_not_taken_away():
    shown = Person(None, None, None, show_name=True)
    assert said(described({FAR: shown, NEAR: NOBODY})) == (None, None, None, True)
    known = {"donor_name": "Ada", "donor_email": "a@example.org", "donor_message": "hi", "show_name": True}
    assert said(described({NEAR: NOBODY}, **known)) == ("Ada", "a@example.org", "hi", True)
    assert said(described({}, **known)) == ("Ada", "a@example.org", "hi", True)


def test_what_was_typed_on_our_page_goes_before_what_is_nearer_and_names_the_wish():
    typed = Person("Typed", None, None, show_name=False, typed_here=True)
    told = Person("Told", "told@example.org", None, show_name=False)
    donation = described({HERE: told, FAR: typed})
    assert said(donation)[:2] == ("Typed", "told@example.org")
    assert donation.intent_ref_id == FAR
    assert described({HERE: told, NEAR: typed, FAR: typed}).intent_ref_id == NEAR
    assert described({HERE: told}, intent_ref_id=7).intent_ref_id == 7


def hints(desk: Desk) -> list[tuple[Any, ...]]:
    columns = (HomeHint.rank, HomeHint.campaign_slug, HomeHint.stated_at, HomeHint.evidence_kind, HomeHint.evidence_id)
    with desk.database.reading() as session:
        return [tuple(row) for row in session.execute(select(*columns).order_by(HomeHint.id))]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_a_hint_is_kept_once_with_the_latest_word(desk, order):
    paid = charge("ch_1", 900, created=CREATED, campaign="newsroom")
    messages = [event("charge.updated", paid, created=CREATED + seconds) for seconds in (0, 60, 120)]
    for number in order:
        desk.send(messages[number])
    latest = desk.event(messages[2]["id"])
    assert hints(desk) == [(2, "newsroom", datetime.fromtimestamp(CREATED + 120, UTC), "event", latest.id)]


def test_two_campaigns_named_at_one_place_are_two_hints(desk):
    for slug in ("newsroom", "roof"):
        told = checkout("ch_1", 900, created=CREATED, campaign=slug)
        desk.send(event("checkout.session.completed", told, created=CREATED))
    assert [(rank, slug) for rank, slug, *_ in hints(desk)] == [(3, "newsroom"), (3, "roof")]


def test_links_are_stored_once_and_counted_when_they_are_new(desk):
    paid = charge("ch_1", 900, created=CREATED)
    desk.send(event("charge.succeeded", paid, created=CREATED))
    desk.send(event("charge.updated", paid, created=CREATED))
    with desk.database.reading() as session:
        links = refs.around(session, [desk.donation("ch_1").ref_id])
    assert (len(links.ids()), sum(map(len, links.parents.values())), sum(map(len, links.children.values()))) == (
        2,
        1,
        1,
    )


def test_a_hint_that_is_only_repeated_keeps_its_first_evidence(desk):
    paid = charge("ch_1", 900, created=CREATED, campaign="newsroom")
    first, again = (event("charge.updated", paid, created=CREATED) for _ in range(2))
    desk.send(first)
    desk.send(again)
    ((_, _, _, _, evidence_id),) = hints(desk)
    assert evidence_id == desk.event(first["id"]).id
