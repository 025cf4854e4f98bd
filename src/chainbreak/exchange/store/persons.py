"""Who the persons of a file are: sealed, matched by hashes, never merged in silence (身份入库)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from chainbreak.exchange.store.bench import Bench

BATCH = 5_000


@dataclass
class Known:
    """What a row says about who somebody is."""

    row: int
    person: int
    number: str
    name: str | None = None
    id_number: str | None = None
    phone: str | None = None
    address: str | None = None
    birth_date: date | None = None


def identities(bench: Bench) -> None:
    """The identities in a file of people, for the rows that were taken."""
    given = "coalesce(name, id_number, phone, address) IS NOT NULL"
    if not bench.one(f"SELECT count(*) FROM good WHERE {given}"):
        return
    from chainbreak.exchange.store import lookups
    from chainbreak.exchange.store.kind import Reference

    bench.do(f"CREATE OR REPLACE TABLE named AS SELECT * FROM good WHERE {given}")
    lookups.find(bench, Reference("person", ("person_id",), "person_ref"), "named")
    rows = bench.rows("SELECT _row, person_ref, person_id, name, id_number, phone, address FROM named ORDER BY _row")
    changed = record(bench, [Known(*row) for row in rows])
    bench.add("outcome", [(row, 2) for row in changed], ("_row", "rank"))


def record(bench: Bench, people: Iterable[Known]) -> list[int]:
    """Seals what is new or other; returns the rows that changed what was on file."""
    from chainbreak.registry.models import Identity
    from chainbreak.registry.services import identity

    people = list(people)
    changed: list[int] = []
    for start in range(0, len(people), BATCH):
        batch = people[start : start + BATCH]
        entries = {
            entry.person_id: entry for entry in Identity.objects.filter(person_id__in=[one.person for one in batch])
        }
        new, old = [], []
        owners = _owners(batch, identity)
        names = _same_names(batch, identity)
        for one in batch:
            entry = entries.get(one.person)
            before = identity.opened(entry, one.number) if entry else {}
            values = {field: getattr(one, field) or before.get(field) for field in identity.SEALED}
            birth = one.birth_date or (entry.birth_date if entry else None)
            if entry and birth == entry.birth_date and all(values[field] == before.get(field) for field in values):
                continue
            columns = identity.seal(one.number, **values)
            owner = (
                owners.setdefault(columns["id_number_hash"], one.person) if columns["id_number_hash"] else one.person
            )
            if owner != one.person:  # the number stays with whom it was first recorded; people decide
                columns["id_number_hash"] = None
                _flag(bench, one, owner, "same_id_number")
            for other in names.get(columns["name_hash"], ()) if not one.id_number and one.name else ():
                if other != one.person:
                    _flag(bench, one, other, "same_name")
            fields = columns | {"birth_date": birth, "recorded_at": bench.at, "import_run_id": bench.run}
            if entry:
                for name, value in fields.items():
                    setattr(entry, name, value)
                old.append(entry)
                changed.append(one.row)
            else:
                entry = Identity(person_id=one.person, **fields)
                entries[one.person] = entry
                new.append(entry)
            names.setdefault(columns["name_hash"], set()).add(one.person)
        Identity.objects.bulk_create(new, batch_size=1000)
        if old:
            names_of = [field.name for field in Identity._meta.concrete_fields if not field.primary_key]
            Identity.objects.bulk_update(old, names_of, batch_size=500)
    return changed


def _owners(batch: list[Known], identity: Any) -> dict[str, int]:
    from chainbreak.registry.models import Identity

    wanted = {identity.id_number_hash(one.id_number) for one in batch if one.id_number}
    found = Identity.objects.filter(id_number_hash__in=wanted).values_list("id_number_hash", "person_id")
    return {digest: person for digest, person in found if digest}


def _same_names(batch: list[Known], identity: Any) -> dict[str, set[int]]:
    from chainbreak.registry.models import Identity

    wanted = {identity.name_hash(one.name) for one in batch if one.name}
    found: dict[str, set[int]] = {}
    for name, person in Identity.objects.filter(name_hash__in=wanted).values_list("name_hash", "person_id")[:100_000]:
        found.setdefault(name, set()).add(person)
    return found


def _flag(bench: Bench, one: Known, other: int, reason: str) -> None:
    """Two numbers that may be one human being: said on the row, kept for people to decide."""
    from chainbreak.registry.models import DuplicateFlag, Person

    DuplicateFlag.objects.get_or_create(
        person_id=max(one.person, other), other_id=min(one.person, other), reason=reason, defaults={"at": bench.at}
    )
    number = Person.objects.values_list("number", flat=True).get(pk=other)
    code = "person_known_by_id" if reason == "same_id_number" else "person_known_by_name"
    bench.add_problems(
        [(one.row, "id_number" if reason == "same_id_number" else "name", code, "warning", {"other": number})]
    )
