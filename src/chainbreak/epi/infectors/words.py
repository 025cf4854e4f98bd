"""The sentences behind the diagnostics of a reconstruction (传染关系诊断用语); each face says them in its reader's language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def gettext_noop(sentence: str) -> str:
    """Marks a sentence for translation where it is written."""
    return sentence


DATA = {
    "onsets": gettext_noop("dates of onset"),
    "samples": gettext_noop("dates of sample or report"),
    "genomes": gettext_noop("genome sequences"),
    "contacts": gettext_noop("named contacts"),
    "stays": gettext_noop("trajectories"),
    "travel": gettext_noop("notes of travel"),
}
DELAYS = {
    "incubation_mean": gettext_noop("incubation: mean, days"),
    "incubation_sd": gettext_noop("incubation: sd, days"),
    "transmission_mean": gettext_noop("from the infector's onset to the infection: mean, days"),
    "transmission_sd": gettext_noop("from the infector's onset to the infection: sd, days"),
    "sampling_mean": gettext_noop("from infection to sample, without onset: mean, days"),
    "sampling_sd": gettext_noop("from infection to sample, without onset: sd, days"),
}
SHARES = {
    "introductions": gettext_noop("introductions from outside"),
    "observed_share": gettext_noop("share of the infections that are in the line list"),
    "mutations": gettext_noop("substitutions for one transmission"),
    "unseen_share": gettext_noop("share of transmissions at meetings that the trajectories do not hold"),
    "reproduction": gettext_noop("infected by one case, on average"),
}
GOOD_R_HAT, GOOD_EFFECTIVE, GOOD_CHANGE = 1.05, 100.0, 0.05
LOW_ACCEPTANCE = 0.02


def listed(names: list[str], _: Callable[[str], str]) -> str:
    """Kinds of data, one after another."""
    return _(", ").join(_(DATA[name]) for name in names) or "–"


def sentences(facts: dict[str, Any], _: Callable[[str], str]) -> list[str]:
    """What the diagnostics mean."""
    said = [_("Used: %(data)s.") % {"data": listed(facts["used"], _)}]
    if facts["missing"]:
        missing = {"data": listed(facts["missing"], _)}
        said.append(_("Not there: %(data)s; the answer would be surer with them.") % missing)
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
