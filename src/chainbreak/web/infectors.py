"""Possible infectors (可能的传染源): ask who infected whom on live facts, see it come, read it, propose a link from it."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext
from django.views.decorators.http import require_POST

from chainbreak.epi.infectors import prior
from chainbreak.epi.infectors import words as said
from chainbreak.exchange.charts import infectors as drawn
from chainbreak.exchange.charts.look import Look
from chainbreak.exchange.charts.picture import png
from chainbreak.governance.refusal import Refused
from chainbreak.investigation.selectors import chain as chain_rows
from chainbreak.investigation.selectors import infectors as known
from chainbreak.investigation.services import infectors as asking

from . import asof, listing
from .door import Asked, page
from .words import words_for

LATE = timedelta(seconds=30)  # a worker that lives takes a question sooner
SHOWN, MOST_SHOWN = 0.02, 5  # a possible infector less probable, or further down, stands in the file only
SURE, LIKELY = 0.8, 0.5
OPTION = re.compile(r" ?[(（]--\w+[)）]")  # an option of the command, in a sentence of both faces
STATES = {
    "waiting": gettext_noop("waits for the worker"),
    "running": gettext_noop("is being computed"),
    "done": gettext_noop("done"),
    "failed": gettext_noop("failed"),
    "cancelled": gettext_noop("cancelled"),
}
AGENTS = {
    "covid19-omicron": gettext_noop("COVID-19, Omicron"),
    "covid19-2020": gettext_noop("COVID-19, 2020"),
    "mers": gettext_noop("MERS"),
}


@page("analysis.read")
def infectors(request: Asked, outbreak: str) -> HttpResponse:
    """What there is to reckon with, the form, and the reconstructions so far."""
    seen = asof.read(request, outbreak=outbreak)
    refusal, status = None, 200
    if request.method == "POST":
        try:
            made = asking.ask(
                seen.outbreak,
                agent=request.POST.get("agent", ""),
                use=request.POST.getlist("use"),
                iterations=_whole(request.POST.get("iterations", ""), "iterations", asking.ITERATIONS),
                seed=_whole(request.POST.get("seed", ""), "seed", (0, 2**31 - 1)) or 0,
                as_of=seen.as_of,
                as_known=seen.as_known,
                actor=request.user,
                at=timezone.now(),
            )
        except Refused as refused:
            if refused.code == "not_permitted":
                raise
            refusal, status = words_for(refused), 422
        else:
            _defer(made.pk)
            return redirect("infector_run", made.pk)
    found = known.gather(seen.outbreak, as_of=seen.as_of, as_known=seen.as_known)
    n = len(found.known.ids)
    context = {
        "seen": seen,
        "n": n,
        "without_day": found.without_day,
        "few": n < asking.FEW,
        "too_few": n < asking.LEAST,
        "facts": [(name, _(said.DATA[name]), found.n[name]) for name in found.n],
        "choices": [
            (name, _(said.DATA[name]), found.n[name], _picked(request, name, found.n[name])) for name in known.KINDS
        ],
        "agents": [(name, _(AGENTS.get(name, name))) for name in prior.agents()],
        "agent": request.POST.get("agent") or asking.usual_agent(seen.outbreak),
        "typed": {name: request.POST.get(name, "") for name in ("iterations", "seed")},
        "usual": asking.usual_iterations(max(n, 1)),
        "page": listing.page(request, known.runs(seen.outbreak), keys=("pk",), down=True),
        "states": {code: _(words) for code, words in STATES.items()},
        "agent_words": {code: _(words) for code, words in AGENTS.items()},
        "may_run": request.standing.may("infectors.run"),
        "refusal": refusal,
    }
    return render(request, "web/infectors.html", context, status=status)


@page("analysis.read")
def infector_run(request: Asked, number: int) -> HttpResponse:
    """One reconstruction: how far it is, or what came out; also as CSV, SVG and PNG."""
    made = known.run(number)
    if made.state != "done" or made.answer is None:
        late = made.state == "waiting" and timezone.now() - made.written_at > LATE
        lost = made.state == "running" and timezone.now() - made.written_at > asking.LOST
        context = {"made": made, "late": late or lost, "state": _(STATES[made.state]), "percent": round(100 * made.share),
                   "may_run": request.standing.may("infectors.run")}  # fmt: skip
        return render(request, "web/infector_waits.html", context)
    form = request.GET.get("format", "")
    if form == "csv":
        return _csv(made)
    cases = _tree_cases(made)
    sentence = _sentence(made)
    svg = drawn.tree(cases, title=_("Tree of possible infections"), words=_tree_words(), description=sentence,
                     look=Look("file" if form else "page")) if cases else ""  # fmt: skip
    if form in ("svg", "png") and svg:
        name = f"{made.outbreak.code}-infectors-{made.pk}.{form}"
        kind = "image/svg+xml; charset=utf-8" if form == "svg" else "image/png"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(svg if form == "svg" else png(svg), content_type=kind, headers=headers)
    if form:
        raise Refused("bad_filter", name="format", value=form)
    return render(
        request, "web/infector_run.html", {**_read(request, made), "svg": mark_safe(svg), "sentence": sentence}
    )


@require_POST
@page("infectors.run")
def infector_again(request: Asked, number: int) -> HttpResponse:
    """Hand a reconstruction to the worker once more; or, where it is done, compute it anew from the same start of chance."""
    made, now = known.run(number), timezone.now()
    if made.state == "done":
        given = made.given
        made = asking.ask(
            made.outbreak, agent=given["agent"], use=given["use"], iterations=given["iterations"], seed=made.seed,
            as_of=made.as_of, as_known=made.as_known, actor=request.user, at=now,
        )  # fmt: skip
    else:
        asking.again(made, actor=request.user, at=now)
    _defer(made.pk)
    return redirect("infector_run", made.pk)


@require_POST
@page("infectors.run")
def infector_cancel(request: Asked, number: int) -> HttpResponse:
    """Stop one that waits or is being worked out."""
    made = known.run(number)
    if asking.cancel(made, actor=request.user, at=timezone.now()):
        messages.success(request, _("It is stopped."))
    return redirect("infector_run", made.pk)


@require_POST
@page("fact.correct")
def infector_propose(request: Asked, number: int) -> HttpResponse:
    """Put one pair on file as a proposed link, and go on to where it is accepted or rejected."""
    made = known.run(number)
    said_pair = request.POST.get("pair", "").split("-", 1)
    pair = [_whole(text, "pair", (1, 10**9)) or 0 for text in (*said_pair, "")[:2]]
    link = asking.propose(made, *pair, actor=request.user, at=timezone.now())
    messages.success(request, _("The link is on file as proposed. Accept or reject it: you sign with your account."))
    back = reverse("chain", args=[made.outbreak.code]) + f"?focus={pair[1]}"
    return redirect(reverse("correct", args=["link", link.pk]) + f"?outbreak={made.outbreak.code}&back={back}")


def _read(request: Asked, made: Any) -> dict[str, Any]:
    """What the page of an answer shows."""
    answer, facts = made.answer, made.answer["diagnostics"]
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in answer["rows"]:
        rows[row["case"]].append(row)
    may_propose = request.standing.may("fact.correct", made.outbreak.area_code)
    _cases, links = chain_rows.cases_and_links(made.outbreak, as_of=timezone.now(), as_known=None)
    on_file = {(str(link.infector.number), str(link.infectee.number)): link for link in links}
    infected = {row["case"]: row["infected"] for row in answer["tree"]}
    has = {name: name in facts["used"] for name in said.DATA}
    base = reverse("case_file", args=[made.outbreak.code, 0])

    def url_of(number: str) -> str:
        return base.replace("/0/", f"/{number}/")

    cases = [
        (
            case,
            url_of(case),
            [_possible(row, on_file, has, url_of) for row in found[:MOST_SHOWN] if row["probability"] >= SHOWN],
            _span(infected[case]),
            _how_sure(found[0]["probability"]),
        )
        for case, found in sorted(rows.items(), key=lambda pair: int(pair[0]))
    ]
    profile = prior.profile(made.given["agent"])
    return {
        "made": made,
        "facts": facts,
        "cases": cases,
        "few": facts["cases"] < asking.FEW,
        "without_day": answer.get("without_day", 0),
        "diagnostics": [OPTION.sub("", line) for line in said.sentences(facts, _)],
        "assumed": [
            (_(words), profile.get(name), facts["parameters"].get(name))
            for name, words in {**said.DELAYS, **said.SHARES}.items()
            if name in profile or facts["parameters"].get(name)
        ],
        "agent": _(AGENTS.get(made.given["agent"], made.given["agent"])),
        "may_propose": may_propose,
        "may_run": request.standing.may("infectors.run"),
    }


@dataclass(frozen=True)
class Possible:
    """One possible infector in the table, in words."""

    probability: str
    percent: str
    name: str
    url: str  # empty: from outside
    evidence: str
    link: Any  # on file already
    state: str
    pair: str


def _possible(
    row: dict[str, Any], on_file: dict[tuple[str, str], Any], has: dict[str, bool], url_of: Callable[[str], str]
) -> Possible:
    infector, share = row["infector"], row["probability"]
    numbers = f"{share:.4f}", f"{100 * share:.0f}"
    if infector is None:
        return Possible(*numbers, _("from outside"), "", "", None, "", "")
    said_of = [_("%(n)s min together") % {"n": f"{row['minutes']:,}"}] if has["stays"] else []
    if has["genomes"] and row.get("snps") is not None:
        said_of.append(ngettext("%(n)s differing base", "%(n)s differing bases", row["snps"]) % {"n": row["snps"]})
    if row.get("contact"):
        said_of.append(_("named as contacts"))
    link = on_file.get((infector, row["case"]))
    state = str(link.get_state_display()) if link else ""
    name = _("case %(n)s") % {"n": infector}
    return Possible(*numbers, name, url_of(infector), " · ".join(said_of), link, state, f"{infector}-{row['case']}")


def _how_sure(probability: float) -> str:
    if probability >= SURE:
        return _("likely")
    return _("possible") if probability >= LIKELY else _("open: nobody stands out")


def _span(infected: dict[str, str]) -> str:
    low, middle, high = (datetime.fromisoformat(infected[name]) for name in ("low", "median", "high"))
    return f"{middle:%m-%d} ({low:%m-%d} – {high:%m-%d})"


def _sentence(made: Any) -> str:
    facts = made.answer["diagnostics"]
    outside = sum(row["infector"] is None for row in made.answer["tree"])
    said_of = {
        "n": facts["cases"],
        "sure": facts["sure"],
        "outside": outside,
        "right": f"{facts['expected_right']:.0f}",
    }
    return (
        _(
            "%(n)s cases: of %(sure)s the infector (or that it came from outside) is likely at 80 %% or more; the tree takes "
            "%(outside)s as come from outside, and about %(right)s of its links are expected to be right."
        )
        % said_of
    )


def _tree_words() -> dict[str, str]:
    return {"outside": _("from outside"), "infected": _("infected: median and 95 %"), "onset": _("onset"),
            "likely": _("infected by: 50 % or more"), "unlikely": _("infected by: less than 50 %")}  # fmt: skip


def _tree_cases(made: Any) -> list[drawn.Infected]:
    found = known.gather(made.outbreak, as_of=made.as_of, as_known=made.as_known, use=())
    onsets = dict(zip(found.known.ids, found.known.onset.tolist(), strict=True))
    cases = []
    for row in made.answer["tree"]:
        days = [_number_of(row["infected"][name]) for name in ("low", "median", "high")]
        onset = onsets.get(row["case"])
        cases.append(
            drawn.Infected(int(row["case"]), int(row["infector"]) if row["infector"] else None, row["probability"], *days,
                           onset=None if onset is None or onset != onset else onset)
        )  # fmt: skip
    return cases


def _number_of(text: str) -> float:
    at = datetime.fromisoformat(text)
    return at.toordinal() + (at.hour * 60 + at.minute) / 1440


def _csv(made: Any) -> HttpResponse:
    reply = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    reply["Content-Disposition"] = f'attachment; filename="{made.outbreak.code}-infectors-{made.pk}.csv"'
    out = csv.writer(reply)
    out.writerow(["case", "infector", "probability", "direct", "minutes", "snps", "contact"])
    for row in made.answer["rows"]:
        cells = [row.get(name, "") for name in ("direct", "minutes", "snps", "contact")]
        out.writerow([row["case"], row["infector"] or "outside", f"{row['probability']:.4f}", *cells])
    return reply


def _picked(request: Asked, name: str, n: int) -> bool:
    return name in request.POST.getlist("use") if request.method == "POST" else n > 0


def _whole(text: str, name: str, bounds: tuple[int, int]) -> int | None:
    """A whole number; None where nothing is written."""
    text = text.strip()
    if not text:
        return None
    if not text.isdecimal() or len(text) > 12:
        raise Refused("bad_infector_setting", name=name, value=text, least=bounds[0], most=bounds[1])
    return int(text)


def _defer(number: int) -> None:
    from procrastinate.contrib.django import app

    app.configure_task("run_infectors").defer(number=number)


urlpatterns = [
    path("analysis/<str:outbreak>/infectors/", infectors, name="infectors"),
    path("analysis/infectors/<int:number>/", infector_run, name="infector_run"),
    path("analysis/infectors/<int:number>/again/", infector_again, name="infector_again"),
    path("analysis/infectors/<int:number>/cancel/", infector_cancel, name="infector_cancel"),
    path("analysis/infectors/<int:number>/propose/", infector_propose, name="infector_propose"),
]
