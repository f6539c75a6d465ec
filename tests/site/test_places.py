"""Whatever a stranger sends as the place a reader came from: one spelling, and nothing that names the reader."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from campaigns.site.places import ORIGIN_MAX, PLACE_MAX, place

CLEAN = re.compile(
    r"https?://(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(:[1-9][0-9]{0,4})?(/([A-Za-z0-9._~!$&'()*+,=:@-]|%[0-9A-F]{2})*)*",
    re.ASCII,
)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("https://news.example/bread", "https://news.example/bread"),
        ("https://news.example/bread?utm_source=mail&email=a@b.example#top", "https://news.example/bread"),
        ("HTTPS://News.Example:443/Bread", "https://news.example/Bread"),
        ("http://news.example:80/", "http://news.example/"),
        ("http://news.example:8080/", "http://news.example:8080/"),
        ("https://news.example", "https://news.example"),
        ("https://news.example?who=me", "https://news.example"),
        ("https://news.example#me", "https://news.example"),
        ("https://news.example./a", "https://news.example/a"),
        ("  https://news.example/a  ", "https://news.example/a"),
        ("https://bücher.example/straße", "https://xn--bcher-kva.example/stra%C3%9Fe"),
        ("https://BÜCHER.example/", "https://xn--bcher-kva.example/"),
        ("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/"),
        ("https://news.example/a/./b/../c", "https://news.example/a/c"),
        ("https://news.example/../../a", "https://news.example/a"),
        ("https://news.example/a/%2e%2E/b", "https://news.example/b"),
        ("https://news.example/a/b/..", "https://news.example/a/"),
        ("https://news.example/%7euser/%c3%9f%2fx", "https://news.example/~user/%C3%9F%2Fx"),
        ("https://news.example/100%", "https://news.example/100%25"),
        ("https://news.example/100%zz", "https://news.example/100%25zz"),
        ("https://news.example/a;jsessionid=51F/b;c", "https://news.example/a/b"),
        ("https://news.example/a%3fsecret=1", "https://news.example/a"),
        ("https://news.example/a%23secret", "https://news.example/a"),
        ("https://news.example/a%3bsecret", "https://news.example/a"),
        ("https://news.example/a//b", "https://news.example/a//b"),
        ('https://news.example/<"a|b">', "https://news.example/%3C%22a%7Cb%22%3E"),
        ("https://news.example/%253Fx", "https://news.example/%253Fx"),
        ("http://[2001:DB8:0:0::1]:8080/a", "http://[2001:db8::1]:8080/a"),
        ("http://192.0.2.7/a", "http://192.0.2.7/a"),
        ("http://localhost:5000/a", "http://localhost:5000/a"),
    ],
)
def test_the_same_page_has_one_spelling(sent: str, kept: str) -> None:
    found = place(sent)
    assert found is not None
    assert found.url == kept


@pytest.mark.parametrize(
    "sent",
    [
        None,
        "",
        "   ",
        "news.example/a",
        "/a",
        "//news.example/a",
        "https:news.example",
        "https:/news.example/a",
        "https:///a",
        "https://",
        "javascript:alert(1)",
        "data:text/html,https://news.example",
        "ftp://news.example/a",
        "https://reader:secret@news.example/a",
        "https://news.example@evil.example/a",
        "https://news.example:0/",
        "https://news.example:65536/",
        "https://news.example:४४३/",
        "https://news.example:44x/",
        "https://news.example\\@evil.example/",
        "https:\\\\news.example\\a",
        "https://news.example/a\\b",
        "https://news..example/",
        "https://.example/",
        "https://-news.example/",
        "https://news%2Eexample/",
        "https://news.example%00/",
        "https://news .example/",
        "https://news.example/a b",
        "https://news.example/a\nb",
        "https://news.example/a\x00",
        "https://news.example/a\u202eb",
        "https://news.example/\ud800",
        "https://news.example/a%0d%0aSet-Cookie:x",
        "https://news.example/%7f",
        "https://1.2.3/",
        "https://0x7f.1/",
        "https://300.1.1.1/",
        "http://[::1/",
        "http://[v1.x]/",
        "https://" + "a" * 64 + ".example/",
        "https://" + "a." * 126 + "example/",
        "https://news.example/" + "a" * 5000,
    ],
)
def test_what_names_no_place_is_refused(sent: str | None) -> None:
    assert place(sent) is None


def test_too_long_a_path_leaves_the_origin() -> None:
    fits, too_long = "/" + "a" * (PLACE_MAX - 21), "/" + "a" * (PLACE_MAX - 20)
    told = [place("https://news.example" + path) for path in (fits, too_long)]
    assert [found and found.path for found in told] == [fits, ""]


def test_only_the_origin_is_no_page() -> None:
    assert place("https://news.example") != place("https://news.example/")


TEXT = st.text(max_size=60)
# fmt: off
SCRAPS = st.sampled_from([
    "https://", "http://", "HTTPS://", "news.example", "ü.example", "[::1]", ":443", ":8080", "/", "//", "..", ".",
    "%2e", "%2F", "%3f", "%00", "%", "?", "#", ";", "@", "\\", "a=b", "é", "\u202e", "secret", "\t", " ", ":", "&", "+",
    "%C3%9F",
])
# fmt: on
SENT = st.one_of(
    TEXT,
    st.lists(st.one_of(SCRAPS, TEXT), max_size=12).map("".join),
    st.lists(st.one_of(SCRAPS, TEXT), max_size=12).map(lambda parts: "https://news.example/" + "".join(parts)),
)


@given(SENT)
@example("https://news.example/%3B/..")
@example("https://news.example/a/.;x/b")
@example("https://news.example/..;/b")
def test_a_cleaned_place_is_plain_short_and_stays_as_it_is(sent: str) -> None:
    found = place(sent)
    if found is None:
        return
    assert CLEAN.fullmatch(found.url)
    assert len(found.origin) <= ORIGIN_MAX
    assert len(found.url) <= PLACE_MAX
    assert "/./" not in found.url
    assert "/../" not in found.url
    assert place(found.url) == found


@given(st.text(alphabet=st.characters(exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp", "Zs")), max_size=40))
def test_nothing_of_a_query_or_a_fragment_is_ever_kept(said: str) -> None:
    for mark in ("?", "#"):
        found = place(f"https://news.example/a{mark}{said}")
        assert found is not None
        assert found.url == "https://news.example/a"


@given(SENT)
def test_a_name_and_password_before_the_host_are_refused(said: str) -> None:
    assert place(f"https://reader:secret@{said}") is None
