"""Which column is which field, kept as a file for the next time (字段映射)."""

from collections.abc import Mapping as Mapped
from dataclasses import dataclass, field
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from chainbreak.exchange.columns import KINDS, fold_column
from chainbreak.exchange.problems import Unreadable

_TYPES = {"text", "id", "name", "date", "birth", "when", "number", "count", "age", "ct", "id_number"}
_KEYS = {
    *("columns", "values", "constants", "ignore", "dates", "explode", "types", "skip_when_empty", "day_first"),
    *("default_year", "epoch", "period", "zone", "encoding", "delimiter", "sheet", "home", "file"),
}


@dataclass(frozen=True)
class Mapping:
    """How one sender's table becomes records of one kind.

    columns: column -> field; a column that is not named here goes to `extra` of its record.
    values: field -> what is written -> what it means; null means "not given".
    constants: field -> value where no column gives one.
    explode: prefixes; each row becomes one record for each, from the columns whose names begin with it.
    types: column -> type, for columns that stay in `extra` but should be checked.
    dates: column -> its own day_first, epoch or default_year.
    skip_when_empty: fields; a row without them says nothing of this kind and is passed over.
    """

    kind: str
    columns: Mapped[str, str] = field(default_factory=dict)
    values: Mapped[str, Mapped[str, Any]] = field(default_factory=dict)
    constants: Mapped[str, Any] = field(default_factory=dict)
    ignore: frozenset[str] = frozenset()
    explode: tuple[str, ...] = ()
    types: Mapped[str, str] = field(default_factory=dict)
    dates: Mapped[str, Mapped[str, Any]] = field(default_factory=dict)
    skip_when_empty: tuple[str, ...] = ()
    day_first: bool | None = None
    default_year: int | None = None
    epoch: str | None = None
    period: tuple[date, date] | None = None
    zone: str = "Asia/Shanghai"
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    home: str | None = None
    file: str | None = None
    outbreak: Mapped[str, Any] = field(default_factory=dict)
    title: str = ""


def known_mappings() -> list[str]:
    """The names of the mappings that come with Chainbreak."""
    folder = resources.files("chainbreak.exchange") / "mappings"
    return sorted(file.name.removesuffix(".yaml") for file in folder.iterdir() if file.name.endswith(".yaml"))


def load(name: str | Path) -> dict[str, Any]:
    """The whole document of a mapping file, or of a ready mapping by its name: title, outbreak, one section a kind.

    Raises:
        Unreadable: it is not there, or is not YAML.
    """
    path = Path(name)
    if str(name) in known_mappings():
        text = (resources.files("chainbreak.exchange") / "mappings" / f"{name}.yaml").read_text("utf-8")
    else:
        try:
            text = path.read_text("utf-8-sig")
        except (OSError, ValueError) as error:
            raise Unreadable(path, "mapping_absent", name=str(name), known=known_mappings()) from error
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise Unreadable(path, "mapping_invalid", reason=" ".join(str(error).split())) from error
    if not isinstance(document, dict):
        raise Unreadable(path, "mapping_invalid", reason="it is not a set of names and values")
    return document


def load_mapping(name: str | Path, kind: str) -> Mapping:
    """The mapping for one kind out of a file, or out of a ready mapping by its name.

    Raises:
        Unreadable: it is not there, is not YAML, or names fields that the kind does not have.
    """
    return mapping_from(load(name), kind, name)


def mapping_from(document: Any, kind: str, path: Path | str = "mapping") -> Mapping:
    """A mapping out of a document with `title`, `outbreak` and one section for each kind."""

    def refuse(reason: str) -> Unreadable:
        return Unreadable(path, "mapping_invalid", reason=reason)

    if kind not in KINDS:
        raise Unreadable(path, "kind_unknown", kind=kind, kinds=sorted(KINDS))
    if not isinstance(document, dict):
        raise refuse("it is not a set of names and values")
    section = document.get(kind)
    if not isinstance(section, dict):
        raise refuse(f"it has no section “{kind}”")
    if unknown := sorted(set(section) - _KEYS):
        raise refuse(f"unknown: {', '.join(unknown)}")
    names = {one.name for one in KINDS[kind]}
    columns = {str(column): str(name) for column, name in (section.get("columns") or {}).items()}
    for name in (*columns.values(), *(section.get("values") or {}), *(section.get("constants") or {})):
        if name not in names:
            raise refuse(f"{kind} has no field “{name}”; it has {', '.join(sorted(names))}")
    if len(set(columns.values())) < len(columns):
        twice = sorted({name for name in columns.values() if list(columns.values()).count(name) > 1})
        raise refuse(f"two columns for one field: {', '.join(twice)}")
    for type_ in (section.get("types") or {}).values():
        if type_ not in _TYPES:
            raise refuse(f"no type “{type_}”; types are {', '.join(sorted(_TYPES))}")
    if section.get("epoch") not in (None, "unix", "excel"):
        raise refuse("epoch is unix or excel")
    try:
        ZoneInfo(section.get("zone") or "Asia/Shanghai")
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise refuse(f"no time zone “{section['zone']}”") from error
    period = section.get("period") or (document.get("outbreak") or {}).get("period")
    try:
        period = period and [date.fromisoformat(day) if isinstance(day, str) else day for day in period]
    except (TypeError, ValueError):
        raise refuse("period is two days: [first, last]") from None
    if period is not None and not (len(period) == 2 and all(isinstance(day, date) for day in period)):
        raise refuse("period is two days: [first, last]")
    rest = {
        key: section[key] for key in section if key not in ("columns", "values", "period") and section[key] is not None
    }
    for key in ("explode", "skip_when_empty"):
        rest[key] = tuple(rest.get(key) or ())
    rest["ignore"] = frozenset(fold_column(str(column)) for column in rest.get("ignore") or ())
    values = {
        name: {_word(word): _word(meaning) for word, meaning in words.items()}
        for name, words in (section.get("values") or {}).items()
    }
    return Mapping(
        kind,
        columns,
        values,
        period=tuple(period) if period else None,
        outbreak=document.get("outbreak") or {},
        title=str(document.get("title") or ""),
        **rest,
    )


def _word(value: Any) -> Any:
    """YAML reads a bare yes or no as true or false; here they are words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return None if value is None else str(value)
