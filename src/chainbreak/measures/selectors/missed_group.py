"""Easily missed groups (易漏检人群): those a round has missed, matched with other registers and with earlier rounds.

A person may be in several groups. A group is a hint for whoever visits, never a reason for anything against the person.
"""

from __future__ import annotations

import tomllib
from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from chainbreak.registry.selectors.area import stem_of
from chainbreak.screening.models import Round

GROUPS = {
    "arrived": _("arrived lately"),
    "discharged": _("lately back from a facility or hospital"),
    "over_age": _("old age"),
    "child": _("small child"),
    "care": _("needs care"),
    "missed_before": _("missed in the round before"),
}

_TESTS = """
    EXISTS (SELECT FROM measures_arrival a WHERE a.person_id = m.id AND a.superseded_at IS NULL
        AND a.arrived_at > %(arrived)s AND a.arrived_at <= %(at)s) AS arrived,
    EXISTS (SELECT FROM measures_stay y WHERE y.person_id = m.id AND y.superseded_at IS NULL
        AND y.ended_at > %(discharged)s AND y.ended_at <= %(at)s) AS discharged,
    coalesce(m.birth_year <= %(old)s, false) AS over_age,
    coalesce(m.birth_year > %(young)s, false) AS child,
    EXISTS (SELECT FROM registry_careneed c WHERE c.person_id = m.id) AS care,
    %(before)s::bigint IS NOT NULL
        AND EXISTS (SELECT FROM screening_rollentry e WHERE e.round_id = %(before)s AND e.person_id = m.id AND e.exclusion IS NULL)
        AND NOT EXISTS (SELECT FROM screening_swab s WHERE s.round_id = %(before)s AND s.person_id = m.id
            AND s.purpose = 'mass_round' AND s.superseded_at IS NULL) AS missed_before
"""
_COUNTS = f"""
WITH m AS MATERIALIZED (
    SELECT p.id, p.birth_year FROM registry_person p
    JOIN screening_rollentry r ON r.round_id = %(round)s AND r.person_id = p.id AND r.exclusion IS NULL
    WHERE p.area_code >= %(low)s COLLATE "C" AND p.area_code < %(high)s COLLATE "C"
      AND NOT EXISTS (SELECT FROM screening_swab s WHERE s.person_id = p.id AND s.round_id = %(round)s
          AND s.purpose = 'mass_round' AND s.superseded_at IS NULL)),
    t AS (SELECT {_TESTS} FROM m)
SELECT {", ".join(f"count(*) FILTER (WHERE {name})" for name in GROUPS)}, count(*) FROM t
"""
_OF_PEOPLE = f"SELECT m.id, {_TESTS} FROM registry_person m WHERE m.id = ANY(%(people)s::bigint[])"


@cache
def limits() -> dict[str, int]:
    """The numbers that make a group, by name."""
    text = resources.files("chainbreak.epi").joinpath("missed_group.toml").read_text(encoding="utf-8")
    return {name: int(row["value"]) for name, row in tomllib.loads(text).items()}


def counts(of: Round, area: str, *, at: datetime) -> dict[str, int]:
    """How many of those missed in an area are in each group, and `all` of them."""
    stem = stem_of(area)
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, {**_facts(of, at), "low": stem, "high": stem + ":"})
        return dict(zip([*GROUPS, "all"], cursor.fetchone(), strict=True))


def of_people(of: Round, people: list[int], *, at: datetime) -> dict[int, list[str]]:
    """Person's id → the groups the person is in."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_PEOPLE, {**_facts(of, at), "people": people})
        return {
            row[0]: [name for name, holds in zip(GROUPS, row[1:], strict=True) if holds] for row in cursor.fetchall()
        }


def _facts(of: Round, at: datetime) -> dict[str, Any]:
    limit, year = limits(), of.start_at.year
    before = (
        Round.objects.filter(area_code=of.area_code, start_at__lt=of.start_at).order_by("-start_at").values_list("pk", flat=True).first()
    )  # fmt: skip
    return {
        "round": of.pk, "before": before, "at": at, "old": year - limit["over_age"], "young": year - limit["child_under"],
        "arrived": of.start_at - timedelta(days=limit["arrived_days"]),
        "discharged": of.start_at - timedelta(days=limit["discharged_days"]),
    }  # fmt: skip
