"""Words of the refusals of access, accounts, audit and retention, and of the doors (拒绝的说明)."""

from django.utils.translation import gettext_noop

from . import words

REFUSALS = {
    "view_name_missing": gettext_noop("A saved filter needs a name. Write one and save again."),
    "too_many_views": gettext_noop("You have %(most)s saved filters for this list. Take one away first."),
    "unknown_view": gettext_noop("You have no such saved filter."),
    "account_closed": gettext_noop("The account %(username)s is closed. Open it again first."),
    "account_exists": gettext_noop("There is an account %(username)s already. Choose another name."),
    "bad_account_name": gettext_noop(
        "“%(username)s” cannot be the name of an account. Use letters, digits and @ . + - _ only, at most 150."
    ),
    "bad_day": gettext_noop("“%(value)s” is not a day. Write it like %(example)s."),
    "bad_retention": gettext_noop(
        "The setting CHAINBREAK_RETENTION cannot be read at “%(part)s”. "
        "Write name=days, separated by commas; the names are: %(known)s."
    ),
    "grant_over": gettext_noop("This role has ended already."),
    "grant_too_long": gettext_noop("A role lasts at most %(most)s days. Choose an earlier end; it can be renewed."),
    "grant_without_end": gettext_noop("A role needs an end after its beginning. Choose a later day."),
    "head_malformed": gettext_noop(
        "“%(head)s” is not the hash of an audit entry. It has 64 digits, 0-9 and a-f; copy it as it was printed."
    ),
    "name_or_number_wanted": gettext_noop("Give the name, the identity number or the phone as one of the identifiers."),
    "not_oneself": gettext_noop("Nobody gives a role to themselves. Ask another administrator."),
    "other_purpose": gettext_noop(
        "Data of the outbreak serve no other purpose than your team's (%(allowed)s); asked for: %(purpose)s. "
        "This request is on record for the auditor."
    ),
    "retention_out_of_bounds": gettext_noop(
        "Retention of %(rule)s must be between %(floor)s and %(ceiling)s days; the setting says %(days)s. "
        "Correct CHAINBREAK_RETENTION."
    ),
    "same_person": gettext_noop("This needs a second person (%(deed)s); you were the first. Ask a colleague."),
    "same_unit": gettext_noop("This needs a second person from another team (%(deed)s). Ask a colleague there."),
    "too_many_found": gettext_noop(
        "%(found)s persons fit, more than %(most)s are not shown. Add another identifier, for example the birth date."
    ),
    "two_identifiers": gettext_noop("A search needs at least two identifiers, for example name and phone."),
    "unknown_account": gettext_noop("There is no account %(username)s. See the list: chainbreak account list."),
    "unknown_grant": gettext_noop("There is no such role any more. Open the list of teams again."),
    "unknown_role": gettext_noop("There is no role %(role)s. The roles are: %(known)s."),
    "unknown_rule_pack": gettext_noop("There is no rule pack %(pack)s. There are: %(known)s."),
    "unknown_team": gettext_noop("There is no team %(team)s. See the list of teams."),
}


def register() -> None:
    """Make the words known to every face."""
    words.register(REFUSALS)
