"""Settings: every problem told at once, nothing half-started."""

from __future__ import annotations

import stat

import pytest

from campaigns.settings import SettingsError, load_settings


def problems(**environ: str) -> list[str]:
    with pytest.raises(SettingsError) as refusal:
        load_settings(environ)
    return refusal.value.problems


def test_every_problem_is_told_at_once(tmp_path):
    told = problems(
        TIDEMARK_DATA_DIR=str(tmp_path),
        TIDEMARK_MODE="holiday",
        TIDEMARK_PUBLIC_URL="give.example.org",
        TIDEMARK_SECRET_KEY="short",
        TIDEMARK_TRUSTED_PROXIES="many",
        TIDEMARK_SMTP_URL="a",
        TIDEMARK_SMTP_URL_FILE="b",
    )
    for name in ("MODE", "PUBLIC_URL", "SECRET_KEY", "TRUSTED_PROXIES", "SMTP_URL"):
        assert any(line.startswith(f"TIDEMARK_{name}") for line in told), name
    assert "short" not in " ".join(told)


@pytest.mark.parametrize(
    "url", ["mysql://x/y", "postgresql://u:secret@h:notaport/d", "postgresql://[::1/d", "sqlite://", "sqlite:x"]
)
def test_a_database_that_cannot_be_is_refused_without_its_password(tmp_path, url):
    (told,) = problems(TIDEMARK_DATA_DIR=str(tmp_path), TIDEMARK_DATABASE_URL=url)
    assert told.startswith("TIDEMARK_DATABASE_URL")
    assert "secret" not in told


def test_the_secret_key_is_made_once_and_is_its_owners_only(tmp_path):
    first, second = (load_settings({"TIDEMARK_DATA_DIR": str(tmp_path)}) for _ in range(2))
    assert first.secret_key == second.secret_key
    assert len(first.secret_key) >= 32
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600
    assert first.secret_key not in repr(first)


def test_a_value_may_come_from_a_file(tmp_path):
    (tmp_path / "key").write_text("k" * 40 + "\n")
    found = load_settings({"TIDEMARK_DATA_DIR": str(tmp_path), "TIDEMARK_SECRET_KEY_FILE": str(tmp_path / "key")})
    assert found.secret_key == "k" * 40
