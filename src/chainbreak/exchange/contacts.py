"""Links and contacts as typed rows: who from whom, where, when (传播关系与密接名单)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

from chainbreak.epi.chains import forest_of
from chainbreak.exchange.mapping import Mapping
from chainbreak.exchange.problems import Problem
from chainbreak.exchange.records import Record, RecordReader
from chainbreak.exchange.table import Table, read_table


@dataclass(frozen=True)
class LinkRow:
    """One link from a case to a person, as a row says it."""

    row: int
    line: int
    from_id: str
    to_id: str
    setting: str | None = None
    relation: str | None = None
    kind: str | None = None
    exposed_from: date | datetime | None = None
    exposed_until: date | datetime | None = None
    degree: int | None = None
    name: str | None = None
    phone: str | None = None
    id_number: str | None = None
    note: str | None = None
    dangling: tuple[str, ...] = ()  # the ends that are not in the line list
    in_cycle: bool = False
    extra: dict[str, str] = field(default_factory=dict)
    raw: dict[str, str] = field(default_factory=dict, repr=False)
    problems: tuple[Problem, ...] = field(default=(), repr=False)

    @property
    def is_rejected(self) -> bool:
        """An error stands against the link."""
        return any(problem.severity == "error" for problem in self.problems)

    @property
    def is_duplicate(self) -> bool:
        """The same link stands in an earlier row."""
        return any(problem.code == "duplicate_link" for problem in self.problems)


@dataclass
class ContactReading:
    """What a file of links gives; rows = links + duplicates + rejected."""

    rows: int = 0
    passed_over: int = 0  # rows that say nothing of a link, by the mapping's skip_when_empty
    links: list[LinkRow] = field(default_factory=list)
    duplicates: list[LinkRow] = field(default_factory=list)
    rejected: list[LinkRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    mapping: Mapping | None = None
    table: Table | None = field(default=None, repr=False)


def read_contacts(
    path: Path | str,
    mapping: Mapping | None = None,
    *,
    known: Iterable[str] | None = None,
    sheet: str | None = None,
    today: date | None = None,
    period: tuple[date, date] | None = None,
) -> ContactReading:
    """The links of a file.

    Args:
        known: the external ids of the line list; an end that is not among them is flagged. None: not checked.

    Raises:
        Unreadable: the file is no table, or has no columns for the two ends.
    """
    options = mapping or Mapping("contacts")
    table = read_table(path, sheet or options.sheet, encoding=options.encoding, delimiter=options.delimiter)
    reader = RecordReader(table, "contacts", options, today=today, period=period)
    rows = []
    for record in reader:
        start, end = record.get("exposed_from"), record.get("exposed_until")
        if start and end and _day(start) > _day(end):
            record.note("exposure_reversed", "exposed_from", **{"from": start, "until": end})
        rows.append(_link(record))
    column = next((c for c, name in options.columns.items() if name == "from_id"), None)
    links = check_links(rows, set(known) if known is not None else None, column=column)
    reading = ContactReading(len(rows), reader.passed_over, mapping=options, table=table)
    for link in links:
        target = reading.rejected if link.is_rejected else reading.duplicates if link.is_duplicate else reading.links
        target.append(link)
    found = sorted((problem for link in links for problem in link.problems), key=lambda one: one.row or 0)
    reading.problems = [*reader.file_problems, *found]
    return reading


def check_links(links: list[LinkRow], known: set[str] | None, *, column: str | None = None) -> list[LinkRow]:
    """The links, each with what is wrong with it: dangling, to itself, repeated, in a circle, one of several.

    Links with an error (to itself, an end missing) and repeated ones take no part in the later checks.
    """
    found: dict[int, list[Problem]] = defaultdict(list)
    dangling: dict[int, tuple[str, ...]] = {}
    first: dict[tuple[str, str], int] = {}
    sound = []
    for index, link in enumerate(links):

        def say(code: str, index: int = index, row: int = link.row, **facts: object) -> None:
            found[index].append(Problem(row, column, code, facts=facts))

        if link.is_rejected:
            continue
        if known is not None:
            dangling[index] = tuple(dict.fromkeys(end for end in (link.from_id, link.to_id) if end not in known))
            for end in dangling[index]:
                say("dangling_link", id=end)
        pair = (link.from_id, link.to_id)
        if link.from_id == link.to_id:
            say("self_link", id=link.from_id)
        elif pair in first:
            say("duplicate_link", other=links[first[pair]].row)
        else:
            first[pair] = index
            sound.append(index)
    sources: dict[str, list[int]] = defaultdict(list)
    for index in sound:
        sources[links[index].to_id].append(index)
    for to_id, group in sources.items():
        if len(group) > 1:
            facts = {"id": to_id, "ids": [links[index].from_id for index in group]}
            for index in group:
                found[index].append(Problem(links[index].row, column, "several_infectors", facts=facts))
    pairs = [(links[index].from_id, links[index].to_id) for index in sound]
    forest = forest_of((end for pair in pairs for end in pair), pairs)
    circle = {node: loop for loop in forest.cycles for node in loop}
    circular = set()
    for index in sound:
        link = links[index]
        loop = circle.get(link.from_id)
        if loop is not None and link.to_id in loop:
            circular.add(index)
            found[index].append(Problem(link.row, column, "link_cycle", facts={"ids": loop}))
    return [
        replace(
            link,
            problems=(*link.problems, *found[index]),
            dangling=dangling.get(index, ()),
            in_cycle=index in circular,
        )
        for index, link in enumerate(links)
    ]


def _link(record: Record) -> LinkRow:
    known = LinkRow.__dataclass_fields__
    values = {
        name: value for name, value in record.values.items() if name in known and name not in ("from_id", "to_id")
    }
    return LinkRow(
        record.row,
        record.line,
        record.get("from_id") or "",
        record.get("to_id") or "",
        **values,
        extra=record.extra,
        raw=record.raw,
        problems=tuple(record.problems),
    )


def _day(at: date | datetime) -> date:
    return at.date() if isinstance(at, datetime) else at
