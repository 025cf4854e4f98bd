"""Genomes (测序): what the genome and the history say of each case side by side, and the judgement a person signs."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chainbreak.governance.refusal import Refused
from chainbreak.investigation.selectors import genome as genomes_of
from chainbreak.investigation.selectors import genome_set
from chainbreak.investigation.services import assessment, casefile

from . import asof, sequences
from .door import Asked, page
from .words import words_for

DISAGREE: dict[str, str | Promise] = {
    "coverage_low": gettext_lazy("too little of the genome was read"),
    "lineage_differs": gettext_lazy("a linked case has another lineage"),
    "genome_excludes": gettext_lazy("linked, but the genome says another chain"),
    "link_missing": gettext_lazy("the genome says this chain, but no link is known"),
    "assessment_differs": gettext_lazy("judged otherwise than the genome says"),
}


CONCLUSIONS: dict[str, str | Promise] = {
    "same_chain": gettext_lazy("same chain"),
    "other": gettext_lazy("another chain"),
    "inconclusive": gettext_lazy("cannot be told"),
}

NEAREST = 5  # genomes of cases without a link, beside those of linked ones


class JudgementForm(forms.Form):
    """What was judged, on which basis, how surely."""

    result = forms.ChoiceField(label=gettext_lazy("The case and this chain"), choices=genomes_of.RESULTS)
    basis = forms.ChoiceField(
        label=gettext_lazy("Basis"),
        choices=[
            ("history", gettext_lazy("history")),
            ("genome", gettext_lazy("genome")),
            ("both", gettext_lazy("history and genome")),
        ],
    )
    confidence = forms.ChoiceField(
        label=gettext_lazy("Confidence"),
        choices=[("preliminary", gettext_lazy("preliminary")), ("final", gettext_lazy("final"))],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-select"


@page("chain.read")
def genomes(request: Asked, outbreak: str) -> HttpResponse:
    """All cases with a genome or a judgement, those where history and genome disagree first."""
    seen = asof.read(request, outbreak=outbreak)
    found = genomes_of.beside(seen.outbreak, as_of=seen.as_of, as_known=seen.as_known)
    rows = [one for one in found if one.sequence or one.assessment or not one.own]
    rows.sort(key=lambda one: (not one.disagreements, not one.own, one.case.number))
    lineages = Counter(one.sequence.lineage or "" for one in found if one.sequence and one.own)
    context = {
        "seen": seen,
        "rows": rows,
        "lineages": lineages.most_common(),
        "n_cases": sum(one.own for one in found),
        "n_genomes": sum(lineages.values()),
        "n_disagree": sum(bool(one.disagreements) for one in rows),
        "disagree": DISAGREE,
        "conclusions": CONCLUSIONS,
        "n_stored": len(genome_set.genome_set(seen.outbreak, as_of=seen.as_of, as_known=seen.as_known).rows),
    }
    return render(request, "web/genomes.html", context)


@page("chain.read")
def genome(request: Asked, outbreak: str, of: str, number: int) -> HttpResponse:
    """One case: both kinds of evidence, the judgements so far, and the form for who may judge."""
    now = timezone.now()
    seen = asof.read(request, outbreak=outbreak)
    may = request.standing.may("link.assess") and not seen.is_past
    act = "link.assess" if request.method == "POST" else "case.open"
    file = casefile.open_record(of, number, actor=request.user, act=act, at=now)
    form = JudgementForm(request.POST or None)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            assessment.assess(file.case, seen.outbreak, actor=request.user, at=now, **form.cleaned_data)
        except Refused as refused:
            refusal = words_for(refused)
        else:
            messages.success(request, _("The judgement is recorded."))
            return redirect(request.get_full_path())
    found = genomes_of.beside(seen.outbreak, as_of=seen.as_of, as_known=seen.as_known)
    one = next((one for one in found if one.case.pk == file.case.pk), None)
    letters = genome_set.genome_set(seen.outbreak, as_of=seen.as_of, as_known=seen.as_known)
    context = {
        "seen": seen,
        "file": file,
        "one": one,
        "letters": _letters(letters, file.case.number, one) if file.outbreak.pk == seen.outbreak.pk else None,
        "quality_words": sequences.QUALITY,
        "own": file.outbreak.pk == seen.outbreak.pk,
        "history": genomes_of.history_of(seen.outbreak, file.case, as_known=seen.as_known),
        "form": form if may else None,
        "refusal": refusal,
        "disagree": DISAGREE,
        "conclusions": CONCLUSIONS,
    }
    return render(request, "web/genome.html", context)


def _letters(found: genome_set.GenomeSet, number: int, one: genomes_of.Beside | None) -> dict[str, Any] | None:
    """What the stored letters of a case say: its genome, and the verdict against each linked case and the nearest ones."""
    mine = found.of_case(number)
    if not mine:
        return None
    at, row = mine[0], found.rows[mine[0]]
    threshold = genome_set.usual_threshold()
    linked = {}
    for link in one.links if one else []:
        linked[link.infectee.number if link.infector.number == number else link.infector.number] = link
    near = found.near(at)
    shown = [b for other in linked for b in found.of_case(other)[:1]]
    shown += [b for b in near if b not in shown][:NEAREST]
    pairs = [(found.rows[b], linked.get(found.rows[b].case.number), found.of_pair(at, b, threshold)) for b in shown]  # type: ignore[union-attr]
    return {
        "row": row,
        "quality": sequences.quality_of(row.coverage),
        "n_substitutions": len(row.substitutions.split()),
        "pairs": [(other, link, said.conclusion.value, sequences.verdict_words(said)) for other, link, said in pairs],
        "without": sorted(other for other in linked if not found.of_case(other)),
        "threshold": threshold,
    }


urlpatterns = [
    path("genomes/<str:outbreak>/", genomes, name="genomes"),
    path("genomes/<str:outbreak>/<str:of>/<int:number>/", genome, name="genome"),
]
