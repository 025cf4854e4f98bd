"""Corrections (更正): a fact is replaced or withdrawn, never edited."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model

from ..models import Correction, Fact, User
from ..refusal import Refused
from . import audit

F = TypeVar("F", bound=Fact)


def record(
    model: type[F],
    *,
    known_at: datetime,
    actor: User | None,
    key: str | None = None,
    trial: bool = False,
    **fields: Any,
) -> F:
    """A new fact, known from `known_at` on; `trial` as for `correct`."""
    fact = model(key=key, recorded_at=known_at, first_recorded_at=known_at, recorded_by=actor, **fields)
    fact.save()
    if not trial:
        audit.record(f"{model._meta.model_name}.recorded", subject=_subject(fact), actor=actor, at=known_at)
    return fact


def correct(fact: F, *, at: datetime, actor: User | None, reason: str, trial: bool = False, **changes: Any) -> F:
    """A new version of a fact with other values; the old one stays and is marked as superseded.

    Args:
        trial: for a preview that is rolled back: nothing goes to the audit, whose lock others would wait for.

    Raises:
        Refused("already_superseded"): somebody corrected this version before.
        Refused("reason_missing"): a correction needs a reason.
        Refused("nothing_changes"): the new values are the old ones.
    """
    if not reason.strip():
        raise Refused("reason_missing")
    before = {name: _plain(getattr(fact, name)) for name in changes}
    if all(_plain(value) == before[name] for name, value in changes.items()):
        raise Refused("nothing_changes")
    with transaction.atomic():
        _supersede(fact, at)
        values = {
            field.attname: getattr(fact, field.attname) for field in fact._meta.concrete_fields if not field.primary_key
        }
        new = type(fact)(**{**values, "superseded_at": None, "recorded_at": at})
        new.recorded_by = actor
        new.import_run = None
        for name, value in changes.items():
            setattr(new, name, value)
        new.save(force_insert=True)
        if not trial:
            said = {name: [before[name], _plain(value)] for name, value in changes.items()}
            _note(fact, new, at=at, actor=actor, reason=reason, changes=said)
    return new


def withdraw(fact: Fact, *, at: datetime, actor: User | None, reason: str, trial: bool = False) -> None:
    """The fact was wrong altogether: from `at` on it is not known any more; `trial` as for `correct`.

    Raises:
        Refused("already_superseded"), Refused("reason_missing"): as for `correct`.
    """
    if not reason.strip():
        raise Refused("reason_missing")
    with transaction.atomic():
        _supersede(fact, at)
        if not trial:
            _note(fact, None, at=at, actor=actor, reason=reason, changes={})


def _supersede(fact: Fact, at: datetime) -> None:
    updated = type(fact).objects.filter(pk=fact.pk, superseded_at__isnull=True).update(superseded_at=at)
    if not updated:
        raise Refused("already_superseded")


def _note(old: Fact, new: Fact | None, *, at: datetime, actor: User | None, reason: str, changes: dict) -> None:
    Correction.objects.create(
        table_name=old._meta.db_table,
        old_id=old.pk,
        new_id=new and new.pk,
        reason=reason,
        changes=changes,
        at=at,
        by=actor,
    )
    act = "corrected" if new else "withdrawn"
    audit.record(f"{old._meta.model_name}.{act}", subject=_subject(old), actor=actor, at=at, detail={"reason": reason})


def _subject(fact: Fact) -> str:
    return f"{fact._meta.db_table}:{fact.pk}"


def _plain(value: Any) -> Any:
    if isinstance(value, Model):
        return value.pk
    return value.isoformat() if hasattr(value, "isoformat") else value
