"""The diagnostics of `chainbreak infectors` in words (传染关系诊断文字)."""

from __future__ import annotations

from typing import Any

from chainbreak.epi.infectors import words
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


def sentences(facts: dict[str, Any]) -> list[str]:
    """What the diagnostics mean."""
    return words.sentences(facts, _)
