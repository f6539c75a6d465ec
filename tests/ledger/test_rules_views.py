"""Routing rules as staff make them: from a payment that waits, seen before they are switched on, ended."""

from __future__ import annotations

import re

import pytest

from tests.bed.cast import post
from tests.bed.desk import CREATED
from tests.bed.looking import page_of
from tests.bed.stripe_events import charge, event
from tests.bed.told import counted_by_check, give

pytestmark = pytest.mark.usefixtures("traveller")

URL = "/console/rules/create"
RULE = {"name_1": "metadata.shop", "value_1": "books", "campaign": "newsroom"}


def bought(desk, name: str, amount: int, shop: str = "books") -> str:
    body = charge(name, amount, created=CREATED, metadata={"shop": shop})
    return str(desk.send(event("charge.succeeded", body, created=CREATED)))


def figures(page: str) -> list[str]:
    """The numbers of a trial."""
    trial = page.partition('id="trial"')[2]
    return re.findall(r"<dd[^>]*>([^<]+)", trial.partition("</dl>")[0])


def test_a_waiting_payment_offers_what_is_known_of_it(desk, cast):
    bought(desk, "ch_1", 2500)
    editor = cast.client("editor")
    page = page_of(editor, "/console/unassigned")
    url = f"{URL}?donation={desk.donation('ch_1').key}"
    assert f'href="{url}"' in page
    form = page_of(editor, url)
    assert '<option selected value="metadata.shop">' in form
    assert 'value="books"' in form


def test_a_rule_is_tried_out_and_changes_nothing_until_it_is_switched_on(desk, cast):
    for number, shop in enumerate(("books", "books", "music")):
        bought(desk, f"ch_{number}", 1000, shop)
    give(desk, "ch_named", 5000, campaign="newsroom")
    editor = cast.client("editor")
    answer = post(editor, URL, RULE)
    assert answer.status_code == 200
    assert figures(answer.get_data(as_text=True)) == ["2", "0", "$20"]
    assert counted_by_check(desk) == 5000
    answer = post(editor, URL, RULE | {"switch_on": "1"})
    page = page_of(editor, answer.location)
    assert "2 donations that waited came to Newsroom." in page
    assert "metadata.shop is <strong>books</strong>" in page
    assert counted_by_check(desk) == 7000
    assert bought(desk, "ch_later", 500) == "processed"
    assert counted_by_check(desk) == 7500


def test_a_rule_is_ended_and_keeps_what_it_placed(desk, cast):
    bought(desk, "ch_1", 1000)
    editor = cast.client("editor")
    page = page_of(editor, post(editor, URL, RULE | {"switch_on": "1"}).location)
    end = re.search(r'action="(/console/rules/\d+/end)"', page)
    assert end
    for told in ("The rule has ended", "This rule has ended already"):
        assert told in page_of(editor, post(editor, end.group(1), {}).location)
    assert counted_by_check(desk) == 1000
    assert editor.post("/console/rules/999/end").status_code in (400, 404)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"campaign": ""}, "Choose a campaign."),
        ({"name_1": "", "value_1": ""}, "Say what the payments have in common"),
        ({"value_1": ""}, "Choose the fact, and write what it is"),
        ({"amount_min": "10", "amount_max": "5"}, "The largest amount is smaller"),
        ({"amount_min": "ten"}, "is no amount"),
        ({"since": "yesterday"}, "Write a date and an hour"),
    ],
)
def test_a_rule_that_says_too_little_is_refused_at_its_field(changed, told, desk, cast):
    bought(desk, "ch_1", 1000)
    answer = post(cast.client("editor"), URL, RULE | changed)
    assert answer.status_code == 422
    assert told in answer.get_data(as_text=True)


def test_the_same_rule_twice_is_refused(desk, cast):
    bought(desk, "ch_1", 1000)
    editor = cast.client("editor")
    assert post(editor, URL, RULE | {"switch_on": "1"}).status_code == 303
    answer = post(editor, URL, RULE | {"switch_on": "1"})
    assert answer.status_code == 409
    assert "There is a rule for the same payments already" in answer.get_data(as_text=True)
