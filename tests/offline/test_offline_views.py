"""Gifts by hand as staff work with them: typed in, corrected, read from a file, looked at, taken and undone."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from campaigns.audit import AuditEntry
from campaigns.inbox.proof import reader
from campaigns.ledger import rebuild
from campaigns.ledger.imported import ImportRun
from campaigns.ledger.models import Donation, LedgerEntry
from tests.bed.cast import post
from tests.bed.looking import page_of
from tests.bed.told import give

pytestmark = pytest.mark.usefixtures("traveller")

FILE = b"""Date,Amount,Name,Email,Reference
2026-11-02,25.00,Rosa Mayreder,rosa@example.org,A-1
2026-10-31,"1,000.00",Bertha von Suttner,,A-2
2026-11-03,ten,Hedy Lamarr,,A-3
"""


def enter(client, **changed: str):
    form = {"campaign": "newsroom", "amount": "25", "day": "2026-11-02", "click": "press-1", "name": "Rosa", **changed}
    return post(client, "/console/gifts/create", form)


def sound(desk) -> int:
    """What the newsroom raised, once the ledger has been checked and made anew."""
    assert desk.check().findings == ()
    with desk.database.writing() as session:
        assert rebuild.rebuild(session, now=desk.now) == 0
    raised: int = desk.raised() + (desk.raised("older") if desk.totals("older") else 0)
    return raised


@pytest.fixture
def older(desk) -> str:
    """A campaign whose first month was September."""
    desk.now -= timedelta(days=60)
    desk.campaign("older")
    desk.now += timedelta(days=60)
    return "older"


def upload(client, body: bytes = FILE, name: str = "gifts.csv", campaign: str = "newsroom") -> str:
    answer = post(client, "/console/imports/upload", {"campaign": campaign, "file": (io.BytesIO(body), name)})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return str(answer.location)


def ticked(page: str) -> list[str]:
    return re.findall(r'name="line" value="(\d+)" checked', page)


def test_a_gift_counts_in_the_period_of_its_own_day(desk, cast, older):
    editor = cast.client("editor")
    answer = enter(editor, campaign=older)
    assert "Rosa" in page_of(editor, answer.location)
    enter(editor, click="press-2", day="2026-10-31", amount="10", campaign=older)
    assert [total.raised_minor for total in desk.totals(older)] == [1000, 2500]
    assert sound(desk) == 3500


def test_the_same_press_enters_one_gift(desk, cast):
    editor = cast.client("editor")
    enter(editor)
    assert enter(editor).status_code == 409
    assert sound(desk) == 2500


@pytest.mark.parametrize(
    "wrong",
    [{"amount": "0"}, {"amount": "-5"}, {"amount": "2.555"}, {"day": "2026-11-23"}, {"day": ""}, {"email": "no"}],
)
def test_what_is_no_gift_is_refused_at_its_field(wrong, desk, cast):
    answer = enter(cast.client("editor"), **wrong)
    assert answer.status_code == 422
    assert f'id="{next(iter(wrong))}-error"' in answer.get_data(as_text=True)
    assert sound(desk) == 0


def test_a_gift_of_any_service_is_corrected_by_an_entry_of_its_own(desk, cast):
    give(desk, "ch_1", 2500, campaign="newsroom")
    editor, key = cast.client("editor"), desk.donation("ch_1").key
    assert "Correct" in page_of(editor, f"/console/donations/{key}")
    url = f"/console/gifts/{key}/correct"
    assert post(editor, url, {"way": "off", "amount": "10", "reason": "given back in cash"}).status_code == 303
    assert sound(desk) == 1500
    assert post(editor, url, {"way": "on", "amount": "20", "reason": "too much"}).status_code == 422
    assert post(editor, url, {"way": "on", "amount": "4", "reason": "a part was a mistake"}).status_code == 303
    assert sound(desk) == 1900
    assert post(editor, url, {"way": "off", "amount": "30", "reason": "more than there is"}).status_code == 422
    assert post(editor, url, {"way": "all", "reason": "never reached us"}).status_code == 303
    assert post(editor, url, {"way": "all", "reason": "again"}).status_code == 422
    assert sound(desk) == 0
    kinds = [(entry.kind, entry.amount_minor) for entry in desk.entries("ch_1")]
    assert kinds == [("donation", 2500), ("adjustment", -1000), ("adjustment", 400), ("adjustment", -1900)]


def test_an_entry_that_its_act_does_not_tell_of_is_found(desk, cast):
    enter(cast.client("editor"))
    with desk.database.reading() as session:
        entry, act = session.scalars(select(LedgerEntry)).one(), session.scalars(select(AuditEntry)).all()[-1]
        proof = reader(session, desk.settings)(entry)
        assert proof is not None
        assert proof.movements is not None
        assert [(one.key, one.amount_minor) for one in proof.movements] == [(entry.key, 2500)]
        assert proof.stored_sha256 == act.detail_sha256


def test_a_file_is_looked_at_and_then_taken_row_by_row(desk, cast, older):
    editor = cast.client("editor")
    url = upload(editor, campaign=older)
    page = page_of(editor, url)
    assert "A new gift" in page
    assert "is no amount" in page
    assert ticked(page) == ["2", "3"]
    assert sound(desk) == 0
    answer = post(editor, url + "/take", {"line": ["2", "3", "4", "99", "x"]})
    page = page_of(editor, answer.location)
    assert "2 gifts taken: $1,025" in page
    assert "Rosa Mayreder" in page
    assert [total.raised_minor for total in desk.totals(older)] == [100_000, 2500]
    assert sound(desk) == 102_500
    with desk.database.reading() as session:
        run = session.scalars(select(ImportRun)).one()
        assert (run.status, run.body) == ("taken", None)
        kinds = set(session.scalars(select(LedgerEntry.evidence_kind)))
    assert kinds == {"import"}


def test_the_same_file_again_is_known_row_by_row(desk, cast):
    editor = cast.client("editor")
    url = upload(editor)
    post(editor, url + "/take", {"line": ["2", "3"]})
    page = page_of(editor, again := upload(editor))
    assert ticked(page) == []
    assert "Seems to be line 2 of gifts.csv" in page
    assert post(editor, again + "/take", {}).status_code == 303
    assert "choose at least one row" in page_of(editor, again).lower()
    assert sound(desk) == 102_500


def test_a_file_that_was_taken_cannot_be_taken_twice(desk, cast):
    editor = cast.client("editor")
    url = upload(editor)
    for _ in range(2):
        post(editor, url + "/take", {"line": ["2"]})
    assert sound(desk) == 2500


def test_a_file_is_undone_by_entries_and_may_be_read_in_again(desk, cast):
    editor = cast.client("editor")
    url = upload(editor)
    post(editor, url + "/take", {"line": ["2", "3"]})
    for told in ("2 gifts taken back", "This file was undone already"):
        assert told in page_of(editor, post(editor, url + "/undo", {}).location)
    assert sound(desk) == 0
    with desk.database.reading() as session:
        assert len(list(session.scalars(select(Donation)))) == 2
    again = upload(editor)
    assert ticked(page_of(editor, again)) == ["2", "3"]
    post(editor, again + "/take", {"line": ["2", "3"]})
    assert sound(desk) == 102_500


def test_a_row_that_another_service_told_of_already_is_known(desk, cast):
    give(desk, "ch_77", 2500, campaign="newsroom")
    body = b"date,amount,id\n2026-11-22,25.00,ch_77\n2026-11-22,25.00,ch_78\n"
    page = page_of(cast.client("editor"), upload(cast.client("editor"), body))
    assert "Seems to be the payment ch_77" in page
    assert ticked(page) == ["3"]


def test_rows_that_stand_twice_in_one_file_are_told(desk, cast):
    body = b"date,amount,name\n2026-11-02,5,Rosa\n2026-11-02,5,rosa\n2026-11-02,5,Hedy\n"
    page = page_of(cast.client("editor"), upload(cast.client("editor"), body))
    assert ticked(page) == ["2", "4"]
    assert "Seems to be line 2 of this file" in page


def test_what_columns_mean_is_changed_and_shown_anew(desk, cast):
    editor = cast.client("editor")
    url = upload(editor, b"a;b;c\n02.11.2026;1.234,50;Rosa\n")
    assert ticked(page_of(editor, url)) == []
    form = {"column_date": "0", "column_amount": "1", "column_name": "2", "day_order": "dmy", "mark": ","}
    rest = {f"column_{name}": "" for name in ("currency", "email", "id", "message")}
    assert post(editor, url + "/map", form | rest).status_code == 303
    assert ticked(page_of(editor, url)) == ["2"]
    post(editor, url + "/take", {"line": ["2"]})
    assert sound(desk) == 123_450


def test_a_file_that_nobody_takes_is_forgotten(desk, cast):
    editor = cast.client("editor")
    url = upload(editor)
    assert post(editor, url + "/give_up", {}).status_code == 303
    assert editor.get(url).status_code == 404
    upload(editor)
    with desk.database.writing() as session:
        session.scalars(select(ImportRun)).one().created_at = datetime(2026, 11, 20, tzinfo=UTC)
    upload(editor)
    with desk.database.reading() as session:
        assert len(list(session.scalars(select(ImportRun)))) == 1


@pytest.mark.parametrize("body", [b"", b"only a header\n", b"\x00\x01\x02"])
def test_what_is_no_table_is_refused_and_nothing_kept(body, desk, cast):
    form = {"campaign": "newsroom", "file": (io.BytesIO(body), "x.csv")}
    answer = post(cast.client("editor"), "/console/imports/upload", form)
    assert answer.status_code == 422
    with desk.database.reading() as session:
        assert session.scalars(select(ImportRun)).first() is None
