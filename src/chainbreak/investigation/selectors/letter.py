"""Letters of co-operation (协查函) as of an instant: state, persons covered, answers, and whether one is overdue."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from ..models import Letter, LetterEvent, LetterPerson, Outbreak

STATES = LetterEvent.State.choices
UNANSWERED = ("sent", "acknowledged")


def letters(outbreak: Outbreak, *, as_of: datetime, as_known: datetime | None) -> QuerySet[Letter]:
    """Letters with a step before `as_of`, annotated with `state`, `state_at`, `due_at`, `n_persons`, `n_answers`."""
    steps = LetterEvent.objects.known_at(as_known).filter(letter=OuterRef("pk"), at__lt=as_of).order_by("-at", "-pk")
    covered = LetterPerson.objects.known_at(as_known).filter(letter=OuterRef("pk")).order_by()
    answered = covered.filter(feedback_at__lt=as_of)
    return (
        Letter.objects.filter(Exists(steps), outbreak=outbreak)
        .annotate(
            state=Subquery(steps.values("state")[:1]),
            state_at=Subquery(steps.values("at")[:1]),
            due_at=Subquery(steps.filter(due_at__isnull=False).values("due_at")[:1]),
            n_persons=Subquery(covered.values("letter").annotate(n=Count("person", distinct=True)).values("n")),
            n_answers=Subquery(answered.values("letter").annotate(n=Count("person", distinct=True)).values("n")),
        )
        .order_by("pk")
    )


def overdue(found: QuerySet[Letter], as_of: datetime) -> QuerySet[Letter]:
    """Those without the answer that was due."""
    return found.filter(Q(state__in=UNANSWERED), due_at__lt=as_of)


def persons(letters: list[Letter], as_known: datetime | None) -> dict[int, list[LetterPerson]]:
    """The persons whom some letters cover, by letter."""
    found: dict[int, list[LetterPerson]] = {letter.pk: [] for letter in letters}
    rows = LetterPerson.objects.known_at(as_known).filter(letter__in=found).select_related("person")
    for row in rows.order_by("person__number"):
        found[row.letter_id].append(row)
    return found
