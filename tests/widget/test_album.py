"""PNG pictures are painted once, kept within bounds, and never cost other requests their threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from filelock import FileLock

from campaigns.errors import Unavailable
from campaigns.widget import album
from tests.bed.pictures import drawn, size, snapshot


@pytest.fixture
def paintings(monkeypatch) -> list[str]:
    """Each SVG that was really painted."""
    done: list[str] = []
    really = album._painted

    def counted(svg: str, scale: int) -> bytes:
        done.append(svg)
        return really(svg, scale)

    monkeypatch.setattr(album, "_painted", counted)
    return done


def test_a_picture_is_painted_once_and_kept(tmp_path, paintings):
    svg = drawn(snapshot(), "ticker", painted=True)
    assert album.png(tmp_path, svg, scale=1) == album.png(tmp_path, svg, scale=1)
    assert len(paintings) == 1
    assert size(album.png(tmp_path, svg, scale=2)) == (1040, 96)
    assert len(paintings) == 2


def test_twenty_at_once_wait_for_one_painting(tmp_path, paintings):
    svg = drawn(snapshot(), "ring", painted=True)
    with ThreadPoolExecutor(20) as threads:
        found = set(threads.map(lambda _: album.png(tmp_path, svg, scale=1), range(20)))
    assert len(found) == len(paintings) == 1


def test_what_another_process_has_painted_meanwhile_is_taken(tmp_path, paintings):
    svg = drawn(snapshot(), "ring", painted=True)
    folder = tmp_path / album.FOLDER
    known = album.png(tmp_path, svg, scale=1)
    (path,) = folder.glob("*.png")
    path.unlink()
    paintings.clear()
    with ExitStack() as others, ThreadPoolExecutor(1) as thread:
        for lock in folder.glob("*.lock"):
            others.enter_context(FileLock(lock))
        waiting = thread.submit(album.png, tmp_path, svg, scale=1)
        with pytest.raises(TimeoutError):
            waiting.result(timeout=0.2)
        path.write_bytes(known)
        others.close()
        assert waiting.result() == known
    assert paintings == []


def test_who_waits_too_long_for_a_painter_is_told_to_come_back(tmp_path, monkeypatch):
    monkeypatch.setattr(album, "WAIT_SECONDS_MAX", 0.1)
    folder = tmp_path / album.FOLDER
    folder.mkdir()
    with ExitStack() as others:
        for number in range(album.PAINTERS):
            others.enter_context(FileLock(folder / f"painter-{number}.lock"))
        with pytest.raises(Unavailable):
            album.png(tmp_path, drawn(snapshot(), "ring", painted=True), scale=1)


def test_a_crowd_of_different_pictures_is_told_to_come_back(tmp_path, monkeypatch):
    monkeypatch.setattr(album, "IN_THE_MAKING_MAX", 0)
    with pytest.raises(Unavailable):
        album.png(tmp_path, drawn(snapshot(), "ring", painted=True), scale=1)


def test_a_painting_that_failed_is_tried_again(tmp_path, monkeypatch):
    svg = drawn(snapshot(), "ticker", painted=True)
    with pytest.raises(RuntimeError, match="painter failed"):
        album.png(tmp_path, "no picture at all", scale=1)
    assert album._making == {}
    assert size(album.png(tmp_path, svg, scale=1)) == (520, 48)


def test_the_oldest_are_forgotten_and_nothing_half_written_stays(tmp_path, monkeypatch):
    monkeypatch.setattr(album, "KEPT_COUNT_MAX", 10)
    monkeypatch.setattr(album, "_painted", lambda svg, scale: b"x" * 100)
    folder = tmp_path / album.FOLDER
    for number in range(30):
        album.png(tmp_path, str(number), scale=1)
        assert len(list(folder.glob("*.png"))) <= 10
    monkeypatch.setattr(album, "KEPT_BYTES_MAX", 450)
    album.png(tmp_path, "one more", scale=1)
    assert sum(path.stat().st_size for path in folder.glob("*.png")) <= 450
    assert not list(folder.glob("new-*"))


def test_a_picture_that_cannot_be_kept_is_shown_all_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(album, "_forget_oldest", lambda folder: (_ for _ in ()).throw(OSError("the disk is full")))
    assert size(album.png(tmp_path, drawn(snapshot(), "ticker", painted=True), scale=1)) == (520, 48)
