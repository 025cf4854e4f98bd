"""The beginning of an uploaded file, and what is decided by it (预览与对应): its columns, their mapping, a new outbreak."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from chainbreak.exchange import mapping
from chainbreak.exchange.columns import KINDS as READ_KINDS
from chainbreak.exchange.columns import fold_column, guess_mapping
from chainbreak.exchange.problems import Unreadable
from chainbreak.exchange.store import loading
from chainbreak.exchange.store.kinds import KINDS
from chainbreak.exchange.table import read_table
from chainbreak.governance.refusal import Refused
from chainbreak.governance.selectors import importrun
from chainbreak.investigation.models import Outbreak

from .kept import Upload

LOOKED_AT = 5  # rows shown before anything is decided
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,19}")
READY = "ready:"  # before the name of a mapping that comes along


@dataclass(frozen=True)
class Look:
    """The beginning of a file: its columns, the guessed field of each, the fields there are, and some rows."""

    columns: list[str]
    guess: dict[str, str]
    fields: list[tuple[str, bool]]
    rows: list[list[str]]


def look(of: Upload) -> Look:
    """The beginning of the file.

    Raises:
        Unreadable: it is no table.
    """
    names, rows = _beginning(of)
    if of.kind not in KINDS:  # line lists and links: their columns go by many names
        guess, _rivals = guess_mapping(names, of.kind)
        fields = [(one.name, one.required) for one in READ_KINDS[of.kind]]
    else:
        guess, _notes = loading.assign(KINDS[of.kind], names, {})
        fields = [(one.name, one.required) for one in KINDS[of.kind].all_columns()]
    return Look(names, dict(guess), fields, rows)


def _beginning(of: Upload) -> tuple[list[str], list[list[str]]]:
    if of.kind == "sequences":
        from chainbreak.exchange import sequences
        from chainbreak.exchange.store.sequences import fields_of

        given = sequences.read(of.path, fields_of(of.section), sheet=of.sheet or None, most=LOOKED_AT)
        return given.columns, [[(cell or "")[:80] for cell in row] for row in given.rows]
    if of.path.suffix == ".parquet":
        import pyarrow.parquet as parquet

        try:
            table = parquet.ParquetFile(of.path)
            names = table.schema_arrow.names
            batch = next(table.iter_batches(batch_size=LOOKED_AT), None)
        except (OSError, ValueError) as error:
            raise Unreadable(of.path, "file_damaged", reason=type(error).__name__) from error
        return names, [[str(row[name]) for name in names] for row in batch.to_pylist()] if batch else []
    table = read_table(of.path, sheet=of.sheet or None)
    rows = []
    for row in table.rows:
        rows.append(["" if cell is None else str(cell) for cell in row.cells])
        if len(rows) == LOOKED_AT:
            break
    return table.columns, rows


def chosen_fields(of: Upload, seen: Look) -> dict[str, str]:
    """The field of each column of the file: by the mapping where one was chosen, else as guessed."""
    if "columns" not in of.section:
        return seen.guess
    by_mapping = {fold_column(column): name for column, name in of.section["columns"].items()}
    return {column: by_mapping[fold_column(column)] for column in seen.columns if fold_column(column) in by_mapping}


def choose(of: Upload, chosen: str) -> None:
    """Take a mapping for an upload: a ready one (`ready:name`) or the number of a saved one; nothing for none.

    Raises:
        Refused("mapping_of_other_kind"): it is for another kind of table.
        Refused("mapping_gone"): there is none such.
    """
    if not chosen:
        return
    if chosen.startswith(READY):
        name = chosen.removeprefix(READY)
        if name not in mapping.known_mappings():
            raise Refused("mapping_gone")
        document = mapping.load(name)
        if of.kind not in document:
            raise Refused("mapping_of_other_kind", name=name, kind=", ".join(sorted(set(document) & set(READ_KINDS))))
        period = (document.get("outbreak") or {}).get("period")
        of.section = _plain({**({"period": period} if period else {}), **document[of.kind]})
        return
    saved = importrun.mappings().filter(pk=int(chosen) if chosen.isdecimal() and len(chosen) < 10 else 0).first()
    if saved is None:
        raise Refused("mapping_gone")
    if saved.kind != of.kind:
        raise Refused("mapping_of_other_kind", name=saved.name, kind=saved.kind)
    of.section = saved.data


def describe(of: Upload, said: dict[str, str], chosen: str, *, detected_at: datetime | None) -> None:
    """The outbreak that is to be made with an upload; what is left empty comes from a ready mapping.

    Raises:
        Refused("bad_outbreak_code"), Refused("outbreak_exists"), Refused("bad_area"), Refused("unknown_rule_pack").
    """
    from chainbreak.epi import rulepack

    ready = mapping.load(chosen.removeprefix(READY)) if chosen.startswith(READY) else {}
    document = _plain(ready.get("outbreak") or {}) | {
        name: value.strip() for name, value in said.items() if value.strip()
    }
    code, area, pack = (str(document.get(name) or "") for name in ("code", "area", "rule_pack"))
    if not CODE.fullmatch(code):
        raise Refused("bad_outbreak_code", outbreak=code)
    if Outbreak.objects.filter(code=code).exists():
        raise Refused("outbreak_exists", outbreak=code)
    if not re.fullmatch(r"[0-9A-Z-]{2,15}", area):
        raise Refused("bad_area", area=area)
    if pack and pack not in rulepack.available():
        raise Refused("unknown_rule_pack", pack=pack, known=", ".join(rulepack.available()))
    if pack and not document.get("disease"):
        document["disease"] = rulepack.load(pack).disease
    if detected_at is not None:
        document["detected_at"] = detected_at.isoformat()
    of.new_outbreak, of.outbreak = document, code


def _plain(value: Any) -> Any:
    """What a mapping says, as JSON keeps it."""
    if isinstance(value, dict):
        names = {True: "yes", False: "no"}
        return {names[key] if isinstance(key, bool) else str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value
