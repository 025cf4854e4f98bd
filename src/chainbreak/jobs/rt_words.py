"""Words of R over time and nowcast on the command line (Rt 用语): notes by code, refusals."""

from __future__ import annotations

from typing import Any

from chainbreak.governance import words
from chainbreak.jobs.words import gettext as _
from chainbreak.jobs.words import gettext_noop

NOTES = {
    "absent_days": gettext_noop("%(count)s days have no row and count as days without cases."),
    "repeated_days": gettext_noop("%(count)s days have several rows; their cases were added up."),
    "empty_counts": gettext_noop(
        "Column %(column)s is empty on %(count)s rows (lines %(lines)s); these count as no cases."
    ),
    "no_date": gettext_noop("%(count)s rows have no date and were left out."),
    "after_the_last_day": gettext_noop("%(count)s rows lie after %(until)s and were left out."),
    "first_day_imported": gettext_noop(
        "%(count)s cases of day 1 count as imported: nobody before them could have infected them."
    ),
    "few_cases": gettext_noop(
        "%(count)s windows have fewer than %(least)s cases: R there says little, and leans on the prior."
    ),
    "no_estimate": gettext_noop(
        "%(count)s windows end before the mean serial interval (%(mean)s days) has passed: no estimate."
    ),
    "no_pressure": gettext_noop(
        "%(count)s windows have no infectious case before them: R there is the prior and nothing else."
    ),
    "no_cases": gettext_noop("%(count)s windows have no cases: no cohort, no estimate."),
    "interval_cut": gettext_noop(
        "The series is shorter than the serial interval: %(share)s %% of it lies beyond the last day."
    ),
    "not_all_seen": gettext_noop(
        "%(count)s windows are too new: part of those they infect has not fallen ill yet, so their R is too low. "
        "Column seen says how much can have been seen."
    ),
    "nowcast_used": gettext_noop(
        "R rests on %(expected)s cases expected in all, of which %(reported)s are reported; its intervals hold that "
        "uncertainty too."
    ),
    "reported_before": gettext_noop(
        "%(count)s rows are reported before the event (lines %(lines)s) and were left out."
    ),
    "few_delays": gettext_noop("Only %(count)s delays are known: the nowcast says little."),
}

words.register(
    {
        "interval_wanted": gettext_noop(
            "Say the serial interval: --si-mean and --si-sd in days, --si FILE with lag and p, or --si-data FILE with "
            "observed pairs (EL, ER, SL, SR)."
        ),
        "one_interval_wanted": gettext_noop("Say the serial interval in one way only: %(given)s were given."),
        "interval_needs_both": gettext_noop("--si-mean and --si-sd go together. Give both, in days."),
        "interval_out_of_range": gettext_noop(
            "The serial interval needs a mean over 1 day and a standard deviation over 0; got %(mean)s and %(sd)s."
        ),
        "range_wrong": gettext_noop("%(option)s: %(value)s must lie within %(low)s to %(high)s. Correct one of them."),
        "series_too_short": gettext_noop(
            "%(path)s has %(days)s days; a window of %(window)s days needs at least %(wanted)s, for day 1 has nobody "
            "before it. Choose a shorter --window."
        ),
        "prior_out_of_range": gettext_noop("The prior needs a mean and sd over 0; got %(mean)s and %(sd)s."),
        "whole_cases_wanted": gettext_noop("The cohort method needs whole numbers of cases; %(path)s has others."),
        "not_with_method": gettext_noop("%(option)s does not go with --method %(method)s. Leave one of them out."),
        "report_needs_line_list": gettext_noop(
            "--report needs one row for each case: add --line-list, and leave out --by."
        ),
        "nothing_reported": gettext_noop("%(path)s: no case is reported by %(until)s. Check the dates, or --as-of."),
        "unfit_pairs": gettext_noop("%(path)s: the serial interval cannot be fitted to these pairs: %(why)s."),
    }
)


def note(code: str, **facts: Any) -> dict[str, Any]:
    """A note as it stands in the answer."""
    return {"code": code, "message": _(NOTES[code]) % facts, "facts": facts}
