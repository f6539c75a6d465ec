"""The zip of the plugin: the same each time, made for this installation, in the form that WordPress asks for."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path

import pytest

import campaigns
from campaigns.widget.look import kinds
from campaigns.wordpress.package import package, php
from tests.bed.cast import Cast

URL = "https://give.example.org"


def unpacked(made: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(made)) as packed:
        assert packed.testzip() is None
        return {name: packed.read(name).decode() for name in packed.namelist()}


FILES = unpacked(package(URL))


def test_the_same_installation_makes_the_same_zip():
    assert package(URL) == package(URL)
    assert package(URL) != package("https://other.example.org")


def test_all_of_it_is_in_one_folder_and_nothing_is_left_to_fill_in():
    assert {name.split("/")[0] for name in FILES} == {"tidemark"}
    assert not [name for name, text in FILES.items() if "{{" in text and not name.endswith(".js")]
    assert not [name for name in FILES if "__pycache__" in name]


def test_it_knows_where_it_came_from_and_what_there_is():
    preset = FILES["tidemark/preset.php"]
    assert f"'url' => '{URL}'" in preset
    assert all(f"'{kind}' => array( " in preset for kind in kinds())
    assert "'ring' => array( 260, 346 )" in preset
    assert "'de' => array( 'donate' => 'Spenden', 'named' => '{title}: spenden' )" in preset


def test_its_version_is_ours_everywhere():
    head = FILES["tidemark/tidemark.php"]
    assert re.search(r"^ \* Version: +(\S+)$", head, re.MULTILINE)[1] == campaigns.__version__  # type: ignore[index]
    assert f"const VERSION = '{campaigns.__version__}';" in head
    assert f"Stable tag: {campaigns.__version__}\n" in FILES["tidemark/readme.txt"]
    assert f"'version'      => '{campaigns.__version__}'" in FILES["tidemark/block/editor.asset.php"]


def test_the_readme_has_what_the_plugin_directory_reads():
    readme = FILES["tidemark/readme.txt"]
    assert readme.startswith("=== Tidemark ===\n")
    fields = dict(re.findall(r"^([A-Z][A-Za-z ]+): (.+)$", readme.split("\n\n")[0], re.MULTILINE))
    assert set(fields) >= {"Tags", "Requires at least", "Tested up to", "Requires PHP", "Stable tag", "License"}
    assert len(fields["Tags"].split(",")) <= 5
    summary = readme.split("\n\n")[1]
    assert len(summary) <= 150
    sections = re.findall(r"^== (.+) ==$", readme, re.MULTILINE)
    assert sections == ["Description", "Installation", "Frequently Asked Questions", "Changelog"]


def test_no_file_runs_when_it_is_asked_for_by_itself():
    for name, text in FILES.items():
        if name.endswith(".php") and name.rpartition("/")[2] not in ("preset.php", "editor.asset.php"):
            assert re.search(r"^defined\( '(ABSPATH|WP_UNINSTALL_PLUGIN)' \) \|\| exit;$", text, re.MULTILINE), name


def test_the_block_says_what_it_is():
    block = json.loads(FILES["tidemark/block/block.json"])
    assert (block["name"], block["editorScript"]) == ("tidemark/progress", "file:./editor.js")
    assert {"campaign", "kind", "theme", "accent", "lang", "embed"} <= set(block["attributes"])


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("it's", r"'it\'s'"),
        ("\\", r"'\\'"),
        ("${x} <?", "'${x} <?'"),
        (7, "7"),
        ((1, "a"), "array( 1, 'a' )"),
        ({"a": [1]}, "array( 'a' => array( 1 ) )"),
    ],
)
def test_values_are_written_as_php_reads_them(value, written):
    assert php(value) == written


def test_the_command_writes_it(tidemark, tmp_path: Path):
    to = tmp_path / "plugin.zip"
    done = tidemark("wordpress-plugin", "--output", str(to))
    assert done.exit_code == 0
    assert "'url' => 'http://tidemark.test'" in unpacked(to.read_bytes())["tidemark/preset.php"]


def test_where_it_cannot_be_written_the_command_says_what_to_do(tidemark, tmp_path: Path):
    done = tidemark("wordpress-plugin", "--output", str(tmp_path / "none" / "plugin.zip"))
    assert done.exit_code == 2
    assert "name another file with --output" in done.output
    assert tidemark("wordpress-plugin", "--output", str(tmp_path)).exit_code == 2


def test_staff_download_it_from_the_embed_page(app, database):
    viewer = Cast(app, database).client("viewer")
    answer = viewer.get("/console/wordpress-plugin.zip")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="tidemark-wordpress.zip"'
    assert answer.data == package("http://tidemark.test")
    assert answer.headers["Cache-Control"] == "no-store"
