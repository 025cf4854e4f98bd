"""Figures of contacts (密接、次密接) and of the letters about them (协查函)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from django.db.models import Case, F, Model, OuterRef, PositiveSmallIntegerField, QuerySet, Subquery, Value, When
from django.utils.translation import gettext_noop

from chainbreak.investigation.models import Contact, LetterEvent, LetterPerson
from chainbreak.investigation.selectors.contact import contacts

from ..wording import en_number
from .context import Context
from .figure import Answer, Definition, Records, nothing, register

COLUMNS = (
    ("person__number", gettext_noop("person number")),
    ("degree_then", gettext_noop("degree")),
    ("state", gettext_noop("state")),
    ("state_since", gettext_noop("since")),
    ("source_case__number", gettext_noop("case number")),
    ("last_exposure_at", gettext_noop("last exposure")),
)


def traced(context: Context, degree: int | None = None) -> QuerySet[Contact]:
    """Confirmed contacts as of then, each person once at the highest degree held by then, with `degree_then`."""
    found = contacts(context.derivation, context.as_of).annotate(
        degree_then=Case(
            When(degree=1, first_degree_from__gte=context.as_of, then=Value(2)),
            default=F("degree"),
            output_field=PositiveSmallIntegerField(),
        )
    )
    if not context.settings["contact"]["keep_converted"]:
        found = found.exclude(state="converted_to_case")
    return found if degree is None else found.filter(degree_then=degree)


def known(context: Context) -> bool:
    """Whether anything is known of contacts: without any, a zero would claim a search that never was."""
    return context.once("contacts_known", lambda: context.derivation.contacts.exists())


def covered(context: Context, degree: int) -> QuerySet[Contact]:
    """Contacts named in a letter that is out: sent, and not returned."""
    state = (
        LetterEvent.objects.known_at(context.as_known)
        .filter(letter=OuterRef("letter"), at__lt=context.as_of)
        .order_by("-at", "-pk")
        .values("state")[:1]
    )
    persons = (
        LetterPerson.objects.known_at(context.as_known)
        .filter(letter__outbreak=context.outbreak)
        .annotate(letter_state=Subquery(state))
        .filter(letter_state__in=context.settings["contact"]["letter_sent_states"])
    )
    return traced(context, degree).filter(person__in=persons.values("person"))


def _cumulative(context: Context, *, degree: int) -> Answer:
    if not known(context):
        return nothing("no_facts")
    n = traced(context, degree).count()
    if degree == 1:
        return Answer(n, f"累计排查密切接触者{n}人", f"{en_number(n)} close {_people(n, 'contact')} traced to date")
    return Answer(n, f"次密切接触者{n}人", f"{en_number(n)} {_people(n, 'contact')} of contacts")


def _letters(context: Context, *, degree: int) -> Answer:
    if not known(context):
        return nothing("no_facts")
    n = covered(context, degree).count()
    if degree == 1:
        return Answer(
            n, f"其中{n}名密切接触者已发协查函", f"letters sent for {en_number(n)} close {_people(n, 'contact')}"
        )
    return Answer(n, f"{n}名次密切接触者已发协查函", f"and for {en_number(n)} {_people(n, 'contact')} of contacts")


def _people(number: int, word: str) -> str:
    return word if number == 1 else f"{word}s"


def _records(context: Context, *, degree: int, letters: bool) -> Records:
    found: QuerySet[Model] = covered(context, degree) if letters else traced(context, degree)
    return Records(found.order_by("pk"), COLUMNS)


@register(20)
def figures(context: Context) -> Iterable[Definition]:
    """The four figures of contacts."""
    for degree in (1, 2):
        yield Definition(
            f"contact.d{degree}.cum.{{outbreak}}", "persons", "outbreak",
            partial(_cumulative, degree=degree), partial(_records, degree=degree, letters=False),
        )  # fmt: skip
    for degree in (1, 2):
        yield Definition(
            f"contact.letter.d{degree}", "persons", "outbreak",
            partial(_letters, degree=degree), partial(_records, degree=degree, letters=True),
        )  # fmt: skip
