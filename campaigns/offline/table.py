"""A file of gifts as a table: its text, its separator, and what its columns probably mean. Nothing is believed yet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from campaigns.errors import Invalid

ROWS_MAX = 2_000
COLUMNS_MAX = 60
CELL_MAX = 2_000
SAMPLE_ROWS = 200
FIELDS = ("date", "amount", "currency", "name", "email", "id", "message")
# Words that headers of exports use, in the languages of readers; matched whole, then as a part.
WORDS = {
    "date": ("date", "datum", "fecha", "day", "received", "paid at", "created", "buchungstag", "valuta"),
    "amount": ("amount", "betrag", "importe", "montant", "gross", "total", "sum", "summe", "value", "brutto"),
    "currency": ("currency", "währung", "moneda", "devise", "waehrung"),
    "email": ("email", "e-mail", "mail", "correo", "courriel"),
    "name": ("name", "donor", "spender", "donante", "donateur", "payer", "supporter", "auftraggeber"),
    "id": ("id", "transaction", "reference", "referenz", "number", "nummer", "receipt", "transaktion"),
    "message": ("message", "comment", "note", "verwendungszweck", "nachricht", "mensaje", "kommentar"),
}
_DAY = re.compile(r"\s*(\d{1,4})[-./](\d{1,2})[-./](\d{1,4})\b", re.ASCII)
_COMMA_LAST = re.compile(r",\d{1,2}\D*$", re.ASCII)
_POINT_LAST = re.compile(r"\.\d{1,2}\D*$", re.ASCII)


@dataclass(frozen=True, slots=True)
class Table:
    """Header and rows; a row's line is that of the file, counted as a spreadsheet counts them."""

    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]

    def column(self, place: int) -> list[str]:
        """The cells of a column that are not empty."""
        return [cells[place] for _, cells in self.rows[:SAMPLE_ROWS] if place < len(cells) and cells[place].strip()]


@dataclass(frozen=True, slots=True)
class Mapping:
    """Which column means what (by place, None: no such column), how days are written, and the decimal mark."""

    columns: dict[str, int | None]
    day_order: str  # ymd, dmy, mdy
    mark: str  # . or ,

    def document(self) -> dict[str, object]:
        """Plain JSON."""
        return {"columns": self.columns, "day_order": self.day_order, "mark": self.mark}


def read(body: bytes) -> Table:
    """The table in a file. Raises Invalid for what is none."""
    text = _text(body)
    lines = csv.reader(io.StringIO(text, newline=""), dialect=_dialect(text))
    try:
        found = [
            (lines.line_num, tuple(cell.strip() for cell in cells)) for cells in lines if any(map(str.strip, cells))
        ]
    except csv.Error as error:
        raise Invalid(f"the file cannot be read as a table: line {lines.line_num}: {error}", "file") from error
    if len(found) < 2:
        raise Invalid("the file has no rows below its header", "file")
    if len(found) > ROWS_MAX + 1:
        raise Invalid(f"the file has {len(found) - 1:,} rows; at most {ROWS_MAX:,} fit at once, so split it", "file")
    if len(found[0][1]) > COLUMNS_MAX:
        raise Invalid(f"the file has more than {COLUMNS_MAX} columns", "file")
    if any(len(cell) > CELL_MAX for _, cells in found for cell in cells):
        raise Invalid(f"a cell holds more than {CELL_MAX:,} characters; is a quotation mark missing?", "file")
    return Table(found[0][1], tuple(found[1:]))


def guess(table: Table) -> Mapping:
    """What the columns probably mean; staff see it, and change what is wrong."""
    columns: dict[str, int | None] = dict.fromkeys(FIELDS)
    for whole in (True, False):
        for field in FIELDS:
            taken = set(columns.values())
            free = (place for place in range(len(table.header)) if place not in taken)
            if columns[field] is None:
                columns[field] = next((p for p in free if _means(table.header[p], WORDS[field], whole=whole)), None)
    days = table.column(columns["date"]) if columns["date"] is not None else []
    amounts = table.column(columns["amount"]) if columns["amount"] is not None else []
    return Mapping(columns, _day_order(days), _mark(amounts))


def _means(header: str, words: Iterable[str], *, whole: bool) -> bool:
    said = " ".join(header.casefold().replace("_", " ").split())
    return said in words if whole else any(word in said.replace("-", " ").split() or word in said for word in words)


def _day_order(days: Sequence[str]) -> str:
    parts = [[int(part) for part in found.groups()] for day in days if (found := _DAY.match(day))]
    if any(first > 31 for first, _, _ in parts):
        return "ymd"
    if any(second > 12 for _, second, _ in parts):
        return "mdy"
    if any(first > 12 for first, _, _ in parts):
        return "dmy"
    return "mdy" if days and "/" in days[0] else "dmy" if days and "." in days[0] else "ymd"


def _mark(amounts: Sequence[str]) -> str:
    commas, points = (sum(bool(shape.search(text)) for text in amounts) for shape in (_COMMA_LAST, _POINT_LAST))
    return "," if commas > points else "."


def _text(body: bytes) -> str:
    """As spreadsheets write files: UTF-8 with or without a mark, UTF-16 with one, else the older Western one."""
    is_wide = body.startswith((b"\xff\xfe", b"\xfe\xff"))
    encodings = ["utf-16"] if is_wide else ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = body.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        return text
    raise Invalid("the file is no text; save it as CSV (UTF-8) from your spreadsheet", "file")


def _dialect(text: str) -> type[csv.Dialect]:
    """By the first line: which separator it holds most."""
    first = text.lstrip("\r\n").splitlines()[0] if text.strip() else ""
    best = max(",;\t|", key=first.count)

    class Found(csv.excel):
        delimiter = best
        strict = True

    return Found
