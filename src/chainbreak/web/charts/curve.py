"""Cases by day, by how they were found (流行曲线)."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chainbreak.exchange.charts import curves
from chainbreak.investigation.services import analysis as answers

from .question import Question, Shown

BY_WORDS: dict[str, str | Promise] = {
    "onset": gettext_lazy("onset"),
    "report": gettext_lazy("report"),
    "sample": gettext_lazy("first positive sample"),
}


FOUND_WORDS: dict[str, str | Promise] = {
    "under_control": gettext_lazy("found while under control"),
    "community": gettext_lazy("found in the community"),
    "unknown": gettext_lazy("how found is not known"),
}


def curve(asked: Question) -> Shown:
    """Cases by day, stacked by whether they were found under control or in the community (R075)."""
    by = asked.picked["by"]
    found = answers.epidemic_curve(asked.cases, by, asked.last)
    title = _("Cases by day of %(what)s") % {"what": BY_WORDS[by]}
    n = sum(map(sum, found.counts.values()))
    if not n:
        return Shown(title, _("No case with this day is known by then."), instead=_("Nothing to draw."))
    community, unknown = sum(found.counts["community"]), sum(found.counts["unknown"])
    peak = max(range(len(found.days)), key=lambda place: sum(counts[place] for counts in found.counts.values()))
    facts = {"n": n, "community": community, "day": found.days[peak].isoformat(),
             "most": sum(counts[peak] for counts in found.counts.values())}  # fmt: skip
    if unknown == n:
        sentence = _("%(n)s cases; how they were found is not known. Most in one day: %(most)s on %(day)s.") % facts
    else:
        sentence = (
            _("%(n)s cases, %(community)s of them found in the community. Most in one day: %(most)s on %(day)s.")
            % facts
        )
    notes = []
    if found.without_day:
        notes.append(_("%(count)s cases without this day are not in the curve.") % {"count": found.without_day})
    if 0 < unknown < n:
        notes.append(_("Of %(count)s it is not known how they were found.") % {"count": unknown})
    if by != "report":
        notes.append(_("The newest days will still rise: people are reported some days after they fell ill."))
    groups = [group for group, counts in found.counts.items() if sum(counts)]
    labels = [str(FOUND_WORDS[group]) for group in groups]
    stacks = [[float(value) for value in found.counts[group]] for group in groups]
    svg = curves.epidemic_curve(found.days, stacks, labels, title=title, description=sentence, look=asked.look)
    rows = [
        [
            day.isoformat(),
            *(found.counts[group][place] for group in groups),
            sum(found.counts[group][place] for group in groups),
        ]
        for place, day in enumerate(found.days)
    ]
    return Shown(title, sentence, svg, "", [_("Date"), *labels, _("All")], rows, notes)
