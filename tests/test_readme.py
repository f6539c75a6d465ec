"""What the README promises is what the code does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from campaigns.cli import tidemark
from campaigns.settings import PREFIX, Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def rows(first_cell: str) -> dict[str, list[str]]:
    """Table rows whose first cell matches, by the code in it."""
    found = {}
    for line in README.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")] if line.startswith("|") else []
        if cells and re.fullmatch(first_cell, cells[0]):
            found[cells[0].strip("`")] = cells[1:]
    return found


def test_the_settings_table_names_every_setting_and_no_other():
    assert set(rows(r"`TIDEMARK_[A-Z_]+`")) == {PREFIX + name.upper() for name in Settings.model_fields}


def test_the_settings_table_tells_the_true_defaults():
    told = {name: cells[-1].strip("`") for name, cells in rows(r"`TIDEMARK_[A-Z_]+`").items()}
    for name in ("public_url", "mode", "trusted_proxies"):
        assert told[PREFIX + name.upper()] == str(Settings.model_fields[name].default)
    assert told[PREFIX + "DATA_DIR"] == f"./{Settings.model_fields['data_dir'].default}"


def test_every_command_that_is_named_exists():
    for cell in re.findall(r"^\| (`tidemark [^|]+)\|", README, re.MULTILINE):
        named = [part.split() for part in re.findall(r"`([^`]+)`", cell)]
        group = named[0][1]
        for words in named:
            path = words[1:] if words[0] == "tidemark" else [group, *words]
            command: Any = tidemark
            for word in path:
                assert word in getattr(command, "commands", {}), " ".join(path)
                command = command.commands[word]


def test_every_picture_is_there():
    for path in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README):
        assert (ROOT / path).is_file(), path


def test_the_make_targets_it_names_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"\bmake ([a-z-]+)\b", README)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
