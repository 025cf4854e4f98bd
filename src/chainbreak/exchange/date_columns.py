"""How the dates of a whole column are written, decided over all of its values (整列日期判断)."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, tzinfo
from statistics import median_low
from typing import Any

from chainbreak.exchange.date_shapes import Shape, shape_of
from chainbreak.exchange.dates import EXCEL_DAYS, UNIX_DAYS, ZONE, DateRule, _day, readings_of
from chainbreak.exchange.problems import Problem

OLDEST_YEAR = 1950  # a two-digit year of an event is not taken for one before


@dataclass(frozen=True)
class DateOptions:
    """What the sender or the mapping says about dates; None where it must be found out."""

    day_first: bool | None = None
    default_year: int | None = None
    epoch: str | None = None  # "unix" | "excel"
    period: tuple[date, date] | None = None  # of the outbreak: first and last day
    today: date | None = None
    zone: tzinfo = ZONE


@dataclass
class ColumnSurvey:
    """What the values of one date column look like."""

    column: str
    options: DateOptions
    birth: bool = False
    shapes: Counter[Shape] = field(default_factory=Counter)
    examples: dict[str, Any] = field(default_factory=dict)

    def add(self, values: Iterable[Any]) -> None:
        """Count the shapes of more values."""
        for value in values:
            shape = shape_of(value)
            self.shapes[shape] += 1
            self.examples.setdefault(shape.style or shape.kind, value)

    def known_days(self) -> list[date]:
        """Days written with a year and without doubt, to find the year of those without."""
        days = []
        for shape, count in self.shapes.items():
            day = None
            if shape.kind == "typed":
                day = shape.parts[0].date() if isinstance(shape.parts[0], datetime) else shape.parts[0]
            elif shape.kind == "ymd" and shape.style != "short":
                day = _day(*shape.parts)
            elif shape.kind == "triple" and shape.style.endswith("4"):
                day = next(iter(readings_of(shape, DateRule()).values()), None)  # its year is known, that is enough
            days += [day] * count if day else []
        return days

    def decide(self, anchor: date | None) -> tuple[DateRule, list[Problem]]:
        """The rule of the column, and what the person should know or decide about it."""
        problems: list[Problem] = []
        earliest, latest = self._window()
        if self.options.period:
            anchor = self.options.period[0] + (self.options.period[1] - self.options.period[0]) / 2
        rule = DateRule(
            anchor=None if self.birth else anchor,
            default_year=self.options.default_year,
            midnight_is_day=self._only_midnights(),
            zone=self.options.zone,
            earliest=earliest,
            latest=latest,
            today=self.options.today,
        )
        rule = replace(rule, epoch=self._epoch(problems))
        rule = replace(rule, orders=self._orders(rule, problems))
        if any(shape.kind in ("md", "pair") for shape in self.shapes) and (rule.anchor or rule.default_year):
            count = sum(n for shape, n in self.shapes.items() if shape.kind in ("md", "pair"))
            facts = {"count": count, "anchor": rule.default_year or rule.anchor}
            problems.append(Problem(None, self.column, "year_assumed", facts=facts))
        return rule, problems

    def _window(self) -> tuple[date | None, date | None]:
        today = self.options.today
        if self.birth or not self.options.period:
            return None, today
        start, end = self.options.period
        return start - timedelta(days=60), min(end + timedelta(days=60), today) if today else end + timedelta(days=60)

    def _only_midnights(self) -> bool:
        """Days exported as 2020-02-20 00:00:00: no value of the column has another time."""
        times = {shape.time for shape in self.shapes if shape.time is not None}
        for shape in self.shapes:
            if shape.kind == "typed" and isinstance(shape.parts[0], datetime):
                at = shape.parts[0]
                times.add((at.hour, at.minute, at.second, at.microsecond))
        return times == {(0, 0, 0, 0)}

    def _epoch(self, problems: list[Problem]) -> str | None:
        numbers = {shape.parts[0]: n for shape, n in self.shapes.items() if shape.kind == "number"}
        if not numbers:
            return self.options.epoch
        unix = sum(n for number, n in numbers.items() if int(number) in UNIX_DAYS)
        excel = sum(n for number, n in numbers.items() if int(number) in EXCEL_DAYS)
        epoch = self.options.epoch or ("unix" if unix > excel else "excel" if excel else None)
        if epoch and self.birth and not self.options.epoch:
            epoch = "excel"  # births before 1970 have no day number since 1970
        if epoch:
            facts = {
                "count": sum(numbers.values()),
                "epoch": epoch,
                "example": int(next(iter(numbers))),
            }
            problems.append(Problem(None, self.column, "date_from_number", facts=facts))
        return epoch

    def _orders(self, rule: DateRule, problems: list[Problem]) -> dict[str, str | None]:
        """style -> order. Each style (separators, length of the year) is judged alone, then lends to the others."""
        by_style: dict[str, Counter[Shape]] = defaultdict(Counter)
        for shape, count in self.shapes.items():
            if shape.kind in ("triple", "pair"):
                by_style[shape.style][shape] += count
        orders: dict[str, str | None] = {}
        doubtful: dict[str, list[str]] = {}
        for style, shapes in by_style.items():
            orders[style], possible = self._order(shapes, rule)
            if orders[style] is None:
                doubtful[style] = possible
        proven = {order for style, order in orders.items() if order}
        for style, possible in doubtful.items():
            lent = proven & set(possible)
            if len(proven) == 1 and lent and self.options.day_first is None:
                orders[style] = lent.pop()
        for style, shapes in by_style.items():
            self._tell(style, shapes, orders, rule, problems)
        return orders

    def _order(self, shapes: Counter[Shape], rule: DateRule) -> tuple[str | None, list[str]]:
        """The one order that every value allows, if there is one; else the orders possible for all of them."""
        names = ["dmy", "mdy"] + (["ymd"] if any(shape.style.endswith("2") for shape in shapes) else [])
        if self.options.day_first is not None:
            names = ["dmy" if self.options.day_first else "mdy"]
        readings = [found for shape in shapes if (found := self._plausible(readings_of(shape, rule), rule))]
        if self.options.day_first is not None:
            return names[0], names
        possible = [name for name in names if readings and all(name in found for found in readings)]
        if len(possible) == 1:
            return possible[0], possible
        if len(possible) > 1 and all(len({found[name] for name in possible}) == 1 for found in readings):
            return possible[0], possible
        return None, possible

    def _plausible(self, readings: dict[str, date], rule: DateRule) -> dict[str, date]:
        """Readings inside the window; all of them where none is."""

        def fits(day: date) -> bool:
            if not self.birth and day.year < OLDEST_YEAR:
                return False
            return (not rule.earliest or day >= rule.earliest) and (not rule.latest or day <= rule.latest)

        inside = {order: day for order, day in readings.items() if fits(day)} or readings
        if len({day.year for day in inside.values()}) > 1 and rule.anchor:  # which number is a two-digit year?
            anchor = rule.anchor
            inside = {order: day for order, day in inside.items() if abs((day - anchor).days) <= 731} or inside
        return inside

    def _tell(
        self,
        style: str,
        shapes: Counter[Shape],
        orders: dict[str, str | None],
        rule: DateRule,
        problems: list[Problem],
    ) -> None:
        example = str(self.examples[style])
        order = orders[style]
        if order:
            facts = {"example": example, "order": order, "style": style}
            problems.append(Problem(None, self.column, "date_order_decided", facts=facts))
            return
        waiting = {s: n for s, n in shapes.items() if len(set(readings_of(s, rule).values())) > 1}
        if not waiting:
            return
        readings = readings_of(next(iter(waiting)), rule)
        words = " / ".join(day.isoformat() for day in sorted(set(readings.values())))
        one = "-".join(str(part) for part in next(iter(waiting)).parts)
        asked: dict[str, Any] = {"example": one, "readings": words, "count": sum(waiting.values())}
        problems.append(Problem(None, self.column, "date_order_undecided", facts=asked))


def anchor_of(surveys: Iterable[ColumnSurvey]) -> date | None:
    """The middle of the days known with their year, over all columns that are not birth dates."""
    days = [day for survey in surveys if not survey.birth for day in survey.known_days()]
    return median_low(days) if days else None
