"""The figures of the chains of live facts in words and a table (传播链数字): how many each infected, generations, intervals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from chainbreak.epi.chains import summary
from chainbreak.epi.chains.listed import IMPORTED, LOCAL, Link, Listed

LEAST = 10  # links; with fewer no dispersion and no serial interval is put into words


@dataclass(frozen=True)
class Figures:
    """Ready to show: one sentence, and tables of (words, value)."""

    sentence: str
    is_small: bool
    rows: list[tuple[str, str]]
    generations: list[tuple[int, int]]
    sizes: list[tuple[int, int]]
    superspreaders: list[tuple[str, int]]


def of(cases: Iterable[Any], links: Iterable[Any]) -> Figures:
    """The figures of cases and links as the selectors give them."""
    listed = [
        Listed(
            str(case.number), None, case.onset_date,
            origin=LOCAL if case.origin == "local" else IMPORTED if case.origin and case.origin != "unknown" else None,
        )
        for case in cases
    ]  # fmt: skip
    pairs = [Link(str(link.infector.number), str(link.infectee.number), setting=link.setting) for link in links]
    found = summary.of(listed, pairs)
    n_links, fitted, interval = len(found.forest.links), found.offspring, found.serial_interval
    small = n_links < LEAST
    rows = [(_("cases"), str(len(listed))), (_("links"), str(n_links))]
    if fitted:
        rows.append((_("R: infected by one case on average (95 %)"), _interval(fitted.R, fitted.R_interval)))
        if not small:
            rows.append((_("k: the smaller, the more uneven (95 %)"), _interval(fitted.k, fitted.k_interval)))
    if found.share_causing_80 is not None:
        rows.append((_("share of cases behind 80 % of the links"), f"{100 * found.share_causing_80:.0f} %"))
    if interval.n > 1:
        words = _("%(mean)s days (SD %(sd)s, median %(median)s, %(n)s links)")
        facts = {"mean": f"{interval.mean:.1f}", "sd": f"{interval.sd:.1f}", "median": f"{interval.median:g}"}
        rows.append((_("serial interval"), words % (facts | {"n": interval.n})))
    if found.superspreading and n_links:
        rows.append((_("superspreading: more than"), str(found.superspreading.above)))
    origins = found.origins
    rows.append((_("imported / local / not known"), f"{origins.imported} / {origins.local} / {origins.unknown}"))
    return Figures(
        _sentence(found, n_links, small=small),
        small,
        rows,
        list(found.generations.items()),
        sorted(Counter(len(component) for component in found.forest.components).items(), reverse=True),
        list(found.superspreading.cases) if found.superspreading else [],
    )


def _sentence(found: summary.Summary, n_links: int, *, small: bool) -> str:
    if not n_links or found.offspring is None:
        return _("No links: nothing can be said of how it spreads.")
    low, high = found.offspring.R_interval
    facts = {"R": f"{found.offspring.R:.2f}", "low": f"{low:.2f}", "high": "∞" if high is None else f"{high:.2f}"}
    if small:
        words = _(
            "Only %(n)s links: a case infected %(R)s others on average (95 %%: %(low)s to %(high)s); too few to say more."
        )
    else:
        words = _(
            "A case infected %(R)s others on average (95 %%: %(low)s to %(high)s), after %(n)s links. "
            "Links of the latest cases may still be unknown; then this is too low."
        )
    return words % (facts | {"n": n_links})


def _interval(value: float | None, edges: tuple[float | None, float | None]) -> str:
    low, high = edges
    shown = "–" if value is None else f"{value:.2g}"
    return f"{shown} ({'0' if low is None else f'{low:.2g}'}–{'∞' if high is None else f'{high:.2g}'})"
