"""A round being sampled, with people of its county, a site, and a device that may register swabs."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from chainbreak.api import swabs
from chainbreak.registry.models import Area, Person
from chainbreak.screening.models import Round, RoundEvent, SamplingSite
from chainbreak.screening.services import device as devices


@pytest.fixture
def now() -> datetime:
    return timezone.now().replace(microsecond=0)


@pytest.fixture
def sampling(db, now) -> Round:
    """A round that began two hours ago, with thirty people P1 … P30 in the county and one site."""
    swabs.forget()
    start = now - timedelta(hours=2)
    of = Round.objects.create(
        series="CITY", number=1, area_code="411100", start_at=start, sample_due_at=start + timedelta(hours=6),
        test_due_at=start + timedelta(hours=16),
    )  # fmt: skip
    for state, before in (("planned", 9), ("announced", 8), ("sampling", 2)):
        moment = now - timedelta(hours=before)
        RoundEvent.objects.create(round=of, state=state, at=moment, recorded_at=moment)
    Area.objects.get_or_create(code="411100", defaults={"name_zh": "某市", "name_en": "The city", "level": "city"})
    Area.objects.get_or_create(code="411122", defaults={"name_zh": "某县", "name_en": "The county", "level": "county"})
    Person.objects.bulk_create([Person(number=f"P{n}", area_code="411122101001001") for n in range(1, 31)])
    SamplingSite.objects.create(number="S-1", name_zh="一号", name_en="Site 1", area_code="411122101", tables=3)
    return of


@pytest.fixture
def send(sampling, client, now):
    """Sends a batch with a device's token through the interface and gives the answer."""
    tokens = {}

    def sent(*rows, device="D1", status=200, area="411122", **more):
        if device not in tokens:
            until = datetime.now(UTC) + timedelta(days=2)
            tokens[device] = devices.issue(device, area_code=area, until=until, actor=None, at=now)[1]
        body = {"series": "CITY", "number": 1, "site": "S-1", "rows": list(rows), **more}
        answer = client.post(
            "/api/v1/swabs:batch", json.dumps(body), content_type="application/json",
            headers={"Authorization": f"Bearer {tokens[device]}"},
        )  # fmt: skip
        assert answer.status_code == status, answer.content
        return answer.json()

    sent.tokens = tokens
    return sent


@pytest.fixture
def row(now):
    """One event as a device sends it."""

    def made(person, barcode="T-100", *, minutes=-1.0, op="swab", **more):
        at = (now + timedelta(minutes=minutes)).isoformat()
        return {"event_id": str(uuid.uuid4()), "op": op, "barcode": barcode, "at": at,
                **({"person": person} if person else {}), **more}  # fmt: skip

    return made


@pytest.fixture
def outcomes():
    """(outcome, reason) of each row of an answer."""
    return lambda answer: [(row["outcome"], row.get("reason", "")) for row in answer["rows"]]
