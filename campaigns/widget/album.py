"""PNG pictures: painted once for each version, and kept in the data folder for all processes on the machine.

A picture is known by what is drawn, so nothing kept is ever wrong; it is only forgotten, oldest first, when there is
too much. Whoever asks for what is being painted waits for that one painting. How many are in the making is bounded,
for a stranger can ask for any accent: a crowd of them leaves other requests threads to run in.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import Future
from pathlib import Path

import resvg_py
from filelock import FileLock, Timeout

from campaigns.errors import Unavailable
from campaigns.widget import fonts

FOLDER = "pictures"
KEY_LENGTH = 40
KEPT_COUNT_MAX, KEPT_BYTES_MAX = 2_000, 64 * 1024 * 1024
KEPT_PART = 0.9  # of the most, after some were forgotten
PAINTERS = 2  # at once, on one machine
IN_THE_MAKING_MAX = 12  # different ones at once, in one process; fewer than its threads
WAIT_SECONDS_MAX, PAINT_SECONDS_MAX = 4.0, 10.0
POLL_SECONDS = 0.02
_PAINTER = Path(__file__).with_name("painter.py")

logger = logging.getLogger(__name__)
_making: dict[Path, Future[bytes]] = {}
_making_lock = threading.Lock()


def png(data_dir: Path, svg: str, *, scale: int) -> bytes:
    """`svg`, drawn for our painter, as PNG and `scale` times as large.

    Raises Unavailable while too many others are being painted.
    """
    known_by = "|".join((resvg_py.__version__, fonts.fingerprint(), str(scale), svg))
    path = data_dir / FOLDER / f"{hashlib.sha256(known_by.encode()).hexdigest()[:KEY_LENGTH]}.png"
    kept = _read(path)
    if kept is not None:
        return kept
    made, is_ours = _claim(path)
    if not is_ours:
        return _awaited(made)
    try:
        made.set_result(_made_once(path, svg, scale))
    except BaseException as error:
        made.set_exception(error)
        raise
    finally:
        with _making_lock:
            del _making[path]
    return made.result()


def _claim(path: Path) -> tuple[Future[bytes], bool]:
    """The painting of `path`, and whether it is ours to do."""
    with _making_lock:
        if path in _making:
            return _making[path], False
        if len(_making) >= IN_THE_MAKING_MAX:
            raise Unavailable("too many pictures are being painted; try again in a moment")
        _making[path] = Future()
        return _making[path], True


def _awaited(made: Future[bytes]) -> bytes:
    try:
        return made.result(timeout=WAIT_SECONDS_MAX + PAINT_SECONDS_MAX)
    except TimeoutError as error:
        raise Unavailable("the picture is still being painted; try again in a moment") from error


def _made_once(path: Path, svg: str, scale: int) -> bytes:
    """Painted by one process of the machine; the others find it when their turn comes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    place = path.parent / f"painter-{sum(path.name.encode()) % PAINTERS}.lock"
    try:
        with FileLock(place, timeout=WAIT_SECONDS_MAX, poll_interval=POLL_SECONDS):
            kept = _read(path)
            if kept is None:
                kept = _painted(svg, scale)
                _keep(path, kept)
            return kept
    except Timeout as error:
        raise Unavailable("too many pictures are being painted; try again in a moment") from error


def _painted(svg: str, scale: int) -> bytes:
    started = time.monotonic()
    asked = {"svg": svg, "scale": scale, "fonts": [str(path) for path in fonts.files()]}
    command = [sys.executable, "-I", str(_PAINTER)]
    try:
        done = subprocess.run(
            command, input=json.dumps(asked).encode(), capture_output=True, timeout=PAINT_SECONDS_MAX, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise Unavailable("the picture took too long to paint; try again in a moment") from error
    if done.returncode:
        raise RuntimeError(f"the painter failed: {done.stderr.decode(errors='replace')[-500:]}")
    logger.info("painted a picture of %d bytes in %.0f ms", len(done.stdout), (time.monotonic() - started) * 1000)
    return done.stdout


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _keep(path: Path, made: bytes) -> None:
    """Whole or not at all; what cannot be kept, for the disk is full, is painted again the next time."""
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix="new-", suffix=".png", delete=False) as file:
            file.write(made)
        Path(file.name).replace(path)
        _forget_oldest(path.parent)
    except OSError as error:
        logger.warning("a picture could not be kept: %s", error)


def _forget_oldest(folder: Path) -> None:
    """Of everything there, what a crash left half-written too, until it is well below what may be kept."""
    kept = sorted((stat.st_mtime, stat.st_size, path) for path in folder.glob("*.png") if (stat := _stat(path)))
    count, size = len(kept), sum(one[1] for one in kept)
    if count <= KEPT_COUNT_MAX and size <= KEPT_BYTES_MAX:
        return
    for _when, bytes_, path in kept:
        if count <= KEPT_COUNT_MAX * KEPT_PART and size <= KEPT_BYTES_MAX * KEPT_PART:
            return
        path.unlink(missing_ok=True)
        count, size = count - 1, size - bytes_


def _stat(path: Path) -> os.stat_result | None:
    """None where another process has just forgotten it."""
    try:
        return path.stat()
    except FileNotFoundError:
        return None
