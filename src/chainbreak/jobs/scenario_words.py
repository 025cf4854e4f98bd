"""The answer of `chainbreak scenario` in words (情景推演结论): how likely control is, what is needed, what breaks first."""

from __future__ import annotations

from typing import Any

from chainbreak.jobs.words import gettext as _


def of(said: dict[str, Any]) -> str:
    """The answer for a reader; the whole of it is in the document."""
    lines = [said["title"]] if said["title"] else []
    lines += [*_control(said), "", *_needs(said)]
    if said["limits"]:
        lines += ["", *_limits(said), "", *_one_more(said)]
    return "\n".join(lines)


def _control(said: dict[str, Any]) -> list[str]:
    zero = said["community_zero"]
    controlled = _(
        "Controlled (no onset on days %(from)s to %(until)s): %(p)s ± %(se)s. Died out: %(extinct)s. %(runs)s runs, seed %(seed)s."
    ) % {
        "from": said["controlled"]["from_day"],
        "until": said["controlled"]["until_day"] - 1,
        "p": percent(said["p_controlled"]),
        "se": percent(said["p_controlled_se"]),
        "extinct": percent(said["p_extinct"]),
        "runs": said["runs"],
        "seed": said["seed"],
    }
    facts = {"day": zero["goal_days"], "p": percent(zero["p"]), "day_80": zero["day_80"]}
    if zero["day_80"] is None:
        sentence = _(
            "No finding in the community after day %(day)s: %(p)s; 80 %% is not reached in the days simulated."
        )
    else:
        sentence = _("No finding in the community after day %(day)s: %(p)s; with 80 %% probability by day %(day_80)s.")
    return [controlled, sentence % facts]


def _needs(said: dict[str, Any]) -> list[str]:
    names = {
        "cases": _("cases found"),
        "rooms": _("rooms needed"),
        "tests": _("tests"),
        "interviews": _("interviews"),
        "transfers": _("transfers"),
    }
    lines = [_("Most on one day: median (5 % to 95 %)")]
    for name, word in names.items():
        middle, low, high = (_or_open(said["peak"][name][key]) for key in ("median", "q05", "q95"))
        lines.append(f"  {word}: {middle} ({low} – {high})")
    return lines


def _limits(said: dict[str, Any]) -> list[str]:
    """Which limit breaks first and when, then each of them."""
    first = said["first_to_break"]
    if first is None:
        lines = [_("No limit is reached.")]
    else:
        sentence = _("What breaks first is mostly: %(limit)s (in %(p)s of the runs, median day %(day)s).")
        lines = [
            sentence
            % {"limit": limit_name(first["limit"]), "p": percent(first["p_first"]), "day": first["day"]["median"]}
        ]
    for line in said["limits"]:
        facts = {
            "limit": limit_name(line["limit"]),
            "value": f"{line['value']:g}",
            "p": percent(line["p_reached"]),
            "day": line["day"]["median"] if line["day"] else None,
        }
        sentence = (
            _("%(limit)s, %(value)s: reached in %(p)s of the runs, then on day %(day)s (median)")
            if line["day"]
            else _("%(limit)s, %(value)s: never reached")
        )
        lines.append("  " + sentence % facts)
    return lines


def _one_more(said: dict[str, Any]) -> list[str]:
    """What more of each limit would do, with the standard error; the more helpful first."""
    lines = [_("With more of one of them, all else as it is:")]
    for line in sorted(said["one_more"], key=lambda one: (-one["p_controlled"], one["infections"])):
        facts = {
            "limit": limit_name(line["limit"]),
            "more": f"{line['more']:g}",
            "control": f"{100 * line['p_controlled']:+.1f}",
            "se": f"{100 * line['p_controlled_se']:.1f}",
            "infections": f"{line['infections']:+.1f}",
            "infections_se": f"{line['infections_se']:.1f}",
        }
        tells = abs(line["p_controlled"]) > 2 * line["p_controlled_se"] or (
            abs(line["infections"]) > 2 * line["infections_se"]
        )
        sentence = (
            _(
                "%(limit)s, %(more)s more: probability of control %(control)s ± %(se)s points, "
                "infections %(infections)s ± %(infections_se)s"
            )
            if tells
            else _(
                "%(limit)s, %(more)s more: no difference that chance would not make (control %(control)s ± %(se)s "
                "points, infections %(infections)s ± %(infections_se)s)"
            )
        )
        lines.append("  " + sentence % facts)
    return lines


def limit_name(name: str) -> str:
    """A limit as its field is called, in the reader's language, with the name in the file."""
    from chainbreak.epi.scenario.fields import BY_NAME

    return f"{_(BY_NAME[f'limits.{name}'].meaning)} ({name})"


def percent(share: float) -> str:
    """A share in percent, to one place."""
    return f"{100 * share:.1f} %"


def _or_open(value: int | None) -> str:
    return _("over the cap") if value is None else str(value)
