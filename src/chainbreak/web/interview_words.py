"""Words of the interview on a phone (手机流调用语), handed to the page in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext as _


def words() -> dict[str, str]:
    """Every sentence that the phone says; facts by name."""
    return {
        "intro": _("Case %(case)s, person %(person)s. Begin with the last day and go back."),
        "day_sum": _("%(stays)s stays, %(met)s people met"),
        "complete": _("complete"),
        "not_complete": _("not complete"),
        "no_window": _("No infectious window can be laid: the case has neither onset nor positive sample on file."),
        "end": _("End of the interview"),
        "onset": _("First day of symptoms (empty: none)"),
        "keep": _("Keep"),
        "kept": _("Kept."),
        "add_person": _("Who was there?"),
        "all_days": _("All days"),
        "nothing_yet": _("Nothing told of this day yet."),
        "where_else": _("Where else that day?"),
        "day_complete": _("This day is complete"),
        "day_complete_next": _("This day is complete; on to %(day)s"),
        "kind": _("Kind of place"),
        "place": _("Name of the place"),
        "place_hint": _("Pick one on file or write it: street, house, floor."),
        "from": _("From"),
        "until": _("Until"),
        "until_hint": _("Earlier than the beginning: on the next day."),
        "certainty": _("How sure?"),
        "certain": _("certain"),
        "probable": _("probable"),
        "possible": _("possible"),
        "remove": _("Remove"),
        "missing": _("The name of the place and both times are needed. Ask for a guess and mark it as possible."),
        "no_length": _("Beginning and end are the same. How long was it, about?"),
        "new_stay": _("A stay"),
        "change_stay": _("Change the stay"),
        "named_before": _("Named before?"),
        "somebody_new": _("somebody new"),
        "name": _("Name"),
        "phone": _("Phone"),
        "more": _("More: identity number, person number, note"),
        "id_number": _("Identity number"),
        "person": _("Person number"),
        "note": _("Note"),
        "setting": _("How were they together?"),
        "protected": _("Effective protection all the time (both wore N95)"),
        "name_missing": _("A name or a person number is needed. Not known: write what is, “the driver of bus 7” say."),
        "who_at": _("Who was at %(place)s?"),
        "sum": _("%(stays)s stays and %(met)s people were named."),
        "days_open": _("Not complete yet: %(days)s"),
        "comma": _(", "),
        "wait_for_network": _(
            "Some of it has not reached the server. Go where there is a network; this page goes on by itself."
        ),
        "preview_next": _("Next: what this makes of contacts. Nothing becomes a fact before you confirm."),
        "preview": _("Show what this makes"),
        "choose": _("Interviews in this phone:"),
        "none": _("No interview in this phone. Open a case file and begin one there."),
        "not_here": _(
            "This interview is not in this phone, and there is no network to fetch it. Try again where there is one."
        ),
        "closed": _("This interview has become facts. It has been deleted from this phone."),
        "all_sent": _("Everything has reached the server."),
        "not_sent": _("No network. %(n)s entries are safe in this phone and will be sent."),
        "sending": _("Sending %(n)s entries …"),
        "signed_out": _("You are logged out. Nothing is lost; log in and it goes on."),
        "sign_in": _("Log in"),
        "refused": _("%(n)s entries were not taken: %(codes)s. Open them and correct them."),
        "code_interview_closed": _("the interview was closed meanwhile"),
        "code_bad_entry": _("a part is missing or too long"),
        "code_event_used": _("the number of the message was used before"),
    }
