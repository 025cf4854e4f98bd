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
        "not_yours": gettext_noop("Somebody else recorded this. Ask them, or let the lead of the team correct it."),
    }
)
