"""Whose words are used: the reader's language, staff's own before ours, and never a page that breaks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment
from markupsafe import Markup

from campaigns import language, translations
from campaigns.language import asked_language, gettext, nearest, ngettext, npgettext, pgettext, say, speaking, words_of
from campaigns.translations import form_key, key_of

STEP = "by this way at least %(amount)s can be given"
DONORS = ("%(number)s donor", "%(number)s donors")


@pytest.fixture
def environment() -> Environment:
    made = Environment(autoescape=True, extensions=["jinja2.ext.i18n"])
    language.install(made)
    return made


@pytest.fixture
def italian(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of catalogs with nothing but the Italian one in it."""
    kept = (translations.languages, translations.catalog, translations.sentences, language.words_of, language._tag)
    monkeypatch.setattr(translations, "FOLDER", tmp_path)
    header = 'msgid ""\nmsgstr ""\n"Language: it\\n"\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
    lines = {
        "Donate": "Dona",
        "Thank you!": "%(nothing)s grazie!",
        "Once": "100% sicuro",
        "A gift of %(amount)s": "Un dono",
    }
    body = "".join(f'msgid "{source}"\nmsgstr "{said}"\n\n' for source, said in lines.items())
    (tmp_path / "it.po").write_text(header + body + '#, fuzzy\nmsgid "Monthly"\nmsgstr "Mensile"\n')
    for one in kept:
        one.cache_clear()
    yield tmp_path
    for one in kept:
        one.cache_clear()


@pytest.mark.parametrize(
    ("asked", "fallbacks", "spoken"),
    [
        ("de", ("en",), "de"),
        ("de-AT", ("en",), "de-AT"),
        ("DE-at", ("en",), "de-AT"),
        ("ja", ("fr", "en"), "fr"),
        (None, ("es",), "es"),
        ("", ("ar-EG",), "ar-EG"),
        ("xx", ("yy", None), "en"),
        ("en-GB", ("de",), "en-GB"),
        ("de_DE.utf8", ("en",), "en"),
        ("de@euro", ("en",), "en"),
        ("<script>", ("fr",), "fr"),
        ("zz-ZZ", (), "en"),
    ],
)
def test_the_first_language_that_there_are_words_in_is_spoken(asked, fallbacks, spoken) -> None:
    assert nearest(asked, *fallbacks) == spoken


def test_a_regions_words_are_those_of_its_language() -> None:
    assert [words_of(tag) for tag in ("de-CH", "de", "en-GB", "ja")] == ["de", "de", "en", "en"]
    assert (asked_language("de-CH"), asked_language("ja"), asked_language(None)) == ("de-CH", None, None)


def test_a_sentence_is_said_in_the_present_language_and_in_the_sources_outside() -> None:
    with speaking("de-AT"):
        assert say("Donate") == "Spenden"
        with speaking("fr"):
            assert say("Donate") == "Faire un don"
        assert say("Donate") == "Spenden"
    assert say("Donate") == "Donate"
    with speaking("ja"):
        assert say("Donate") == "Donate"


def test_values_are_filled_in_wherever_the_language_wants_them() -> None:
    for tag, said in (("de", "auf diesem Weg können mindestens 5 € gespendet werden"), ("en", STEP)):
        with speaking(tag):
            assert say(STEP, amount="5 €") == said.replace("%(amount)s", "5 €")


def test_numbers_are_told_in_the_forms_of_the_language() -> None:
    with speaking("ar"):
        told = [ngettext(*DONORS, number) for number in (0, 1, 2, 3, 10, 11, 99, 100, 103)]
    assert len(set(told)) == 6
    assert told[3] == told[4] == told[8]
    assert told[5] == told[6]
    with speaking("fr"):
        assert ngettext(*DONORS, 0) == "%(number)s donateur"
    with speaking("en"):
        assert [ngettext(*DONORS, number) for number in (0, 1, 2)] == [DONORS[1], DONORS[0], DONORS[1]]


def test_staffs_words_come_before_ours_and_only_where_they_gave_some() -> None:
    with speaking("de", {"Donate": "Mitmachen", form_key(DONORS[0], 1): "%(number)s Unterstützende"}):
        assert say("Donate") == "Mitmachen"
        assert say("Paused") == "Unterbrochen"
        assert [ngettext(*DONORS, number) for number in (1, 2)] == ["%(number)s Spender", "%(number)s Unterstützende"]


def test_a_wording_that_asks_for_what_is_not_there_is_passed_over() -> None:
    with speaking("de", {STEP: "mindestens %(sum)s", "Donate": "Gib %(amount)s"}):
        assert say(STEP, amount="5 €").startswith("auf diesem Weg")
        assert say("Donate") == "Spenden"


def test_a_percent_sign_in_a_wording_is_only_a_percent_sign(environment: Environment) -> None:
    wordings = {STEP: "100 % gehen an uns: %(amount)s %d %", "Donate": "100%"}
    with speaking("de", wordings):
        assert say(STEP, amount="5 €") == "100 % gehen an uns: 5 € %d %"
        assert say("Donate") == "100%"
        page = environment.from_string("{{ _('Donate') }} {{ _('" + STEP + "', amount='5 €') }}")
        assert page.render() == "100% 100 % gehen an uns: 5 € %d %"


def test_staffs_words_are_text_on_a_page_and_only_the_sentences_own_tags_are_tags(environment: Environment) -> None:
    source = "<strong>The goal of %(goal)s is reached.</strong> Thank you!"
    own = "<strong>%(goal)s</strong> & <b>danke</b> <script>x</script>"
    template = "{% trans goal=goal %}<strong>The goal of {{ goal }} is reached.</strong> Thank you!{% endtrans %}"
    with speaking("de", {source: own}):
        page = environment.from_string(template).render(goal="<5>")
    assert page == "<strong>&lt;5&gt;</strong> &amp; &lt;b&gt;danke&lt;/b&gt; &lt;script&gt;x&lt;/script&gt;"


def test_in_a_plain_text_staffs_words_stand_as_they_were_typed() -> None:
    plain = Environment(extensions=["jinja2.ext.i18n"])
    language.install(plain)
    with speaking("de", {"Donate": "Spenden & helfen"}):
        assert plain.from_string("{{ _('Donate') }}").render() == "Spenden & helfen"


def test_a_name_that_is_no_sentence_of_ours_is_shown_as_text(environment: Environment) -> None:
    template = environment.from_string("{{ _(title) }}")
    assert template.render(title='<i a="b">50% & more</i>') == str(Markup.escape('<i a="b">50% & more</i>'))
    with speaking("de"):
        assert template.render(title="Bank transfer") == "Banküberweisung"


def test_a_template_says_plurals_in_the_forms_of_the_language(environment: Environment) -> None:
    template = environment.from_string(
        "{% trans count=n, number=n %}{{ number }} donor{% pluralize %}{{ number }} donors{% endtrans %}"
    )
    with speaking("de"):
        assert [template.render(n=n) for n in (1, 2)] == ["1 Spender", "2 Spender"]
    with speaking("ar"):
        assert template.render(n=2) == "متبرعان"
    assert [template.render(n=n) for n in (1, 2)] == ["1 donor", "2 donors"]


def test_a_sentence_may_mean_something_else_in_another_context(environment: Environment) -> None:
    with speaking("de", {key_of("Donate", "noun"): "Spende", form_key(key_of("one", "gifts"), 1): "viele"}):
        assert (pgettext("noun", "Donate"), gettext("Donate")) == ("Spende", "Spenden")
        assert [npgettext("gifts", "one", "many", number) for number in (1, 2)] == ["one", "viele"]
        page = environment.from_string("{{ pgettext('noun', 'Donate') }} {{ npgettext('gifts', 'one', 'many', 2) }}")
        assert page.render() == "Spende viele"


def test_a_further_language_is_one_more_file(italian: Path) -> None:
    assert translations.languages() == ("en", "it")
    with speaking(nearest("it-CH", "de")):
        assert say("Donate") == "Dona"
    assert nearest("de") == "en"


def test_what_is_unfit_fuzzy_or_missing_in_a_catalog_is_said_as_in_the_source(italian: Path) -> None:
    with speaking("it"):
        assert [say(one) for one in ("Thank you!", "Once", "Monthly", "Paused")] == [
            "Thank you!",
            "Once",
            "Monthly",
            "Paused",
        ]
        assert say("A gift of %(amount)s", amount="5 €") == "Un dono"


def test_a_catalog_without_plural_forms_is_refused() -> None:
    with pytest.raises(ValueError, match="no plural forms"):
        translations.plural_forms("whatever")
