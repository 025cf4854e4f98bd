"""What this outbreak says about the parameters of a scenario (情景参数的本轮实测值), by the methods of the analyst's desk.

Each value says from how many records and how; without enough of them there is no value, only their number.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np

from chainbreak.epi import offspring, rt
from chainbreak.investigation.models import Derivation, Outbreak
from chainbreak.investigation.selectors import contact
from chainbreak.investigation.selectors.analysis import CaseRow
from chainbreak.investigation.services import analysis

FEW_CASES = 20  # for the dispersion, and for the mean number of contacts of a case
WIDEST = 4.0  # the upper end of R by its lower end: a wider interval says less than the literature


@dataclass(frozen=True)
class Measured:
    """What this outbreak says about one parameter: the value as a scenario takes it (None: too few), from how many records."""

    name: str
    value: Any
    n: int
    how: str = "counted"


def isolation_delay(rows: Sequence[CaseRow], last: date) -> Measured:
    """Onset to isolation as onset to report and report to isolation, each fitted with truncation and censoring."""
    parts = [analysis.delay(rows, kind, last) for kind in ("onset_to_report", "report_to_isolation")]
    n = min((part.n - part.censored if part else 0) for part in parts)
    if any(part is None or not part.fits for part in parts):
        return Measured("isolation_delay", None, n, "fitted")
    best = [part.fits[0] for part in parts if part]
    mean = max(sum(one.mean.value for one in best), 0.05)
    sd = math.sqrt(sum(one.sd.value**2 for one in best))
    return Measured("isolation_delay", {"mean": round(mean, 2), "sd": round(sd, 2)}, n, "fitted")


def reproduction(rows: Sequence[CaseRow], disease: str, last: date) -> Measured:
    """R of the first week with enough cases: imported ones apart, the interval of the desk's own method (Cori et al. 2013)."""
    interval = analysis.interval_of(rows, disease, last)
    found = analysis.r_over_time(rows, interval, last)
    least = rt.least_cases(rt.Prior())
    if found is None:
        return Measured("r0", None, sum(1 for row in rows if row.onset and row.onset <= last), "early_r")
    enough = np.flatnonzero((found.estimates.cases[0] >= least) & np.isfinite(found.estimates.mean[0]))
    if not enough.size:
        return Measured("r0", None, int(found.estimates.cases[0].max()), "early_r")
    at = int(enough[0])
    mean, low, high = (float(x) for x in (found.estimates.mean[0, at], *found.estimates.quantiles[0, at][[0, 6]]))
    n = int(found.estimates.cases[0, at])
    if low <= 0 or high > WIDEST * low:
        return Measured("r0", None, n, "early_r")
    return Measured("r0", {"mean": round(mean, 2), "low": round(low, 2), "high": round(high, 2)}, n, "early_r")


def dispersion(rows: Sequence[CaseRow]) -> Measured:
    """k of the offspring distribution by the links on file; cases that infected nobody count."""
    caused = Counter(source for row in rows for source in row.infectors[:1])
    if len(rows) < FEW_CASES or sum(caused.values()) < FEW_CASES // 2:
        return Measured("k", None, len(rows), "offspring")
    found = offspring.fit([caused[row.number] for row in rows])
    k = found.k if found else None
    return Measured("k", None if k is None else round(min(k, 2.0), 3), len(rows), "offspring")


def contacts(outbreak: Outbreak, n_cases: int, *, as_of: datetime, as_known: datetime | None) -> list[Measured]:
    """Contacts of a case, and contacts of a contact, by the newest snapshot."""
    newest = Derivation.objects.filter(outbreak=outbreak, as_known=as_known).order_by("-made_at").first()
    degrees = (
        Counter(contact.contacts(newest, as_of).order_by().values_list("degree", flat=True)) if newest else Counter()
    )
    of_case, of_contact = (
        Measured(name, round(many / few, 1) if few and many >= FEW_CASES else None, many, "snapshot")
        for name, many, few in (
            ("contacts_per_case", degrees[1], n_cases),
            ("contacts2_per_contact", degrees[2], degrees[1]),
        )
    )
    return [of_case, of_contact]
