"""The reply of `chainbreak chains` and its problems in words (传播链结果文字)."""

from __future__ import annotations

from datetime import date
from typing import Any

from chainbreak.epi.chains.listed import Problem
from chainbreak.jobs.words import gettext as _
from chainbreak.jobs.words import gettext_noop

SENTENCES = {
    "case_without_id": gettext_noop("Row %(rows)s has no id; the case was left out. Give it one."),
    "case_twice": gettext_noop("Case %(ids)s stands in rows %(rows)s; the first was used. Remove the others."),
    "date_unreadable": gettext_noop(
        "Row %(rows)s, case %(ids)s: %(value)s in %(column)s is no date and was left out. Correct the cell."
    ),
    "link_incomplete": gettext_noop("Row %(rows)s: the link has one end only (%(ids)s) and was not used."),
    "dangling_link": gettext_noop(
        "The link %(ids)s (rows %(rows)s) was not used: %(missing)s is not in the line list. Add the case or correct the id."
    ),
    "self_link": gettext_noop("Case %(ids)s (rows %(rows)s) is linked to itself; the link was not used."),
    "repeated_link": gettext_noop("The link %(ids)s stands %(times)s times (rows %(rows)s); it counts once."),
    "several_infectors": gettext_noop(
        "Case %(ids)s has several possible infectors: %(infectors)s (rows %(rows)s). All of them are counted; decide for one."
    ),
    "cycle": gettext_noop(
        "The cases %(ids)s infect one another in a ring (rows %(rows)s). Turn round or remove one link."
    ),
    "interval_negative": gettext_noop(
        "%(ids)s (rows %(rows)s): the infectee fell ill before the infector (%(before)s d). "
        "Possible before symptoms; check the direction."
    ),
    "interval_impossible": gettext_noop(
        "%(ids)s (rows %(rows)s): the infectee fell ill before the infector (%(before)s d), who could infect from "
        "%(look_back)s d before onset at the earliest. Correct a date, or turn the link round."
    ),
    "interval_differs": gettext_noop(
        "%(ids)s (rows %(rows)s): the links say %(said)s days between the onsets, the line list says %(days)s."
    ),
    "isolated_before_infection": gettext_noop(
        "%(ids)s (rows %(rows)s): the infectee fell ill %(days)s days after the infector was isolated, more than an "
        "incubation period of %(incubation)s days. Look for another infector."
    ),
    "link_after_onset": gettext_noop(
        "%(ids)s (rows %(rows)s): the exposure (%(exposed)s) is after the infectee's onset (%(infectee_onset)s)."
    ),
    "imported_with_infector": gettext_noop(
        "%(ids)s (rows %(rows)s): the infectee counts as imported but has an infector in the list."
    ),
    "exposure_reversed": gettext_noop(
        "Case %(ids)s (row %(rows)s): the exposure ends (%(later)s) before it begins (%(first)s)."
    ),
    "exposure_after_onset": gettext_noop(
        "Case %(ids)s (row %(rows)s): the exposure begins (%(first)s) after onset (%(later)s)."
    ),
    "death_before_onset": gettext_noop("Case %(ids)s (row %(rows)s): death (%(later)s) before onset (%(first)s)."),
    "report_before_onset": gettext_noop(
        "Case %(ids)s (row %(rows)s): reported (%(later)s) before onset (%(first)s); right if found before symptoms."
    ),
    "sample_before_onset": gettext_noop(
        "Case %(ids)s (row %(rows)s): sampled (%(later)s) before onset (%(first)s); right if found before symptoms."
    ),
    "genome_twice": gettext_noop("The genome %(ids)s stands %(times)s times in the file; the first was used."),
    "genome_empty": gettext_noop("The genome %(ids)s has no letters and was left out."),
    "genome_not_alignable": gettext_noop(
        "The genome %(ids)s is too unlike the reference %(reference)s and was left out of the distances."
    ),
    "genome_poor": gettext_noop(
        "The genome %(ids)s has too few certain bases (%(coverage)s %% of the reference); its distances say nothing."
    ),
    "metadata_without_genome": gettext_noop("%(number)s ids of the metadata have no genome: %(ids)s."),
    "lineage_without_genome": gettext_noop("%(number)s ids of the lineages have no genome: %(ids)s."),
}
MOST_SHOWN, MOST_OF_A_KIND = 20, 5
LISTS = ("several_infectors", "cycle", "metadata_without_genome", "lineage_without_genome")
SEVERITIES = ("error", "warning", "note")


def sentence(problem: Problem) -> str:
    """What is wrong and what to do, in the reader's language."""
    facts = {name: _plain(value) for name, value in problem.facts.items()}
    pair = problem.code not in LISTS and len(problem.ids) == 2
    facts["ids"] = (" → " if pair else ", ").join(problem.ids)
    facts["rows"] = ", ".join(str(row) for row in problem.rows) or "-"
    if isinstance(days := problem.facts.get("days"), int):
        facts["before"] = str(-days)
    return _(SENTENCES[problem.code]) % facts


def as_json(problem: Problem) -> dict[str, Any]:
    """The problem as a part of a reply."""
    return {
        "code": problem.code,
        "severity": problem.severity,
        "ids": list(problem.ids),
        "rows": list(problem.rows),
        "message": sentence(problem),
        "facts": {name: _plain(value) if isinstance(value, date) else value for name, value in problem.facts.items()},
    }


def of(answer: dict[str, Any]) -> str:
    """The whole reply, a line for each thing it says."""
    lines = [
        _(
            "%(cases)s cases, %(links)s links, %(chains)s chains (largest %(largest)s cases), %(isolates)s cases without a link."
        )
        % {
            "cases": answer["cases"],
            "links": answer["links"],
            "chains": len(answer["components"]),
            "largest": answer["largest_component"],
            "isolates": answer["isolates"],
        }
    ]
    if answer["deepest_generation"] is not None:
        by_generation = ", ".join(f"{generation}: {n}" for generation, n in answer["generations"].items())
        lines.append(_("Cases by generation: %(by)s.") % {"by": by_generation})
    lines += _offspring(answer)
    lines += _intervals(answer["serial_interval"])
    lines += _settings(answer)
    lines += of_problems(answer["problems"])
    return "\n".join(lines)


def _offspring(answer: dict[str, Any]) -> list[str]:
    fitted, lines = answer["offspring"], []
    if fitted and answer["links"]:
        words = _("R %(R)s (95 %% %(R_interval)s), dispersion k %(k)s (95 %% %(k_interval)s), from %(n)s cases.")
        facts = {
            "n": fitted["n"],
            "R": _figure(fitted["R"]),
            "R_interval": _between(fitted["R_interval"]),
            "k": _figure(fitted["k"]) if fitted["k"] is not None else _("not to be told from chance"),
            "k_interval": _between(fitted["k_interval"]),
        }
        lines.append(words % facts)
    if answer["share_causing_80"] is not None:
        words = _("%(share)s %% of the cases caused 80 %% of the links.")
        lines.append(words % {"share": _figure(100 * answer["share_causing_80"])})
    spreading = answer["superspreading"]
    if spreading and spreading["cases"]:
        words = _("Superspreading (more than %(above)s): %(cases)s.")
        cases = ", ".join(f"{case} ({n})" for case, n in spreading["cases"][:MOST_SHOWN])
        lines.append(words % {"above": spreading["above"], "cases": cases})
    return lines


def _intervals(interval: dict[str, Any]) -> list[str]:
    if not interval["n"]:
        return [_("No link has the onsets of both ends: no serial interval.")]
    words = _("Serial interval: mean %(mean)s days, SD %(sd)s, median %(median)s, from %(n)s links.")
    return [words % {name: _figure(interval[name]) for name in ("mean", "sd", "median", "n")}]


def _settings(answer: dict[str, Any]) -> list[str]:
    lines = []
    origins = answer["origins"]
    if origins["imported"] or origins["local"]:
        words = _("Imported %(imported)s, local %(local)s, not known %(unknown)s.")
        lines.append(words % {name: origins[name] for name in ("imported", "local", "unknown")})
    for rate in answer["attack_rates"]:
        words = _("Secondary attack rate, %(setting)s: %(infected)s of %(exposed)s = %(rate)s %% (95 %% %(interval)s).")
        facts = {
            "setting": _("all settings") if rate["setting"] is None else rate["setting"] or _("setting not given"),
            "infected": rate["infected"],
            "exposed": rate["exposed"],
            "rate": _figure(100 * rate["rate"]),
            "interval": _between([100 * edge for edge in rate["interval"]]),
        }
        lines.append(words % facts)
    return lines


def of_problems(problems: list[dict[str, Any]]) -> list[str]:
    """The gravest first, some of each kind."""
    if not problems:
        return []
    kinds: dict[str, list[dict[str, Any]]] = {}
    for problem in sorted(problems, key=lambda one: SEVERITIES.index(one["severity"])):
        kinds.setdefault(problem["code"], []).append(problem)
    lines = [_("To be looked at: %(number)s.") % {"number": len(problems)}]
    for found in kinds.values():
        lines += [f"  {problem['message']}" for problem in found[:MOST_OF_A_KIND]]
        if len(found) > MOST_OF_A_KIND:
            words = _("… and %(number)s more of this kind; --json names them all.")
            lines.append("  " + words % {"number": len(found) - MOST_OF_A_KIND})
    return lines


def _figure(value: float | None) -> str:
    return "-" if value is None else str(value) if isinstance(value, int) else f"{value:.3g}"


def _between(edges: Any) -> str:
    low, high = edges
    return f"{_figure(low)}–{'∞' if high is None else _figure(high)}"


def _plain(value: Any) -> str:
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value))
    return value.isoformat() if isinstance(value, date) else str(value)
