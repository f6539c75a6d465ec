"""The widget's HTML in every state: told in words, marked up for everybody, the same in three places."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from campaigns.campaign.progress import progress
from campaigns.widget.kinds import Look, draw
from campaigns.widget.look import kinds
from campaigns.widget.picture import picture
from campaigns.widget.snapshot import Snapshot

NOW = datetime(2026, 11, 22, 19, tzinfo=UTC)
END = datetime(2026, 11, 30, 23, tzinfo=UTC)
SEED = [(250_000, "Servers paid"), (500_000, "Two reporters")]
URL = "https://give.example.org"
VOID = {"input", "br", "img", "meta", "link", "hr"}


class Outline(HTMLParser):
    """Tags with their attributes, and the text that is not hidden in attributes; fails on tags that do not nest."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)
        assert self.open == []
        self.text = " ".join(self.text.split())

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def of(self, cls: str) -> list[dict[str, str | None]]:
        return [attributes for _, attributes in self.tags if cls in (attributes.get("class") or "").split()]


def snapshot(raised_minor: int = 235_500, milestones=SEED, ends_at: datetime | None = END, **over: object) -> Snapshot:
    steps = [(amount, label, None) for amount, label in milestones]
    made = Snapshot(
        slug="newsroom",
        title="Keep the newsroom running",
        status="live",
        mode="live",
        currency="USD",
        language="en",
        timezone="Europe/Berlin",
        repeat="monthly",
        starts_at=None,
        ends_at=ends_at,
        progress=progress(raised_minor, steps, now=NOW, ends_at=ends_at, timezone="Europe/Berlin"),
        pending_minor=0,
        donations=61,
        donors=58,
        updated_at=NOW,
        version="v1",
        ways=(("PayPal", "https://pay.example/us"), ("Patreon", "https://patreon.example/us")),
        accent=None,
    )
    return replace(made, **over)  # type: ignore[arg-type]


def outline(shown: Snapshot, look: Look | None = None) -> Outline:
    return Outline(str(draw(shown, look, URL)))


def test_the_bar_is_on_the_shelf():
    assert "bar" in kinds()


def test_the_seed_campaign_is_told_in_words():
    text = outline(snapshot()).text
    assert "$145 to go until Servers paid." in text
    assert "47% of $5,000 this month" in text
    assert "58 donors" in text
    assert "8 days left" in text
    assert "refunds subtracted" in text


def test_the_root_carries_the_public_document():
    root = outline(snapshot()).of("tm")[0]
    document = json.loads(root["data-document"] or "")
    assert document["raised"] == {"amount": 235_500, "currency": "USD", "formatted": "$2,355"}
    assert document["links"]["donate"] == f"{URL}/c/newsroom/donate"
    assert (root["data-version"], root["dir"]) == ("v1", "ltr")


def test_the_links_lead_out_of_the_frame_and_tell_nothing_about_it():
    links = [attributes for tag, attributes in outline(snapshot()).tags if tag == "a"]
    assert [link["href"] for link in links] == [
        f"{URL}/c/newsroom",
        f"{URL}/c/newsroom/donate",
        "https://pay.example/us",
        "https://patreon.example/us",
    ]
    assert all(link["target"] == "_blank" and "noopener" in (link["rel"] or "") for link in links)


def test_milestones_are_a_list_beside_the_progress_and_not_in_it():
    html = str(draw(snapshot(255_500), None, URL))
    meter_end = html.index("</div>", html.index('role="progressbar"'))
    assert html.index('<ol class="tm-steps') > meter_end
    assert [attributes.get("class") for tag, attributes in Outline(html).tags if tag == "li"][2:] == [
        "tm-reached",
        None,
    ]


@pytest.mark.parametrize(
    ("status", "said", "gives"),
    [
        ("scheduled", "The goal is $5,000.", False),
        ("paused", "$2,355 of $5,000 so far. No gifts are taken at the moment.", False),
        ("ended", "$2,355 of $5,000 were raised.", False),
        ("archived", "$2,355 of $5,000 were raised.", False),
        ("live", "$145 to go until Servers paid.", True),
    ],
)
def test_every_status_says_what_it_means(status, said, gives):
    drawn = outline(snapshot(status=status))
    assert said in drawn.text
    assert bool(drawn.of("tm-go")) is gives


def test_a_scheduled_campaign_says_when_it_starts():
    assert (
        "Starts December 3" in outline(snapshot(status="scheduled", starts_at=datetime(2026, 12, 3, tzinfo=UTC))).text
    )


def test_past_the_goal_the_scale_reaches_to_what_is_raised():
    drawn = outline(snapshot(1_000_000))
    assert "The goal of $5,000 is reached. Thank you!" in drawn.text
    assert "200% of $5,000" in drawn.text
    assert [tick["x"] for tick in drawn.of("tm-tick")] == ["25.00%", "50.00%"]
    assert drawn.of("tm-fill")[0]["stroke-dasharray"] == "100.00 200"


def test_one_donor_and_the_last_day_are_told_in_the_singular():
    text = outline(snapshot(ends_at=datetime(2026, 11, 22, 23, tzinfo=UTC), donors=1)).text
    assert "1 donor last day" in text
    assert "last day" in text


def test_a_goal_without_a_name_is_told_by_its_amount():
    assert "$2,645 to go to reach $5,000." in outline(snapshot(milestones=[(500_000, "Goal")])).text


def test_without_milestones_there_is_an_amount_and_no_scale():
    drawn = outline(snapshot(12_300, milestones=[]))
    assert "$123 raised so far." in drawn.text
    assert not drawn.of("tm-rail")
    assert not [a for _, a in drawn.tags if a.get("role") == "progressbar"]


def test_ten_milestones_all_have_their_mark():
    ten = [(n * 50_000, f"Milestone {n}") for n in range(1, 11)]
    drawn = outline(snapshot(123_400, milestones=ten))
    assert len(drawn.of("tm-tick")) == 10
    assert "tm-list-narrow" in (drawn.of("tm-steps")[0]["class"] or "")


def test_pending_money_is_told_beside():
    assert "$70 more on its way" in outline(snapshot(pending_minor=7_000)).text


def test_a_demo_says_so():
    assert "This is a demo, nobody is charged." in outline(snapshot(mode="demo")).text
    assert "nobody is charged" not in outline(snapshot()).text


def test_right_to_left_begins_on_the_right():
    drawn = outline(snapshot(language="ar"))
    assert drawn.of("tm")[0]["dir"] == "rtl"
    assert [tick["x"] for tick in drawn.of("tm-tick")] == ["50.00%", "0.00%"]
    assert (drawn.of("tm-fill")[0]["x1"], drawn.of("tm-fill")[0]["x2"]) == ("100%", "0")


def test_a_look_chooses_language_theme_and_accent():
    drawn = outline(snapshot(), Look.of({"lang": "de", "theme": "dark", "accent": "b3261e", "utm": "x"}))
    root = drawn.of("tm")[0]
    assert root["data-theme"] == "dark"
    assert str(root["data-style"]).startswith("--tm-accent:#b3261e;--tm-accent-dark:#")
    assert "2.355 $ von 5.000 $" in drawn.text
    assert drawn.of("tm-go")[0]["href"] == f"{URL}/c/newsroom/donate?lang=de"


def test_nonsense_in_a_look_counts_as_not_asked():
    nonsense = {"kind": "../base", "theme": "hot", "accent": "red;}", "lang": "xx-nonsense"}
    assert Look.of(nonsense) == Look()


@pytest.mark.parametrize("raised_minor", [0, 700, 235_500, 500_000, 1_700_000, 999_999_999_999])
@pytest.mark.parametrize("language", ["en", "de", "ar", "ja"])
def test_fragment_and_picture_stand_in_every_state(raised_minor, language):
    for status in ("scheduled", "live", "ended"):
        shown = snapshot(raised_minor, language=language, status=status, accent="#ffd34d")
        assert not [attributes for _, attributes in outline(shown).tags if "style" in attributes]
        assert picture(shown, Look(), URL).lstrip().startswith("<svg")
