"""Staff's own words: checked when they are typed, kept for one campaign and one language, shown at once."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.campaign import lifecycle, wording
from campaigns.campaign.models import Campaign
from campaigns.errors import Invalid, NotFound
from campaigns.translations import form_key, sentences
from tests.bed.desk import NOW, Desk

RAISED = "%(raised)s raised so far."
REACHED = "<strong>The goal of %(goal)s is reached.</strong> Thank you!"
DONORS = "%(number)s donor"


@pytest.fixture
def campaign(database, settings, session: Session) -> Campaign:
    desk = Desk(database, settings)
    desk.campaign()
    desk.campaign("roof")
    return session.scalars(select(Campaign).filter_by(slug="newsroom")).one()


def say(session: Session, campaign: Campaign, key: str, text: str, language: str = "de") -> bool:
    return wording.set_wording(session, campaign, language=language, key=key, text=text, now=NOW)


def test_a_wording_is_for_one_campaign_and_one_language(session, campaign):
    assert say(session, campaign, "Donate", "Mitmachen")
    assert wording.of(session, campaign.id, "de-AT") == {"Donate": "Mitmachen"}
    assert wording.of(session, campaign.id, "fr") == {}
    other = session.scalars(select(Campaign.id).filter_by(slug="roof")).one()
    assert wording.of(session, other, "de") == {}


def test_braces_stand_for_what_is_filled_in(session, campaign):
    say(session, campaign, RAISED, "Schon {raised}!")
    assert wording.of(session, campaign.id, "de") == {RAISED: "Schon %(raised)s!"}
    told = next(one for one in wording.told(session, campaign.id, "de") if one.own)
    assert (told.own, told.ours, told.source) == (
        "Schon {raised}!",
        "Bisher {raised} gesammelt.",
        "{raised} raised so far.",
    )


@pytest.mark.parametrize(
    ("key", "text", "told"),
    [
        (RAISED, "Schon {amount}!", "this sentence fills in {raised}"),
        ("Donate", "Gib %(amount)s", "this sentence fills in nothing"),
        ("Donate", "x" * 501, "501 characters are too many"),
        ("Donate", "a\x00b", "cannot be shown"),
        (REACHED, "<b>{goal}</b>", "is no part of this sentence"),
        (REACHED, "<strong>{goal}", "never closed"),
        (REACHED, "{goal}</strong>", "closes nothing"),
        ("Donate", "<script>x</script>", "is no part of this sentence"),
    ],
)
def test_what_cannot_be_shown_is_refused_and_said_why(session, campaign, key, text, told):
    with pytest.raises(Invalid, match=told.replace("{", r"\{").replace("}", r"\}")):
        say(session, campaign, key, text)
    assert wording.of(session, campaign.id, "de") == {}


def test_an_unknown_sentence_form_or_language_is_not_found(session, campaign):
    for key, language in (("No such sentence", "de"), (form_key(DONORS, 2), "de"), ("Donate", "ja")):
        with pytest.raises(NotFound):
            say(session, campaign, key, "x", language)
    assert say(session, campaign, form_key(DONORS, 5), "%(number)s", "ar")


def test_our_own_words_or_none_make_it_ours_again(session, campaign):
    for back in ("", "  ", "Spenden"):
        assert say(session, campaign, "Donate", "Mitmachen")
        assert say(session, campaign, "Donate", back)
        assert wording.of(session, campaign.id, "de") == {}
    assert not say(session, campaign, "Donate", "")


def test_line_breaks_become_spaces_and_a_tag_of_the_sentence_stays(session, campaign):
    say(session, campaign, REACHED, "<strong>{goal}</strong>\r\nist da")
    assert wording.of(session, campaign.id, "de") == {REACHED: "<strong>%(goal)s</strong> ist da"}


def test_only_a_change_counts_as_one(session, campaign):
    before = campaign.revision
    assert say(session, campaign, "Donate", "Mitmachen")
    assert not say(session, campaign, "Donate", "Mitmachen")
    assert say(session, campaign, "Donate", "Helfen")
    assert campaign.revision == before + 2


def test_every_sentence_can_be_found_by_its_digest(session, campaign):
    told = wording.told(session, campaign.id, "ar")
    assert len({one.digest for one in told}) == len(told) > 80
    assert all(wording.key_with(one.digest).split("\x1f")[0] in sentences() for one in told)
    with pytest.raises(NotFound):
        wording.key_with("0" * 64)


def test_plural_forms_are_told_apart_by_example(session, campaign):
    told = {lang: [one for one in wording.told(session, campaign.id, lang) if one.numbers] for lang in ("ar", "de")}
    donors = [one.numbers for one in told["ar"] if one.source == "{number} donors"]
    assert donors == [
        "For 0",
        "For 1",
        "For 2",
        "For 3, 4, 5, 6 and so on",
        "For 11, 12, 13, 14 and so on",
        "For 100, 101, 102",
    ]
    assert [one.numbers for one in told["de"] if one.source == "{number} donors"] == [
        "For 1",
        "For 0, 2, 3, 4 and so on",
    ]


def test_readers_are_told_at_once_wherever_the_campaign_is_shown(session, campaign, client):
    urls = [f"{path}?lang=de" for path in ("/embed/newsroom/fragment", "/embed/newsroom", "/c/newsroom")]
    before = [client.get(url) for url in urls]
    say(session, campaign, "Donate", "Mitmachen & <3")
    session.commit()
    for url, old in zip(urls, before, strict=True):
        new = client.get(url, headers={"If-None-Match": old.headers["ETag"]})
        assert new.status_code == 200
        assert "Mitmachen &amp; &lt;3" in new.get_data(as_text=True)
    assert "Mitmachen" not in client.get("/embed/newsroom/fragment?lang=fr").get_data(as_text=True)
    assert "Mitmachen" not in client.get("/embed/roof/fragment?lang=de").get_data(as_text=True)
    assert lifecycle.find(session, "newsroom")[0].revision > 1
