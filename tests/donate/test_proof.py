"""Proofs of work: good once, for one form, for ten minutes; and nothing else is ever taken for one."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import altcha
import pytest
import time_machine
from sqlalchemy import func, select

from campaigns import clock
from campaigns.campaign import lifecycle
from campaigns.donate import attack, limits, proof
from campaigns.donate.models import UsedProof
from campaigns.donate.proof import Spent
from tests.bed.databases import SECRET_KEY
from tests.bed.desk import Desk
from tests.bed.stripe_events import Json
from tests.donate.pressing import solved

CAMPAIGN = 7
FEW = 4


@pytest.fixture(autouse=True)
def cheap(monkeypatch):
    monkeypatch.setattr(proof, "TRIES", FEW)
    monkeypatch.setattr(proof, "ATTACKED_TRIES", FEW)


def fresh(campaign_id: int = CAMPAIGN, secret_key: str = SECRET_KEY) -> Json:
    return proof.challenge(campaign_id, attacked=False, secret_key=secret_key, now=clock.now())


def checked(text: str, campaign_id: int = CAMPAIGN) -> Spent | None:
    return proof.checked(text, campaign_id, secret_key=SECRET_KEY, now=clock.now())


def opened(text: str) -> Json:
    document: Json = json.loads(base64.b64decode(text))
    return document


def closed(document: object) -> str:
    return base64.b64encode(json.dumps(document).encode()).decode()


def test_a_right_answer_is_taken_and_kept_until_it_is_stale():
    found = checked(solved(fresh()))
    assert found is not None
    assert proof.LIFE - timedelta(seconds=5) < found.expires_at - clock.now() <= proof.LIFE


def test_an_answer_is_for_one_campaigns_form_and_one_installation():
    text = solved(fresh())
    assert checked(text, CAMPAIGN + 1) is None
    assert checked(solved(fresh(secret_key="another-" + "k" * 40))) is None
    assert checked(text) is not None


def test_an_answer_is_stale_after_ten_minutes():
    text = solved(fresh())
    with time_machine.travel(clock.now() + proof.LIFE - timedelta(seconds=3)):
        assert checked(text) is not None
    with time_machine.travel(clock.now() + proof.LIFE + timedelta(seconds=1)):
        assert checked(text) is None


def test_one_answer_written_in_many_ways_is_one_answer():
    document = opened(solved(fresh()))
    written = [closed(document)]
    document["solution"]["derivedKey"] = document["solution"]["derivedKey"].upper()
    document["solution"]["counter"] = 99
    written.append(closed(document))
    document["more"] = "words"
    document["challenge"] = dict(reversed(document["challenge"].items()))
    written.append(closed(document))
    assert len({checked(text) for text in written}) == 1
    assert checked(written[0]) is not None


@pytest.mark.parametrize("name", ["cost", "keyPrefix", "keyLength", "expiresAt", "data", "algorithm", "nonce", "salt"])
def test_a_challenge_that_was_made_easier_is_worth_nothing(name):
    document = opened(solved(fresh()))
    parameters = document["challenge"]["parameters"]
    easier = {"cost": 1, "keyPrefix": "", "keyLength": 1, "expiresAt": 2**40, "data": {}, "algorithm": "SHA-256"}
    parameters[name] = easier.get(name, "00" * 16)
    solution = altcha.solve_challenge(altcha.Challenge.from_dict(document["challenge"]), timeout=1)
    if solution is not None:
        document["solution"] = {"counter": solution.counter, "derivedKey": solution.derived_key}
    assert checked(closed(document)) is None


@pytest.mark.parametrize("name", ["signature", "keySignature"])
def test_a_challenge_without_its_signature_is_worth_nothing(name):
    values: tuple[object, ...] = (None, "", "00" * 32, 1, {}, [])
    for value in values:
        document = opened(solved(fresh()))
        inside = document["challenge"] if name == "signature" else document["challenge"]["parameters"]
        inside[name] = value
        assert checked(closed(document)) is None, value


@pytest.mark.parametrize("key", ["", "00", "zz", None, 5, [], "é", "00" * 32])
def test_a_wrong_answer_is_worth_nothing(key):
    document = opened(solved(fresh()))
    document["solution"]["derivedKey"] = key
    assert checked(closed(document)) is None


@pytest.mark.parametrize(
    "text",
    [
        "", "x", "é", "\u0000", "=" * 40, "x" * 5_000,
        closed([]), closed("x"), closed(None), closed({}), closed([[[]]]),
        closed({"challenge": []}), closed({"challenge": "x", "solution": "x"}),
        closed({"challenge": {"parameters": []}, "solution": {}}), closed({"challenge": {"parameters": {}}}),
        closed({"challenge": {"parameters": {}, "signature": 1}, "solution": {"counter": 1, "derivedKey": ""}}),
        base64.b64encode(b"[" * 3_000).decode(), base64.b64encode(b'{"challenge":' + b"9" * 2_900 + b"}").decode(),
        base64.b64encode(b"NaN").decode(), base64.b64encode(b"\xff\xfe").decode(),
    ],
)  # fmt: skip
def test_nonsense_is_no_answer_and_no_error(text):
    assert checked(text) is None


def test_numbers_that_are_none_are_no_answer():
    document = opened(solved(fresh()))
    values: tuple[object, ...] = (float("nan"), float("inf"), -1, True, "soon", None, [], 10**400)
    for value in values:
        document["challenge"]["parameters"]["expiresAt"] = value
        assert checked(closed(document)) is None, value


def test_an_answer_is_spent_once(session):
    spent = checked(solved(fresh()))
    assert spent is not None
    assert proof.spend(session, spent)
    assert not proof.spend(session, spent)


def test_the_worker_forgets_what_is_stale_and_keeps_what_is_not(database, settings):
    now = clock.now()
    with database.writing() as session:
        proof.spend(session, Spent("a" * 64, now - timedelta(seconds=1)))
        proof.spend(session, Spent("b" * 64, now + timedelta(minutes=5)))
    assert proof.forget(database, settings, now=now) == {"used proofs forgotten": 1}
    assert proof.forget(database, settings, now=now) == {}
    with database.reading() as session:
        assert session.scalars(select(UsedProof.digest)).all() == ["b" * 64]


def test_checking_repeats_no_work(monkeypatch):
    texts = [solved(fresh()) for _ in range(3)]
    monkeypatch.setattr("altcha.v2.derive_key_pbkdf2", None)  # whoever works it out again falls over this
    assert None not in [checked(text) for text in texts]


class TestAsking:
    """`GET /c/<slug>/proof`."""

    @pytest.fixture
    def desk(self, database, settings):
        made = Desk(database, settings, now=clock.now())
        made.campaign()
        return made

    def asked(self, client, query="", slug="newsroom", **headers):
        return client.get(f"/c/{slug}/proof{query}", headers=headers)

    def test_in_calm_hours_nothing_is_asked_of_a_browser(self, desk, client):
        answer = self.asked(client)
        assert (answer.status_code, answer.json) == (200, {"challenge": None})
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in answer.headers

    def test_in_attack_mode_a_browser_gets_a_challenge_that_it_can_answer(self, desk, client):
        with desk.database.writing() as session:
            attack.begin(session, now=clock.now())
        challenge = self.asked(client).json["challenge"]
        with desk.database.reading() as session:
            assert limits.wants_proof(client.application.extensions["tidemark-counters"], session, None, 1)
        assert checked(solved(challenge), 1) is not None

    def test_whoever_was_told_to_bring_one_gets_a_challenge(self, desk, client):
        assert self.asked(client, "?wanted=1").json["challenge"]["parameters"]["cost"] == proof.ROUNDS

    def test_a_campaign_that_readers_do_not_see_has_no_challenge(self, desk, client):
        with desk.database.writing() as session:
            lifecycle.create(session, slug="draft", title="Draft", currency="USD", now=desk.now)
        for slug in ("nope", "draft"):
            assert self.asked(client, slug=slug).status_code == 404
        assert self.asked(client, "?wanted=1", slug="x" * 70).status_code == 404

    def test_challenges_are_no_way_to_keep_the_server_busy(self, desk, client):
        statuses = [self.asked(client).status_code for _ in range(241)]
        assert statuses == [200] * 240 + [429]


def test_used_proofs_hold_nothing_but_a_digest(session):
    assert set(UsedProof.__table__.columns.keys()) == {"digest", "expires_at"}
    assert session.scalar(select(func.count()).select_from(UsedProof)) == 0
