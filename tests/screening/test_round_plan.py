"""A round planned over the register, kept as a draft, announced by a second person; its roll and its tables."""

from __future__ import annotations

import csv
from datetime import timedelta
from pathlib import Path

import pytest

from chainbreak.api import swabs
from chainbreak.epi import pooling, rulepack
from chainbreak.epi.round import exclusions, repetition
from chainbreak.epi.round_plan import Part
from chainbreak.governance.refusal import Refused
from chainbreak.registry.models import Area, Person
from chainbreak.screening.models import RollEntry, RollState, RoundEvent, RoundPlan, SamplingSite, Tube
from chainbreak.screening.selectors import round_pool, round_scope
from chainbreak.screening.services import roll as rolls
from chainbreak.screening.services import round as rounds
from chainbreak.screening.services import round_plan as planning

pytestmark = pytest.mark.django_db
POOLED = Path(__file__).resolve().parents[3] / "shared/data/pooled_testing"


@pytest.fixture
def people(db):
    """Twelve residents of two counties: one in quarantine, one in hospital, two away; and one from elsewhere."""
    for code, level in (("411100", "city"), ("411122", "county"), ("411104", "county")):
        Area.objects.create(code=code, name_zh="某地", name_en="Place", level=level)
    rows = [Person(number=f"R{n}", area_code="411122101" if n < 8 else "411104", away=n in (2, 9)) for n in range(12)]
    Person.objects.bulk_create([*rows, Person(number="R99", area_code="410100")])
    key = dict(Person.objects.values_list("number", "pk"))
    return key, [(key["R0"], "in_quarantine"), (key["R1"], "hospital"), (key["R2"], "hospital")]


PARTS = (Part("411122", 100_000), Part("411104", 78_000))


def work(parts=PARTS, **more):
    said = {"laboratories": [("L1", 1000.0), ("L2", 500.0)], "prevalence": 1e-4, "test": pooling.PERFECT, "sample_hours": 6,
            "test_hours": 16, "largest_pool": 20, "changed": {}}  # fmt: skip
    return planning.work_out(parts, **{**said, **more})


def wanted(now, **more):
    said = {"series": "CITY", "number": 2, "area_code": "411100", "start_at": now + timedelta(hours=10), "sample_hours": 6.0,
            "test_hours": 16.0, "pool_size": 10}  # fmt: skip
    return planning.Wanted(**{**said, **more})


def test_people_are_counted_from_the_register_by_part_and_reason(people):
    _key, apart = people
    found = {one.area: one for one in round_scope.people("411100", {}, apart=apart)}
    assert set(found) == {"411122", "411104"}
    assert (found["411122"].residents, found["411122"].excluded, found["411122"].due) == (
        8, {"in_quarantine": 1, "hospital": 2, "away": 0}, 5,
    )  # fmt: skip
    assert found["411104"].excluded["away"] == 1
    only = round_scope.people("411100", {"without": ["411104"]}, apart=apart)
    assert [one.area for one in only] == ["411122"]
    assert [one.area for one in round_scope.people("411122", {}, apart=[])] == ["411122101"]


def test_the_plan_says_who_does_what_share_and_where_it_breaks_first(db):
    answer = work()
    assert answer["tubes"] == 17_800
    assert [one["tubes"] for one in answer["laboratories"]] == [11_867, 5_933]
    assert answer["holds"]
    assert answer["weakest"]["stage"] == "sampling"  # by the field's rule there is no more room than a rounding
    tight = work(laboratories=[("L1", 100.0)])
    assert not tight["holds"]
    assert tight["weakest"] == {**tight["weakest"], "stage": "testing"}
    slow = work(parts=[Part("411122", 100_000, 10, 100, None)])
    assert (slow["holds"], slow["weakest"]["stage"], slow["weakest"]["area"]) == (False, "sampling", "411122")


@pytest.mark.skipif(not POOLED.exists(), reason="the published numbers are not beside the repository")
def test_the_planner_s_numbers_are_those_of_the_reference_set(db):
    with (POOLED / "expected_city_round.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 2
    for row in rows:
        size, people = int(row["pool_size"]), int(row["people"])
        answer = work(parts=[Part("", people, size)], prevalence=float(row["prevalence"]),
                      test=pooling.Assay(float(row["sensitivity"]), float(row["specificity"])))  # fmt: skip
        assert answer["tubes"] == int(row["first_round_tubes"])
        assert answer["positive_tubes"] == pytest.approx(float(row["expected_positive_tubes"]), rel=1e-3, abs=0.06)
        assert answer["missed"] == pytest.approx(float(row["expected_missed"]), abs=0.06)
        assert answer["retests"] == pytest.approx(float(row["expected_retests"]), rel=1e-3, abs=0.6)


def test_a_draft_is_kept_planned_anew_and_announced_by_a_second_person(people, account_of, now):
    first, second = account_of("commander", username="first"), account_of("epidemiology_lead", username="second")
    made = planning.save(wanted(now), {"pool": 10}, work(), actor=first, at=now)
    again = planning.save(wanted(now, pool_size=5), {"pool": 5}, work(), actor=first, at=now + timedelta(minutes=5))
    assert (again.pk, again.round.pool_size, RoundEvent.objects.count()) == (
        made.pk,
        10,
        1,
    ) or again.round.pk == made.round.pk
    made.round.refresh_from_db()
    assert made.round.pool_size == 5
    later = now + timedelta(hours=1)
    with pytest.raises(Refused, match="same_person"):
        rounds.move(made.round, "announced", actor=first, at=later)
    assert not RollState.objects.exists()
    assert rounds.move(made.round, "announced", actor=second, at=later).state == "announced"
    assert RollState.objects.get().drawn_at is None
    with pytest.raises(Refused, match="round_exists"):
        planning.save(wanted(now), {}, work(), actor=first, at=later)
    with pytest.raises(Refused, match="round_deadlines"):
        planning.save(wanted(now, number=3, start_at=now - timedelta(hours=1)), {}, work(), actor=first, at=now)
    with pytest.raises(Refused, match="not_permitted"):
        planning.save(wanted(now, number=3), {}, work(), actor=account_of("sampler"), at=now)


def announced(account_of, now, **more):
    plan = planning.save(wanted(now, **more), {}, work(), actor=account_of("commander"), at=now)
    rounds.move(plan.round, "announced", actor=account_of("epidemiology_lead"), at=now + timedelta(minutes=1))
    return plan.round


def on_roll(of):
    return dict(RollEntry.objects.filter(round=of).values_list("person__number", "exclusion"))


def test_the_roll_of_an_announced_round_keeps_to_its_scope(people, account_of, now):
    _key, apart = people
    of = announced(account_of, now, scope={"without": ["411104"]})
    assert rolls.draw_up_asked(of, apart=apart, at=now) == 8
    assert on_roll(of) == {
        "R0": "in_quarantine",
        "R1": "hospital",
        "R2": "hospital",
        **dict.fromkeys(("R3", "R4", "R5", "R6", "R7")),
    }
    assert RollState.objects.get().changed == 8


def test_who_is_moved_by_hand_stays_so_when_the_roll_follows_the_register(people, account_of, now):
    _key, apart = people
    of = announced(account_of, now)
    worker = account_of("epidemiology_lead")
    rolls.draw_up_asked(of, apart=apart, at=now)

    def move(number, way, reason="seen at the door"):
        return rolls.move(of, number, way, reason, actor=worker, at=now + timedelta(hours=1))

    move("R3", "off")
    move("R4", "excluded")
    move("R0", "due")
    with pytest.raises(Refused, match="not_permitted"):
        move("R99", "on")  # of another province
    Person.objects.filter(number="R99").update(area_code="")
    move("R99", "on")
    with pytest.raises(Refused, match="nothing_changes"):
        move("R99", "on")
    with pytest.raises(Refused, match="basis_missing"):
        move("R5", "off", "  ")
    with pytest.raises(Refused, match="unknown_person"):
        move("nobody", "on")
    assert rolls.draw_up(of, apart=apart) == 0
    found = on_roll(of)
    assert "R3" not in found
    assert (found["R4"], found["R0"], found["R99"]) == ("medical", None, None)
    move("R3", "on")
    assert on_roll(of)["R3"] is None
    RoundEvent.objects.create(round=of, state="reconciled", at=now, recorded_at=now)
    with pytest.raises(Refused, match="roll_settled"):
        move("R5", "off")


@pytest.mark.parametrize(
    ("area", "audience", "size"),
    [
        ("411122101", "everybody", 5),
        ("411122", "key_class", 1),
        ("411104", "everybody", 10),
        ("411103", "key_class", 1),
    ],
)
def test_the_pool_goes_by_the_narrowest_area_and_the_audience(people, account_of, now, area, audience, size):
    sizes = {"areas": {"411122": 5, "4111": 10}, "audiences": {"key_class": 1}}
    plan = planning.save(wanted(now, pool_sizes=sizes), {}, work(), actor=account_of("commander"), at=now)
    assert round_pool.size(plan.round, area, audience) == size


def test_tables_are_placed_by_the_job_and_whoever_is_out_of_reach_is_named(people, account_of, now):
    actor = account_of("commander")
    plan = planning.save(wanted(now), {}, work(), actor=actor, at=now)
    points = [(900.0, 33.58, 114.02), (600.0, 33.585, 114.025), (50.0, 33.9, 114.5)]
    sites = [("S1", 33.58, 114.02, 10), ("S2", 33.585, 114.025, 10)]
    ask = {"tables": 5, "walk_km": 1.25, "per_table_hour": 60.0, "actor": actor, "at": now}
    with pytest.raises(Refused, match="placement_empty"):
        planning.ask_placement(plan, points, [], **ask)
    with pytest.raises(Refused, match="bad_filter"):
        planning.ask_placement(plan, points, sites, **{**ask, "tables": 0})
    planning.ask_placement(plan, points, sites, **ask)
    planning.place(plan.pk, clock=lambda: now)
    plan.refresh_from_db()
    assert plan.placement_state == "done"
    assert plan.placement_done == plan.placement_whole
    assert sum(one["tables"] for one in plan.placement["sites"]) == 5
    assert plan.placement["hours"] == pytest.approx(5.0, rel=0.02)  # 1,500 people at 5 tables of 60
    assert (plan.placement["unreached"], plan.placement["unreached_people"]) == ([2], 50)
    planning.place(plan.pk, clock=lambda: now + timedelta(hours=1))
    assert RoundPlan.objects.get().placement_at == now  # done once


def test_the_pack_says_who_is_excluded_and_how_often_a_round_comes_again():
    pack = rulepack.load("covid19-cn-v8")
    assert [row.then["exclusion"] for row in exclusions(pack)][:4] == ["in_quarantine", "hospital", "away", "medical"]

    def every(**facts):
        said = {"source_known": True, "rounds_done": 5, "rounds_since_case": 5, "days_since_case": 20}
        found = repetition(pack, **{**said, **facts})
        return found.every_days, found.may_pause

    assert every(source_known=False, rounds_done=2, rounds_since_case=2) == (1, False)
    assert every(rounds_since_case=2) == (1, False)
    assert every(days_since_case=14) == (2, True)
    assert every() == (5, True)
    assert (
        repetition(rulepack.load("ebola"), source_known=True, rounds_done=1, rounds_since_case=1, days_since_case=1)
        is None
    )


def test_tubes_opened_at_a_site_have_the_size_planned_for_its_area_and_audience(
    sampling, send, row, outcomes, now, account_of
):
    SamplingSite.objects.create(number="S-9", name_zh="重点", area_code="411122101", audience="key_class")
    RoundPlan.objects.create(
        round=sampling, written_at=now, pool_sizes={"areas": {"411122": 5}, "audiences": {"key_class": 1}}
    )
    swabs.forget()
    send(row(None, "T-5", op="open", pool_limit=10), row("P1", "T-5"))
    send(row("P2", "T-6"), site="S-9")
    assert dict(Tube.objects.values_list("barcode", "pool_limit")) == {"T-5": 5, "T-6": 1}
    assert round_pool.by_site(sampling, SamplingSite.objects.all()) == {"S-1": 5, "S-9": 1}
    full = send(*(row(f"P{n}", "T-5") for n in range(3, 9)))
    assert outcomes(full)[-2:] == [("refused", "tube_full"), ("refused", "tube_full")]
