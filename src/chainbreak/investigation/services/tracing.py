"""Contacts out of facts (排查): who met a case, who met those, by the rule pack, with the facts behind each pair.

The co-presence itself is computed by `engines`; here the facts are gathered and human decisions are put first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q

from chainbreak.epi.case import infectious_window
from chainbreak.epi.contact import setting_rule
from chainbreak.epi.rulepack import RulePack

from ..models import Decision, Determination, Exposure, Outbreak
from . import near
from .near import Pair, Place, Source, Stay

Controls = Callable[[Iterable[int]], Mapping[int, list[datetime]]]


@dataclass(frozen=True)
class CaseFacts:
    """What tracing needs to know of a case."""

    id: int
    person: int
    reported_at: datetime
    first_positive_at: datetime | None
    under_control: bool
    window_from: datetime | None
    window_until: datetime | None
    rule: str

    @property
    def found_at(self) -> datetime:
        """From when on the person is a case, not a contact any more."""
        return min(self.reported_at, self.first_positive_at or self.reported_at)


@dataclass
class Found:
    """A person found to be a contact, with the pairs of the highest degree."""

    person: int
    degree: int
    determination: str
    basis: str
    rule: str
    setting: str
    source_case: int | None
    source_person: int | None
    first_exposure_at: datetime | None
    last_exposure_at: datetime | None
    valid_from: datetime
    converted: bool = False
    pairs: list[tuple[Pair, datetime]] = field(default_factory=list)


def trace(
    outbreak: Outbreak, pack: RulePack, known: Iterable[CaseFacts], *, as_known: datetime | None, controls: Controls
) -> list[Found]:
    """Everybody who is, may be or was ruled out as a contact of an outbreak, by the facts known at `as_known`.

    Args:
        known: the cases, as `case_facts` gives them.
        controls: for some persons, the instants at which each came under control (own stay in a facility, at home, in
            hospital); they end what a contact can pass on.
    """
    cases = {case.person: case for case in known}
    decisions = {d.person_id: d for d in Determination.objects.known_at(as_known).filter(outbreak=outbreak)}
    sources = [Source(c.person, c.window_from, c.window_until) for c in cases.values() if c.window_from is not None]
    told = _told(outbreak, pack, as_known)
    stays, places = near.facts(as_known, since=min((s.from_at for s in sources if s.from_at), default=None))
    first = near.pairs(stays + told.stays, {**places, **told.places}, sources, pack, degree=1)

    found: dict[int, Found] = {}
    for person, pairs in _by_person(first).items():
        own = cases.get(person)
        if own is not None:
            pairs = [p for p in pairs if own.under_control and p.first_exposure_at < own.found_at]
        if pairs:
            dated = [(p, max(cases[p.source].reported_at, p.first_exposure_at)) for p in pairs]
            found[person] = _contact(person, 1, dated, cases, converted=own is not None)
    for person, decision in decisions.items():
        if decision.degree == 1 or person in found:
            _decide(found, decision, cases)

    if pack.value("contact2.enabled"):
        for second in _second_degree(found, cases, controls, pack, stays + told.stays, {**places, **told.places}):
            before = found.get(second.person)
            if before is None or second.determination == Decision.CONFIRMED:
                found[second.person] = second
    for person, decision in decisions.items():
        if decision.degree == 2 and (person not in found or found[person].degree == 2):
            _decide(found, decision, cases)
    return sorted(found.values(), key=lambda f: (f.degree, f.person))


def _second_degree(
    found: Mapping[int, Found],
    cases: Mapping[int, CaseFacts],
    controls: Controls,
    pack: RulePack,
    stays: list[Stay],
    places: Mapping[str, Place],
) -> Iterator[Found]:
    """Contacts of the confirmed close contacts, from each one's first exposure until it came under control."""
    began = {f.person: f for f in found.values() if f.degree == 1 and f.determination == Decision.CONFIRMED}
    ends = controls(began)
    sources = [
        Source(f.person, at, min((end for end in ends.get(f.person, ()) if end > at), default=None))
        for f in began.values()
        if (at := f.first_exposure_at) is not None
    ]
    settled = [f.person for f in found.values() if f.determination != Decision.PENDING]
    for person, pairs in _by_person(near.pairs(stays, places, sources, pack, degree=2, without=settled)).items():
        own = cases.get(person)
        if own is not None:  # whoever exposed a contact is not a contact of that contact
            exposed_by = {c: {pair.source for pair, _ in found[c].pairs} for c in {p.source for p in pairs}}
            pairs = [
                p
                for p in pairs
                if own.under_control and p.first_exposure_at < own.found_at and person not in exposed_by[p.source]
            ]
        if pairs:
            dated = [(p, max(began[p.source].valid_from, p.first_exposure_at)) for p in pairs]
            yield _contact(person, 2, dated, cases, converted=own is not None)


def case_facts(outbreak: Outbreak, pack: RulePack, as_known: datetime | None) -> list[CaseFacts]:
    """The cases of an outbreak that are not excluded, with their infectious windows."""
    from ..selectors.case import with_standing

    far = datetime.max.replace(tzinfo=outbreak.detected_at.tzinfo)
    rows = []
    for case in with_standing(outbreak.cases.all(), far, as_known):
        if case.report_id is None or case.classification_then in (None, "excluded"):
            continue
        window = infectious_window(
            pack,
            case_class=case.classification_then,
            onset_date=case.onset_date,
            first_positive_sample_at=case.first_positive_at,
            isolated_at=case.isolated_at,
        )
        rows.append(
            CaseFacts(
                id=case.pk,
                person=case.person_id,
                reported_at=case.reported_at,
                first_positive_at=case.first_positive_at,
                under_control=bool(case.under_control_when_sampled),
                window_from=window.from_at if window else None,
                window_until=window.until if window else None,
                rule=window.rule if window else "",
            )
        )
    return rows


@dataclass
class _Told:
    stays: list[Stay]
    places: dict[str, Place]


def _told(outbreak: Outbreak, pack: RulePack, as_known: datetime | None) -> _Told:
    """Exposures told in interviews, as stays of two people at a place of their own."""
    told = _Told([], {})
    rows = Exposure.objects.known_at(as_known).filter(Q(outbreak=outbreak))
    for exposure in rows:
        rule = setting_rule(pack, exposure.setting, degree=1, protected=exposure.protected)
        if rule is None:
            continue
        place = f"x{exposure.pk}"
        told.places[place] = Place(exposure.place_id, exposure.setting, None, told=True)
        for person in (exposure.source_id, exposure.person_id):
            told.stays.append(Stay(-exposure.pk, person, place, exposure.started_at, exposure.ended_at))
    return told


def _by_person(pairs: Iterable[Pair]) -> dict[int, list[Pair]]:
    grouped: dict[int, list[Pair]] = defaultdict(list)
    for pair in pairs:
        grouped[pair.person].append(pair)
    return grouped


def _contact(
    person: int, degree: int, dated: list[tuple[Pair, datetime]], cases: Mapping[int, CaseFacts], *, converted: bool
) -> Found:
    sure = [(p, at) for p, at in dated if not p.ask]
    counting = sure or dated
    main, _ = min(counting, key=lambda row: (row[1], row[0].first_exposure_at, row[0].source))
    source_case = cases.get(main.source) if degree == 1 else None
    return Found(
        person=person,
        degree=degree,
        determination=Decision.CONFIRMED if sure else Decision.PENDING,
        basis="rule",
        rule=main.rule,
        setting=main.setting,
        source_case=source_case.id if source_case else None,
        source_person=main.source,
        first_exposure_at=min(p.first_exposure_at for p, _ in counting),
        last_exposure_at=max(p.last_exposure_at for p, _ in counting),
        valid_from=min(at for _, at in counting),
        converted=converted,
        pairs=dated,
    )


def _decide(found: dict[int, Found], decision: Determination, cases: Mapping[int, CaseFacts]) -> None:
    """A person's decision goes before the rule; a degree never falls (E3 5). A mere question takes nobody out."""
    known = found.get(decision.person_id)
    if known is not None and known.determination == Decision.CONFIRMED and _is_question(decision):
        return
    if known is None:
        source_case = cases.get(decision.source_id) if decision.source_id else None
        known = found[decision.person_id] = Found(
            person=decision.person_id,
            degree=decision.degree,
            determination=decision.decision,
            basis="determination",
            rule="setting.investigator_judgement",
            setting="investigator_judgement",
            source_case=source_case.id if source_case else None,
            source_person=decision.source_id,
            first_exposure_at=decision.last_exposure_at,
            last_exposure_at=decision.last_exposure_at,
            valid_from=decision.valid_from,
            converted=decision.person_id in cases,
        )
    elif known.determination != decision.decision:
        known.valid_from = (
            max(known.valid_from, decision.valid_from) if decision.decision == "confirmed" else known.valid_from
        )
        known.determination, known.basis = decision.decision, "determination"
    known.degree = min(known.degree, decision.degree)


def _is_question(decision: Determination) -> bool:
    """Whether nobody has decided yet: somebody waits for a determination since he was recorded (待判定)."""
    return decision.decision == Decision.PENDING and decision.recorded_at == decision.first_recorded_at
