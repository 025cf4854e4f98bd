"""Registrations over the interface: each event once, every row answered, conflicts kept for people (E3 15)."""

from __future__ import annotations

import io
import json
import uuid
from datetime import timedelta

import pyarrow as pa
import pytest
from django.db import connection

from chainbreak.governance.models import AuditEntry
from chainbreak.screening.models import IntakeBatch, IntakeConflict, RoundEvent, Swab, SwabEvent, Tube, TubeCustody

pytestmark = pytest.mark.django_db


def test_a_tube_is_opened_filled_and_sealed(send, row, outcomes, now):
    answer = send(row(None, op="open", minutes=-1.9), row("P1"), row("P2"), row(None, op="seal", minutes=0, members=2))
    assert outcomes(answer) == [("accepted", "")] * 4
    assert [one.get("position") for one in answer["rows"]] == [None, 1, 2, None]
    tube = Tube.objects.get(barcode="T-100")
    assert (tube.round.number, tube.area_code, tube.site.number, tube.pool_limit) == (1, "411122", "S-1", 10)
    custody = TubeCustody.objects.get(tube=tube, superseded_at=None)
    assert custody.opened_at < custody.sealed_at
    assert set(Swab.objects.values_list("person__number", "purpose")) == {("P1", "mass_round"), ("P2", "mass_round")}
    batch = IntakeBatch.objects.get()
    assert (batch.swabs, batch.tubes_sealed, batch.area_code) == (2, 1, "411122")
    assert AuditEntry.objects.filter(act="swabs.taken").count() == 1


def test_an_event_counts_once_however_often_it_is_sent(send, row, outcomes):
    rows = [row("P1"), row("P2"), row(None, op="seal", minutes=0)]
    send(*rows)
    assert outcomes(send(*rows)) == [("duplicate", "")] * 3
    assert outcomes(send(*reversed(rows), device="D2")) == [("duplicate", "")] * 3
    assert outcomes(send(rows[0], rows[0], row("P3", "T-2"))) == [("duplicate", "")] * 2 + [("accepted", "")]
    assert (Swab.objects.count(), SwabEvent.objects.count()) == (3, 4)


def test_the_id_of_one_event_is_not_taken_for_another(send, row, outcomes):
    first = row("P1")
    send(first)
    assert outcomes(send({**first, "person": "P2"})) == [("refused", "event_id_used")]
    assert Swab.objects.count() == 1


def test_ids_that_are_no_uuid_count_within_their_device(send, row, outcomes):
    one, other = ({**row(person, barcode), "event_id": "17"} for person, barcode in (("P1", "T-1"), ("P2", "T-2")))
    assert outcomes(send(one, device="D1")) == outcomes(send(other, device="D2")) == [("accepted", "")]
    assert outcomes(send(one, device="D1")) == [("duplicate", "")]


def test_on_the_spot_a_table_is_told_why_not(send, row, outcomes):
    send(*(row(f"P{n}", pool_limit=5) for n in range(1, 6)))
    said = outcomes(send(row("P6"), row("P1", "T-2"), row("nobody", "T-3")))
    assert said == [("refused", "tube_full"), ("refused", "same_person"), ("refused", "unknown_person")]
    assert not Tube.objects.filter(barcode="T-3").exists()
    send(row(None, "T-2", op="seal", minutes=-1.5), row("P7", "T-2", minutes=-1.8))
    assert outcomes(send(row("P8", "T-2", minutes=-0.5))) == [("refused", "after_sealing")]
    assert outcomes(send(row("P9", "T-2", minutes=-1.7))) == [("accepted", "")]  # taken before, told after
    assert not IntakeConflict.objects.exists()


def test_what_was_swabbed_without_a_network_goes_to_people_and_is_not_thrown_away(send, row, outcomes):
    send(row("P1", "T-1", minutes=-40))
    late = [row("P1", "T-2", minutes=-30), row("typo", "T-2", minutes=-30), row("P2", "T-2", minutes=-30)]
    said = [("conflict", "same_person"), ("conflict", "unknown_person"), ("accepted", "")]
    assert outcomes(send(*late, device="D2")) == said
    assert outcomes(send(*late, device="D2")) == [("conflict", "known"), ("conflict", "known"), ("duplicate", "")]
    same = IntakeConflict.objects.get(kind="same_person")
    assert {same.tube.barcode, same.other_tube.barcode} == {"T-1", "T-2"}
    assert IntakeConflict.objects.get(kind="unknown_person").said == "typo"
    assert Swab.objects.count() == 2


def test_two_tables_that_seal_one_tube_contradict_each_other(send, row, outcomes):
    send(row("P1", minutes=-30), row(None, op="seal", minutes=-20), device="D1")
    seal = row(None, op="seal", minutes=-10)
    assert outcomes(send(seal, device="D2")) == [("conflict", "sealed_twice")]
    assert outcomes(send(row(None, op="seal", minutes=-15), device="D1")) == [("duplicate", "")]
    assert IntakeConflict.objects.get().kind == "sealed_twice"
    assert TubeCustody.objects.filter(superseded_at=None).count() == 1


@pytest.mark.parametrize("days", [3, -3])
def test_a_clock_three_days_off_does_no_harm(send, row, outcomes, now, days):
    off = timedelta(days=days)
    rows = [
        row("P1", minutes=off / timedelta(minutes=1) - 30),
        row(None, op="seal", minutes=off / timedelta(minutes=1) - 20),
    ]
    assert outcomes(send(*rows, sent_at=(now + off).isoformat())) == [("accepted", "")] * 2
    sampled = Swab.objects.get().sampled_at
    assert abs(sampled - (now - timedelta(minutes=30))) < timedelta(seconds=60)
    assert abs(abs(IntakeBatch.objects.get().clock_off_seconds) - 3 * 86400) < 60
    assert outcomes(send(row("P2", "T-2", minutes=600))) == [("accepted", "")]  # says nothing of its clock
    assert Swab.objects.get(person__number="P2").sampled_at <= now + timedelta(minutes=1)


def test_hostile_rows_are_refused_by_row_and_the_others_are_taken(send, row, outcomes):
    good = row("P1")
    bad = [
        None, 7, [], {}, "x", {"event_id": 5}, {**row("P2"), "at": "yesterday"}, {**row("P2"), "barcode": "x" * 5000},
        {**row("P2"), "barcode": "'; DROP TABLE screening_swab; --"}, {**row("P2"), "person": "P\u0000"},
        {**row("P2"), "person": {"$ne": 1}}, {**row("P2"), "position": 10**30}, {**row("P2"), "op": "delete"},
        {**row("P2"), "at": "2022-03-27T06:00:00"}, {**row("P2"), "event_id": "x" * 100}, row(None), {**row("P2"), "person": "a\\b"},
        {**row("P2"), "at": "9999-12-31T23:59:59-12:00"}, {**row("P2"), "pool_limit": 30}, {**row("P2"), "person": "P\u202e2 "},
    ]  # fmt: skip
    answer = send(*bad[:10], good, *bad[10:])
    assert answer["accepted"] == 1
    assert answer["rows"][10]["outcome"] == "accepted"
    assert all(one["outcome"] == "refused" for place, one in enumerate(answer["rows"]) if place != 10), answer
    assert "$.person" in answer["rows"][17]["message"] or answer["rows"][16]["message"]
    assert Swab.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [(b"", 400, "not_json"), (b"{", 400, "not_json"), (b"[]", 400, "not_a_batch"), (b'{"rows": 5}', 400, "not_a_batch"),
     (b'{"rows": [], "sent_at": 5}', 400, "not_a_batch"), (b'{"rows": []}', 400, "round_missing"), (b"\xff\xfe", 400, "not_json"),
     (b"[" * 100_000, 400, None), (b'{"rows": [' + b'{},' * 5001 + b'{}], "series": "CITY", "number": 1}', 413, "too_many_rows"),
     (b'{"rows": [], "series": "CITY", "number": 2}', 404, "unknown_round"),
     (b'{"rows": [], "series": "CI\\u0000TY", "number": 1}', 404, "unknown_round"),
     (b'{"rows": [], "series": "CITY", "number": 1, "site": "S-\\u0000"}', 404, "unknown_site"),
     (b'{"rows": [], "series": "CITY", "number": 99999999999999999999}', 404, "unknown_round")],
)  # fmt: skip
def test_a_body_that_cannot_be_read_says_so(send, row, client, body, status, code):
    send(row("P1"))
    token = send.tokens["D1"]
    answer = client.post(
        "/api/v1/swabs:batch", body, content_type="application/json", headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == status, answer.content
    assert code is None or answer.json()["code"] == code


def test_lines_and_arrow_are_read_like_json(send, row, client, outcomes):
    send(row("P1"))
    ask = {"headers": {"Authorization": f"Bearer {send.tokens['D1']}"}}
    address = "/api/v1/swabs:batch?series=CITY&number=1&site=S-1"
    lines = "\r\n".join(json.dumps(row(f"P{n}", "T-2")) for n in (2, 3)) + '\n{"event_id": "cut o'
    answer = client.post(address, lines.encode(), content_type="application/x-ndjson", **ask).json()
    assert outcomes(answer) == [("accepted", ""), ("accepted", ""), ("refused", "bad_row")]
    table = pa.Table.from_pylist([row("P4", "T-3"), row(None, "T-3", op="seal", minutes=0)])
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    kind = "application/vnd.apache.arrow.stream"
    answer = client.post(address, sink.getvalue(), content_type=kind, **ask).json()
    assert outcomes(answer) == [("accepted", "")] * 2
    assert client.post(address, sink.getvalue()[:50], content_type=kind, **ask).json()["code"] == "not_arrow"


def test_who_may_register(send, row, client, sampling, account_of, now):
    body = json.dumps({"series": "CITY", "number": 1, "rows": [row("P1")]})
    ask = {"data": body, "content_type": "application/json"}
    assert client.post("/api/v1/swabs:batch", **ask).status_code == 401
    wrong = client.post("/api/v1/swabs:batch", **ask, headers={"Authorization": "Bearer cbd_no"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "device_unknown")
    client.force_login(account_of("investigator", "411122"))
    assert client.post("/api/v1/swabs:batch", **ask).status_code == 403
    client.force_login(account_of("sampler", "411122"))
    assert client.post("/api/v1/swabs:batch", **ask).json()["accepted"] == 1
    assert Swab.objects.get().recorded_by.username == "sampler-411122"
    assert send(row("P2"), device="far", area="410500", status=409)["code"] == "outside_area"


def test_a_settled_round_takes_nothing_more(send, row, sampling, now):
    send(row("P1"))
    from chainbreak.api import swabs

    swabs.forget()
    RoundEvent.objects.create(round=sampling, state="reconciled", at=now, recorded_at=now)
    assert send(row("P2"), status=409)["code"] == "round_not_open"


def test_overload_is_said_with_the_time_to_come_again(send, row, client, monkeypatch):
    from chainbreak.api import swabs

    send(row("P1"))
    monkeypatch.setattr(swabs._turn, "_rows", 19_999)
    answer = client.post(
        "/api/v1/swabs:batch", json.dumps({"series": "CITY", "number": 1, "rows": [row("P2"), row("P3")]}),
        content_type="application/json", headers={"Authorization": f"Bearer {send.tokens['D1']}"},
    )  # fmt: skip
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (429, "overloaded", "2")
    assert Swab.objects.count() == 1


def test_what_the_database_holds_afterwards_is_whole(send, row):
    """10,000 hostile rows in a thousand shapes leave the good ones and nothing else."""
    import random

    dice = random.Random(7)
    strange = [
        None,
        "",
        "x" * 300,
        "\u0000",
        -1,
        1.5,
        True,
        [],
        {},
        "P1; DELETE",
        "\ud83d\ude00",
        "P5",
        str(uuid.uuid4()),
    ]
    for _ in range(4):
        rows = []
        for _n in range(2500):
            one = row(f"P{dice.randrange(1, 40)}", f"T-{dice.randrange(1, 9)}", minutes=-dice.random())
            for field in dice.sample(["event_id", "barcode", "person", "at", "op", "position"], dice.randrange(0, 3)):
                one[field] = dice.choice(strange)
            rows.append(one)
        answer = send(*rows)
        assert len(answer["rows"]) == 2500
        assert answer["accepted"] + answer["duplicate"] + answer["conflict"] + answer["refused"] == 2500
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(DISTINCT (person_id, round_id)), count(DISTINCT (tube_id, position)), max(position) "
            "FROM screening_swab"
        )
        swabs, persons, places, most = cursor.fetchone()
    assert swabs == persons == places == SwabEvent.objects.filter(kind="swab", conflict=False).count() > 20
    assert most <= 10
