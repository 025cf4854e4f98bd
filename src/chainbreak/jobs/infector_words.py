"""The diagnostics of `chainbreak infectors` in words (传染关系诊断文字)."""

from __future__ import annotations

from typing import Any

from chainbreak.jobs.words import gettext as _
from chainbreak.jobs.words import gettext_noop

PROBLEMS = {
    "case_without_id": gettext_noop("Row %(row)s has no id and was left out. Give it one."),
    "case_twice": gettext_noop("Case %(case)s stands again in row %(row)s; the first was used. Remove one."),
    "case_without_dates": gettext_noop(
        "Case %(case)s (row %(row)s) has neither onset nor sample and was left out. Give it one of them."
    ),
    "no_genome_of_a_case": gettext_noop(
        "%(path)s: no two genomes belong to cases of the line list; genomes were not used. Name them by the ids of the cases."
    ),
    "genome_not_alignable": gettext_noop("The genome of case %(case)s is not like the others and was not used."),
    "no_contact_of_two_cases": gettext_noop(
        "%(path)s: no contact between two cases of the line list; contacts were not used. Check the ids."
    ),
    "no_stay_of_a_case": gettext_noop(
        "%(path)s: no stay of a case of the line list; stays were not used. Check the ids."
    ),
    "stays_need_dates": gettext_noop(
        "%(path)s: the line list has days without dates, so that stays cannot be laid beside it. Give it dates."
    ),
    "stays_backwards": gettext_noop("%(number)s stays end before they begin and were not used. Correct them."),
    "generation_total": gettext_noop(
        "%(path)s: the probabilities sum to %(total)s, but must sum to 1 and not all lie at lag 0. Correct column p."
    ),
}
DATA = {
    "onsets": gettext_noop("dates of onset"),
    "samples": gettext_noop("dates of sample or report"),
    "genomes": gettext_noop("genome sequences"),
    "contacts": gettext_noop("named contacts"),
    "stays": gettext_noop("trajectories"),
    "travel": gettext_noop("notes of travel"),
}
GOOD_R_HAT, GOOD_EFFECTIVE, GOOD_CHANGE = 1.05, 100.0, 0.05
LOW_ACCEPTANCE = 0.02


def listed(names: list[str]) -> str:
    """Kinds of data, one after another."""
    return _(", ").join(_(DATA[name]) for name in names) or "–"


def sentences(facts: dict[str, Any]) -> list[str]:
    """What the diagnostics mean."""
    said = [_("Used: %(data)s.") % {"data": listed(facts["used"])}]
    if facts["missing"]:
        said.append(_("Not there: %(data)s; the answer would be surer with them.") % {"data": listed(facts["missing"])})
    converged = facts["worst_r_hat"] is not None and facts["worst_r_hat"] <= GOOD_R_HAT
    numbers = {
        "r_hat": "–" if facts["worst_r_hat"] is None else f"{facts['worst_r_hat']:.3f}",
        "size": f"{facts['least_effective']:.0f}",
        "change": f"{100 * facts['chains_differ']:.1f}",
        "chains": facts["chains"],
    }
    if facts["chains"] < 2:
        said.append(_("One chain only: whether it has settled cannot be told. Run two or more (--chains)."))
    elif converged and facts["least_effective"] >= GOOD_EFFECTIVE:
        said.append(
            _("The %(chains)s chains agree: R-hat at most %(r_hat)s, at least %(size)s independent draws; "
              "their probabilities differ by %(change)s percentage points on average.") % numbers
        )  # fmt: skip
    else:
        said.append(
            _("The %(chains)s chains have not settled: R-hat up to %(r_hat)s, %(size)s independent draws; their "
              "probabilities differ by %(change)s percentage points on average. Run more iterations (--iterations).")
            % numbers
        )  # fmt: skip
    accepted = facts["acceptance"]
    said.append(
        _("Accepted moves: infection dates %(dates)s %%, onsets %(onsets)s %%, delays %(delays)s %%.")
        % {name: f"{100 * accepted[name]:.0f}" for name in ("dates", "onsets", "delays")}
    )
    if accepted["dates"] < LOW_ACCEPTANCE:
        said.append(_("Hardly any move of the infection dates is accepted; do not rely on the answer."))
    if facts["prior_change"] is not None:
        words = (
            _("With wider priors of the delays the probabilities of the tree change by %(change)s percentage points on "
              "average: the data decide.")
            if facts["prior_change"] <= GOOD_CHANGE
            else _("With wider priors of the delays the probabilities of the tree change by %(change)s percentage points "
                   "on average: the answer rests on the priors too.")
        )  # fmt: skip
        said.append(words % {"change": f"{100 * facts['prior_change']:.1f}"})
    said.append(
        _("%(sure)s of %(cases)s infectors have a probability of 80 %% or more; about %(right)s of the tree's links are "
          "expected to be right.")
        % {"sure": facts["sure"], "cases": facts["cases"], "right": f"{facts['expected_right']:.0f}"}
    )  # fmt: skip
    return said
