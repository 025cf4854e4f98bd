"""Search by number across the rooms (检索): what a number, a tube, a letter, a facility or a place is; never by name of a person."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from chainbreak.investigation.models import Case, Contact, Letter, Outbreak
from chainbreak.measures.models import Facility
from chainbreak.registry.models import Area, Person, Place
from chainbreak.screening.models import Tube

MOST = 10  # of each kind


@dataclass(frozen=True)
class Hit:
    """One thing found: its kind, its number, what it is called, where it lies; `outbreak` where it belongs to one."""

    kind: str
    number: str
    name: str = ""
    area: str = ""
    outbreak: str = ""


def search(text: str, outbreak: Outbreak | None, allowed: frozenset[str]) -> list[Hit]:
    """What fits a text, best first, of the kinds that the acts in `allowed` open.

    Numbers must be whole (P-06: results are minimal); names of facilities, places and areas may be a part of it.
    """
    text = text.strip()
    if not text:
        return []
    found: list[Hit] = []
    if "case.open" in allowed and outbreak is not None:
        found += _cases(text, outbreak)
    if {"contact.open", "case.open"} & allowed:
        found += _persons(text, outbreak, allowed)
    if "round.read" in allowed:
        tubes = Tube.objects.filter(barcode__in={text, text.upper()})[:MOST]
        found += [Hit("tube", tube.barcode, "", tube.area_code) for tube in tubes]
    if "letter.read" in allowed:
        letters = Letter.objects.filter(number__in={text, text.upper()}).select_related("outbreak")[:MOST]
        found += [Hit("letter", one.number, "", one.to_area, one.outbreak.code) for one in letters]
    if "facility.read" in allowed:
        fits = Q(number__iexact=text) | Q(name_zh__icontains=text) | Q(name_en__icontains=text)
        found += [Hit("facility", one.number, str(one), one.area_code) for one in Facility.objects.filter(fits)[:MOST]]
    if "place.read" in allowed:
        fits = Q(number__in={text, text.upper()})
        fits |= Q(name__icontains=text) if len(text) > 1 else Q()
        rows = Place.objects.filter(fits).exclude(kind="household").order_by("number")[:MOST]
        found += [Hit("place", one.number, one.name, one.area_code) for one in rows]
    if "line_list.read" in allowed and len(text) > 1:
        areas = Area.objects.filter(Q(code=text) | Q(name_zh__icontains=text) | Q(name_en__icontains=text))[:MOST]
        found += [Hit("area", one.code, str(one), one.code) for one in areas]
    return found


def _cases(text: str, outbreak: Outbreak) -> list[Hit]:
    number = text.removeprefix(outbreak.code + "-") if text.upper().startswith(outbreak.code.upper()) else text
    fits = Q(external_id__iexact=text)
    if number.isdecimal() and len(number) < 10:
        fits |= Q(number=int(number))
    rows = Case.objects.filter(fits, outbreak=outbreak).order_by("number")[:MOST]
    return [Hit("case", str(one.number), one.external_id, "", outbreak.code) for one in rows]


def _persons(text: str, outbreak: Outbreak | None, allowed: frozenset[str]) -> list[Hit]:
    person = Person.objects.filter(number__in={text, text.upper()}).first()
    if person is None:
        return []
    hits = []
    if "case.open" in allowed:
        cases = Case.objects.filter(person=person).select_related("outbreak")[:MOST]
        hits += [Hit("case", str(one.number), person.number, person.area_code, one.outbreak.code) for one in cases]
    if "contact.open" in allowed:
        derived = Contact.objects.filter(person=person, derivation__as_known__isnull=True)
        codes = derived.values_list("derivation__outbreak__code", flat=True).distinct()
        hits += [Hit("contact", person.number, "", person.area_code, code) for code in codes[:MOST]]
    return hits or [Hit("person", person.number, "", person.area_code)]
