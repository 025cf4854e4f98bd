"""The only door to a person (人员档案): asks, writes the visit down, opens; and the search for a number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from chainbreak.governance.models import User
from chainbreak.governance.refusal import Refused
from chainbreak.governance.selectors import access as standings
from chainbreak.governance.services import access, audit, door

from ..models import Identity, Person
from . import identity

MOST_FOUND = 5


@dataclass(frozen=True)
class Record:
    """A person as opened for one act; the identity is empty for roles that do not need it for the act (P-06)."""

    person: Person
    named: bool
    name: str = ""
    id_number: str = ""
    phone: str = ""
    address: str = ""


@dataclass(frozen=True)
class Found:
    """A hit of a search: a number and its area, nothing more."""

    number: str
    area_code: str


def open_record(
    number: str,
    *,
    actor: User,
    act: str,
    at: datetime,
    purpose: str = "",
    matter_area: str = "",
    reason: str = "",
) -> Record:
    """Open one person's record for an act; the visit stays in the audit whatever follows.

    Args:
        matter_area: the area of the matter at hand (an outbreak's, a facility's), for people who live elsewhere.
        reason: why, in the words of a closed list, where the page asks for it.

    Raises:
        Refused("unknown_person"): nobody has this number.
        Refused("not_permitted"), Refused("other_purpose"): see `door.visit`.
    """
    access.require(actor, act, at=at)
    try:
        person = Person.objects.select_related("household").get(number=number)
    except Person.DoesNotExist:
        raise Refused("unknown_person", number=number) from None
    areas = [person.area_code, *([matter_area] if matter_area else [])]
    named = door.visit(
        "person", f"person:{number}", actor=actor, act=act, areas=areas, at=at, purpose=purpose, reason=reason
    )
    known = identity.open(person) if named else {}
    return Record(person, named, *(known.get(field) or "" for field in ("name", "id_number", "phone", "address")))


def id_of(number: str) -> int | None:
    """The key of a person number, for those who have shown that it is theirs; None where nobody has it."""
    return Person.objects.filter(number=number).values_list("pk", flat=True).first()


def person_of(person_id: int) -> Person:
    """The person of a key, for those who have shown that the number is theirs, or have opened the record before."""
    return Person.objects.get(pk=person_id)


def search(
    *,
    actor: User,
    at: datetime,
    name: str = "",
    id_number: str = "",
    id_last4: str = "",
    phone: str = "",
    birth_date: str = "",
) -> list[Found]:
    """The numbers of the persons who fit at least two identifiers, in the areas of the actor (P-06).

    What was searched with is written down, what was typed is not.

    Raises:
        Refused("two_identifiers"): fewer than two were given.
        Refused("name_or_number_wanted"): neither name, id number nor phone, so everybody could be listed.
        Refused("bad_day"): the birth date is no day.
        Refused("too_many_found"): more than five persons fit; another identifier narrows it.
        Refused("not_permitted"): the actor may not search.
    """
    standing = access.require(actor, "person.search", at=at)
    given = {"name": name, "id_number": id_number, "id_last4": id_last4, "phone": phone, "birth_date": birth_date}
    used = sorted(field for field, value in given.items() if value.strip())
    if len(set(used) - ({"id_last4"} if "id_number" in used else set())) < 2:
        raise Refused("two_identifiers")
    if not {"name", "id_number", "phone"} & set(used):
        raise Refused("name_or_number_wanted")
    hits = [entry.person for entry in _candidates(given) if _fits(entry, id_last4)]
    found = [
        Found(person.number, person.area_code)
        for person in sorted(hits, key=lambda one: one.number)
        if standing.may("person.search", person.area_code or standings.UNKNOWN_AREA)
    ]
    with transaction.atomic(durable=True):
        audit.record("person.searched", actor=actor, at=at, detail={"by": used, "found": len(found)})
    if len(found) > MOST_FOUND:
        raise Refused("too_many_found", found=len(found), most=MOST_FOUND)
    return found


def _candidates(given: dict[str, str]) -> list[Identity]:
    rows = Identity.objects.select_related("person")
    if given["name"].strip():
        rows = rows.filter(name_hash=identity.name_hash(given["name"]))
    if given["id_number"].strip():
        rows = rows.filter(id_number_hash=identity.id_number_hash(given["id_number"]))
    if given["phone"].strip():
        rows = rows.filter(phone_hash=identity.phone_hash(given["phone"]))
    if given["birth_date"].strip():
        rows = rows.filter(birth_date=_day(given["birth_date"].strip()))
    return list(rows[:1000])


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused("bad_day", value=text, example="1980-01-31") from None


def _fits(entry: Identity, id_last4: str) -> bool:
    wanted = id_last4.strip().upper()
    return not wanted or (identity.opened(entry, entry.person.number)["id_number"] or "").upper().endswith(wanted)
