"""The console's page of words: found, changed, refused and taken back, by editors."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from campaigns.audit import AuditEntry
from campaigns.campaign import wording
from campaigns.db import Database
from campaigns.settings import Settings
from tests.bed.cast import Cast, post
from tests.bed.desk import Desk

PAGE = "/console/campaigns/newsroom/wording"


@pytest.fixture
def editor(app: Flask, database: Database, settings: Settings) -> FlaskClient:
    Desk(database, settings).campaign(language="de")
    return Cast(app, database).client("editor")


def digest_of(key: str) -> str:
    return wording._digest(key)


def said(client: FlaskClient, query: str = "") -> str:
    answer = client.get(PAGE + query)
    assert answer.status_code == 200
    return unescape(answer.get_data(as_text=True))


def test_every_sentence_stands_there_in_the_language_of_the_campaign(editor: FlaskClient) -> None:
    page = said(editor)
    assert "Spenden" in page
    assert "Bisher {raised} gesammelt." in page
    assert page.count('class="wording"') > 80
    assert 'lang="ar" dir="rtl"' in said(editor, "?language=ar")
    assert "Something broke on our side" not in page  # of no campaign


def test_a_wording_is_saved_shown_and_written_down(editor: FlaskClient, database: Database) -> None:
    answer = post(editor, f"{PAGE}?language=de", {"sentence": digest_of("Donate"), "wording": "Mitmachen"})
    assert answer.status_code == 303
    assert f"language=de#s-{digest_of('Donate')[:12]}" in answer.location
    assert "Mitmachen" in said(editor, "?own=1")
    assert "Mitmachen" in editor.get("/console/campaigns/newsroom").get_data(as_text=True)
    assert said(editor, "?own=1").count('class="wording"') == 1
    with database.reading() as session:
        act = session.query(AuditEntry).filter_by(action="reword").one()
    assert "Donate" in act.detail
    assert "Reworded it: German" in editor.get("/console/campaigns/newsroom").get_data(as_text=True)


def test_our_words_come_back(editor: FlaskClient) -> None:
    for text in ("Mitmachen", ""):
        post(editor, f"{PAGE}?language=de", {"sentence": digest_of("Donate"), "wording": text})
    assert said(editor, "?own=1").count('class="wording"') == 0


def test_a_refused_wording_is_kept_in_the_form_and_changes_nothing(editor: FlaskClient) -> None:
    answer = post(editor, f"{PAGE}?language=de", {"sentence": digest_of("Donate"), "wording": "Gib {amount}"})
    page = unescape(answer.get_data(as_text=True))
    assert answer.status_code == 422
    assert re.search(r'aria-invalid="true"[^>]*>Gib \{amount\}</textarea>', page)
    assert "“{amount}” cannot be filled in here" in page
    assert said(editor, "?own=1").count('class="wording"') == 0


def test_sentences_are_found_by_any_of_their_words(editor: FlaskClient) -> None:
    for asked in ("donate", "SPENDEN", "{raised}"):
        found = said(editor, f"?q={asked}").count('class="wording"')
        assert 0 < found < 60, asked
    assert "Nothing fits" in said(editor, "?q=nosuchwordanywhere")


def test_nonsense_is_harmless(editor: FlaskClient) -> None:
    assert post(editor, PAGE, {"sentence": "x", "wording": "y"}).status_code == 404
    assert "<script>" not in editor.get(PAGE + "?q=<script>&language=<script>").get_data(as_text=True)
