"""Questions to a lake (轨迹湖查询): contacts, evidence, who may have infected a case, places several cases shared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from chainbreak.engines.asked import Asked
from chainbreak.engines.lake import evidence as evidences
from chainbreak.engines.lake import shared
from chainbreak.engines.lake.segment import damaged
from chainbreak.engines.lake.store import Store
from chainbreak.engines.sweep import copresence, persons, search
from chainbreak.engines.sweep.layout import Layout
from chainbreak.engines.sweep.persons import Persons
from chainbreak.engines.sweep.rule import AGES_US, Kinds, Rule, Windows, rule_of
from chainbreak.engines.sweep.search import Flipped, Pairs

Array = NDArray[Any]
CHINA = pa.timestamp("us", tz="+08:00")
T = TypeVar("T", Pairs, Persons)


@dataclass(frozen=True)
class Difference:
    """Two answers to one question: who is in the second only, in the first only, and in both."""

    enter: pa.Table
    leave: pa.Table
    stay: int


class Lake(Store):
    """A store of stays that answers. Every answer is of one moment of the lake: what was written when it was asked."""

    def trace(
        self,
        cases: pa.Table,
        *,
        controls: pa.Table | None = None,
        places: pa.Table | None = None,
        like: pa.DataType = CHINA,
        **rule: Any,
    ) -> pa.Table:
        """Contacts of the cases, as `engines.copresence.trace` gives them for the stays of the lake.

        Args:
            places: place_id, kind; without it the register that the lake keeps.
            like: the kind of timestamp wanted.
            rule: minutes, degrees, include_cases, thresholds, count, near, after, answer: see `asked.Asked`.

        Raises:
            LakeError: lake_damaged.
            ValueError: as `engines.copresence.trace`.
        """
        self, asked = self.still(), Asked(**rule)
        kinds = copresence.kinds_of(places, self.place_ids) if places is not None else self.kinds
        integers = self._rule(asked, kinds)
        case_ids, windows = copresence.cases_of(cases, self.person_ids)
        ends = None if controls is None else copresence.controls_of(controls, self.person_ids)
        if asked.answer == "persons":
            return self._table_of_persons(self._persons(windows, case_ids, integers, ends), like)
        return self._table(self._pairs(windows, case_ids, integers, ends), like)

    def evidence(
        self, person: Any, source: Any, *, since: datetime | None = None, until: datetime | None = None
    ) -> pa.Table:
        """Every meeting of two persons within [since, until), with the two recorded stays it rests on (判定依据).

        Returns:
            place_id, from_at, until, minutes, and for person and source: stay_id, evidence, certainty (null where the
            stays came without). One row for every two recorded stays that overlap.
        """
        self = self.still()
        who, whom = (int(self.person_ids.of(pa.array([one]))[0]) for one in (person, source))
        span = (_us(since, -AGES_US), _us(until, AGES_US))
        try:
            found = evidences.of_pair(self.segments, who, whom, span) if who >= 0 and whom >= 0 else []
        except Flipped as error:
            raise damaged(error) from None
        return evidences.table(found, self.place_ids, CHINA)

    def near_misses(
        self,
        cases: pa.Table,
        *,
        minutes: float = 15,
        at_least: float = 0.8,
        thresholds: Mapping[str, float | None] | None = None,
        count: str = "window",
        like: pa.DataType = CHINA,
        **more: Any,
    ) -> pa.Table:
        """Pairs with a case that did not reach the least time, but a good part of it: 12 of 15 minutes (险些达标者).

        Args:
            at_least: the share of `minutes` from which on a pair is listed.
            more: near, after: as for `trace`.

        Returns:
            As `trace`, degree 1; the longest together first. Cases, and who qualified with another case, are left out.
        """
        self = self.still()
        rule = self._rule(Asked(minutes=minutes, degrees=1, count=count, thresholds=thresholds, **more), self.kinds)
        case_ids, windows = copresence.cases_of(cases, self.person_ids)
        skip = np.zeros(self._n_persons, np.uint8)
        skip[case_ids[case_ids < self._n_persons]] = 1
        try:
            enough = search.pairs(self._layouts, windows, rule, skip=skip)
            skip[enough.person] = 1
            found = search.pairs(self._layouts, windows, rule, skip=skip, short=True)
        except Flipped as error:
            raise damaged(error) from None
        found = found.take(np.flatnonzero(found.us >= minutes * at_least * 60_000_000))
        return self._table(found.take(np.argsort(-found.us, kind="stable")), like, ordered=True)

    def backward(
        self,
        cases: pa.Table,
        *,
        days: tuple[float, float] = (14, 1),
        like: pa.DataType = CHINA,
        **rule: Any,
    ) -> pa.Table:
        """Who could have infected the cases (溯源): everybody they met long enough in a window before onset.

        Args:
            cases: person_id, onset_at (or infectious_from): the windows end `days[1]` days before it, begin `days[0]`.

        Returns:
            As `trace` of degree 1, cases among each other too; `source_person_id` is the case who may have been
            infected, `person_id` the one who may have infected him.
        """
        if not days[0] > days[1] >= 0:
            raise ValueError(f"days must be (earliest, latest) before onset, the first greater; got {days}")
        name = "onset_at" if "onset_at" in cases.column_names else "infectious_from"
        at = copresence.instants_of(cases, name, "cases")
        spans = pa.table(
            {
                "person_id": cases["person_id"],
                "infectious_from": pa.array(at - round(days[0] * 86_400_000_000)),
                "infectious_until": pa.array(at - round(days[1] * 86_400_000_000)),
            }
        )
        return self.trace(spans, like=like, **(rule | {"degrees": 1, "include_cases": True}))

    def shared_places(self, cases: pa.Table, *, at_least: int = 2, like: pa.DataType = CHINA) -> pa.Table:
        """Places where several cases were inside their windows, met or not (共同暴露场所), most cases first.

        Returns:
            place_id, kind, cases, visits, minutes, first_at, last_at, case_ids (list).
        """
        self = self.still()
        _, windows = copresence.cases_of(cases, self.person_ids)
        try:
            found = search.stays_of(self._layouts, windows, windows.sources[1], np.empty(0, np.uint8))
        except Flipped as error:
            raise damaged(error) from None
        return shared.places(found, windows.sources[0], self.person_ids, self.place_ids, self.kinds, at_least, like)

    def difference(
        self,
        cases: pa.Table,
        *,
        minutes: tuple[float, float] | None = None,
        look_back: timedelta | None = None,
        without: Sequence[Any] = (),
        **options: Any,
    ) -> Difference:
        """What if (假如): who would enter and who would leave under another rule.

        Args:
            minutes: the least time of the first and of the second answer.
            look_back: the second answer's windows begin that much earlier (later, if negative).
            without: cases left out of the second answer.
            options: of `trace`, for both.
        """
        self = self.still()
        one, other = dict(options), dict(options)
        if minutes is not None:
            one["minutes"], other["minutes"] = minutes
        changed = cases
        if look_back is not None:
            earlier = pc.subtract(cases["infectious_from"], pa.scalar(look_back, pa.duration("us")))
            changed = changed.set_column(changed.column_names.index("infectious_from"), "infectious_from", earlier)
        if without:
            left = pa.array(list(without)).cast(copresence.column_of(cases, "person_id", "cases").type)
            changed = changed.filter(pc.invert(pc.is_in(changed["person_id"], value_set=left)))
        return _difference(self.trace(cases, **one), self.trace(changed, **other))

    @property
    def _layouts(self) -> list[Layout]:
        return [segment.layout for segment in self.segments]

    @property
    def _n_persons(self) -> int:
        return max((layout.n_persons for layout in self._layouts), default=0)

    def _rule(self, asked: Asked, kinds: Kinds | None) -> Rule:
        if kinds is not None:
            known = kinds.numbers >= 0
            kinds = replace(kinds, numbers=kinds.numbers[known], codes=kinds.codes[known])
        return rule_of(asked, kinds, max((layout.n_places for layout in self._layouts), default=0))

    def _pairs(self, windows: Windows, case_ids: Array, rule: Rule, controls: tuple[Array, Array] | None) -> Pairs:
        def run(rank: Array) -> Pairs:
            return search.trace(
                self._layouts, windows, case_ids, rule, n_persons=self._n_persons, controls=controls, rank=rank
            )

        return self._ranked(run)

    def _persons(self, windows: Windows, case_ids: Array, rule: Rule, controls: tuple[Array, Array] | None) -> Persons:
        order = None if self.person_ids.kind == "direct" else self.person_ids.order

        def run(rank: Array) -> Persons:
            return persons.trace(
                self._layouts, windows, case_ids, rule, n_persons=self._n_persons, controls=controls, rank=rank,
                order=order,
            )  # fmt: skip

        return self._ranked(run)

    def _ranked(self, run: Callable[[Array], T]) -> T:
        """Asked again with the order of the places' ids if two places tied; damage told as the lake's own."""
        try:
            found = run(search.NO_RANK)
            if found.tied and self.place_ids.kind != "direct":
                found = run(self.place_ids.rank(np.arange(len(self.place_ids.known))))
        except Flipped as error:
            raise damaged(error) from None
        return found

    def _table_of_persons(self, found: Persons, like: pa.DataType) -> pa.Table:
        if self.person_ids.kind != "direct" and len(found.person):
            found = found.take(np.lexsort((self.person_ids.order(found.person), found.degree)))
        return copresence.rows_of_persons(found, self.person_ids, self.place_ids, like)

    def _table(self, found: Pairs, like: pa.DataType, *, ordered: bool = False) -> pa.Table:
        if not ordered:
            ids = self.person_ids
            rank = None
            if ids.kind != "direct" and len(found.person):
                rank = ids.rank(np.concatenate([found.person, found.source]))
            found = copresence.in_order(found, rank)
        return copresence.contacts(found, self.person_ids, self.place_ids, like)


def _difference(one: pa.Table, other: pa.Table) -> Difference:
    """By person: his highest degree counts, so that who goes from degree 1 to 2 leaves and enters."""

    def keys(table: pa.Table) -> pa.Array:
        text = pc.binary_join_element_wise(table["degree"].cast(pa.string()), table["person_id"].cast(pa.string()), " ")
        return text.combine_chunks()

    first, second = keys(one), keys(other)
    enter = other.filter(pc.invert(pc.is_in(second, value_set=first)))
    leave = one.filter(pc.invert(pc.is_in(first, value_set=second)))
    both = pc.count_distinct(first.filter(pc.is_in(first, value_set=second))).as_py()
    return Difference(enter, leave, both)


def _us(at: datetime | None, otherwise: int) -> int:
    if at is None:
        return otherwise
    if at.tzinfo is None:
        raise ValueError(f"wants an instant with a time zone; got {at.isoformat()}")
    return int(at.timestamp()) * 1_000_000 + at.microsecond
