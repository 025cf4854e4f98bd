"""Which lines of a table name its columns, and which are titles or totals (表头)."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from chainbreak.exchange.problems import Problem

_TOTALS = {
    "合计",
    "总计",
    "小计",
    "总数",
    "共计",
    "累计",
    "total",
    "totals",
    "subtotal",
    "grand total",
    "sum",
}
_DATA_LIKE = re.compile(r"[\d\s./:年月日T+-]+\Z")


@dataclass(frozen=True)
class Header:
    """The columns' names, the lines they stand in, the first line of data, and what was noticed on the way."""

    columns: list[str]
    lines: tuple[int, ...]
    first_data_line: int
    notes: tuple[Problem, ...] = ()


def cell_text(cell: Any) -> str:
    """A cell as a person reads it: whole numbers without a point, days without midnight."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e18:
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() and cell.tzinfo is None else cell.isoformat(" ")
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)


def is_total(cells: list[Any], width: int) -> bool:
    """合计, Total …: a sum at the foot of a group, not a record."""
    filled = [cell for cell in cells if cell_text(cell).strip()]
    if not filled or len(filled) > max(2, width // 2):
        return False
    first = unicodedata.normalize("NFKC", cell_text(filled[0])).strip().casefold()
    word = re.sub(r"[\s::]+|\d+\s*[例人条行名]?", " ", first).strip()
    return word in _TOTALS or word.replace(" ", "") in _TOTALS


def find_header(head: list[tuple[int, list[Any]]], merged: dict[tuple[int, int], Any]) -> Header | None:
    """The header among the first lines, with titles above it and a grouped row folded in.

    Args:
        head: (line, cells) of the first lines.
        merged: (line, column index from 0) -> value, for every cell covered by a merged range of several columns.
    """
    filled = [(line, cells) for line, cells in head if _count(cells)]
    if not filled:
        return None
    width = max(_count(cells) for _, cells in filled)
    notes = []
    while len(filled) > 1 and width >= 3 and _count(filled[0][1]) == 1:
        line, cells = filled.pop(0)
        words = next(cell_text(cell) for cell in cells if cell_text(cell).strip())
        notes.append(Problem(None, None, "title_row", facts={"line": line, "text": words.strip()}))
    line, cells = filled[0]
    if _is_data(cells):
        notes.append(Problem(None, None, "no_header"))
        columns = [f"column {index + 1}" for index in range(max(len(row) for _, row in filled))]
        return Header(columns, (), line, tuple(notes))
    groups: list[str] | None = None
    lines: tuple[int, ...] = (line,)
    if len(filled) > 1 and _is_group(line, cells, filled[1][1], merged):
        groups = _spread(line, cells, merged)
        line, cells = filled[1]
        lines = (*lines, line)
    if lines != (1,):
        notes.append(Problem(None, None, "header_rows", facts={"lines": list(lines)}))
    columns, renamed = _names(groups, cells)
    return Header(columns, lines, line + 1, (*notes, *renamed))


def _count(cells: list[Any]) -> int:
    return sum(1 for cell in cells if cell_text(cell).strip())


def _is_label(cell: Any) -> bool:
    return isinstance(cell, str) and len(cell) <= 40 and not re.search(r"\d{2,}|\d[-/.:]\d", cell)


def _is_data(cells: list[Any]) -> bool:
    """A first row of which a third are numbers or dates is no header."""
    values = [cell for cell in cells if cell_text(cell).strip()]
    data = [c for c in values if not isinstance(c, str) or (_DATA_LIKE.match(c.strip()) and re.search(r"\d", c))]
    return len(data) * 3 >= len(values)


def _is_group(line: int, cells: list[Any], below: list[Any], merged: dict[tuple[int, int], Any]) -> bool:
    if any(at == line for at, _ in merged):
        return all(_is_label(cell) for cell in below if cell_text(cell).strip())
    padded = [*cells, *[None] * (len(below) - len(cells))]
    gaps = [
        index for index, cell in enumerate(below) if cell_text(cell).strip() and not cell_text(padded[index]).strip()
    ]
    labels = all(_is_label(cell) and not re.search(r"\d", cell) for cell in below if cell_text(cell).strip())
    return labels and len(gaps) >= 2 and len(gaps) * 3 >= len(below)


def _spread(line: int, cells: list[Any], merged: dict[tuple[int, int], Any]) -> list[str]:
    """The group's word over each of its columns; without merged cells a group reaches to the next one."""
    words, last = [], ""
    known = any(at == line for at, _ in merged)
    for index, cell in enumerate(cells):
        word = cell_text(merged.get((line, index), cell)).strip()
        last = word if word or known else last
        words.append(last)
    return words


def _names(groups: list[str] | None, cells: list[Any]) -> tuple[list[str], list[Problem]]:
    leaves = [re.sub(r"\s+", " ", cell_text(cell)).strip() for cell in cells]
    while leaves and not leaves[-1] and not (groups and len(groups) >= len(leaves) and groups[len(leaves) - 1]):
        leaves.pop()
    if groups:
        groups = [*groups, *[""] * (len(leaves) - len(groups))]
        leaves = [leaf or groups[index] for index, leaf in enumerate(leaves)]
        leaves = [
            f"{groups[index]} / {leaf}" if leaves.count(leaf) > 1 and groups[index] not in ("", leaf) else leaf
            for index, leaf in enumerate(leaves)
        ]
    names: list[str] = []
    notes: list[Problem] = []
    for index, leaf in enumerate(leaves):
        name = leaf or f"column {index + 1}"
        if not leaf:
            notes.append(Problem(None, name, "unnamed_column", facts={"name": name}))
        if name in names:
            new = next(f"{name} ({n})" for n in range(2, 1000) if f"{name} ({n})" not in names)
            notes.append(Problem(None, new, "duplicate_column", facts={"name": name, "new": new}))
            name = new
        names.append(name)
    return names, notes
