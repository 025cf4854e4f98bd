"""What takes seconds over a whole roll is counted in the background (轮次分类计数): households, sites, progress."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from ..models import Round, RoundCount

_HOUSEHOLD = """
SELECT CASE WHEN p.household_id IS NULL THEN 'none'
        WHEN place.kind IN ('dormitory', 'facility', 'care_home', 'school', 'construction_site') THEN 'together'
        WHEN h.n = 1 THEN 'one' WHEN h.n <= 4 THEN 'few' ELSE 'many' END,
    count(*), count(s.person_id)
FROM screening_rollentry r JOIN registry_person p ON p.id = r.person_id
LEFT JOIN (SELECT household_id, count(*) AS n FROM registry_person WHERE household_id IS NOT NULL GROUP BY 1) h
    ON h.household_id = p.household_id
LEFT JOIN registry_household home ON home.id = p.household_id LEFT JOIN registry_place place ON place.id = home.place_id
LEFT JOIN screening_swab s ON s.person_id = r.person_id AND s.round_id = r.round_id AND s.purpose = 'mass_round'
    AND s.superseded_at IS NULL
WHERE r.round_id = %(round)s AND r.exclusion IS NULL GROUP BY 1
"""
_SITE = """
SELECT coalesce(o.number, ''), 0, count(*) FROM screening_swab s JOIN screening_tube t ON t.id = s.tube_id
LEFT JOIN screening_samplingsite o ON o.id = t.site_id
WHERE s.round_id = %(round)s AND s.purpose = 'mass_round'
    AND s.superseded_at IS NULL GROUP BY 1
"""
_TIME = """
SELECT extract(epoch FROM date_bin('10 minutes', sampled_at, %(start)s))::bigint::text, 0, count(*)
FROM screening_swab WHERE round_id = %(round)s AND purpose = 'mass_round' AND superseded_at IS NULL GROUP BY 1
"""


def count(of: Round, *, at: datetime) -> int:
    """Count a round and keep the counts; how many rows. Households are left out while the register has none."""
    asked = {RoundCount.What.SITE: _SITE, RoundCount.What.TIME: _TIME}
    rows = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM registry_household)")
        if cursor.fetchone()[0]:
            asked[RoundCount.What.HOUSEHOLD] = _HOUSEHOLD
        for what, sql in asked.items():
            cursor.execute(sql, {"round": of.pk, "start": of.start_at})
            rows += [
                RoundCount(round=of, what=what, key=key, due=due, sampled=sampled, counted_at=at)
                for key, due, sampled in cursor.fetchall()
            ]
    begin = str(int(of.start_at.timestamp()))
    if not any(
        row.what == RoundCount.What.TIME and row.key == begin for row in rows
    ):  # a round nobody was swabbed in yet
        rows.append(RoundCount(round=of, what=RoundCount.What.TIME, key=begin, counted_at=at))
    with transaction.atomic():
        RoundCount.objects.filter(round=of).delete()
        RoundCount.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)
