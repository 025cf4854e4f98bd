"""Exports of two common qPCR instruments (荧光定量PCR仪导出文件): Applied Biosystems and Bio-Rad CFX.

Applied Biosystems: lines `* Name = value`, `[Results]`, then columns Well Position, Sample Name, Target Name, Task, CT.
Bio-Rad CFX: columns Well, Fluor, Target, Content, Sample, Cq. Comma or tab, any encoding of the field, any column order.
"""

from __future__ import annotations

import csv
import io
import re

from chainbreak.screening.services.plate import Plate, PlateWell, Wrong

WELL = re.compile(r"^([A-Pa-p])0*([1-9]|1\d|2[0-4])$")
NOTHING = {"", "UNDETERMINED", "NAN", "N/A", "NA", "NO CT", "NOCT", "-", "INF"}
NAMES = {
    "position": ("wellposition", "well"),
    "sample": ("samplename", "sample"),
    "target": ("targetname", "target", "detectorname"),
    "task": ("task", "content"),
    "ct": ("ct", "cт", "cq", "cqmean"),
}
TASKS = {
    "ntc": "negative_control", "neg": "negative_control", "nc": "negative_control", "ntcontrol": "negative_control",
    "pos": "positive_control", "pc": "positive_control", "standard": "positive_control", "std": "positive_control",
    "blind": "blind",
}  # fmt: skip


def read(text: str) -> Plate:
    """Read an export.

    Raises:
        Wrong: no table of wells in it, or a row that cannot be read; names the line and the column.
    """
    lines = text.splitlines()
    meta: dict[str, str] = {}
    start, columns = None, {}
    for number, line in enumerate(lines):
        if line.startswith("*") and "=" in line:
            name, _, value = line[1:].partition("=")
            meta[_plain(name)] = value.strip().rstrip(",\t ")
        found = _columns(_cells(line))
        if {"position", "sample", "target", "ct"} <= set(found):
            start, columns = number, found
            break
        if len(cells := _cells(line)) >= 2 and cells[0] and not line.startswith(("*", "[")):
            meta.setdefault(_plain(cells[0]), cells[1].strip())
    if start is None:
        raise Wrong("no_wells", wanted="Well, Sample, Target, CT / Cq")
    wells: dict[str, PlateWell] = {}
    for number, line in enumerate(lines[start + 1 :], start=start + 2):
        cells = _cells(line)
        if not any(cells):
            if wells:
                break
            continue
        _well(wells, cells, columns, number)
    if not wells:
        raise Wrong("no_wells", wanted="Well, Sample, Target, CT / Cq")
    name = meta.get("experimentname") or meta.get("runname") or meta.get("filename") or ""
    return Plate(number=name[:40], instrument=meta.get("instrumenttype", "")[:60], wells=tuple(wells.values()))


def _well(wells: dict[str, PlateWell], cells: list[str], columns: dict[str, int], line: int) -> None:
    said = {name: cells[place].strip() if place < len(cells) else "" for name, place in columns.items()}
    match = WELL.match(said["position"])
    if match is None:
        if said["position"].isdecimal() and not said["sample"]:
            return
        raise Wrong("bad_well", row=line, column="Well", value=said["position"][:20])
    position = f"{match[1].upper()}{int(match[2]):02d}"
    if not said["sample"] and not said.get("task") and not said["target"]:
        return  # an empty well
    ct = said["ct"].upper()
    try:
        value = None if ct in NOTHING else float(ct.replace(",", "."))
    except ValueError:
        raise Wrong("bad_ct", row=line, column="CT", value=said["ct"][:20]) from None
    if value is not None and not 0 < value <= 60:
        raise Wrong("bad_ct", row=line, column="CT", value=said["ct"][:20])
    kind = _kind(said.get("task", ""), said["sample"])
    before = wells.get(position)
    if before is not None and (before.sample, before.kind) != (said["sample"][:60], kind):
        raise Wrong("well_twice", row=line, column="Well", value=position)
    cts = dict(before.ct) if before else {}
    if said["target"] in cts:
        raise Wrong("target_twice", row=line, column="Target", value=f"{position} {said['target'][:20]}")
    cts[said["target"][:20] or "-"] = value
    wells[position] = PlateWell(position, kind, said["sample"][:60], cts)


def _kind(task: str, sample: str) -> str:
    plain = re.sub(r"[^a-z]", "", task.lower()).replace("ctrl", "").replace("control", "")
    if plain in TASKS:
        return TASKS[plain]
    if plain.startswith(("unkn", "unknown", "sample")) or not plain:
        named = re.sub(r"[^a-z]", "", sample.lower())
        return TASKS.get(named, "sample") if not any(sign.isdigit() for sign in sample) else "sample"
    return "sample"


def _columns(cells: list[str]) -> dict[str, int]:
    plain = [_plain(cell) for cell in cells]
    found = {}
    for name, choices in NAMES.items():
        for choice in choices:
            if choice in plain:
                found[name] = plain.index(choice)
                break
    return found


def _cells(line: str) -> list[str]:
    delimiter = "\t" if "\t" in line else ";" if line.count(";") > line.count(",") else ","
    return next(csv.reader(io.StringIO(line), delimiter=delimiter), [])


def _plain(text: str) -> str:
    return re.sub(r"[^0-9a-zа-я]", "", text.lower())
