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
        "device_unknown": gettext_noop(
            "This device is not known, its time is over, or its token was taken back. Ask the testing task force for a new one."
        ),
        "device_end": gettext_noop("A device needs an end after now and within %(days)s days. Choose another day."),
        "unknown_round": gettext_noop("There is no round %(round)s. The newest are: %(known)s."),
        "round_not_open": gettext_noop(
            "The round %(round)s takes no swabs: its state is “%(state)s”. Choose the round that is being sampled."
        ),
        "unknown_site": gettext_noop("There is no sampling site %(site)s. Check its number in the list of sites."),
        "no_table_left": gettext_noop(
            "The site %(site)s has %(left)s tables, not %(tables)s. Somebody may have moved them: look at the proposal again."
        ),
        "no_move_chosen": gettext_noop("No move was chosen. Tick those that you decide."),
        "unknown_move": gettext_noop("This move was taken back before, or there never was one."),
        "site_exists": gettext_noop(
            "There is a sampling site %(site)s already. Choose another number, or change that site."
        ),
        "unknown_door_task": gettext_noop("Nobody is to be visited there: the visit was taken back, or never planned."),
        "nobody_to_visit": gettext_noop("Nobody of this area was missed, or all have somebody who goes there."),
        "worker_not_fit": gettext_noop("%(worker)s cannot knock on doors there: no role for it in this area now."),
        "tube_missing": gettext_noop("A swab at home needs its tube: scan the tube first."),
        "outside_area": gettext_noop("The area %(area)s is not one this device works in. Use a device of that area."),
        "overloaded": gettext_noop(
            "Too much is waiting to be taken in. Send the same batch again in %(seconds)s seconds."
        ),
        "run_without_number": gettext_noop("The file does not name its run. Give the number of the run."),
        "controls_failed": gettext_noop(
            "The plate does not count: %(why)s. Run it again; its tubes stay without a result that holds."
        ),
        "tube_not_received": gettext_noop(
            "The tube %(tube)s is not where this could be done with it. Look at its stations first."
        ),
        "shipment_exists": gettext_noop("There is a box %(number)s with other tubes already. Use another number."),
        "shipment_empty": gettext_noop(
            "None of these tubes can go: not known %(unknown)s; not sealed %(not_sealed)s; in another box %(elsewhere)s."
        ),
        "count_differs": gettext_noop("%(counted)s tubes were counted and %(scanned)s scanned. Count and scan again."),
        "laboratory_file": gettext_noop(
            "The laboratory's file cannot be read (%(why)s: %(where)s). Nothing was taken in. Correct it and send it again."
        ),
        "round_deadlines": gettext_noop(
            "A round begins after now, is sampled first and tested by then or later, within 30 days. It was to begin at %(start)s."
        ),
        "round_exists": gettext_noop(
            "The round %(round)s is on record and not a draft any more. Take the next number of the series."
        ),
        "unknown_plan": gettext_noop("The round %(round)s was not planned here. Plan a round first."),
        "preview_gone": gettext_noop(
            "The file looked at is not here any more. Choose it once more; nothing was taken in."
        ),
        "roll_settled": gettext_noop(
            "The roll of %(round)s does not move: the round is not announced yet, or it is reconciled."
        ),
        "tube_taken": gettext_noop("The tube %(tube)s is on record already. Take a new tube and scan its barcode."),
        "unknown_order": gettext_noop("There is no order %(number)s as it stands now. Open the list again."),
        "order_ended": gettext_noop("%(number)s has a result of an own test already. Nothing is left to do here."),
        "swab_before_order": gettext_noop(
            "The own swab is taken after the person was held (%(held)s) and not in the future. Correct its time."
        ),
        "placement_empty": gettext_noop(
            "There are %(points)s places with people and %(sites)s possible sites with coordinates. At least one of each is wanted."
        ),
        "placement_too_large": gettext_noop(
            "%(points)s places with people and %(sites)s sites are too many at once (at most %(most)s pairs). Plan county by county."
        ),
        "unknown_shipment": gettext_noop("There is no box %(number)s. Check its number in the list of boxes."),
        "unknown_lab_run": gettext_noop("There is no run %(number)s. Check its number in the list of runs."),
        "unknown_tube": gettext_noop("There is no tube %(tube)s. Check its barcode."),
        "conflict_gone": gettext_noop("This conflict was decided before, or what it was about is not there any more."),
    }
)
