"""Links between cases: proposed until somebody accepts them, and never a second infector or a circle (传播关系入库)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from chainbreak.exchange.contacts import LinkRow
from chainbreak.exchange.store import facts
from chainbreak.exchange.store.bench import Bench
from chainbreak.exchange.store.kind import Kind, Target

LINK = Target(
    "investigation.TransmissionLink",
    ("infector_id", "infectee_id"),
    {"infector_id": "infector_ref", "infectee_id": "infectee_ref", "outbreak_id": "outbreak_ref", "state": "state",
     "basis": "basis", "confidence": "confidence", "setting": "setting", "relation": "relation", "valid_from": "valid_from"},
    key="link_key",
    when="is_link",
)  # fmt: skip
LINKS = Kind("links", (), (LINK,))
SCHEMA = pa.schema(
    [("_row", pa.int64()), ("is_link", pa.bool_()), ("outbreak_ref", pa.int64()), ("link_key", pa.string())]
    + [(name, pa.int64()) for name in ("infector_ref", "infectee_ref", "source_ref", "person_ref", "place_ref")]
    + [(name, pa.string()) for name in ("state", "basis", "confidence", "setting", "relation", "note", "recorded_text")]
    + [(name, pa.timestamp("us")) for name in ("valid_from", "started_at", "ended_at", "recorded_at")]
    + [("protected", pa.bool_())]
)


def write(bench: Bench, outbreak: tuple[int, str], links: Iterable[LinkRow]) -> int:
    """The links that a line list's own column of infectors gives, where both ends are cases; returns how many are new."""
    cases = cases_of(outbreak[0])
    rows: list[dict[str, Any]] = []
    for number, link in enumerate(links, 1):
        if link.is_duplicate or link.from_id not in cases or link.to_id not in cases or link.from_id == link.to_id:
            continue
        rows.append(
            {"_row": -number, "is_link": True, "outbreak_ref": outbreak[0], "infector_ref": cases[link.from_id],
             "infectee_ref": cases[link.to_id], "state": "proposed", "basis": "history", "confidence": "preliminary",
             "setting": (link.setting or "")[:40], "relation": (link.relation or "")[:80],
             "link_key": f"{outbreak[1]}|{link.from_id}|{link.to_id}"}
        )  # fmt: skip
    if not rows:
        return 0
    bench.do("ALTER TABLE good RENAME TO good_cases")
    bench.put("good", pa.Table.from_pylist(rows, schema=SCHEMA))
    facts.write(bench, LINK)
    bench.do("DROP TABLE good")
    bench.do("ALTER TABLE good_cases RENAME TO good")
    return bench.one("SELECT count(*) FROM outcome WHERE _row < 0 AND rank = 3")


def cases_of(outbreak: int) -> dict[str, int]:
    """external id -> case, of one outbreak."""
    from chainbreak.investigation.models import Case

    return dict(Case.objects.filter(outbreak_id=outbreak).values_list("external_id", "pk"))


class Forest:
    """The accepted links of an outbreak: one infector each, no circles (E3 8)."""

    def __init__(self, outbreak: int) -> None:
        from chainbreak.investigation.models import TransmissionLink

        accepted = TransmissionLink.objects.known_at(None).filter(outbreak_id=outbreak, state="accepted")
        self._infector = dict(accepted.values_list("infectee_id", "infector_id"))

    def accept(self, infector: int, infectee: int) -> str | None:
        """Adds a link, or gives the problem that keeps it a proposal."""
        present = self._infector.get(infectee)
        if present is not None and present != infector:
            return "link_second_infector"
        above: int | None = infector
        while above is not None:
            if above == infectee:
                return "link_closes_circle"
            above = self._infector.get(above)
        self._infector[infectee] = infector
        return None
