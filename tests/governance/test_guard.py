"""Facts are never edited, whichever way a statement comes and however many rows it touches."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from chainbreak.investigation.models import TrajectorySegment
from chainbreak.registry.models import Person, Place

T0 = datetime(2022, 3, 24, 8, tzinfo=UTC)
LATER = T0 + timedelta(days=1)


@pytest.fixture
def stays(db) -> list[int]:
    person, place = Person.objects.create(number="P1"), Place.objects.create(number="PL1", kind="shop", name="a shop")
    return [
        TrajectorySegment.objects.create(
            person=person, place=place, arrived_at=T0 + n * timedelta(hours=1), left_at=LATER, recorded_at=T0
        ).pk
        for n in range(3)
    ]


def refused(sql: str, *values) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, values)
    except DatabaseError as error:
        return "never edited" in str(error)
    return False


def test_one_statement_may_supersede_many_facts_but_only_once(stays):
    assert TrajectorySegment.objects.update(superseded_at=LATER) == 3
    assert refused("UPDATE investigation_trajectorysegment SET superseded_at = %s", LATER + timedelta(days=1))
    assert refused("UPDATE investigation_trajectorysegment SET superseded_at = NULL")


def test_one_edited_fact_among_many_superseded_ones_stops_the_statement(stays):
    edit = "UPDATE investigation_trajectorysegment SET superseded_at = %s, left_at = CASE WHEN id = %s THEN {} ELSE left_at END"
    assert refused(edit.format("left_at + interval '1 microsecond'"), LATER, stays[1])
    assert TrajectorySegment.objects.filter(superseded_at__isnull=True).count() == 3
    assert not refused(edit.format("left_at"), LATER, stays[1])


def test_facts_do_not_change_their_ids(stays):
    assert refused("UPDATE investigation_trajectorysegment SET id = -id, superseded_at = %s", LATER)
    taken = stays[0] + stays[1]
    assert refused(f"UPDATE investigation_trajectorysegment SET id = {taken + 1000} - id, superseded_at = %s", LATER)


def test_a_statement_that_meets_no_fact_is_no_edit(stays):
    assert not refused("UPDATE investigation_trajectorysegment SET left_at = NULL WHERE id < 0")
