"""`chainbreak pooling`: what a round of pooled testing needs and misses, and the best pool (混采测算)."""

from __future__ import annotations

import argparse
import json
import math
import sys
from dataclasses import asdict
from typing import Any

from chainbreak.epi import pooling, rulepack
from chainbreak.jobs.words import gettext as _
from chainbreak.jobs.words import gettext_noop

HELP = gettext_noop("tubes, retests and missed infections of a round of pooled testing, and the best pool")
NEEDS = "files"
PACK = "covid19-cn-v8"
MOST = 10_000_000_000  # people: more than there are


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--prevalence",
        required=True,
        type=_share,
        metavar="P",
        help=_("share of the people who are infected, 0 to 1 or with %%"),
    )
    parser.add_argument(
        "--pool", type=_count, metavar="N", help=_("swabs in one tube; without it, the best that the rules permit")
    )
    parser.add_argument(
        "--sensitivity",
        type=_share,
        default=1.0,
        metavar="S",
        help=_("probability that an infected swab's test is positive"),
    )
    parser.add_argument(
        "--specificity",
        type=_share,
        default=1.0,
        metavar="S",
        help=_("probability that a tube without infection is negative"),
    )
    parser.add_argument("--people", type=_count, metavar="N", help=_("people to be tested"))
    parser.add_argument(
        "--dilution",
        type=_share,
        default=0.0,
        metavar="D",
        help=_("loss by dilution (Hwang): 0 none, as for swabs put into one tube; 1 complete"),
    )
    parser.add_argument(
        "--largest",
        type=_count,
        metavar="N",
        help=_("most swabs permitted in one tube; without it, as in the rule pack"),
    )
    parser.add_argument("--json", action="store_true", help=_("one JSON document on standard output"))


def run(args: argparse.Namespace) -> int:
    largest = args.largest or int(rulepack.load(PACK).value("pool.largest"))
    try:
        test = pooling.Assay(args.sensitivity, args.specificity, args.dilution)
    except ValueError:
        words = _("sensitivity and specificity must sum to more than 1, else the test tells nothing.")
        print(words, file=sys.stderr)
        return 2
    answer = answer_of(args.prevalence, args.pool, args.people, test, largest)
    print(json.dumps(answer, ensure_ascii=False) if args.json else sentence_of(answer))
    return 0


def answer_of(
    prevalence: float, pool: int | None, people: int | None, test: pooling.Assay, largest: int
) -> dict[str, Any]:
    """The reply: the question as understood, the round (counts only where `people` are given), the best pools."""
    best = pooling.best_pool_size(prevalence, test)
    permitted = pooling.best_pool_size(prevalence, test, largest=largest)
    pool = pool or permitted
    found = asdict(pooling.expected_round(people or 1, prevalence, pool, test))
    counts = ("tubes", "positive_tubes", "retests", "tests", "infected", "found", "missed", "false_positives")
    per_person = found["tests_per_person"]
    return {
        "people": people,
        "pool": pool,
        "prevalence": prevalence,
        "sensitivity": test.sensitivity,
        "specificity": test.specificity,
        "dilution": test.dilution,
        # with people: both stages with the last tube not full; without: the formula
        "tests_per_person": found["tests"] / people if people else per_person,
        **{name: found[name] if people else None for name in counts},
        "p_missed": 1 - float(pooling.pool_sensitivity(prevalence, pool, test)) * test.sensitivity,
        "best_pool": best,
        "best_pool_tests_per_person": _cost(prevalence, best, test),
        "relative_cost_percent": round(100 * _cost(prevalence, best, test)),
        "largest_permitted": largest,
        "best_permitted_pool": permitted,
        "best_permitted_tests_per_person": _cost(prevalence, permitted, test),
    }


def sentence_of(answer: dict[str, Any]) -> str:
    """The reply in words."""
    lines = [
        _("%(pool)s in one tube: %(tests)s tests for each person; %(missed)s %% of the infected are missed.")
        % {
            "pool": answer["pool"],
            "tests": f"{answer['tests_per_person']:.4f}",
            "missed": f"{100 * answer['p_missed']:.2f}",
        }
    ]
    if answer["people"]:
        words = _(
            "%(people)s people: %(tubes)s tubes, about %(positive)s of them positive, %(retests)s retests, "
            "%(missed)s of %(infected)s infected missed."
        )
        counts = {name: _number(answer[key]) for name, key in _SHOWN.items()}
        lines.append(words % counts)
    if answer["best_pool"] == 1:
        lines.append(_("At this prevalence pooling saves no tests."))
    else:
        words = _(
            "Fewest tests: %(best)s in one tube (%(tests)s for each person); with at most %(largest)s: %(permitted)s."
        )
        facts = {
            "best": answer["best_pool"],
            "tests": f"{answer['best_pool_tests_per_person']:.4f}",
            "largest": answer["largest_permitted"],
            "permitted": answer["best_permitted_pool"],
        }
        lines.append(words % facts)
    return "\n".join(lines)


_SHOWN = {
    "people": "people",
    "tubes": "tubes",
    "positive": "positive_tubes",
    "retests": "retests",
    "missed": "missed",
    "infected": "infected",
}


def _cost(prevalence: float, pool: int, test: pooling.Assay) -> float:
    """Tests for each person; single tubes without a second stage cost one each."""
    return 1.0 if pool == 1 else float(pooling.n_tests_per_person(prevalence, pool, test))


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _share(text: str) -> float:
    plain = text.strip()
    scale = 1.0
    if plain.endswith(("%", "\uff05")):
        plain, scale = plain[:-1], 100.0
    try:
        value = float(plain) / scale
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(_("must be a number from 0 to 1, or from 0%% to 100%%; got %s") % text)
    return value


def _count(text: str) -> int:
    try:
        value = int(text.replace(",", ""))
    except ValueError:
        value = 0
    if not 1 <= value <= MOST:
        raise argparse.ArgumentTypeError(_("must be a whole number from 1 up; got %s") % text)
    return value
