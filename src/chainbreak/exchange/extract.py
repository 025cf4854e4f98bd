"""An extract for analysts (分析用数据提取): pseudonymous Parquet tables of one outbreak, as of an instant, in one ZIP.

Persons, cases and places carry numbers made for this extract alone (HMAC-SHA256 under a key that belongs to it), so two
extracts cannot be joined and nobody is found again without the installation. Ages are in bands of ten years; there are
no names, numbers, addresses or notes.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from chainbreak.governance.models import Extract
from chainbreak.investigation.models import (
    ContactPair,
    Derivation,
    Outbreak,
    Sequence,
    TrajectorySegment,
    TransmissionLink,
)
from chainbreak.investigation.selectors import case as cases_of
from chainbreak.investigation.selectors import contact as contacts_of

AGE_BAND = 10  # years


class Pseudonyms:
    """Numbers that stand for numbers, in one extract."""

    def __init__(self, extract: Extract) -> None:
        info = f"chainbreak extract {extract.pk}".encode()
        key = HKDF(hashes.SHA256(), length=32, salt=None, info=info)
        self._key = key.derive(settings.CHAINBREAK_IDENTITY_KEY.encode())

    def of(self, kind: str, number: object) -> str:
        """The number in this extract; the same for the same, 16 hexadecimal digits."""
        return hmac.new(self._key, f"{kind}\x1f{number}".encode(), hashlib.sha256).hexdigest()[:16]


def write(extract: Extract, outbreak: Outbreak, derivation: Derivation, *, fetched_by: str, at: datetime) -> bytes:
    """The ZIP of the tables that were asked for, with `about.json`; every table says so in its own metadata too."""
    names = Pseudonyms(extract)
    about = {
        "outbreak": outbreak.code, "as_of": extract.as_of.isoformat(), "purpose": extract.purpose,
        "fetched_by": fetched_by, "fetched_at": at.isoformat(), "expires_at": extract.expires_at.isoformat(),
        "rule_pack": derivation.pack_edition,
        "conditions": "For this purpose only; delete at the end; no attempt to find persons again.",
    }  # fmt: skip
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        rows = {}
        for name in extract.tables:
            table = TABLES[name](extract, outbreak, derivation, names)
            rows[name] = table.num_rows
            said = {b"chainbreak": json.dumps({**about, "table": name}, ensure_ascii=False).encode()}
            body = io.BytesIO()
            pq.write_table(table.replace_schema_metadata(said), body, compression="zstd")
            archive.writestr(f"{name}.parquet", body.getvalue())
        archive.writestr("about.json", json.dumps({**about, "rows": rows}, ensure_ascii=False, indent=2))
    return held.getvalue()


def _cases(extract: Extract, outbreak: Outbreak, derivation: Derivation, names: Pseudonyms) -> pa.Table:
    rows = []
    one: Any  # a case with its class and report as of the instant
    for one in cases_of.cases(extract.as_of, outbreak=outbreak).order_by("number"):
        rows.append(
            {
                "case": names.of("person", one.person.number), "classification": one.classification_then,
                "onset_date": one.onset_date, "sampled_at": one.first_positive_at, "reported_at": one.reported_at,
                "isolated_at": one.isolated_at, "area_code": one.reported_in, "origin": one.origin,
                "discovery_route": one.discovery_route, "sex": one.person.sex,
                "age_band": _band(one.person.birth_year, extract.as_of.date()),
            }
        )  # fmt: skip
    return pa.Table.from_pylist(rows, schema=CASES)


def _links(extract: Extract, outbreak: Outbreak, derivation: Derivation, names: Pseudonyms) -> pa.Table:
    found = TransmissionLink.objects.known_at(None).filter(outbreak=outbreak).exclude(state="rejected")
    fields = ("infector__person__number", "infectee__person__number", "state", "basis", "confidence", "setting")
    rows = [
        {"from": names.of("person", infector), "to": names.of("person", infectee), "state": state, "basis": basis,
         "confidence": confidence, "setting": setting}
        for infector, infectee, state, basis, confidence, setting in found.order_by("pk").values_list(*fields)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=LINKS)


def _contacts(extract: Extract, outbreak: Outbreak, derivation: Derivation, names: Pseudonyms) -> pa.Table:
    found: Any = contacts_of.narrowed(derivation, extract.as_of)
    rows = [
        {"person": names.of("person", one.person.number), "degree": one.degree, "determination": one.determination,
         "setting": one.setting, "source": names.of("person", one.source_person.number) if one.source_person else None,
         "first_exposure_at": one.first_exposure_at, "last_exposure_at": one.last_exposure_at, "state": one.state,
         "converted": one.converted}
        for one in found
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=CONTACTS)


def _meetings(extract: Extract, outbreak: Outbreak, derivation: Derivation, names: Pseudonyms) -> pa.Table:
    found = ContactPair.objects.filter(derivation=derivation, valid_from__lt=extract.as_of).order_by("pk")
    fields = (
        "person__number", "source__number", "degree", "first_exposure_at", "last_exposure_at", "minutes", "meetings",
        "place__number", "setting",
    )  # fmt: skip
    rows = [
        {"person": names.of("person", person), "source": names.of("person", source), "degree": degree,
         "first_exposure_at": first, "last_exposure_at": last, "minutes": minutes, "meetings": n,
         "place": names.of("place", place) if place else None, "setting": setting}
        for person, source, degree, first, last, minutes, n, place, setting in found.values_list(*fields)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=MEETINGS)


def _stays(extract: Extract, outbreak: Outbreak, derivation: Derivation, names: Pseudonyms) -> pa.Table:
    cases = cases_of.cases(extract.as_of, outbreak=outbreak).values("person")
    found = TrajectorySegment.objects.known_at(None).filter(person__in=cases, arrived_at__lt=extract.as_of)
    fields = ("person__number", "place__number", "place__kind", "arrived_at", "left_at", "evidence", "certainty")
    rows = [
        {"person_id": names.of("person", person), "place_id": names.of("place", place), "kind": kind,
         "arrived_at": arrived, "left_at": left, "evidence": evidence, "certainty": certainty}
        for person, place, kind, arrived, left, evidence, certainty in found.order_by("pk").values_list(*fields)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=STAYS)


def _genomes(extract: Extract, outbreak: Outbreak, derivation: Derivation, names: Pseudonyms) -> pa.Table:
    found = Sequence.objects.known_at(None).filter(case__outbreak=outbreak, reported_at__lt=extract.as_of)
    fields = ("case__person__number", "reported_at", "lineage", "coverage", "distance", "conclusion")
    rows = [
        {"case": names.of("person", person), "reported_at": at, "lineage": lineage, "coverage": coverage,
         "distance": distance, "conclusion": conclusion}
        for person, at, lineage, coverage, distance, conclusion in found.order_by("pk").values_list(*fields)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=GENOMES)


def _band(birth_year: int | None, day: date) -> str | None:
    """The ten years in which the age lies, 30-39 say; from 90 on one band."""
    if birth_year is None:
        return None
    low = max(0, day.year - birth_year) // AGE_BAND * AGE_BAND
    return "90+" if low >= 90 else f"{low}-{low + AGE_BAND - 1}"


def _schema(**fields: pa.DataType) -> pa.Schema:
    return pa.schema([(name.rstrip("_"), kind) for name, kind in fields.items()])


_text, _instant, _day, _whole = pa.string(), pa.timestamp("us", "UTC"), pa.date32(), pa.int32()
CASES = _schema(
    case=_text, classification=_text, onset_date=_day, sampled_at=_instant, reported_at=_instant, isolated_at=_instant,
    area_code=_text, origin=_text, discovery_route=_text, sex=_text, age_band=_text,
)  # fmt: skip
LINKS = _schema(from_=_text, to=_text, state=_text, basis=_text, confidence=_text, setting=_text)
CONTACTS = _schema(
    person=_text, degree=_whole, determination=_text, setting=_text, source=_text, first_exposure_at=_instant,
    last_exposure_at=_instant, state=_text, converted=pa.bool_(),
)  # fmt: skip
MEETINGS = _schema(
    person=_text, source=_text, degree=_whole, first_exposure_at=_instant, last_exposure_at=_instant,
    minutes=pa.float64(), meetings=_whole, place=_text, setting=_text,
)  # fmt: skip
STAYS = _schema(
    person_id=_text, place_id=_text, kind=_text, arrived_at=_instant, left_at=_instant, evidence=_text, certainty=_text
)
GENOMES = _schema(
    case=_text, reported_at=_instant, lineage=_text, coverage=pa.float64(), distance=_whole, conclusion=_text
)

Maker = Callable[[Extract, Outbreak, Derivation, Pseudonyms], pa.Table]
TABLES: dict[str, Maker] = {
    "cases": _cases, "links": _links, "contacts": _contacts, "meetings": _meetings, "stays": _stays,
    "genomes": _genomes,
}  # fmt: skip
