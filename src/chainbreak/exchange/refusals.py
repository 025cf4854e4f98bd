"""Words of the refusals of imports (导入被拒的说明)."""

from django.utils.translation import gettext_noop

from chainbreak.governance import words

REFUSALS = {
    "bad_time": gettext_noop("“%(value)s” is not a time. Write it as 2022-03-28T24:00+08:00."),
    "database_refused_rows": gettext_noop(
        "The database does not take these rows: %(rule)s. Nothing was written; check the file with its sender."
    ),
    "identity_unreadable": gettext_noop(
        "An identity cannot be opened (%(what)s): the installation's identity key is not the one it was sealed with. "
        "Put back the identity.key that belongs to this database."
    ),
    "import_undone": gettext_noop("Import %(run)s was taken back already, at %(at)s."),
    "known_in_future": gettext_noop("The rows cannot have become known at %(at)s, which has not come yet."),
    "metadata_of_sequences_only": gettext_noop(
        "--metadata belongs to genome sequences; the kind is %(kind)s. Leave it out, or import the kind sequences."
    ),
    "no_import": gettext_noop("There is no import %(run)s. The page Imports lists them with their numbers."),
    "outbreak_wanted": gettext_noop(
        "Say which outbreak the rows belong to: --outbreak CODE. There are: %(known)s. "
        "For a new one: --new-outbreak --outbreak CODE."
    ),
    "unknown_outbreak": gettext_noop("There is no outbreak “%(outbreak)s”. There are: %(known)s."),
}

words.register(REFUSALS)
