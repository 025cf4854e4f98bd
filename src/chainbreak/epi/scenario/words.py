"""The sentences behind a scenario's codes (情景用语); each face says them in its reader's language."""

from __future__ import annotations

from collections.abc import Callable

from chainbreak.epi.scenario.value import ScenarioError


def gettext_noop(sentence: str) -> str:
    """Marks a sentence for translation where it is written."""
    return sentence


ERRORS = {
    "not_yaml": gettext_noop("Row %(row)s: is not YAML: %(said)s. Correct the row."),
    "not_named": gettext_noop(
        "The file holds no named values. Write a name, a colon and a value in each row, as r0: 2.5"
    ),
    "unknown_name": gettext_noop("There is no parameter %(name)s; the nearest is %(nearest)s. Correct the name."),
    "unknown_key": gettext_noop("%(name)s is not understood there; the nearest is %(nearest)s. Correct the name."),
    "unknown_parameter": gettext_noop("%(name)s: there is no published parameter of that name: %(said)s."),
    "unknown_preset": gettext_noop("There is no preset %(name)s. There are: %(known)s."),
    "twice": gettext_noop("%(name)s is given twice. Remove one."),
    "missing": gettext_noop("%(name)s is missing: %(meaning)s. Add it, or start from a preset."),
    "wrong_value": gettext_noop("%(name)s is %(value)s; wanted: %(wanted)s."),
    "wrong_interval": gettext_noop(
        "%(name)s is %(value)s; wanted: low, mean and high in that order, and a level between 0 and 1."
    ),
    "wrong_delay": gettext_noop(
        "%(name)s is no delay: %(said)s. Give days, or a distribution with mean and sd, or values that were measured."
    ),
    "wrong_control": gettext_noop(
        "Control is looked at from day %(controlled_from_day)s up to day %(controlled_until_day)s, of %(days)s days that "
        "are simulated. Give days in that order."
    ),
    "too_many": gettext_noop("%(runs)s runs of %(days)s days do not fit into memory. Ask for at most %(most)s runs."),
}
WANTED = {
    "a share": gettext_noop("a share from %(least)s to %(most)s"),
    "a whole number": gettext_noop("a whole number from %(least)s to %(most)s"),
    "a number": gettext_noop("a number from %(least)s to %(most)s"),
    "true or false": gettext_noop("true or false"),
    "short or long": gettext_noop("short or long"),
    "days": gettext_noop("days from 0"),
    "names below": gettext_noop("names with values below it"),
    "a curve": gettext_noop("the name of a curve, or days (rising) and values (shares)"),
    "test days": gettext_noop("rising days of the stay, from 1"),
    "above 0": gettext_noop("a number above 0"),
}
NOTES = {
    "only_infected_contacts": gettext_noop(
        "contacts_per_case is not given: rooms, transfers and tests count infected contacts only."
    ),
    "capped": gettext_noop(
        "Some runs reached the cap of infections and end there; from the day on which more than one in twenty has, high "
        "bands are open."
    ),
    "few_runs": gettext_noop("Fewer than 1000 runs: probabilities are uncertain by their standard error."),
    "rounds_without_people": gettext_noop(
        "rounds.people is not given: rounds find infected people, but their swabs and tubes are not counted."
    ),
}


def sentence(error: ScenarioError, gettext: Callable[[str], str]) -> str:
    """What is wrong and what to do next, in the language of `gettext`."""
    facts = {name: _plain(value) for name, value in error.facts.items()}
    for name in ("wanted", "meaning"):
        if name in facts:
            found = WANTED.get(str(facts[name]), str(facts[name]))
            facts[name] = gettext(found) % facts if name == "wanted" else gettext(found)
    return gettext(ERRORS[error.code]) % facts


def _plain(value: object) -> object:
    return f"{value:g}" if isinstance(value, float) else value
