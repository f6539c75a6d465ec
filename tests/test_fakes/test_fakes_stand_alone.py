from __future__ import annotations

import ast
import http.client
import json
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
FAKES = CHECKOUT / "tests" / "fakes"


def test_the_outside_world_knows_nothing_of_the_product():
    files = sorted(FAKES.rglob("*.py"))
    assert len(files) > 10
    for path in files:
        for name in _imported(path.read_text(encoding="utf-8")):
            assert name.split(".")[0] not in ("campaigns", "wsgi"), f"{path.name} imports {name}"
            assert not name.startswith("tests.") or name.startswith("tests.fakes"), f"{path.name} imports {name}"


def test_an_import_of_the_product_would_be_noticed():
    assert list(_imported("def f():\n    from campaigns.money import exponent")) == ["campaigns.money"]
    assert list(_imported("import campaigns.db as d")) == ["campaigns.db"]


def test_the_command_serves_until_it_is_interrupted():
    command = [sys.executable, "-m", "tests.fakes.stripe", "--port", "0"]
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = next(word for word in process.stdout.readline().split() if word.startswith("http"))
        with urllib.request.urlopen(f"{url}/_fake/state", timeout=10) as answer:
            assert json.load(answer)["events"] == 0
        with urllib.request.urlopen(f"{url}/", timeout=10) as answer:
            assert "Pretend Stripe" in answer.read().decode()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
        assert process.returncode == 0, errors
        host, port = url.removeprefix("http://").split(":")
        assert not _listens(host, int(port))


def test_the_command_wants_a_secret_with_a_webhook():
    command = [sys.executable, "-m", "tests.fakes.stripe", "--webhook", "http://127.0.0.1:9/hook"]
    ended = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    assert "--secret" in ended.stderr


def _imported(source: str) -> list[str]:
    found: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append(node.module or "")
    return found


def _listens(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.connect()
    except OSError:
        return False
    connection.close()
    return True
