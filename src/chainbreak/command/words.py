"""The words of command's refusals (指挥的拒绝说明)."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from chainbreak.governance import words

REFUSALS = {
    "unknown_outbreak": gettext_noop("There is no outbreak “%(outbreak)s”. There are: %(known)s."),
    "bad_as_of": gettext_noop(
        "“%(value)s” is not a day and not an instant. Write it like 2022-03-28 or like %(example)s."
    ),
    "unknown_figure": gettext_noop("There is no figure “%(key)s” for the outbreak %(outbreak)s. There are: %(known)s."),
    "unknown_gap": gettext_noop("There is no gap list “%(kind)s”. There are: %(known)s."),
    "unknown_bulletin": gettext_noop("There is no bulletin with the number %(number)s."),
    "unknown_scenario": gettext_noop("There is no scenario with the number %(number)s."),
    "scenario_title_missing": gettext_noop("A scenario needs a title. Write one and try again."),
    "unknown_fund": gettext_noop("There is no fund “%(name)s”."),
    "bulletin_move": gettext_noop(
        "A bulletin that is %(state)s cannot become %(wanted)s. From here it can become: %(allowed)s."
    ),
    "checked_by_another": gettext_noop(
        "A bulletin is checked by somebody else than the one who computed it (%(computed_by)s). Ask a colleague."
    ),
    "figures_do_not_add_up": gettext_noop(
        "The contacts by state do not add up to the published figure: %(detail)s. Find the contacts without a state, "
        "correct them, and compute the bulletin again."
    ),
    "facts_changed": gettext_noop(
        "Facts have changed since this bulletin was computed: %(keys)s. Compute it again before it is checked."
    ),
    "small_cells_not_reviewed": gettext_noop(
        "These figures are below %(least)s and need a review before they are published: %(keys)s. "
        "Tick each one after looking at it."
    ),
    "wording_not_approved": gettext_noop(
        "The relation of case %(case)s must not be published before its wording is approved. Have it approved first."
    ),
    "not_printable": gettext_noop("These figures may not be printed yet: %(keys)s. Wait for the missing results."),
    "nothing_to_correct": gettext_noop("No figure differs from bulletin %(number)s; there is nothing to correct."),
    "bulletin_open": gettext_noop(
        "Bulletin %(number)s of this instant is still %(state)s. Finish or drop that one first."
    ),
    "bulletin_exists": gettext_noop("There is a published bulletin of this instant. Make a correction of it instead."),
    "purpose_not_of_the_fund": gettext_noop(
        "“%(purpose)s” is not a purpose of the fund “%(fund)s”. Its purposes are: %(allowed)s."
    ),
    "over_the_balance": gettext_noop(
        "%(amount)s yuan is more than the balance of the fund “%(fund)s”: %(balance)s yuan are left."
    ),
    "amount_not_positive": gettext_noop("The amount must be more than zero; got %(amount)s yuan."),
}
words.register(REFUSALS)
