"""Words of the page for the doors on a phone (上门用语), handed to the page in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import pgettext


def words() -> dict[str, str]:
    """Every sentence that the page says; facts by name."""
    return {
        "none": _("You have no visits now. Ask your lead to send you to an area, then load this page again."),
        "left": _("%(left)s of %(all)s doors are left."),
        "refresh": _("Get my visits"),
        "kept_at": _("Taken along %(at)s"),
        "tube": _("Tube in hand"),
        "tube_hint": _("Scan or type the barcode of the tube"),
        "tube_set": _("Tube %(code)s in hand: %(n)s of %(of)s."),
        "tube_take": _("Take this tube"),
        "tube_first": _("Scan the tube first, then the swab can be kept with it."),
        "tube_full": _("The tube is full: %(n)s people. Seal it and take a new one."),
        "tube_bad": _("“%(code)s” is no barcode of a tube. Scan it again."),
        "seal": _("Seal the tube with %(n)s people"),
        "sealed": _("Tube %(code)s sealed with %(n)s people."),
        "sealed_before": _("Tube %(code)s was sealed before. Take a new tube."),
        "swabbed": _("swabbed at home"),
        "refused": pgettext("door", "refused"),
        "away": _("away for some time"),
        "not_found": _("nobody there"),
        "moved": _("moved away"),
        "note": _("Note (optional)"),
        "call": _("Call"),
        "no_name": _("name not on file"),
        "no_address": _("address not on file"),
        "before": _("before: %(outcome)s"),
        "told": _("%(person)s: %(outcome)s."),
        "undo": _("Take back"),
        "undone": _("%(person)s: taken back."),
        "swab_stays": _(
            "The swab is in the tube and stays there; if it was not taken, tell the lead of the testing team."
        ),
        "done": _("Done on this phone"),
        "todo": _("Still to visit"),
        "household": _("household %(number)s"),
        "not_sampler": _(
            "You do not swab yourself: write the tube of the sampler who goes with you; the sampler's table sends the swab."
        ),
        "fair": _("Nobody loses anything by having been missed or by saying no."),
        "end": _("Back home: empty this phone"),
        "ended": _("Everything has reached the server; this phone is empty."),
        "not_yet_sent": _("Not everything has been sent or settled; this phone is not emptied."),
        "not_kept": _("This phone could not keep it (no room?). Write it on paper and tell your lead."),
        "offline": _("No network: what was taken along is shown."),
        "all_sent": _("Everything has reached the server."),
        "not_sent": _("No network. %(n)s entries are safe in this phone and will be sent."),
        "sending": _("Sending %(n)s entries …"),
        "signed_out": _("You are logged out. Nothing is lost; log in and it goes on."),
        "sign_in": _("Log in"),
        "refused_title": _("The server could not take these as they are:"),
        "understood": _("Understood"),
        "reason_same_person": _("was swabbed at another table in this round; both tubes are marked, people decide"),
        "reason_tube_full": _("the tube was full"),
        "reason_after_sealing": _("the tube was sealed before this swab"),
        "reason_sealed_twice": _("another table has sealed this tube"),
        "reason_tube_of_another_round": _("the tube belongs to another round"),
        "reason_unknown_door_task": _("nobody is to be visited there in this round"),
        "reason_not_permitted": _("not in your area"),
        "reason_not_yours": _("somebody else recorded it"),
        "reason_tube_missing": _("the tube is missing"),
    }
