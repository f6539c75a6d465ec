"""What strangers install: locks that hold on any machine and cover everything the project says it needs."""

from __future__ import annotations

import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).parents[1]
LOCKS = ("requirements.lock", "requirements-dev.lock")
NAME = re.compile(r"[A-Za-z0-9._-]+")
PIN = re.compile(r"^([a-z0-9._-]+)==(\S+)")
ALLOWED_LINE = re.compile(
    r"""  [a-z0-9._-]+==\S+\ (;\ [^/]+\ )?\\    # a pin, maybe for some platforms only
        | \ {4}--hash=sha256:[0-9a-f]{64}(\ \\)?
        | \ *\#.*                             # who asked for it
    """,
    re.VERBOSE,
)


def project() -> dict[str, Any]:
    return tomllib.loads((CHECKOUT / "pyproject.toml").read_text())


def pins(lock: str) -> set[tuple[str, str]]:
    """(name, version); a package may be there twice, for different Pythons."""
    lines = (CHECKOUT / lock).read_text().splitlines()
    return {(match[1], match[2]) for line in lines if (match := PIN.match(line))}


def names(lock: str) -> set[str]:
    return {name for name, _version in pins(lock)}


def normalised(requirement: str) -> str:
    match = NAME.match(requirement)
    assert match
    return re.sub(r"[-_.]+", "-", match[0]).lower()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_address_and_no_path(lock: str) -> None:
    text = (CHECKOUT / lock).read_text()
    assert [line for line in text.splitlines() if not ALLOWED_LINE.fullmatch(line)] == []
    assert "://" not in text
    assert not re.search(r"(^|\s)(/|~|\.\.?/|[A-Z]:\\)\S", text)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_is_hashed(lock: str) -> None:
    text = (CHECKOUT / lock).read_text()
    blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(blocks) == len(pins(lock)) > 20
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_every_runtime_dependency_is_pinned() -> None:
    needed = {normalised(requirement) for requirement in project()["project"]["dependencies"]}
    assert needed - names("requirements.lock") == set()


def test_every_development_dependency_is_pinned() -> None:
    needed = {normalised(requirement) for requirement in project()["dependency-groups"]["dev"]}
    assert needed - names("requirements-dev.lock") == set()


def test_the_development_lock_holds_the_runtime_lock() -> None:
    assert pins("requirements.lock") <= pins("requirements-dev.lock")


def test_no_test_tool_reaches_the_runtime_lock() -> None:
    assert names("requirements.lock").isdisjoint({"pytest", "hypothesis", "playwright", "mypy", "ruff", "fakeredis"})


def test_the_version_is_told_once_and_the_same() -> None:
    import campaigns

    assert project()["project"]["version"] == campaigns.__version__


def test_the_licence_is_the_affero_gpl() -> None:
    text = (CHECKOUT / "LICENSE").read_text()
    assert text.split("\n")[0].strip() == "GNU AFFERO GENERAL PUBLIC LICENSE"
    assert "13. Remote Network Interaction" in text


def test_the_fonts_of_the_pictures_come_with_their_licence_and_what_they_have() -> None:
    folder = CHECKOUT / "campaigns" / "static" / "fonts"
    assert "campaigns" in project()["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]
    shipped = {path.name for path in folder.iterdir()}
    assert shipped == {"OFL.txt", "TidemarkSans-Bold.ttf", "TidemarkSans-Regular.ttf", "characters.txt"}
    assert "SIL OPEN FONT LICENSE Version 1.1" in (folder / "OFL.txt").read_text()
    left_out = [line.strip("/") for line in (CHECKOUT / ".gitignore").read_text().split()]  # hatch obeys it
    assert [name for name in shipped for rule in left_out if fnmatch(name, rule)] == []
