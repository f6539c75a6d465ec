"""`tidemark site create | list | show`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click
from sqlalchemy.orm import Session

from campaigns import audit, clock
from campaigns.clock import rfc3339
from campaigns.site import sites
from campaigns.site.models import Site
from campaigns.web.commandline import with_session

group = click.Group("site", help="Sites that embed: make one known, list them, show one.")


@group.command()
@click.option("--name", required=True, help="What staff call it.")
@click.option("--origin", "origins", required=True, multiple=True, metavar="URL", help="Scheme and host; repeatable.")
@click.option("--full-path", is_flag=True, help="Tell its articles apart; without it only the origin is kept.")
@with_session
def create(session: Session, *, name: str, origins: Sequence[str], full_path: bool) -> None:
    """Make a site known, so that gifts are told by the article they were begun on.

    Kept are scheme, host and port, and with --full-path the article's path; never a query or a fragment.
    """
    made = sites.create(session, name=name, origins=origins, full_path=full_path, now=clock.now())
    detail: dict[str, Any] = {"origins": [one.origin for one in made.origins], "full_path": full_path}
    audit.record(session, staff_id=None, action="create", thing="site", thing_id=made.id, **detail)
    click.echo(_line(made))


@group.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON array and nothing else.")
@with_session
def list_sites(session: Session, *, as_json: bool) -> None:
    """List the sites with their origins."""
    found = sites.every(session)
    if as_json:
        click.echo(json.dumps([_facts(site) for site in found], ensure_ascii=False, indent=2))
        return
    for site in found:
        click.echo(_line(site))


@group.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="One JSON document and nothing else.")
@with_session
def show(session: Session, *, name: str, as_json: bool) -> None:
    """Show one site by its name."""
    facts = _facts(sites.named(session, name))
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    for key, value in facts.items():
        click.echo(f"{key}: {', '.join(value) if isinstance(value, list) else value}")


def _facts(site: Site) -> dict[str, Any]:
    return {
        "name": site.name,
        "origins": [one.origin for one in site.origins],
        "full_path": site.full_path,
        "created_at": rfc3339(site.created_at),
    }


def _line(site: Site) -> str:
    kept = "articles told apart" if site.full_path else "origin only"
    return f"{site.name}: {', '.join(one.origin for one in site.origins)} ({kept})"
