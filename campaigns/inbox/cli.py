"""`tidemark endpoint create | set | list` and `tidemark inbox drain | list | replay`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from campaigns import audit, clock
from campaigns.campaign import lifecycle
from campaigns.clock import rfc3339
from campaigns.crypto import Sealer
from campaigns.errors import Invalid, NotFound
from campaigns.inbox import asked, endpoints, log, look_ups, processing, replaying
from campaigns.inbox.models import STATUSES, WebhookEndpoint, WebhookEvent
from campaigns.settings import Settings
from campaigns.web import commandline
from campaigns.web.commandline import with_session

FILE_BYTES_MAX = 65_536
LISTED_MAX = 100
REASON_SHOWN_MAX = 80

endpoint_group = click.Group("endpoint", help="Webhook endpoints: the URLs that payment services send to.")
inbox_group = click.Group("inbox", help="Received webhook events: process what is due, list them, replay them.")
commands = (endpoint_group, inbox_group)


@endpoint_group.command()
@click.option("--provider", "kind", required=True, metavar="KIND", help="stripe, paypal, …: the service it is for.")
@click.option("--name", required=True, help="The last part of its URL: 1 to 64 of a-z, 0-9 and -.")
@click.option(
    "--secret", "secrets", multiple=True, metavar="S", help="What messages are signed with; several while rolling."
)
@click.option("--campaign", "slug", help="Default campaign: everything on this account that names none counts there.")
@click.option("--setting", "pairs", multiple=True, metavar="K=V", help="A setting of the provider; repeatable.")
@with_session
def create(
    session: Session, *, kind: str, name: str, secrets: Sequence[str], slug: str | None, pairs: Sequence[str]
) -> None:
    """Make an endpoint and print the URL to paste at the payment service.

    A secret or setting may stand in a file, where neither the shell nor the list of processes sees it:
    --secret @FILE, --setting K=@FILE.
    """
    settings = commandline.settings()
    campaign = lifecycle.find(session, slug)[0] if slug else None
    made = endpoints.create(
        session,
        provider=kind,
        name=name,
        secrets=[_told(secret) for secret in secrets],
        settings=dict(_pair(pair) for pair in pairs),
        campaign=campaign,
        sealer=Sealer(settings.secret_key),
        mode=settings.mode,
        now=clock.now(),
    )
    asked.after_making(session, made, sealer=Sealer(settings.secret_key), mode=settings.mode, now=clock.now())
    audit.record(session, staff_id=None, action="create", thing="endpoint", thing_id=made.id, provider=kind, name=name)
    click.echo(endpoints.url_of(made, settings.public_url))


@endpoint_group.command("set")
@click.option("--provider", "kind", required=True, metavar="KIND", help="The service it is for.")
@click.option("--name", required=True, help="The last part of its URL.")
@click.option("--setting", "pairs", multiple=True, metavar="K=V", help="Set or change a setting; repeatable.")
@click.option("--remove-setting", "removed", multiple=True, metavar="K", help="Take a setting away; repeatable.")
@click.option("--secret", "secrets", multiple=True, metavar="S", help="A further secret, beside those there are.")
@with_session
def set_(
    session: Session, *, kind: str, name: str, pairs: Sequence[str], removed: Sequence[str], secrets: Sequence[str]
) -> None:
    """Change an endpoint's settings, or add a secret while it is rolled: all of it, or nothing.

    As with `create`, a secret or a setting may stand in a file: --secret @FILE, --setting K=@FILE. With a key, what
    was waiting for it is asked at once.
    """
    if not (pairs or removed or secrets):
        raise Invalid("give at least one of --setting, --remove-setting and --secret")
    found, settings = commandline.settings(), dict(_pair(pair) for pair in pairs)
    endpoint, sealer, now = endpoints.find(session, kind, name), Sealer(found.secret_key), clock.now()
    common: dict[str, Any] = {"sealer": sealer, "mode": found.mode, "now": now}
    for one in removed:
        endpoints.remove_setting(session, endpoint, one, mode=found.mode)
    for one, value in settings.items():
        endpoints.set_setting(session, endpoint, one, value, **common)
    for secret in secrets:
        endpoints.add_secret(session, endpoint, _told(secret), **common)
    acts = [("remove_setting", one) for one in removed] + [("set_setting", one) for one in settings]
    for action, setting in [*acts, *(("add_secret", "signing") for _ in secrets)]:
        audit.record(session, staff_id=None, action=action, thing="endpoint", thing_id=endpoint.id, setting=setting)
    due = asked.after_setting(session, endpoint, **common) if settings else 0
    click.echo(f"{kind}/{name}: saved" + (f"; look-ups due now: {due}" if due else ""))


@endpoint_group.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON array and nothing else.")
@with_session
def list_endpoints(session: Session, *, as_json: bool) -> None:
    """List endpoints with their URL and the names of what is set; never a secret."""
    found = commandline.settings()
    slugs = {campaign.id: campaign.slug for campaign in lifecycle.list_campaigns(session)}
    rows = [_endpoint_facts(one, slugs, found) for one in log.endpoints(session)]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for row in rows:
        click.echo(f"{row['provider']}/{row['name']}  {row['url']}")
        click.echo(f"  secrets: {row['secrets']}, settings: {', '.join(row['settings']) or 'none'}")
        click.echo(f"  default campaign: {row['campaign'] or 'none'}, last event: {row['last_event_at'] or 'none yet'}")


def _endpoint_facts(endpoint: WebhookEndpoint, slugs: Mapping[int, str], found: Settings) -> dict[str, Any]:
    kept = endpoints.settings_of(endpoint, found.mode)
    return {
        "provider": endpoint.provider,
        "name": endpoint.name,
        "url": endpoints.url_of(endpoint, found.public_url),
        "secrets": len(endpoints.signing_secrets(endpoint)),
        "settings": [one.setting.name for one in kept if one.value is not None or one.stored_at is not None],
        "campaign": slugs.get(endpoint.campaign_id or 0),
        "last_event_at": rfc3339(endpoint.last_event_at) if endpoint.last_event_at else None,
    }


@inbox_group.command()
def drain() -> None:
    """Process everything that is due, and ask for what is missing, once; what has to wait longer stays."""
    with commandline.installation_opened() as (settings, database):
        words = processing.drain(database, settings, now=clock.now())
        if look_ups.ask_due(database, settings, now=clock.now()):
            for word, count in processing.drain(database, settings, now=clock.now()).items():
                words[word] = words.get(word, 0) + count
    _tell(words, "nothing was due")


@inbox_group.command("list")
@click.option("--status", type=click.Choice(STATUSES))
@click.option(
    "--json", "as_json", is_flag=True, help="All of them, the newest first, as one JSON array and nothing else."
)
def list_events(status: str | None, as_json: bool) -> None:
    """List received events, the newest first (without --json, the newest hundred)."""
    with commandline.installation_opened() as (_, database), database.reading() as session:
        wanted = log.Wanted(status=status)
        if as_json:
            everything = log.listed(session, wanted, limit=sum(log.counts(session, wanted).values()) or 1)
            click.echo(json.dumps([_facts(event) for event in everything.events], ensure_ascii=False, indent=2))
            return
        page = log.listed(session, wanted, limit=LISTED_MAX)
    rows = [_row(event) for event in page.events]
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))] if rows else []
    for row in rows:
        click.echo("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
    if page.older is not None:
        click.echo(f"… and older ones; these are the newest {LISTED_MAX}", err=True)


@inbox_group.command()
@click.argument("event_id", required=False, metavar="[ID]")
@click.option("--status", type=click.Choice(STATUSES), help="Every event that stands at this.")
@click.option("--since", metavar="T", help="Every event received since; RFC 3339, or a date (its midnight in UTC).")
def replay(event_id: str | None, status: str | None, since: str | None) -> None:
    """Read one event again (by its id here or at the provider), or many. It never counts anything twice."""
    if sum(given is not None for given in (event_id, status, since)) != 1:
        commandline.refuse("give one of: an event's ID, --status, --since")
    ids = _chosen(event_id=event_id, status=status, since=since)
    words: dict[str, int] = {}
    with commandline.installation_opened() as (settings, database):
        for one in ids:
            word = processing.process(database, settings, one, now=clock.now(), again=True)
            words[word] = words.get(word, 0) + 1
    _tell(words, "no such event")


@with_session
def _chosen(session: Session, *, event_id: str | None, status: str | None, since: str | None) -> list[int]:
    """The events to replay; the act is written down before it is done."""
    if event_id is not None:
        ids = log.ids_of(session, event_id)
        if not ids:
            raise NotFound(f"there is no event {event_id[:80]}")
    else:
        ids = replaying.chosen(session, status=status, since=_instant(since) if since else None)
    for one in ids:
        audit.record(session, staff_id=None, action="replay", thing="webhook_event", thing_id=one)
    return ids


def _told(text: str) -> str:
    """`text`, or where it is `@FILE` what stands in that file, without the line's end."""
    if not text.startswith("@"):
        return text
    try:
        with Path(text[1:]).open(encoding="utf-8") as file:
            return file.read(FILE_BYTES_MAX).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{text[1:]} cannot be read: {type(error).__name__}") from error


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise Invalid("a setting is written K=V, or K=@FILE", "setting")
    return name, _told(value)


def _instant(text: str) -> datetime:
    """RFC 3339, or a date: its midnight in UTC. Raises Invalid."""
    try:
        if len(text) == len("2026-12-01"):
            return datetime.combine(date.fromisoformat(text), time(), UTC)
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid(f"“{text[:40]}” is no time; use 2026-12-01T00:00:00Z, or a date such as 2026-12-01") from error
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _facts(event: WebhookEvent) -> dict[str, object]:
    return {
        "id": event.id,
        "endpoint": f"{event.endpoint.provider}/{event.endpoint.name}",
        "remote_id": event.remote_id,
        "type": event.type,
        "status": event.status,
        "reason": event.reason,
        "received_at": rfc3339(event.received_at),
        "occurred_at": rfc3339(event.occurred_at) if event.occurred_at else None,
        "attempts": event.attempt_count,
        "sha256": event.received_sha256,
    }


def _row(event: WebhookEvent) -> tuple[str, ...]:
    endpoint = f"{event.endpoint.provider}/{event.endpoint.name}"
    reason = (event.reason or "")[:REASON_SHOWN_MAX]
    return (str(event.id), rfc3339(event.received_at), event.status, endpoint, event.type, event.remote_id, reason)


def _tell(words: dict[str, int], nothing: str) -> None:
    click.echo(", ".join(f"{count} {word}" for word, count in sorted(words.items())) or nothing)
