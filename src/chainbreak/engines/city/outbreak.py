"""The outbreak in the city (疫情): who infected whom where, who fell ill when, and how each was found.

Days are lived first; then the people whom an infectious person met that day may be infected. What is decided after a day
(rounds, quarantine) changes the days after it only. Times in seconds since the first midnight.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from chainbreak.engines.city import parameters
from chainbreak.engines.city.day import DAY, HOUR
from chainbreak.engines.city.interview import Interview, group_of

NEVER = 2**31 - 1
SEED, SELF_REPORT, ROUND, CONTACT = "seed", "fever clinic / self report", "mass testing", "quarantined contact"
REMEMBERED_US = 10 * 60  # seconds: shorter meetings are not asked about


@dataclass
class Infection:
    """One infected person: the truth of it, and what became known."""

    person: int
    infector: int  # -1: brought in
    infected_at: int
    place: int  # -1: elsewhere
    infectious_from: int
    onset_at: int  # would-be onset where there are no symptoms
    symptomatic: bool
    strength: float
    generation: int
    seeks_at: int = NEVER
    sampled_at: int = NEVER
    reported_at: int = NEVER
    isolated_at: int = NEVER
    found_by: str = ""
    interviewed: bool = False


@dataclass
class Swab:
    """One swab of somebody who was looked at singly."""

    person: int
    sampled_at: int
    positive: bool
    reason: str


@dataclass
class Met:
    """Meetings of one infectious person on one day; arrays run alike."""

    source: int
    person: NDArray[np.int32]
    place: NDArray[np.int32]
    begin: NDArray[np.int32]
    end: NDArray[np.int32]


@dataclass
class Outbreak:
    """All that has happened so far; `gone_at` (people,) is when each left the city's life, into isolation or quarantine."""

    kind_group: list[str]  # what group each kind of place belongs to
    kind: NDArray[np.int8]
    household: NDArray[np.int32]
    household_first: NDArray[np.int64]
    rng: np.random.Generator
    gone_at: NDArray[np.int32]
    infections: dict[int, Infection] = field(default_factory=dict)
    swabs: list[Swab] = field(default_factory=list)
    met: dict[int, list[Met]] = field(default_factory=dict)
    interview: Interview = field(default_factory=Interview)
    quarantined: dict[int, tuple[int, int]] = field(default_factory=dict)  # person: since when, for which case
    first_report: int = NEVER
    rounds: list[int] = field(default_factory=list)  # days

    def bring_in(self, persons: NDArray[np.int64]) -> None:
        """The seeds: infected elsewhere, infectious as the first day begins."""
        for person in persons.tolist():
            infected_at = -int(self.rng.uniform(2.0, 3.5) * DAY)
            self._infect(person, -1, infected_at, -1, 0, strength=float(self.rng.uniform(1.5, 3.0)))

    def sources(self, day: int) -> list[int]:
        """Who may infect somebody on this day."""
        begin, end = (day - 1) * DAY + 12 * HOUR, (day + 1) * DAY
        return [
            p for p, i in self.infections.items()
            if i.infectious_from < end and i.infectious_from > begin - 15 * DAY and self.gone_at[p] > begin
        ]  # fmt: skip

    def spread(self, day: int, rows: tuple[NDArray[np.int32], ...]) -> None:
        """Infections of one day, out of the stays (person, place, begin, end) at places where a source was."""
        sources = set(self.sources(day))
        person, place, begin, end = rows
        order = np.argsort(place, kind="stable")
        person, place, begin, end = person[order], place[order], begin[order], end[order]
        hits: list[tuple[int, int, int, int]] = []
        for at in np.flatnonzero(np.isin(person, np.fromiter(sources, np.int32, len(sources)))).tolist():
            source = int(person[at])
            low, high = np.searchsorted(place, [place[at], place[at] + 1])
            s, e = np.maximum(begin[low:high], begin[at]), np.minimum(end[low:high], end[at])
            near = np.flatnonzero((s < e) & (person[low:high] != source))
            if len(near) == 0:
                continue
            chosen = low + near
            met = Met(source, person[chosen], place[chosen], s[near], e[near])
            self.met.setdefault(source, []).append(met)
            hits += self._hits(met)
        for infected_at, victim, source, where in sorted(hits):
            if victim not in self.infections and self.gone_at[victim] > infected_at:
                generation = self.infections[source].generation + 1
                self._infect(victim, source, infected_at, where, generation)

    def respond(self, day: int) -> None:
        """What people learn and do by the end of a day: reports, interviews, quarantine, rounds."""
        end = (day + 1) * DAY
        self._self_reports(day)
        self._contact_tests(day)
        for infection in sorted(self.infections.values(), key=lambda i: (i.isolated_at, i.person)):
            if infection.isolated_at < end and not infection.interviewed:
                infection.interviewed = True
                self._ask(infection, end)
        self._round(day + 1)

    def _hits(self, met: Met) -> list[tuple[int, int, int, int]]:
        """Who of those met is infected: (when, who, by whom, where)."""
        infection = self.infections[met.source]
        group = self.kind_group[self.kind[met.place[0]]]
        near, risk = parameters.value("outbreak.near")[group]
        present = max(1.0, float(len(met.person)))
        minutes = (met.end - met.begin) / 60.0
        middle = (met.begin + met.end) / 2.0
        rate = parameters.value("outbreak.per_minute") * risk * min(1.0, near / present) * infection.strength
        hazard = rate * minutes * _profile((middle - infection.infectious_from) / DAY)
        chosen = np.flatnonzero(self.rng.random(len(hazard)) < -np.expm1(-hazard))
        when = met.begin[chosen] + self.rng.random(len(chosen)) * (met.end - met.begin)[chosen]
        when = np.maximum(when.astype(np.int64), infection.infectious_from)
        return [
            (int(at), int(met.person[i]), met.source, int(met.place[i]))
            for at, i in zip(when, chosen.tolist(), strict=True)
            if at < met.end[i]
        ]

    def _infect(
        self, person: int, infector: int, infected_at: int, place: int, generation: int, strength: float | None = None
    ) -> None:
        mean, spread = parameters.value("outbreak.incubation")
        sigma2 = np.log1p((spread / mean) ** 2)
        incubation = self.rng.lognormal(np.log(mean) - sigma2 / 2, np.sqrt(sigma2))
        ahead, ahead_spread, least = parameters.value("outbreak.presymptomatic")
        latent = max(least, incubation - max(0.0, self.rng.normal(ahead, ahead_spread)))
        shape = parameters.value("outbreak.dispersion")
        drawn = self.rng.gamma(shape, 1 / shape)
        symptomatic = bool(self.rng.random() < parameters.value("outbreak.symptomatic"))
        infection = Infection(
            person=person,
            infector=infector,
            infected_at=infected_at,
            place=place,
            infectious_from=infected_at + int(latent * DAY),
            onset_at=infected_at + int(max(incubation, latent) * DAY),
            symptomatic=symptomatic or infector < 0,
            strength=drawn if strength is None else strength,
            generation=generation,
        )
        delay = self.rng.gamma(2.0, parameters.value("response.test_delay") / 2.0)
        seeks = self.rng.random() < parameters.value("response.seeks_test")
        if infection.symptomatic and (seeks or infector < 0):
            infection.seeks_at = _daytime(infection.onset_at + int(delay * DAY))
        self.infections[person] = infection

    def _found(self, infection: Infection, sampled_at: int, found_by: str) -> None:
        low, high = parameters.value("response.result_hours")
        infection.sampled_at, infection.found_by = sampled_at, found_by
        infection.reported_at = sampled_at + int(self.rng.uniform(low, high) * HOUR)
        infection.isolated_at = min(int(self.gone_at[infection.person]), infection.reported_at)
        self.gone_at[infection.person] = infection.isolated_at
        self.first_report = min(self.first_report, infection.reported_at)

    def _positive(self, infection: Infection, sampled_at: int) -> bool:
        curve = parameters.value("outbreak.sensitivity")
        day = (sampled_at - infection.infected_at) // DAY
        return bool(self.rng.random() < (curve[min(day, len(curve) - 1)] if day >= 0 else 0.0))

    def _self_reports(self, day: int) -> None:
        """Those with symptoms who go to a fever clinic tomorrow; after a negative swab they come again a day later."""
        begin, end = (day + 1) * DAY, (day + 2) * DAY
        for infection in list(self.infections.values()):
            if infection.sampled_at != NEVER or not begin <= infection.seeks_at < end:
                if infection.seeks_at < begin and infection.sampled_at == NEVER:
                    infection.seeks_at = _daytime(begin + 10 * HOUR)
                else:
                    continue
            if self.gone_at[infection.person] <= infection.seeks_at:
                continue
            positive = self._positive(infection, infection.seeks_at)
            self.swabs.append(Swab(infection.person, infection.seeks_at, positive, SELF_REPORT))
            if positive:
                self._found(infection, infection.seeks_at, SELF_REPORT)
            else:
                infection.seeks_at += DAY

    def _contact_tests(self, day: int) -> None:
        days = parameters.value("response.contact_tests")
        for person, (since, _) in self.quarantined.items():
            if day + 1 - since // DAY not in days:
                continue
            infection = self.infections.get(person)
            sampled_at = (day + 1) * DAY + 9 * HOUR
            positive = infection is not None and infection.sampled_at == NEVER and self._positive(infection, sampled_at)
            self.swabs.append(Swab(person, sampled_at, positive, CONTACT))
            if infection is not None and positive:
                self._found(infection, sampled_at, CONTACT)

    def _ask(self, infection: Infection, end: int) -> None:
        """Interview a case; those it names, if they are found, are in quarantine the next day."""
        members = np.arange(
            self.household_first[self.household[infection.person]],
            self.household_first[self.household[infection.person] + 1],
        )
        reference = infection.onset_at if infection.symptomatic else infection.sampled_at
        since = (reference // DAY - 2) * DAY
        named = self.interview.ask(
            infection.person, members, self.met.get(infection.person, []), since, self.kind, self.kind_group, self.rng
        )
        for person in named:
            if person in self.quarantined or self.gone_at[person] < end:
                continue
            if self.rng.random() < parameters.value("response.located"):
                since_at = end + int(self.rng.uniform(7, 20) * HOUR)
                self.quarantined[person] = (since_at, infection.person)
                self.gone_at[person] = min(int(self.gone_at[person]), since_at)

    def _round(self, day: int) -> None:
        """Everybody is swabbed, on some days after the first report."""
        if self.first_report == NEVER:
            return
        since = day - self.first_report // DAY - parameters.value("response.round_starts_after")
        if since < 0 or since % parameters.value("response.round_every"):
            return
        self.rounds.append(day)
        for infection in list(self.infections.values()):
            sampled_at = day * DAY + int(self.rng.uniform(7, 14) * HOUR)
            missed = self.rng.random() >= parameters.value("response.round_coverage")
            if missed or infection.sampled_at != NEVER or self.gone_at[infection.person] <= sampled_at:
                continue
            if self._positive(infection, sampled_at):
                self.swabs.append(Swab(infection.person, sampled_at, True, ROUND))
                self._found(infection, sampled_at, ROUND)


def _profile(days: NDArray[np.float64]) -> NDArray[np.float64]:
    """How infectious somebody is, days after it began: a gamma curve, 1 at its height."""
    shape, scale = parameters.value("outbreak.infectiousness")
    height = (shape - 1) * scale
    t = np.maximum(days, 0.0) / height
    curve: NDArray[np.float64] = np.where(days > 0, (t * np.exp(1 - t)) ** (shape - 1), 0.0)
    return curve


def _daytime(at: int) -> int:
    """The same moment if a clinic is open, else when it opens."""
    day, clock = divmod(at, DAY)
    return at if 8 * HOUR <= clock < 20 * HOUR else (day + (clock >= 20 * HOUR)) * DAY + 8 * HOUR


def groups(kinds: tuple[str, ...]) -> list[str]:
    """The group of each kind of place, as `outbreak.near` and `memory` know them."""
    return [group_of(kind) for kind in kinds]
