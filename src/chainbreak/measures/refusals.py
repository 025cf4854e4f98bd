"""Words of the refusals of measures (拒绝的说明)."""

from django.utils.translation import gettext_noop

from chainbreak.governance import words

words.register(
    {
        "not_under_watch": gettext_noop(
            "%(number)s is under no measure at that time; there is nobody to follow up. Look at the person's stays."
        ),
        "symptoms_missing": gettext_noop("Symptoms were told, but none is ticked. Tick at least one."),
        "temperature_odd": gettext_noop("%(value)s °C cannot be right. Read it again, or leave it empty."),
        "unknown_follow_up": gettext_noop("There is no such follow-up any more; it may have been taken back."),
        "unknown_appeal": gettext_noop("There is no appeal %(number)s. Read the receipt number again."),
        "appeal_without_words": gettext_noop("Nothing is written. Say in a few words what is wrong, or why."),
        "too_many_appeals": gettext_noop(
            "%(most)s appeals wait for an answer already. Read the answers first, or add to one of them by phone."
        ),
        "appeal_moved_on": gettext_noop(
            "Appeal %(number)s is by now: %(state)s. Somebody was faster; look at it again before you go on."
        ),
        "second_person_wanted": gettext_noop(
            "You have proposed or decided this appeal before. Somebody else must look at it now."
        ),
        "no_proposal": gettext_noop("Nothing is proposed any more. Look at the appeal again."),
        "measure_still_holds": gettext_noop(
            "The measure of %(number)s still follows from the facts. Correct the fact that is wrong first; "
            "if none is wrong, the appeal cannot be granted."
        ),
        "measure_unchanged": gettext_noop(
            "The measure of %(number)s is what it was. Correct the facts first, so that it becomes lighter or shorter."
        ),
        "not_yours": gettext_noop("Somebody else recorded this. Ask them, or let the lead of the team correct it."),
    }
)
