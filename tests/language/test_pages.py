"""Which language is spoken on a page, on an error page and to programs, and in which digits."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from campaigns.money import as_major_text, format_money, in_digits_of
from tests.bed.desk import Desk


@pytest.fixture
def desk(database, settings) -> Desk:
    desk = Desk(database, settings)
    desk.campaign(language="fr")
    return desk


def html_of(client: FlaskClient, url: str, **headers: str) -> str:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get(url, headers=named).get_data(as_text=True)


@pytest.mark.parametrize("path", ["/c/newsroom", "/c/newsroom/donate", "/c/newsroom/thanks", "/embed/newsroom"])
def test_a_page_speaks_the_campaigns_language_unless_another_is_asked_for(desk, client, path):
    for query, tag, direction in (
        ("", "fr", "ltr"),
        ("?lang=de", "de", "ltr"),
        ("?lang=de-CH", "de-CH", "ltr"),
        ("?lang=ar", "ar", "rtl"),
        ("?lang=ja", "fr", "ltr"),
        ("?lang=%3Cscript%3E", "fr", "ltr"),
    ):
        assert f'<html lang="{tag}" dir="{direction}"' in html_of(client, path + query), query


def test_a_page_that_anybody_may_keep_does_not_follow_the_browser(desk, client):
    for path in ("/c/newsroom", "/embed/newsroom", "/embed/newsroom/fragment", "/c/newsroom/donate"):
        assert 'lang="fr"' in html_of(client, path, Accept_Language="de")


@pytest.mark.parametrize(
    ("query", "wishes", "told", "start"),
    [
        ("", "de-AT,de;q=0.9,en;q=0.5", "Hier ist nichts", '<html lang="de-AT" dir="ltr"'),
        ("?lang=ar", "de", "لا يوجد شيء هنا", '<html lang="ar" dir="rtl"'),
        ("", "ja, es;q=0.5", "Aquí no hay nada", '<html lang="es" dir="ltr"'),
        ("", "ja", "There is nothing here", '<html lang="en" dir="ltr"'),
        ("", "*", "There is nothing here", '<html lang="en" dir="ltr"'),
    ],
)
def test_an_error_page_speaks_the_readers_language(client, query, wishes, told, start):
    page = html_of(client, f"/c/nowhere{query}", Accept_Language=wishes, Accept="text/html")
    assert told in page
    assert start in page
    assert ("there is no campaign" in page.lower()) is ('lang="en"' in start)


def test_the_console_and_programs_are_spoken_to_in_english(client):
    login = client.get("/console/login", headers={"Accept-Language": "ar"}).get_data(as_text=True)
    assert '<html lang="en" dir="ltr"' in login
    gone = client.get("/console/nowhere?lang=ar", headers={"Accept-Language": "ar"})
    assert 'lang="ar"' not in gone.get_data(as_text=True)
    told = client.get("/api/v1/campaigns/nowhere?lang=de", headers={"Accept-Language": "de"})
    assert told.get_json() == {"error": "there is no campaign “nowhere”"}


def test_what_was_refused_in_a_language_is_told_in_it(desk, client):
    page = client.get("/c/newsroom/donate?lang=es").get_data(as_text=True)
    token = page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    answer = client.post("/c/newsroom/donate?lang=es", data={"csrf_token": token, "own_amount": "x"})
    assert "«x» no es un importe" in answer.get_data(as_text=True).replace("“x”", "")
    assert '<html lang="es" dir="ltr"' in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en", "€2,355.50"),
        ("de", "2.355,50\xa0€"),
        ("de-CH", "EUR\xa02’355.50"),
        ("fr", "2\u202f355,50\xa0€"),
        ("es", "2.355,50\xa0€"),
        ("ar", "\u200f2,355.50\xa0€"),
        ("ar-EG", "\u200f٢٬٣٥٥٫٥٠\xa0€"),
    ],
)
def test_money_is_written_in_the_readers_way_and_digits(language, written):
    assert format_money(235_550, "EUR", language) == written
    assert in_digits_of("ar-EG", "3 نوفمبر") == "٣ نوفمبر"


@pytest.mark.parametrize(
    ("language", "typed", "read"),
    [
        ("de", "12,50", "12.50"),
        ("de", " 12.50 ", "12.50"),
        ("de", "1.000,50", "1.000,50"),
        ("fr", "12,50", "12.50"),
        ("en", "1,000", "1,000"),
        ("de", "1,2,3", "1,2,3"),
        ("ar", "٥٠", "50"),
        ("ar", "١٢٫٥", "12.5"),
        ("ar-EG", "12٫5", "12.5"),
        ("en", "１００", "１００"),
    ],
)
def test_an_amount_is_read_as_its_reader_types_it_and_never_guessed_at(language, typed, read):
    assert as_major_text(typed, language) == read


def test_a_bar_for_egypt_is_written_in_one_kind_of_digits(desk, client):
    shown = html_of(client, "/embed/newsroom/fragment?lang=ar-EG")
    words = shown.split('class="tm-sum"', 1)[1].split("</p>", 1)[0]
    assert "٪" in words or "٠" in words
    text = "".join(part.split(">", 1)[-1] for part in words.split("<"))
    assert not [character for character in text if character in "0123456789"]
