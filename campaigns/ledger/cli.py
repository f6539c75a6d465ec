"""`tidemark ledger check | rebuild`."""

from __future__ import annotations

import json
import sys

import click
from sqlalchemy.orm import Session

from campaigns import audit, clock
from campaigns.inbox import proof
from campaigns.ledger.check import Finding, Report
from campaigns.ledger.check import check as check_ledger
from campaigns.ledger.rebuild import rebuild as rebuild_totals
from campaigns.web import commandline
from campaigns.web.commandline import with_session
from campaigns.web.filters import counted

COLUMNS = ("what", "where", "found", "expected")
CELL_SHOWN_MAX = 90

group = click.Group("ledger", help="The books: check them, and make the totals anew.")


@group.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document and nothing else.")
def check(as_json: bool) -> None:
    """Recompute every total from the entries and every entry from its stored evidence.

    Exit 0 when all is as it must be; exit 1 with a row for everything that is not.
    """
    # On one snapshot that only reads: checking never holds up a payment.
    with commandline.installation_opened() as (settings, database), database.reading() as session:
        report = check_ledger(session, proof.reader(session, settings))
    if as_json:
        click.echo(json.dumps(report.document(), ensure_ascii=False, indent=2))
    else:
        _print(report)
    if report.findings:
        sys.exit(commandline.CHECK_FOUND_SOMETHING)


@group.command()
@with_session
def rebuild(session: Session) -> None:
    """Make every donation's sums and every total anew from the entries. Posting waits meanwhile."""
    wrong = rebuild_totals(session, now=clock.now())
    audit.record(session, staff_id=None, action="rebuild", thing="ledger", thing_id=0, wrong=wrong)
    click.echo(
        f"{counted(wrong, 'total was', 'totals were')} wrong and made right" if wrong else "all totals were right"
    )


def _print(report: Report) -> None:
    checked = ", ".join(
        (
            counted(report.donations, "donation", "donations"),
            counted(report.entries, "entry", "entries"),
            counted(report.periods, "period", "periods"),
        )
    )
    found = counted(len(report.findings), "thing is", "things are") + " wrong:" if report.findings else "no drift"
    click.echo(f"checked {checked}: {found}")
    if report.redacted:
        click.echo(f"{counted(report.redacted, 'entry is', 'entries are')} proven by an extract of redacted evidence")
    if report.findings:
        _print_table([COLUMNS, *(_cells(finding) for finding in report.findings)])


def _print_table(rows: list[tuple[str, ...]]) -> None:
    widths = [max(len(row[place]) for row in rows) for place in range(len(COLUMNS))]
    for row in rows:
        click.echo("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


def _cells(finding: Finding) -> tuple[str, ...]:
    return tuple(str(getattr(finding, name))[:CELL_SHOWN_MAX] for name in COLUMNS)
