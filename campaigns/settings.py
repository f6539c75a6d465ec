"""Settings: typed, from the environment and `*_FILE`; every error is told at once, then nothing starts."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from email.utils import parseaddr
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

Mode = Literal["demo", "test", "live"]
PREFIX = "TIDEMARK_"
SECRET_KEY_LENGTH_MIN = 32
SMTP_SCHEMES = ("smtp", "smtps", "smtp+starttls")
_SCHEMES = ("sqlite", "postgresql", "postgresql+psycopg")


class SettingsError(Exception):
    """The environment is wrong; `problems` says each thing that is."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class Settings(BaseModel):
    """What one installation is told from outside. Field names are the variables of the contract, lower-cased."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data_dir: Path = Field(default=Path("instance"), description="Folder for the database file and generated secrets")
    database_url: str = Field(default="", description="SQLAlchemy URL of SQLite or PostgreSQL")
    redis_url: str | None = Field(default=None, description="Limits shared by several machines")
    public_url: str = Field(default="http://127.0.0.1:8000", description="The one base URL in links and embeds")
    secret_key: str = Field(default="", description="Signing and sealing key", repr=False)
    mode: Mode = Field(default="live", description="demo, test or live")
    smtp_url: str | None = Field(default=None, description="Mail out", repr=False)
    mail_from: str | None = Field(default=None, description="Sender of mails")
    trusted_proxies: int = Field(default=0, ge=0, le=10, description="Proxies to believe for the client's address")
    metrics_token: str | None = Field(default=None, description="Opens /metrics to its bearer", repr=False)

    @field_validator("public_url")
    @classmethod
    def _public_url_is_a_base(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("must be a base URL such as https://give.example.org")
        _check_port(parts)
        return value.rstrip("/")

    @field_validator("redis_url")
    @classmethod
    def _redis_is_a_server(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "")
        if value and (parts.scheme not in ("redis", "rediss", "redis+unix") or not (parts.hostname or parts.path)):
            raise ValueError("must be a URL such as redis://127.0.0.1:6379/0")
        _check_port(parts)
        return value

    @field_validator("smtp_url")
    @classmethod
    def _smtp_is_a_server(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "")
        if value and (parts.scheme not in SMTP_SCHEMES or not parts.hostname or parts.path not in ("", "/")):
            raise ValueError("must be a URL such as smtp+starttls://user:password@mail.example.org:587")
        _check_port(parts)
        return value

    @field_validator("mail_from")
    @classmethod
    def _mail_from_is_an_address(cls, value: str | None) -> str | None:
        _name, address = parseaddr(value or "")
        local, at, host = address.partition("@")
        if value and not (local and at and host and value.isprintable() and address.isascii() and " " not in address):
            raise ValueError("must be an address such as Newsroom <give@example.org>")
        return value

    @field_validator("database_url")
    @classmethod
    def _database_is_one_of_ours(cls, value: str) -> str:
        if value and value.split(":", 1)[0] not in _SCHEMES:
            raise ValueError("must begin with sqlite:/// or postgresql+psycopg://")
        try:
            parsed = make_url(value) if value else None
        except (ArgumentError, ValueError) as error:
            raise ValueError("is no URL that can be read; check its port and brackets") from error
        if parsed is not None and value.startswith("sqlite") and parsed.database in (None, "", ":memory:"):
            raise ValueError("must name a file, such as sqlite:////var/lib/tidemark/tidemark.db")
        if value.startswith("postgresql://"):
            return "postgresql+psycopg://" + value.removeprefix("postgresql://")
        return value

    @field_validator("secret_key")
    @classmethod
    def _secret_key_is_long(cls, value: str) -> str:
        if value and len(value) < SECRET_KEY_LENGTH_MIN:
            raise ValueError(f"must have at least {SECRET_KEY_LENGTH_MIN} characters; leave it unset to have one made")
        return value

    @model_validator(mode="before")
    @classmethod
    def _default_database(cls, data: dict[str, object]) -> dict[str, object]:
        if not data.get("database_url"):
            folder = Path(str(data.get("data_dir") or "instance")).absolute()
            data = {**data, "database_url": f"sqlite:///{folder / 'tidemark.db'}"}
        return data


def _check_port(parts: SplitResult) -> None:
    try:
        known = parts.port
    except ValueError as error:
        raise ValueError("has a port that is none; use a number up to 65535") from error
    if known == 0:
        raise ValueError("has a port that is none; use a number up to 65535")


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from `environ`. Makes the data folder and, where none is given, the secret key (mode 0600).

    Raises SettingsError with every problem found.
    """
    environ = os.environ if environ is None else environ
    values, problems = _read(environ)
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        problems += [_told(e["loc"], e["msg"]) for e in error.errors()]
    if problems:
        raise SettingsError(problems)
    return _with_secret_key(settings)


def _read(environ: Mapping[str, str]) -> tuple[dict[str, object], list[str]]:
    values: dict[str, object] = {}
    problems: list[str] = []
    for name in Settings.model_fields:
        variable = PREFIX + name.upper()
        plain, path = environ.get(variable, ""), environ.get(variable + "_FILE", "")
        if plain and path:
            problems.append(f"{variable} and {variable}_FILE are both set; set one of them")
        elif plain:
            values[name] = plain
        elif path:
            try:
                values[name] = Path(path).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                problems.append(f"{variable}_FILE cannot be read: {type(error).__name__}")
    return values, problems


def _told(location: tuple[int | str, ...], message: str) -> str:
    return f"{PREFIX}{'_'.join(map(str, location)).upper()}: {message.removeprefix('Value error, ')}"


def _with_secret_key(settings: Settings) -> Settings:
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        if settings.secret_key:
            return settings
        return settings.model_copy(update={"secret_key": _kept_secret(settings.data_dir / "secret_key")})
    except OSError as error:
        raise SettingsError([f"TIDEMARK_DATA_DIR: {settings.data_dir} cannot be used: {error.strerror}"]) from error


def _kept_secret(path: Path) -> str:
    """The generated secret, made once: written beside and linked in, so that two processes starting agree on one."""
    if not path.exists():
        beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(beside, path)
        except FileExistsError:
            # Another process was faster: its secret is the installation's.
            return path.read_text(encoding="utf-8").strip()
        finally:
            beside.unlink(missing_ok=True)
    text = path.read_text(encoding="utf-8").strip()
    if len(text) < SECRET_KEY_LENGTH_MIN:
        raise SettingsError([f"{path} holds no usable secret; restore it from a backup (sealed secrets depend on it)"])
    return text
