"""Pictures as they are read over HTTP: open to all, by kind, scale and theme, painted once for a crowd."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask.testing import FlaskClient

from campaigns.widget import album
from campaigns.widget.picture import size_of
from tests.bed.desk import Desk
from tests.bed.live import LiveServer
from tests.bed.pictures import size


@pytest.mark.parametrize("url", ["/img/newsroom.svg", "/img/newsroom.png", "/img/newsroom/card.png"])
def test_a_picture_is_open_to_all_and_answers_304(desk: Desk, client: FlaskClient, url: str):
    answer = client.get(url)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("image/")
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"].startswith("public, max-age=5, s-maxage=5")
    assert "Set-Cookie" not in answer.headers
    again = client.get(url, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get(url.replace("newsroom", "nope")).status_code == 404


def test_scale_and_theme_are_choices_and_anything_else_is_not(desk: Desk, client: FlaskClient):
    plain = client.get("/img/newsroom.png")
    assert size(plain.data) == (600, 120)
    assert size(client.get("/img/newsroom.png?scale=2").data) == (1200, 240)
    assert client.get("/img/newsroom.png?theme=dark").data != plain.data
    for ignored in ("scale=3", "scale=-1", "scale=1e9", "scale=2.0", "width=9000", "utm_source=mail"):
        assert client.get(f"/img/newsroom.png?{ignored}").headers["ETag"] == plain.headers["ETag"]
    card = client.get("/img/newsroom/card.png")
    assert size(card.data) == (1200, 630)
    assert client.get("/img/newsroom/card.png?scale=2&v=anything").headers["ETag"] == card.headers["ETag"]


@pytest.mark.parametrize("kind", ["bar", "thermometer", "ring", "compact", "ticker"])
def test_each_kind_is_asked_for_by_its_name(desk: Desk, client: FlaskClient, kind: str):
    width, height = size_of(kind)
    assert size(client.get(f"/img/newsroom.png?kind={kind}").data) == (width, height)
    assert f'viewBox="0 0 {width} {height}"' in client.get(f"/img/newsroom.svg?kind={kind}").text


@pytest.mark.parametrize("kind", ["", "card", "_drawn", "../kinds/bar", "BAR"])
def test_what_is_no_kind_is_a_bar(desk: Desk, client: FlaskClient, kind: str):
    assert client.get("/img/newsroom.svg", query_string={"kind": kind}).data == client.get("/img/newsroom.svg").data


def test_a_new_gift_makes_a_new_picture(desk: Desk, give: Callable[[str, int], None], client: FlaskClient):
    before = client.get("/img/newsroom.png")
    give("ch_1", 235_500)
    after = client.get("/img/newsroom.png")
    assert after.headers["ETag"] != before.headers["ETag"]
    assert after.data != before.data


def test_the_one_sheet_of_an_svg_is_allowed_by_its_hash(desk: Desk, client: FlaskClient):
    assert "style-src 'sha256-" in client.get("/img/newsroom.svg").headers["Content-Security-Policy"]
    assert "style-src" not in client.get("/img/newsroom.svg?theme=light").headers["Content-Security-Policy"]


def test_in_a_crowd_it_is_said_that_nothing_may_be_kept(desk: Desk, client: FlaskClient, monkeypatch):
    monkeypatch.setattr(album, "IN_THE_MAKING_MAX", 0)
    for url in ("/img/newsroom.png", "/img/newsroom/card.png"):
        busy = client.get(url)
        assert (busy.status_code, busy.headers["Cache-Control"]) == (503, "no-store")
        assert "Retry-After" in busy.headers
    assert client.get("/img/newsroom.svg").status_code == 200


def test_twenty_readers_over_the_network_cost_one_painting(desk: Desk, live_server: LiveServer):
    def read(_: int) -> tuple[int, bytes]:
        answer = live_server.request("GET", "/img/newsroom/card.png")
        return answer.status, answer.body

    with ThreadPoolExecutor(20) as threads:
        answers = set(threads.map(read, range(20)))
    assert [status for status, _body in answers] == [200]
    assert live_server.log.read_text().count("painted a picture") == 1
