"""Words of the refusals of investigation (拒绝的说明)."""

from django.utils.translation import gettext_noop

from chainbreak.governance import words

words.register(
    {
        "unknown_interview": gettext_noop("There is no such interview. Open the case file and begin one there."),
        "too_many_entries": gettext_noop("More than %(most)s entries at once. Send them in smaller parts."),
        "interview_closed": gettext_noop(
            "This interview was closed: it has become facts. Correct those in the case file."
        ),
        "not_a_positive": gettext_noop(
            "The tube %(tube)s is no single test with a verified positive result, or it was corrected since. A pool opens no case."
        ),
        "interview_empty": gettext_noop("Nothing was told yet that could become a fact. Go on with the interview."),
        "bad_entry": gettext_noop("This entry cannot be taken: %(part)s is missing or has not the form it must have."),
    }
)
