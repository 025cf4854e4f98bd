"""Sheets for a round on paper (纸质名单、管签): PDF with codes to scan, and a workbook to type up what was written."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import segno
from openpyxl import Workbook
from openpyxl.styles import Font

from chainbreak.exchange.document.pdf import typeset

HERE = Path(__file__).parent
MOST_ROWS = 1000
COLUMNS = ("person_id", "barcode", "position", "series", "number", "purpose", "sampled_at")


@dataclass(frozen=True)
class Line:
    """One person of a sheet; `name` is empty for those who may not see it."""

    number: str
    name: str = ""


def roll_sheet(
    lines: Sequence[Line],
    *,
    title: str,
    subtitle: str,
    header: Sequence[str],
    footer: str,
    language: str,
    first: int = 1,
) -> bytes:
    """The PDF of a roll sheet.

    Args:
        header: the seven headings: number in the sheet, code, person, name, tube, position, time.
        first: the number of the first line.

    Raises:
        ValueError: nobody, or more than 1,000 people; not seven headings.
    """
    if not 0 < len(lines) <= MOST_ROWS or len(header) != 7:
        raise ValueError(f"1 to {MOST_ROWS} people and 7 headings; got {len(lines)} and {len(header)}")
    rows = [{"number": line.number, "name": line.name, "code": code(line.number)} for line in lines]
    data = {"title": title, "subtitle": subtitle, "header": list(header), "footer": footer, "language": language}
    return typeset(HERE / "roll.typ", {**data, "rows": rows, "first": first})


def labels(prefix: str, *, first: int, count: int, title: str, subtitle: str) -> bytes:
    """The PDF of tube labels `prefix` + five digits.

    Raises:
        ValueError: no label, more than 1,000, or numbers beyond five digits.
    """
    if not 0 < count <= MOST_ROWS or first < 1 or first + count - 1 > 99_999:
        raise ValueError(f"1 to {MOST_ROWS} labels up to 99999; got {count} from {first}")
    numbers = [f"{prefix}{first + n:05d}" for n in range(count)]
    rows = [{"number": number, "code": code(number)} for number in numbers]
    return typeset(HERE / "labels.typ", {"title": title, "subtitle": subtitle, "rows": rows})


def to_type_up(lines: Sequence[Line], *, series: str, number: int) -> bytes:
    """The workbook of the same people, in the columns that the import of swabs reads; the empty cells are to be filled in."""
    book = Workbook()
    sheet: Any = book.active
    sheet.title = f"{series}-{number}"[:31]
    sheet.append(list(COLUMNS))
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for line in lines:
        sheet.append([line.number, None, None, series, number, "mass_round", None])
    for column in "ABCDEFG":
        sheet.column_dimensions[column].width = 20
        for cell in sheet[column]:
            cell.number_format = "@" if column in "AB" else "General"
    for cell in sheet["G"]:
        cell.number_format = "yyyy-mm-dd hh:mm"
    sheet.freeze_panes = "A2"
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def code(text: str) -> str:
    """A QR code as SVG (error correction M: a scratched label is still read)."""
    held = io.BytesIO()
    segno.make(text, error="m", micro=False).save(held, kind="svg", border=2, xmldecl=False)
    return held.getvalue().decode()
