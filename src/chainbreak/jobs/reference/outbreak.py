"""The reference outbreak, written to a folder (参考疫情)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files as resources
from pathlib import Path

import pyarrow as pa
import yaml

from . import areas, arrivals, command, course, facilities, files, investigation, residents, rounds, singles, sites
from .admissions import Admissions
from .cases import LINYING_CASES, ZL
from .cast import Cast
from .letters import Letters
from .meetings import Meetings

SEED = 20220328
Rows = Iterable[Mapping[str, object]]


@dataclass(frozen=True)
class Written:
    """One file of the folder."""

    file: str
    kind: str
    rows: int
    outbreak: str = ""


class Reference:
    """Everything that happened, before it is written."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.cast = Cast(seed)
        self.meetings = Meetings(self.cast, seed)
        course.run(self.cast, seed)
        self.admissions = Admissions(self.cast, seed)
        self.letters = Letters(self.cast)
        self.singles = singles.Singles(self.cast, self.admissions, seed)
        self.blocks = residents.blocks(self.cast, self.admissions)

    def city(self) -> rounds.City:
        """The city round, swab by swab."""
        return rounds.city(residents.at_home(self.cast, self.admissions), self.blocks)


def write_reference(out: Path, *, seed: int = SEED, progress: Callable[[str], None] = lambda _: None) -> list[Written]:
    """Write the folder: files, manifest in the order in which they are to be imported, README.

    Raises:
        OSError: the folder cannot be written.
    """
    out.mkdir(parents=True, exist_ok=True)
    it = Reference(seed)
    city = it.city()
    written: list[Written] = []

    def put(name: str, kind: str, content: Rows | pa.Table, outbreak: str = "") -> None:
        progress(name)
        table = isinstance(content, pa.Table)
        path = out / f"{name}.{'parquet' if table else 'csv'}"
        count = files.write_parquet(path, content) if table else files.write_csv(path, content)
        written.append(Written(path.name, kind, count, outbreak))

    found, lying = investigation, [a.lying for a in it.admissions.all if a.lying]
    put("areas", "areas", areas.rows())
    put("outbreaks", "outbreaks", command.outbreaks())
    put("people_named", "people", found.people(it.cast))
    put("people", "people", residents.table(it.blocks, seed))
    put("places", "places", found.places(it.meetings))
    put("sites", "sites", sites.rows())
    put("facilities", "facilities", facilities.events())
    put("rooms", "rooms", facilities.rooms(lying))
    put("duties", "duties", facilities.duties())
    put("linelist_LY", "linelist", found.linelist(it.cast, LINYING_CASES), "LY")
    put("linelist_ZL", "linelist", found.linelist(it.cast, [ZL]), "ZL")
    put("classifications", "classifications", found.classifications(), "LY")
    put("links", "contacts", found.links(), "LY")
    put("relations", "relations", found.relations(), "LY")
    put("genomes", "genomes", found.genomes(), "LY")
    put("link_assessments", "link_assessments", found.link_assessments())
    put("stays", "stays", found.stays(it.meetings))
    put("determinations", "determinations", found.determinations(it.cast), "LY")
    put("arrivals", "arrivals", arrivals.rows(it.cast), "LY")
    put("contact_events", "contact_events", found.contact_events(it.cast))
    put("letters", "letters", it.letters.rows(), "LY")
    put("letter_persons", "letter_persons", it.letters.persons(), "LY")
    put("admissions", "admissions", it.admissions.rows())
    put("transfers", "transfers", it.admissions.transfers())
    put("rounds", "rounds", rounds.rounds())
    put("round_events", "round_events", rounds.events())
    put("runs", "runs", [*city.runs, *it.singles.runs])
    put("tubes", "tubes", _together(city.tubes, it.singles.tubes()))
    put("swabs", "swabs", _together(city.swabs, it.singles.swabs()))
    put("results", "results", _together(city.results, it.singles.results()))
    put("assessments", "assessments", command.assessments(), "LY")
    put("press_conferences", "press_conferences", command.press_conferences(), "LY")
    put("funds", "funds", command.funds())
    _manifest(out, written)
    put("indicators", "indicators", command.indicators())  # no import takes them yet: not in the manifest
    readme = resources(__package__).joinpath("README.txt").read_text(encoding="utf-8")
    (out / "README.md").write_text(readme.replace("{seed}", str(seed)), encoding="utf-8")
    return written


def _together(city: pa.Table, singles: pa.Table) -> pa.Table:
    """One table of both; what one of them does not say is empty. Large tables come in fastest all at once."""
    return pa.concat_tables([city, singles], promote_options="default")


def _manifest(out: Path, written: list[Written]) -> None:
    """The files in order, each with its kind and, where all rows are of one outbreak, that outbreak."""
    listed = [
        {"file": one.file, "kind": one.kind} | ({"outbreak": one.outbreak} if one.outbreak else {}) for one in written
    ]
    text = yaml.safe_dump({"files": listed}, sort_keys=False, allow_unicode=True)
    (out / "manifest.yaml").write_text(text, encoding="utf-8")
