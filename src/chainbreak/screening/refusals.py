"""Words of the refusals of screening (拒绝的说明)."""

from django.utils.translation import gettext_noop

from chainbreak.governance import words

words.register(
    {
        "round_move": gettext_noop(
            "The round is in the state “%(state)s” and cannot go to “%(wanted)s”. Take the steps in their order."
        ),
        "tubes_do_not_add_up": gettext_noop(
            "The round cannot be reconciled: %(differences)s. Find these tubes or wells first; every difference has "
            "to be explained on record."
        ),
    }
)
