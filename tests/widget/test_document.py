"""The public document, to the letter of the contract."""

from __future__ import annotations

import jsonschema
import pytest
from sqlalchemy import update

from campaigns.campaign.models import Campaign
from tests.bed.desk import CREATED
from tests.bed.stripe_events import charge, event

URL = "/api/v1/campaigns/newsroom"


def test_the_document_of_the_seed_campaign(desk, give, client):
    give("ch_1", 235_500)
    document = client.get(URL).get_json()
    version = document.pop("version")
    assert isinstance(version, str)
    assert document == {
        "slug": "newsroom",
        "title": "Newsroom",
        "status": "live",
        "mode": "test",
        "currency": "USD",
        "language": "en",
        "timezone": "Europe/Berlin",
        "repeat": "monthly",
        "period": {"starts_at": "2026-10-31T23:00:00Z", "ends_at": "2026-11-30T23:00:00Z"},
        "raised": {"amount": 235500, "currency": "USD", "formatted": "$2,355"},
        "pending": {"amount": 0, "currency": "USD", "formatted": "$0"},
        "goal": {"amount": 500000, "currency": "USD", "formatted": "$5,000"},
        "percent": 47.1,
        "donations": 1,
        "donors": 1,
        "milestones": [
            {
                "amount": {"amount": 250000, "currency": "USD", "formatted": "$2,500"},
                "label": "Servers paid",
                "reached": False,
                "reached_at": None,
            },
            {
                "amount": {"amount": 500000, "currency": "USD", "formatted": "$5,000"},
                "label": "Two reporters",
                "reached": False,
                "reached_at": None,
            },
        ],
        "counts": "gross",
        "updated_at": "2026-11-22T19:00:00Z",
        "links": {
            "page": "http://tidemark.test/c/newsroom",
            "donate": "http://tidemark.test/c/newsroom/donate",
            "embed": "http://tidemark.test/embed/newsroom",
            "image": "http://tidemark.test/img/newsroom.svg",
        },
    }


def test_a_reached_milestone_keeps_its_first_crossing(desk, give, client):
    give("ch_1", 255_500)
    (first, second) = client.get(URL).get_json()["milestones"]
    assert (first["reached"], first["reached_at"]) == (True, "2026-11-22T19:00:00Z")
    assert (second["reached"], second["reached_at"]) == (False, None)


def test_pending_money_is_told_beside(desk, client):
    body = charge("ch_1", 70_000, created=CREATED, campaign="newsroom", status="pending")
    desk.send(event("charge.pending", body, created=CREATED))
    document = client.get(URL).get_json()
    assert (document["raised"]["amount"], document["pending"]["amount"]) == (0, 70_000)


def test_amounts_are_written_for_the_asked_language(desk, give, client):
    give("ch_1", 235_550)
    assert client.get(URL + "?lang=de").get_json()["raised"]["formatted"] == "2.355,50\u00a0$"
    assert client.get(URL + "?lang=xx-nonsense").get_json()["raised"]["formatted"] == "$2,355.50"


def test_the_document_is_what_the_description_says(desk, give, client):
    give("ch_1", 255_500)
    described = client.get("/api/v1/openapi.json").get_json()
    schema = {"$ref": "#/components/schemas/Campaign", "components": described["components"]}
    jsonschema.validate(client.get(URL).get_json(), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**client.get(URL).get_json(), "raised": 5}, schema)


def test_drafts_and_unknown_campaigns_are_nowhere(desk, client):
    with desk.database.writing() as session:
        from campaigns.campaign import lifecycle

        lifecycle.create(session, slug="draft", title="Draft", currency="USD", now=desk.now)
    for path in ("/api/v1/campaigns/{}", "/embed/{}", "/embed/{}/fragment", "/c/{}", "/img/{}.svg"):
        for slug in ("draft", "nope"):
            assert client.get(path.format(slug)).status_code == 404
    for slug in ("draft", "nope"):
        assert client.get(f"/api/v1/campaigns/{slug}").get_json() == {"error": f"there is no campaign “{slug}”"}


def test_past_the_period_the_document_starts_again_and_the_page_keeps_the_past(desk, give, client):
    import time_machine

    give("ch_1", 235_500)
    with time_machine.travel("2026-12-01T12:00:00Z", tick=False):
        document = client.get(URL).get_json()
        page = client.get("/c/newsroom").get_data(as_text=True)
    assert document["raised"]["amount"] == 0
    assert document["period"]["starts_at"] == "2026-11-30T23:00:00Z"
    assert "30 Nov 2026" in page
    assert "$2,355" in page


def test_what_came_through_which_service_is_told_where_staff_show_it(desk, give, client, database):
    give("ch_1", 12_000)
    assert "by_provider" not in client.get("/api/v1/campaigns/newsroom").get_json()
    with database.writing() as session:
        session.execute(update(Campaign).values(shows_split=True))
    told = client.get("/api/v1/campaigns/newsroom").get_json()
    assert told["by_provider"] == {"stripe": {"amount": 12_000, "currency": "USD", "formatted": "$120"}}
    assert "Stripe <bdi>$120</bdi>" in client.get("/embed/newsroom").get_data(as_text=True)
    etag = client.get("/api/v1/campaigns/newsroom").headers["ETag"]
    give("ch_2", 500)
    assert client.get("/api/v1/campaigns/newsroom", headers={"If-None-Match": etag}).status_code == 200
