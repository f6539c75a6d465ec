"""A file's way into the ledger: opened, shown row by row, taken at once, and undone by reversing entries if need be."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.audit import AuditEntry
from campaigns.campaign import zones
from campaigns.campaign.models import Campaign
from campaigns.crypto import keyed_hash, sha256_hex
from campaigns.errors import Conflict, Invalid
from campaigns.ledger import posting
from campaigns.ledger.imported import ImportRow, ImportRun
from campaigns.ledger.models import Donation, PaymentRef
from campaigns.ledger.statement import Evidence, Statement
from campaigns.offline import entering, reading, table
from campaigns.offline.reading import Gift, Wrong
from campaigns.offline.table import Mapping
from campaigns.providers.contract import Movement, Reading

OPEN_FOR = timedelta(days=1)  # then the bytes of a file that nobody took are forgotten
FILE_NAME_MAX = 200
LISTED_MAX = 100


@dataclass(frozen=True, slots=True)
class Row:
    """What a row of the file would do. `same` says in words which gift it seems to be; such a row is left out unless
    staff choose it."""

    line: int
    gift: Gift | None
    wrong: tuple[str, ...] = ()
    same: str | None = None

    @property
    def state(self) -> str:
        """new, same or wrong."""
        return "wrong" if self.gift is None else "same" if self.same else "new"


def begin(
    session: Session, campaign: Campaign, name: str, body: bytes, *, staff_id: int | None, now: datetime
) -> ImportRun:
    """A file to look at, its columns guessed. Raises Invalid for what is no table."""
    mapping = table.guess(table.read(body))
    run = ImportRun(
        campaign_id=campaign.id,
        staff_id=staff_id,
        file_name="".join(c for c in name if c.isprintable())[:FILE_NAME_MAX] or "file",
        sha256=sha256_hex(body),
        status="open",
        body=body,
        mapping=mapping.document(),
        created_at=now,
    )
    session.add(run)
    session.flush()
    return run


def mapping_of(run: ImportRun) -> Mapping:
    """As staff left it."""
    kept = run.mapping
    columns = {field: kept["columns"].get(field) for field in table.FIELDS}
    return Mapping(columns, kept["day_order"], kept["mark"])


def opened(run: ImportRun) -> bytes:
    """The bytes of a run that is still open. Raises Conflict."""
    if run.status != "open" or run.body is None:
        raise Conflict("this file was taken, or given up, already; choose it again")
    return run.body


def rows(session: Session, run: ImportRun, campaign: Campaign, *, now: datetime, secret_key: str) -> list[Row]:
    """What each row of an open run would do, in the file's order. Raises Conflict where it is open no more."""
    found = table.read(opened(run))
    mapping = mapping_of(run)
    zone = zones.of(campaign)
    told = [
        reading.row(line, cells, mapping, currency=campaign.currency, zone=zone, now=now) for line, cells in found.rows
    ]
    gifts = [one for one in told if isinstance(one, Gift)]
    same = _same(session, gifts, zone, secret_key)
    return [
        Row(one.line, None, one.told) if isinstance(one, Wrong) else Row(one.line, one, same=same.get(one.line))
        for one in told
    ]


def take(
    session: Session,
    run: ImportRun,
    campaign: Campaign,
    lines: Collection[int],
    *,
    now: datetime,
    secret_key: str,
) -> list[Gift]:
    """Makes gifts of the rows in `lines`, all of them or none; forgets the file. Raises Conflict or Invalid."""
    session.refresh(run, with_for_update=True)
    gifts = [
        row.gift
        for row in rows(session, run, campaign, now=now, secret_key=secret_key)
        if row.gift is not None and row.line in lines
    ]
    if not gifts:
        raise Invalid("choose at least one row to take")
    stored = [(gift, _stored(run, gift, zones.of(campaign), secret_key)) for gift in gifts]
    session.add_all(row for _, row in stored)
    run.status, run.taken_at, run.body = "taken", now, None
    session.flush()
    given = [(row.ref, gift, Evidence("import", row.id, row.detail_sha256)) for gift, row in stored]
    entering.enter(session, campaign, given, now=now, secret_key=secret_key)
    return gifts


def reversals(session: Session, run: ImportRun, *, now: datetime) -> list[Movement]:
    """What takes back all that is left of a run's gifts. Raises Conflict where that was done, or nothing was taken."""
    session.refresh(run, with_for_update=True)
    if run.status != "taken":
        raise Conflict("this file was undone already" if run.status == "undone" else "this file was never taken")
    return [
        Movement(one.ref.ref, f"undo:{run.id}:{one.ref.ref}", "adjustment", -one.net_minor, one.currency, now)
        for one in donations_of(session, run)
        if one.net_minor > 0 and one.currency
    ]


def undo(
    session: Session, run: ImportRun, back: list[Movement], act: AuditEntry, *, now: datetime, secret_key: str
) -> None:
    """Posts the `reversals` of a run, which rest on `act`. The caller commits."""
    evidence = Evidence("staff", act.id, act.detail_sha256)
    for start in range(0, len(back), posting.AT_ONCE_MAX):
        reading = Reading.of(back[start : start + posting.AT_ONCE_MAX])
        posting.post(session, [Statement(entering.PROVIDER, "", reading, evidence)], now=now, secret_key=secret_key)
    run.status, run.undone_at = "undone", now
    session.flush()


def give_up(session: Session, run: ImportRun) -> None:
    """Forgets a file that was not taken. Raises Conflict."""
    opened(run)
    session.delete(run)
    session.flush()


def listed(session: Session) -> list[tuple[ImportRun, Campaign]]:
    """Files, the newest first."""
    wanted = select(ImportRun, Campaign).join(Campaign, Campaign.id == ImportRun.campaign_id)
    return [
        (run, campaign) for run, campaign in session.execute(wanted.order_by(ImportRun.id.desc()).limit(LISTED_MAX))
    ]


def forget_old(session: Session, *, now: datetime) -> int:
    """Forgets files that nobody took within a day: they hold donors' details."""
    old = select(ImportRun).where(ImportRun.status == "open", ImportRun.created_at < now - OPEN_FOR)
    found = list(session.scalars(old))
    for run in found:
        session.delete(run)
    session.flush()
    return len(found)


def donations_of(session: Session, run: ImportRun) -> list[Donation]:
    """The gifts that came of a run, in the file's order."""
    wanted = select(Donation).join(PaymentRef, PaymentRef.id == Donation.ref_id)
    wanted = wanted.join(ImportRow, ImportRow.ref == PaymentRef.ref).where(PaymentRef.provider == entering.PROVIDER)
    return list(session.scalars(wanted.where(ImportRow.run_id == run.id).order_by(ImportRow.line)))


def _stored(run: ImportRun, gift: Gift, zone: str, secret_key: str) -> ImportRow:
    ref = f"import:{run.id}:{gift.line}"
    stated = {"amount_minor": gift.amount_minor, "currency": gift.currency, "given_at": gift.given_at.isoformat()}
    said = {**stated, "ref": ref, "line": gift.line, "file_sha256": run.sha256, "external_id": gift.external_id}
    detail = json.dumps(said, sort_keys=True, separators=(",", ":"))
    return ImportRow(
        run_id=run.id,
        line=gift.line,
        ref=ref,
        external_id=gift.external_id,
        same_as=_same_as(gift, zone, secret_key),
        detail=detail,
        detail_sha256=sha256_hex(detail.encode()),
    )


def _same(session: Session, gifts: Iterable[Gift], zone: str, secret_key: str) -> dict[int, str]:
    """Rows that seem to be gifts that are there already, or stand above in the file: line → which, in words."""
    listed = list(gifts)
    found: dict[int, str] = {}
    standing = select(ImportRow.external_id, ImportRow.same_as, ImportRow.line, ImportRun.file_name)
    standing = standing.join(ImportRun, ImportRun.id == ImportRow.run_id).where(ImportRun.status == "taken")
    ids: dict[str, str] = {}
    marks: dict[str, str] = {}
    for external_id, same_as, line, file_name in session.execute(standing):
        where = f"line {line} of {file_name}"
        marks.setdefault(same_as, where)
        if external_id:
            ids.setdefault(external_id, where)
    elsewhere = _in_ledger(session, listed, zone)
    for gift in listed:
        mark = _same_as(gift, zone, secret_key)
        by_id = ids.get(gift.external_id) if gift.external_id else None
        seen = by_id or marks.get(mark) or elsewhere.get(gift.line)
        if seen:
            found[gift.line] = seen
        marks.setdefault(mark, f"line {gift.line} of this file")
        if gift.external_id:
            ids.setdefault(gift.external_id, f"line {gift.line} of this file")
    return found


def _in_ledger(session: Session, gifts: list[Gift], zone: str) -> dict[int, str]:
    """The same among all donations: by the payment's own id, or by day, amount and giver."""
    named = {gift.external_id for gift in gifts if gift.external_id}
    known = set(session.scalars(select(PaymentRef.ref).join(Donation, Donation.ref_id == PaymentRef.id).where(
        PaymentRef.ref.in_(named)))) if named else set()  # fmt: skip
    found = {gift.line: f"the payment {gift.external_id}" for gift in gifts if gift.external_id in known}
    if not gifts:
        return found
    begin, end = min(g.given_at for g in gifts) - timedelta(days=1), max(g.given_at for g in gifts) + timedelta(days=1)
    wanted = select(Donation).where(Donation.occurred_at.between(begin, end), Donation.net_minor > 0)
    wanted = wanted.where(Donation.amount_minor.in_({gift.amount_minor for gift in gifts}))
    by_giver = {}
    for donation in session.scalars(wanted):
        if donation.occurred_at is None or donation.ref.ref.startswith("import:"):
            continue
        for giver in filter(None, (donation.donor_email, donation.donor_name)):
            on = donation.occurred_at.astimezone(ZoneInfo(zone)).date()
            by_giver[(on, donation.amount_minor, donation.currency, giver.casefold())] = donation.ref.ref
    for gift in gifts:
        on = gift.given_at.astimezone(ZoneInfo(zone)).date()
        for giver in filter(None, (gift.email, gift.name)):
            same = by_giver.get((on, gift.amount_minor, gift.currency, giver.casefold()))
            if same and gift.line not in found:
                found[gift.line] = f"the payment {same}"
    return found


def _same_as(gift: Gift, zone: str, secret_key: str) -> str:
    """A keyed hash of what makes two rows the same gift: its own id, where it has one, else day, amount and giver."""
    on = gift.given_at.astimezone(ZoneInfo(zone)).date().isoformat()
    giver = (gift.email or gift.name or "").casefold()
    said = (on, str(gift.amount_minor), gift.currency, giver, gift.external_id or "")
    return keyed_hash(secret_key, "import-row", "\x1f".join(said))
