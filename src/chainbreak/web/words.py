"""Words of the pages: refusals, and the closed lists that are kept as codes (用语)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, gettext_noop

from chainbreak.governance import words as refusals
from chainbreak.governance.acts import Role
from chainbreak.governance.refusal import Refused
from chainbreak.governance.services.access import User
from chainbreak.governance.services.accounts import READY_ACCOUNTS

from .labels import LABELS

READY = {username: (role.value, name) for username, role, _team, name in READY_ACCOUNTS}

# code -> what is wrong and what to do next; facts by name. Rooms may also register their own (governance.words).
REFUSALS: dict[str, str] = {
    "not_permitted": gettext_noop(
        "Your role does not allow this. These roles may: %(who)s. Ask the head of your team."
    ),
    "unknown_outbreak": gettext_noop("There is no outbreak “%(outbreak)s”. There are: %(known)s."),
    "no_outbreak": gettext_noop("No outbreak has been recorded yet. Import a line list first."),
    "bad_as_of": gettext_noop(
        "“%(value)s” is not a day and not an instant. Write it like 2022-03-28 or like %(example)s."
    ),
    "unknown_case": gettext_noop("There is no case %(number)s in the outbreak %(outbreak)s."),
    "unknown_person": gettext_noop("There is no person with the number %(number)s."),
    "not_a_contact": gettext_noop(
        "%(number)s is not a contact in the outbreak %(outbreak)s by the facts known at that time."
    ),
    "labels_beyond": gettext_noop(
        "%(count)s labels from %(first)s go beyond 99999. Begin again at 1 with another beginning."
    ),
    "unknown_extract": gettext_noop("There is no extract with the number %(number)s that you asked for."),
    "extract_ended": gettext_noop("The extract %(number)s has ended. Ask for a new one."),
    "extract_not_allowed": gettext_noop("Nobody has allowed the extract %(number)s yet. It takes a second person."),
    "purpose_missing": gettext_noop("Say what it is for, in a sentence; without a purpose nobody can allow it."),
    "no_table": gettext_noop("Choose at least one table."),
    "unknown_run": gettext_noop("There is no import with the number %(number)s."),
    "unknown_facility": gettext_noop("There is no facility with the number %(number)s."),
    "already_superseded": gettext_noop(
        "Somebody has corrected this version in the meantime. Open the record again and correct the newest version."
    ),
    "reason_missing": gettext_noop("A correction needs a reason. Write why the record is changed."),
    "nothing_changes": gettext_noop("The new values are the same as the old ones; nothing was changed."),
    "unknown_fact": gettext_noop("There is no record %(number)s of that kind. Open it again from the list."),
    "contradicts_facts": gettext_noop(
        "These values cannot be true together with others on record (%(constraint)s). Look at the person's other "
        "records of that time, and correct them first."
    ),
    "second_infector": gettext_noop(
        "Case %(infectee)s has an accepted infector already: case %(infector)s. Reject that link first."
    ),
    "closes_circle": gettext_noop(
        "This link would close a circle: the cases %(cases)s would have infected one another. Reject one of the links first."
    ),
    "basis_missing": gettext_noop("A decision needs its basis. Write what it rests on."),
    "degree_never_falls": gettext_noop(
        "By the facts this is a close contact, and a degree never falls. If a fact is wrong, correct the fact."
    ),
    "import_interrupted": gettext_noop(
        "The import was interrupted, for the server or its worker was stopped. Nothing was taken in. Run it again."
    ),
    "upload_busy": gettext_noop("This file is being tried or taken in already. Wait until that has ended."),
    "mapping_gone": gettext_noop("That mapping is not there any more. Choose another one."),
    "outbreak_exists": gettext_noop(
        "There is an outbreak %(outbreak)s already. Choose it from the list, or another code."
    ),
    "bad_outbreak_code": gettext_noop(
        "“%(outbreak)s” cannot be the code of an outbreak. Use letters, digits, _ and -, at most 20, without blanks."
    ),
    "bad_area": gettext_noop("“%(area)s” is not the code of an area. Write digits, like 411100."),
    "file_missing": gettext_noop("No file was chosen. Choose a file and try again."),
    "already_undone": gettext_noop("This import was undone before; it cannot be undone twice."),
    "upload_gone": gettext_noop("The uploaded file is no longer kept. Upload it again."),
    "unknown_kind": gettext_noop("“%(kind)s” is not a kind of table. The kinds are: %(known)s."),
    "mapping_name_missing": gettext_noop("A mapping needs a name. Write one and save again."),
    "mapping_of_other_kind": gettext_noop(
        "“%(name)s” is the name of a mapping for the kind %(kind)s. Choose another name."
    ),
    "choose_one_chain": gettext_noop(
        "A picture holds one chain; %(chains)s are drawn. Choose one with “Only this chain”."
    ),
    "unreadable_text": gettext_noop("What was sent holds characters that cannot be kept. Type it again."),
    "bad_filter": gettext_noop("“%(value)s” is not a value of the filter %(name)s. Choose one from the list."),
}
refusals.register(REFUSALS)


@dataclass(frozen=True)
class Words:
    """A refusal in words, with its code for a report."""

    code: str
    text: str

    def __str__(self) -> str:
        return self.text


def words_for(refused: Refused) -> Words:
    """What is refused and what to do next, in the reader's language."""
    readable = Refused(refused.code, **{name: shown(value, name) for name, value in refused.facts.items()})
    text = refusals.sentence(readable, gettext)
    if text is None:
        facts = gettext("; ").join(f"{name}: {value}" for name, value in readable.facts.items())
        text = gettext("This is not possible (%(code)s). %(facts)s") % {"code": refused.code, "facts": facts}
    return Words(refused.code, text)


def shown(value: object, name: str = "") -> str:
    """A fact as people read it: instants in local time, lists with separators, codes in words."""
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return date_format(value, "Y-m-d")
    if name in {"who", "roles"} and isinstance(value, Iterable) and not isinstance(value, str):
        return gettext(", ").join(role(one) for one in value)
    if isinstance(value, list | tuple | set | frozenset):
        return gettext(", ").join(shown(one) for one in value)
    return str(value)


def role(code: object) -> str:
    """A role in words."""
    return str(dict(Role.choices).get(str(code), code))


def account(user: User) -> str:
    """Somebody's name; for whoever does not read Chinese a ready account is called by its role."""
    ready = READY.get(user.username)
    if ready is None or user.display_name != ready[1] or (get_language() or "").startswith("zh"):
        return str(user)
    number = user.username.removeprefix(ready[0])
    return f"{role(ready[0])} {number}".strip()


def word(list_name: str, value: object) -> str:
    """The word for a code of a closed list; the code itself where nobody has given words."""
    if value is None or value == "":
        return gettext("not known")
    return str(LABELS.get(list_name, {}).get(str(value), value))


def instant(at: datetime, *, end: bool = False) -> str:
    """A local instant; with `end`, midnight is 24:00 of the day before."""
    local = timezone.localtime(at)
    if end and local.time() == time.min:
        return date_format(local - timedelta(days=1), "Y-m-d") + " 24:00"
    return date_format(local, "Y-m-d H:i")
