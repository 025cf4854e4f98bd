"""Who the cases of a line list are, and which numbers they get (病例与人员对应)."""

from __future__ import annotations

from chainbreak.exchange.columns import fold_column
from chainbreak.exchange.linelist import CaseRow
from chainbreak.exchange.store.bench import Bench

SEXES = {"female": "F", "male": "M"}


def settle(bench: Bench, outbreak: tuple[int, str], cases: list[CaseRow], rows: dict[int, int]) -> None:
    """Adds `number`, `person_ref` and `person_number` to `t`; persons who are not known are made.

    A case on file keeps its person and number. Else the row's `person_id` says who it is; else an identity number on
    file with the same name; else it is somebody new. Two rows are never made one person in silence.
    """
    from chainbreak.investigation.models import Case
    from chainbreak.registry.models import Person

    on_file = {
        external: (number, person, person_number)
        for external, number, person, person_number in Case.objects.filter(outbreak_id=outbreak[0]).values_list(
            "external_id", "number", "person_id", "person__number"
        )
    }
    has_case = {person: external for external, (_, person, _) in on_file.items()}
    named = {index: _person_id(case) for index, case in enumerate(cases)}
    registered = dict(Person.objects.filter(number__in=set(filter(None, named.values()))).values_list("number", "pk"))
    by_identity = _by_identity(cases)
    numbers = _numbers(cases, {number for number, _, _ in on_file.values()}, on_file)
    problems: list[tuple[int, str | None, str, str, dict]] = []
    found: dict[int, tuple[int, int, str]] = {}
    new: dict[int, tuple[int, CaseRow]] = {}
    calls: dict[int, str] = {}  # how the sender numbers a person whom nobody knows yet
    for index, case in enumerate(cases):
        row = rows[index]
        if case.external_id in on_file:
            found[row] = on_file[case.external_id]
            continue
        wanted = named[index]
        if wanted and wanted in calls.values():
            first = next(cases[i].external_id for i in range(index) if calls.get(rows[i]) == wanted)
            problems.append((row, None, "person_has_a_case", "error", {"value": first}))
            continue
        if wanted and wanted not in registered:  # an infected person is never lost for want of a register
            problems.append((row, "person_id", "person_not_registered", "warning", {"value": wanted}))
        person = (registered[wanted], wanted) if wanted in registered else by_identity.get(index)
        if person and person[0] in has_case:
            problems.append((row, None, "person_has_a_case", "error", {"value": has_case[person[0]]}))
            continue
        if case.case_number and case.case_number.isdecimal() and int(case.case_number) != numbers[index]:
            facts = {"value": case.case_number, "given": numbers[index]}
            problems.append((row, None, "case_number_taken", "warning", facts))
        if person:
            has_case[person[0]] = case.external_id
            found[row] = (numbers[index], *person)
        else:
            new[row] = (numbers[index], case)
            if wanted:
                calls[row] = wanted
    found |= _make(bench, outbreak[1], new, calls)
    bench.add_problems(problems)
    bench.do("ALTER TABLE t ADD COLUMN number BIGINT")
    bench.do("ALTER TABLE t ADD COLUMN person_ref BIGINT")
    bench.do("ALTER TABLE t ADD COLUMN person_number VARCHAR")
    bench.do("CREATE OR REPLACE TEMP TABLE settled (_row BIGINT, number BIGINT, person BIGINT, person_number VARCHAR)")
    bench.add("settled", [(row, *who) for row, who in found.items()], ("_row", "number", "person", "person_number"))
    bench.do(
        "UPDATE t SET number = s.number, person_ref = s.person, person_number = s.person_number FROM settled s "
        "WHERE s._row = t._row"
    )


def _person_id(case: CaseRow) -> str | None:
    """The number of a registered person that the row names beside the case's own."""
    given = {fold_column(name): value for name, value in {**case.raw, **case.extra}.items()}
    number = str(given.get("personid") or "").strip()
    return number if number and number != case.external_id else None


def _by_identity(cases: list[CaseRow]) -> dict[int, tuple[int, str]]:
    """Persons on file with the same identity number and the same name; another name is another person."""
    from chainbreak.registry.models import Identity
    from chainbreak.registry.services import identity

    hashes = {index: identity.id_number_hash(case.id_number) for index, case in enumerate(cases) if case.id_number}
    known = {
        entry["id_number_hash"]: entry
        for entry in Identity.objects.filter(id_number_hash__in=set(hashes.values())).values(
            "id_number_hash", "name_hash", "person_id", "person__number"
        )
    }
    found = {}
    for index, digest in hashes.items():
        entry, name = known.get(digest), cases[index].name
        if entry and (not name or not entry["name_hash"] or entry["name_hash"] == identity.name_hash(name)):
            found[index] = (entry["person_id"], entry["person__number"])
    return found


def _numbers(cases: list[CaseRow], taken: set[int], on_file: dict) -> dict[int, int]:
    """Case numbers: as given where free, else the next ones, dense and never used before (E3 3)."""
    numbers: dict[int, int] = {}
    taken = set(taken)
    for index, case in enumerate(cases):
        given = case.case_number
        if case.external_id in on_file or not given or not given.isdecimal():
            continue
        if 0 < int(given) < 2**31 and int(given) not in taken:
            numbers[index] = int(given)
            taken.add(int(given))
    following = 1
    for index, case in enumerate(cases):
        if case.external_id in on_file or index in numbers:
            continue
        while following in taken:
            following += 1
        numbers[index] = following
        taken.add(following)
    return numbers


def _make(
    bench: Bench, code: str, new: dict[int, tuple[int, CaseRow]], calls: dict[int, str]
) -> dict[int, tuple[int, int, str]]:
    """Persons for the cases whom nobody knows yet."""
    from chainbreak.registry.models import Person

    used = set(Person.objects.filter(number__startswith=f"{code}-C").values_list("number", flat=True))
    people, rows = [], []
    for row, (number, case) in new.items():
        called = calls.get(row, "")[:40]
        name = stem = called if called and called not in used else f"{code}-C{number:04d}"
        again = 2
        while name in used:
            name, again = f"{stem}-{again}", again + 1
        used.add(name)
        people.append(
            Person(
                number=name, area_code=(case.area_code or "")[:15], sex=SEXES.get(case.sex or "", "U"),
                birth_year=_birth_year(case), import_run_id=bench.run,
            )
        )  # fmt: skip
        rows.append((row, number))
    Person.objects.bulk_create(people, batch_size=2000)
    return {row: (number, person.pk, person.number) for (row, number), person in zip(rows, people, strict=True)}


def _birth_year(case: CaseRow) -> int | None:
    if case.birth_date:
        return case.birth_date.year
    at = case.reported_at or case.sampled_at or case.onset_date
    if at is None or case.age_years is None or not 0 <= case.age_years < 130:
        return None
    return at.year - int(case.age_years)
