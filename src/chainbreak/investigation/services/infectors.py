"""Who infected whom, on live facts (传染关系推断): asked for on a page, worked out by the worker, a link proposed from it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_noop

from chainbreak.epi.infectors import prior
from chainbreak.epi.infectors.inference import CHAINS, usual_iterations
from chainbreak.governance import words
from chainbreak.governance.models import User
from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import access, audit, facts

from ..models import Case, InfectorRun, Outbreak, TransmissionLink
from ..selectors import infectors as known
from . import infector_walk

BETWEEN = timedelta(seconds=1)  # two notes of how far it is
LOST = timedelta(minutes=5)  # a run that has not said anything for so long was killed
ITERATIONS = (200, 20_000)
LEAST, FEW, MOST = 2, 10, 2_000  # cases: fewest; below which the page says how little it means; most
USUAL_AGENT = {"mers": "mers"}
EARLY = date(2021, 11, 26)  # Omicron was named: before it the delays of 2020 hold

words.register(
    {
        "unknown_infector_run": gettext_noop("There is no reconstruction %(number)s. The page lists those there are."),
        "bad_infector_setting": gettext_noop(
            "%(name)s must be a whole number from %(least)s to %(most)s; got “%(value)s”."
        ),
        "few_cases_for_infectors": gettext_noop(
            "Two cases with a day are needed to ask who infected whom; there are %(n)s by then. Choose a later day."
        ),
        "many_cases_for_infectors": gettext_noop(
            "%(n)s cases are more than a page can ask for (%(most)s). Use the command infectors on files."
        ),
        "link_known": gettext_noop("This link is on file already: accept or reject it there."),
        "not_in_reconstruction": gettext_noop("The reconstruction does not name this pair. Look at its page again."),
    }
)


def usual_agent(outbreak: Outbreak) -> str:
    """Whose delays are the priors where nobody chooses: those of the outbreak's disease, of COVID-19 by its time."""
    for name, agent in USUAL_AGENT.items():
        if outbreak.disease.casefold().startswith(name):
            return agent
    return "covid19-2020" if outbreak.detected_at.date() < EARLY else prior.DEFAULT


def ask(
    outbreak: Outbreak, *, agent: str, use: Collection[str], iterations: int | None, seed: int, as_of: datetime,
    as_known: datetime | None, actor: User, at: datetime,
) -> InfectorRun:  # fmt: skip
    """Put a reconstruction down for the worker.

    Args:
        iterations: of each chain; None: what ends within about a minute.

    Raises:
        Refused("not_permitted"): the actor may not ask for one.
        Refused("bad_infector_setting"), Refused("few_cases_for_infectors"), Refused("many_cases_for_infectors").
        Refused("bad_filter"): no such agent, no such kind of facts.
    """
    access.require(actor, "infectors.run", at=at)
    if agent not in prior.agents():
        raise Refused("bad_filter", name="agent", value=agent)
    if strange := set(use) - set(known.KINDS):
        raise Refused("bad_filter", name="use", value=", ".join(sorted(strange)))
    for name, value, (least, most) in (("iterations", iterations, ITERATIONS), ("seed", seed, (0, 2**31 - 1))):
        if value is not None and not least <= value <= most:
            raise Refused("bad_infector_setting", name=name, value=value, least=least, most=most)
    found = known.gather(outbreak, as_of=as_of, as_known=as_known, use=use)
    n = len(found.known.ids)
    if n < LEAST:
        raise Refused("few_cases_for_infectors", n=n)
    if n > MOST:
        raise Refused("many_cases_for_infectors", n=n, most=MOST)
    given = {
        "agent": agent, "use": sorted(use), "iterations": iterations or usual_iterations(n), "chains": CHAINS,
    }  # fmt: skip
    with transaction.atomic():
        made = InfectorRun.objects.create(
            outbreak=outbreak, given=given, seed=seed, as_of=as_of, as_known=as_known, asked_by=actor, asked_at=at,
            written_at=at,
        )  # fmt: skip
        audit.record("infectors.asked", actor=actor, at=at, subject=str(made.pk), detail={"cases": n, "seed": seed})
    return made


def again(made: InfectorRun, *, actor: User, at: datetime) -> None:
    """Put a run that failed, was cancelled or lost down for the worker once more.

    Raises:
        Refused("not_permitted"): the actor may not ask for one.
    """
    access.require(actor, "infectors.run", at=at)
    lost = made.state == "running" and at - made.written_at > LOST
    if made.state in ("failed", "cancelled") or lost:
        InfectorRun.objects.filter(pk=made.pk).update(state="waiting", share=0.0, trouble="", written_at=at)


def cancel(made: InfectorRun, *, actor: User, at: datetime) -> bool:
    """Stop a run that waits or is being worked out; gives whether there was anything to stop.

    Raises:
        Refused("not_permitted"): the actor may not ask for one.
    """
    access.require(actor, "infectors.run", at=at)
    rows = InfectorRun.objects.filter(pk=made.pk, state__in=("waiting", "running"))
    return bool(rows.update(state="cancelled", written_at=at))


def work(number: int, *, clock: Callable[[], datetime], walk: Any = infector_walk.walk) -> None:
    """Work out one reconstruction that waits; how far it is stands in its row. Does nothing where it waits no more."""
    rows = InfectorRun.objects.filter(pk=number)
    if not rows.filter(state="waiting").update(state="running", written_at=clock()):
        return
    made = InfectorRun.objects.select_related("outbreak").get(pk=number)
    last = clock()

    def go_on(share: float) -> bool:
        nonlocal last
        now = clock()
        if now - last < BETWEEN:
            return True
        last = now
        return bool(rows.filter(state="running").update(share=share, written_at=now))

    found = known.gather(made.outbreak, as_of=made.as_of, as_known=made.as_known, use=made.given["use"])
    settings = {**{name: made.given[name] for name in ("agent", "iterations", "chains")}, "seed": made.seed,
                "used": found.used, "missing": found.missing}  # fmt: skip
    try:
        answer = walk(found.known, settings, go_on=go_on)
    except infector_walk.Stopped:
        return
    except (infector_walk.Failed, OSError, MemoryError) as error:
        rows.filter(state="running").update(state="failed", trouble=str(error)[:200], written_at=clock())
        return
    answer["without_day"], answer["facts"] = found.without_day, found.n
    rows.filter(state="running").update(state="done", answer=answer, share=1.0, written_at=clock())


def propose(made: InfectorRun, infector: int, infectee: int, *, actor: User, at: datetime) -> TransmissionLink:
    """Put a pair of a reconstruction on file as a proposed link, with its probability; a person accepts or rejects it.

    Raises:
        Refused("not_permitted"): the actor may not decide about links.
        Refused("not_in_reconstruction"): the reconstruction does not name this pair.
        Refused("link_known"): it is on file already.
    """
    access.require(actor, "fact.correct", area_code=made.outbreak.area_code, at=at)
    pair = {"case": str(infectee), "infector": str(infector)}
    rows = (made.answer or {}).get("rows", [])
    row = next((row for row in rows if all(row[name] == value for name, value in pair.items())), None)
    cases = {case.number: case for case in Case.objects.filter(outbreak=made.outbreak, number__in=(infector, infectee))}
    if row is None or len(cases) < 2:
        raise Refused("not_in_reconstruction")
    used = set(made.answer["diagnostics"]["used"])  # type: ignore[index]
    history = bool(used & {"contacts", "stays"})
    basis = "both" if "genomes" in used and history else "genome" if "genomes" in used else "history"
    try:
        with transaction.atomic():
            return facts.record(
                TransmissionLink, known_at=at, actor=actor, key=f"{made.outbreak.code}|{infector}|{infectee}|{made.pk}",
                outbreak=made.outbreak, infector=cases[infector], infectee=cases[infectee], state="proposed", basis=basis,
                confidence="preliminary", probability=round(float(row["probability"]), 4), valid_from=at,
            )  # fmt: skip
    except IntegrityError:
        raise Refused("link_known") from None
