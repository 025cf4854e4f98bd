"""What can be wrong with a row in the light of what is known already: words for the closed list (入库问题)."""


def _(words: str) -> str:
    """Marks words for translation; they are translated when shown."""
    return words


_SENDER = _("Correct it in the file and import again.")
_FIRST = _("Import the file that has it first, or correct the number.")
_LOOK = _("Check the row with its sender.")

UNKNOWN = {
    "person": _("There is no person with the number “%(value)s”."),
    "place": _("There is no place with the number “%(value)s”."),
    "case": _("There is no case “%(value)s” in this outbreak."),
    "outbreak": _("There is no outbreak “%(value)s”."),
    "area": _("There is no area with the code “%(value)s”."),
    "facility": _("There is no facility with the number “%(value)s”."),
    "room": _("The facility has no room “%(value)s”."),
    "bed": _("The room has no bed “%(value)s”."),
    "site": _("There is no sampling site with the number “%(value)s”."),
    "round": _("There is no testing round “%(value)s”."),
    "tube": _("There is no tube with the barcode “%(value)s”."),
    "run": _("There is no laboratory run “%(value)s”."),
    "letter": _("There is no letter with the number “%(value)s”."),
    "fund": _("There is no fund “%(value)s”."),
}

STORING: dict[str, tuple[str, str, str]] = {
    **{f"unknown_{thing}": ("error", words, _FIRST) for thing, words in UNKNOWN.items()},
    "instant_unreadable": ("error", _("“%(value)s” is not a time."), _("Write it as 2022-03-28T08:30+08:00.")),
    "number_not_taken": ("error", _("“%(value)s” is not a number that can stand here."), _SENDER),
    "yesno_unreadable": ("error", _("“%(value)s” is neither yes nor no."), _("Write true or false.")),
    "json_unreadable": ("error", _("“%(value)s” is not JSON."), _SENDER),
    "word_not_taken": ("error", _("“%(value)s” is not one of the words for this column."), _("Use one of: %(words)s.")),
    "text_too_long": ("error", _("The text has %(length)s characters; %(limit)s fit."), _SENDER),
    "date_out_of_range": ("error", _("%(value)s cannot be right."), _SENDER),
    "recorded_in_future": (
        "error", _("It was to become known at %(value)s, which has not come yet."), _SENDER,
    ),
    "said_otherwise": ("error", _("Row %(other)s says something else about the same thing."), _("Leave one of them.")),
    "older_than_known": (
        "error", _("A later version of this is known already, and this one was never on file."), _LOOK,
    ),
    "refers_to_itself": ("error", _("It refers to itself."), _SENDER),
    "interval_without_length": ("error", _("It ends before it begins, or at the same instant."), _SENDER),
    "stations_out_of_order": ("error", _("This station comes before the one that must precede it."), _SENDER),
    "person_in_two_places": (
        "error",
        _("The person is elsewhere at this time: from %(from)s until %(until)s (row %(other)s, fact %(fact)s)."),
        _("End the other stay first, or correct the times."),
    ),
    "bed_in_two_places": (
        "error",
        _("The bed is taken at this time: from %(from)s until %(until)s (row %(other)s, fact %(fact)s)."),
        _("Give another bed, or correct the times."),
    ),
    "trajectorysegment_twice": (
        "error", _("The same stay is on file under another number (row %(other)s, fact %(fact)s)."), _LOOK,
    ),
    "swab_twice": (
        "error",
        _("The person has a swab in this round already, or the place in the tube is taken (row %(other)s, fact %(fact)s)."),
        _LOOK,
    ),
    "caseclassification_twice": (
        "error",
        _("The same class at the same instant is on file (row %(other)s, fact %(fact)s)."),
        _LOOK,
    ),
    "transmissionlink_twice": (
        "error", _("This link, or another accepted infector, is on file (row %(other)s, fact %(fact)s)."), _LOOK,
    ),
    "facility_not_safe": (
        "error", _("A facility that is ready, open or full has its layout and its safety approved."), _SENDER,
    ),
    "facility_not_open": (
        "error",
        _("The facility %(facility)s was not open at %(at)s (UTC): its state was %(state)s."),
        _("Import the facility's opening first, or correct the time."),
    ),
    "facility_without_chief": (
        "warning", _("The facility %(facility)s had no chief on duty at the admission."), _("Put a chief on duty."),
    ),
    "round_of_another_tube": ("error", _("The tube %(value)s belongs to another round."), _SENDER),
    "sampled_after_sealing": (
        "error", _("Sampled at %(sampled)s (UTC), after the tube was sealed at %(sealed)s."), _SENDER,
    ),
    "tube_too_full": ("error", _("The tube would have %(members)s members; its limit is %(limit)s."), _SENDER),
    "verified_without_run": (
        "error", _("A result without a laboratory run can only be preliminary."), _("Name the run."),
    ),
    "result_before_sampling": (
        "error", _("Reported at %(reported)s (UTC), before the last swab of the tube at %(sampled)s."), _SENDER,
    ),
    "person_not_registered": (
        "warning",
        _("The person %(value)s is not in the register; the case is taken, with a new person of that number."),
        _("Import the people first where the register has them."),
    ),
    "person_known_by_id": (
        "warning",
        _("The person %(other)s has the same identity number; both stay as they are."),
        _("Decide whether they are one."),
    ),
    "person_known_by_name": (
        "warning", _("The person %(other)s has the same name."), _("Decide whether they are one."),
    ),
    "person_has_a_case": ("error", _("This person is case “%(value)s” of the outbreak already."), _LOOK),
    "case_number_taken": (
        "warning", _("Case number %(value)s is taken; the case got number %(given)s."), _LOOK,
    ),
    "class_missing": (
        "warning", _("The case has no class; it is kept as suspected until one is known."), _("Add its class."),
    ),
    "report_time_missing": (
        "warning", _("The time of the report is missing; %(value)s is taken in its place."), _("Add the time."),
    ),
    "contact_time_missing": (
        "error", _("The time of the contact is missing, and without it nothing can follow."), _("Add the time."),
    ),
    "link_second_infector": (
        "warning",
        _("The link stays a proposal: the case has another accepted infector."),
        _("Assess the links of this case."),
    ),
    "link_closes_circle": (
        "warning",
        _("The link stays a proposal: it would close a circle of accepted links."),
        _("Assess the links of this case."),
    ),
    "sample_of_no_case": (
        "error", _("The sample “%(value)s” is that of no case of this outbreak, or of several."),
        _("Name the case in the column case_id."),
    ),
    "genome_not_alignable": (
        "error", _("The genome “%(value)s” is not like the reference %(reference)s."),
        _("Check whether it is the same pathogen and a whole genome."),
    ),
    "genome_poor": (
        "warning", _("Only %(coverage)s %% of the genome “%(value)s” was read: its distances say nothing."),
        _("Ask for the sample to be sequenced again."),
    ),
    "reference_chosen": (
        "warning", _("No reference genome is stored or named: “%(value)s”, the genome with most certain bases, gives the places."),
        _("To use another, take this import back and send the reference first, marked reference."),
    ),
    "reference_differs": (
        "error", _("The outbreak has the reference %(stored)s with other letters; “%(value)s” cannot take its place."),
        _("Take the earlier imports of genomes back first."),
    ),
    "reference_twice": (
        "error", _("The file names two references: “%(other)s” and “%(value)s”."), _("Leave one of them."),
    ),
    "metadata_without_genome": (
        "warning", _("The table speaks of %(number)s genomes that are not in the file: %(ids)s."),
        _("Ask the laboratory for them, or correct the names."),
    ),
    "database_refused": (
        "error", _("The database does not take this row: %(rule)s."), _LOOK,
    ),
}  # fmt: skip
