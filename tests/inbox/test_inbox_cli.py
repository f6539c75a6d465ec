"""`tidemark endpoint create` and `tidemark inbox drain | list | replay`."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from campaigns.audit import AuditEntry
from campaigns.crypto import Sealer
from campaigns.inbox import cli as inbox_cli
from campaigns.inbox import endpoints, look_ups
from campaigns.ledger import posting
from tests.bed.desk import CREATED, Desk
from tests.bed.stripe_events import charge, event, refund

SECRET = "whsec_" + "c" * 32


def create(tidemark, *arguments):
    return tidemark("endpoint", "create", "--provider", "stripe", "--name", "berlin", *arguments)


def opened(desk: Desk):
    with desk.database.reading() as session:
        endpoint = endpoints.find(session, "stripe", "berlin")
        return endpoint, endpoints.opened(endpoint, Sealer(desk.settings.secret_key), desk.settings.mode)


def pay(desk: Desk, ref: str, **over) -> str:
    message = event("charge.succeeded", charge(ref, 100, created=CREATED, campaign="newsroom", **over), created=CREATED)
    desk.send(message)
    return str(message["id"])


# -- endpoint create ---------------------------------------------------------------------------------------------------


def test_an_endpoint_is_made_and_its_url_printed_alone(desk, tidemark):
    result = create(tidemark, "--secret", SECRET, "--campaign", "newsroom", "--setting", "account=acct_1")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "http://tidemark.test/webhooks/stripe/berlin\n"
    endpoint, open_one = opened(desk)
    assert endpoint.campaign_id == 1
    assert (open_one.secrets, open_one.settings) == ((SECRET,), {"account": "acct_1"})
    with desk.database.reading() as session:
        (act,) = session.scalars(select(AuditEntry).filter_by(thing="endpoint")).all()
    assert act.staff_id is None
    assert SECRET not in act.detail


def test_secrets_and_settings_are_read_from_files(desk, tidemark, tmp_path):
    secret, key = tmp_path / "secret", tmp_path / "key"
    secret.write_text(SECRET + "\n")
    key.write_text("rk_test_123\n")
    two = ("--secret", f"@{secret}", "--secret", "whsec_" + "d" * 32)
    assert create(tidemark, *two, "--setting", f"api_key=@{key}").exit_code == 0
    _, open_one = opened(desk)
    assert open_one.secrets == (SECRET, "whsec_" + "d" * 32)
    assert open_one.settings == {"api_key": "rk_test_123"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "needs at least one --secret"),
        (("--secret", "short"), "at least 16 characters"),
        (("--secret", "@/nowhere/at/all"), "cannot be read"),
        (("--secret", SECRET, "--campaign", "nowhere"), "there is no campaign"),
        (("--secret", SECRET, "--setting", "colour=red"), "takes no setting"),
        (("--secret", SECRET, "--setting", "colour"), "K=V"),
        (("--secret", SECRET, "--name", "main"), "named main already"),
        (("--secret", SECRET, "--provider", "nobody"), "use one of"),
    ],
)
def test_what_is_wrong_is_said_with_exit_2_and_makes_nothing(desk, tidemark, arguments, told):
    result = create(tidemark, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr
    assert SECRET not in result.output


# -- inbox -------------------------------------------------------------------------------------------------------------


def test_drain_processes_what_is_due_and_counts_the_words(desk, tidemark):
    desk.store(event("charge.succeeded", charge("ch_1", 100, created=CREATED, campaign="newsroom"), created=CREATED))
    desk.store(event("payout.paid", {"id": "po_1", "object": "payout"}, created=CREATED))
    result = tidemark("inbox", "drain")
    assert (result.exit_code, result.stdout) == (0, "1 ignored, 1 processed\n")
    assert desk.raised() == 100
    assert tidemark("inbox", "drain").stdout == "nothing was due\n"


def test_list_shows_events_by_status_the_newest_first(desk, tidemark):
    first, strange = pay(desk, "ch_1"), pay(desk, "ch_2", status="dreaming")
    lines = tidemark("inbox", "list").stdout.splitlines()
    assert [strange in lines[0], first in lines[1], len(lines)] == [True, True, 2]
    assert "dreaming" in lines[0]
    (line,) = tidemark("inbox", "list", "--status", "processed").stdout.splitlines()
    assert first in line


def test_list_as_json_is_one_document_and_nothing_else(desk, tidemark):
    assert json.loads(tidemark("inbox", "list", "--json").stdout) == []
    pay(desk, "ch_1")
    strange = pay(desk, "ch_2", status="dreaming")
    (found,) = json.loads(tidemark("inbox", "list", "--json", "--status", "failed").stdout)
    assert (found["remote_id"], found["status"], found["endpoint"]) == (strange, "failed", "stripe/main")
    assert found["received_at"].endswith("Z")
    assert len(json.loads(tidemark("inbox", "list", "--json").stdout)) == 2


@pytest.fixture
def broken(desk, monkeypatch):
    """A desk at which three messages were received while posting was out of order."""

    def fails(*_args, **_options):
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(posting, "post", fails)
        return [pay(desk, f"ch_{number}") for number in range(3)]


@pytest.mark.parametrize("by", ["own id", "remote id"])
def test_one_event_is_replayed_by_either_id(desk, tidemark, broken, by):
    name = str(desk.event(broken[1]).id) if by == "own id" else broken[1]
    result = tidemark("inbox", "replay", name)
    assert (result.exit_code, result.stdout) == (0, "1 processed\n")
    assert desk.raised() == 100


def test_events_are_replayed_by_status_and_twice_changes_nothing(desk, tidemark, broken):
    assert tidemark("inbox", "replay", "--status", "waiting").stdout == "3 processed\n"
    assert tidemark("inbox", "replay", "--status", "processed").stdout == "3 processed\n"
    assert tidemark("inbox", "replay", "--status", "failed").stdout == "no such event\n"
    assert desk.raised() == 300
    assert desk.check().findings == ()
    with desk.database.reading() as session:
        acts = session.scalars(select(AuditEntry).filter_by(action="replay")).all()
    assert len(acts) == 6


@pytest.mark.parametrize(
    ("since", "told"),
    [
        ("2026-11-22", "3 processed\n"),
        ("2026-11-22T20:00:00+01:00", "3 processed\n"),
        ("2026-11-22T19:00:01Z", "no such event\n"),
    ],
)
def test_events_are_replayed_since_an_instant(desk, tidemark, broken, since, told):
    assert tidemark("inbox", "replay", "--since", since).stdout == told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "give one of"),
        (("1", "--status", "failed"), "give one of"),
        (("evt_nobody",), "there is no event"),
        (("999999999999999999999999",), "there is no event"),
        (("--since", "yesterday"), "is no time"),
    ],
)
def test_a_replay_of_nothing_sensible_is_refused_with_exit_2(desk, tidemark, arguments, told):
    result = tidemark("inbox", "replay", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr


# -- endpoint set and list ---------------------------------------------------------------------------------------------


def change(tidemark, *arguments):
    return tidemark("endpoint", "set", "--provider", "stripe", "--name", "berlin", *arguments)


def test_settings_and_secrets_are_changed_and_written_down_without_their_values(desk, tidemark, tmp_path):
    create(tidemark, "--secret", SECRET, "--setting", "account=acct_1")
    key = tmp_path / "key"
    key.write_text("rk_test_123\n")
    more = "whsec_" + "d" * 32
    result = change(tidemark, "--setting", f"api_key=@{key}", "--remove-setting", "account", "--secret", more)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "stripe/berlin: saved\n", "")
    _, open_one = opened(desk)
    assert (open_one.secrets, open_one.settings) == ((SECRET, more), {"api_key": "rk_test_123"})
    with desk.database.reading() as session:
        acts = session.scalars(select(AuditEntry).filter_by(thing="endpoint").order_by(AuditEntry.id)).all()
    assert [act.action for act in acts] == ["create", "remove_setting", "set_setting", "add_secret"]
    assert not any("rk_test" in act.detail or "whsec" in act.detail for act in acts)


def test_a_key_given_at_the_command_line_makes_what_waits_due(desk, tidemark):
    pay(desk, "ch_1", balance_transaction="txn_1")
    result = tidemark("endpoint", "set", "--provider", "stripe", "--name", "main", "--setting", "api_key=rk_test_1")
    assert result.stdout.startswith("stripe/main: saved; look-ups due now: ")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "give at least one"),
        (("--setting", "colour=red"), "takes no setting"),
        (("--setting", "api_key="), "is empty"),
        (("--remove-setting", "account"), "has no setting"),
        (("--secret", "short"), "at least 16 characters"),
        (("--secret", SECRET), "has this secret already"),
        (("--setting", "account=acct_1", "--remove-setting", "nothing"), "has no setting"),
        (("--name", "nowhere", "--setting", "account=acct_1"), "no such webhook endpoint"),
    ],
)
def test_a_change_that_cannot_be_is_refused_with_exit_2_and_changes_nothing(desk, tidemark, arguments, told):
    create(tidemark, "--secret", SECRET)
    result = change(tidemark, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr
    _, open_one = opened(desk)
    assert (open_one.secrets, open_one.settings) == ((SECRET,), {})


def test_endpoints_are_listed_with_what_is_set_and_never_a_secret(desk, tidemark):
    create(tidemark, "--secret", SECRET, "--campaign", "newsroom", "--setting", "api_key=rk_test_123")
    shown = tidemark("endpoint", "list")
    assert shown.stdout.splitlines()[0] == "stripe/berlin  http://tidemark.test/webhooks/stripe/berlin"
    assert "settings: api_key" in shown.stdout
    found = json.loads(tidemark("endpoint", "list", "--json").stdout)
    assert [(one["name"], one["campaign"], one["secrets"], one["settings"]) for one in found] == [
        ("berlin", "newsroom", 1, ["api_key"]),
        ("main", None, 1, []),
    ]
    for output in (shown.output, json.dumps(found)):
        assert SECRET not in output
        assert "rk_test" not in output


def test_a_drain_asks_for_what_is_missing_and_then_processes_what_waited_for_it(desk, tidemark, monkeypatch):
    early = event("refund.created", refund("re_1", "ch_1", 40, created=CREATED), created=CREATED)
    desk.send(early)

    def answered(database, settings, *, now):
        desk.store(
            event("charge.succeeded", charge("ch_1", 100, created=CREATED, campaign="newsroom"), created=CREATED)
        )
        return {"answered": 1}

    monkeypatch.setattr(look_ups, "ask_due", answered)
    result = tidemark("inbox", "drain")
    assert (result.exit_code, result.stdout) == (0, "2 processed, 1 queued\n")
    assert desk.raised() == 60


def test_list_shows_the_newest_and_says_that_there_are_older_ones(desk, tidemark, monkeypatch):
    monkeypatch.setattr(inbox_cli, "LISTED_MAX", 1)
    pay(desk, "ch_1")
    second = pay(desk, "ch_2")
    result = tidemark("inbox", "list")
    (line,) = result.stdout.splitlines()
    assert second in line
    assert result.stderr == "… and older ones; these are the newest 1\n"
