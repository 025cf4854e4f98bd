"""Which round and site a table means (轮次与采样点): and whether the round still takes swabs."""

from __future__ import annotations

from datetime import datetime

from chainbreak.governance.refusal import Refused
from chainbreak.governance.selectors.access import covers
from chainbreak.registry.selectors.area import stem_of

from ..models import Round, RoundEvent, RoundPlan, RoundState, SamplingSite

SETTLED = (RoundState.RECONCILED, RoundState.PUBLISHED)


def of(series: str, number: int) -> Round:
    """A round by series and number, with `state`, the last step known.

    Raises:
        Refused("unknown_round"): there is none; fact `known` lists the newest.
    """
    found = (
        Round.objects.filter(series=series[:40], number=number).first()
        if 0 < number < 2**31 and "\0" not in series
        else None
    )
    if found is None:
        known = [str(one) for one in Round.objects.order_by("-start_at")[:5]]
        raise Refused("unknown_round", round=f"{series[:40]!r} {number}", known=known)
    step = RoundEvent.objects.known_at(None).filter(round=found).order_by("-at", "-pk").first()
    found.state = step.state if step else None  # type: ignore[attr-defined]
    return found


def by_key(number: int) -> Round | None:
    """A round by its key, for a job that was put down for it."""
    return Round.objects.filter(pk=number).first()


def steps(round_: Round) -> list[RoundEvent]:
    """The steps of a round so far, with who took each."""
    rows = RoundEvent.objects.known_at(None).filter(round=round_)
    return list(rows.select_related("recorded_by", "import_run").order_by("at", "pk"))


def ahead(at: datetime, most: int = 8) -> list[Round]:
    """Rounds that were planned here and begin after an instant."""
    return list(Round.objects.filter(plan__isnull=False, start_at__gte=at).order_by("start_at")[:most])


def newest(most: int = 8) -> list[Round]:
    """The newest rounds that were announced."""
    announced = RoundEvent.objects.known_at(None).filter(state=RoundState.ANNOUNCED).values("round")
    return list(Round.objects.filter(pk__in=announced).order_by("-start_at")[:most])


def plan_of(round_: Round) -> RoundPlan | None:
    """What a round was planned with; None of one that was not planned here."""
    return RoundPlan.objects.select_related("round", "written_by").filter(round=round_).first()


def next_number(area_code: str) -> tuple[str, int]:
    """The series of an area's newest round and the number that follows; the area's own code where there is none."""
    newest = Round.objects.filter(area_code=area_code).order_by("-start_at").first()
    if newest is None:
        return area_code[:20], 1
    last = Round.objects.filter(series=newest.series).order_by("-number").first() or newest
    return newest.series, last.number + 1


def require(round_: Round, *, area_code: str) -> None:
    """The round takes swabs, and of this area.

    Raises:
        Refused("round_not_open"): it was not announced yet, or is reconciled.
        Refused("outside_area"): the device's area and the round's have nothing in common.
    """
    state = round_.state  # type: ignore[attr-defined]
    if state in (None, RoundState.PLANNED, *SETTLED):
        raise Refused("round_not_open", round=str(round_), state=state or "-")
    if not (covers(round_.area_code, area_code) or covers(area_code, round_.area_code)):
        raise Refused("outside_area", area=area_code)


def site(number: str) -> SamplingSite:
    """A site by its number.

    Raises:
        Refused("unknown_site"): there is none.
    """
    found = SamplingSite.objects.filter(number=number[:80]).first() if "\0" not in number else None
    if found is None:
        raise Refused("unknown_site", site=number[:80])
    return found


def area_of(round_: Round, at_site: SamplingSite | None, device_area: str) -> str:
    """The jurisdiction a tube counts for: the site's, else the narrower of the device's and the round's."""
    if at_site is not None and at_site.area_code.startswith(stem_of(device_area)):
        return at_site.area_code[:6]
    narrower = device_area if len(stem_of(device_area)) >= len(stem_of(round_.area_code)) else round_.area_code
    return narrower[:6]
