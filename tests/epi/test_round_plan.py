"""A round planned: the field's rules, Dorfman's numbers, the deadline that breaks first; tables placed; queues."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from chainbreak.epi import placement, pooling, queueing, round_plan
from chainbreak.epi.round_plan import Part
from chainbreak.jobs import cli

CITY = 1_878_212
REFERENCE = Path(__file__).resolve().parents[3] / "shared/data/pooled_testing"


def plan(*parts, **more):
    given = {"prevalence": 1e-4, "tubes_per_hour": 20_000, "sampling_hours": 6, "testing_hours": 16, **more}
    return round_plan.plan(parts or [Part("city", CITY)], **given)


def test_the_reference_round_takes_what_the_rules_of_the_field_say():
    part = plan().parts[0]
    assert (part.samplers_wanted, part.sites_wanted, part.tubes) == (5217, (626, 939), 187_822)
    assert plan(Part("city", CITY, 20)).tubes == 93_911
    assert plan().holds


@pytest.mark.skipif(not REFERENCE.exists(), reason="the exact answers are not beside the repository")
def test_the_plan_gives_the_exact_answers_for_a_city():
    for row in csv.DictReader((REFERENCE / "expected_city_round.csv").read_text().splitlines()):
        test = pooling.Assay(float(row["sensitivity"]), float(row["specificity"]))
        part = Part("city", int(row["people"]), int(row["pool_size"]))
        found = round_plan.plan(
            [part],
            prevalence=float(row["prevalence"]),
            tubes_per_hour=None,
            sampling_hours=6,
            testing_hours=16,
            test=test,
        )
        assert found.tubes == int(row["first_round_tubes"])
        assert found.positive_tubes == pytest.approx(float(row["expected_positive_tubes"]), rel=1e-3, abs=2e-3)
        if part.pool_size > 1:
            assert found.retests == pytest.approx(float(row["expected_retests"]), rel=1e-3, abs=0.06)
            assert found.missed == pytest.approx(float(row["expected_missed"]), rel=2e-2, abs=0.01)
    for row in csv.DictReader((REFERENCE / "expected_optimal_pool.csv").read_text().splitlines()):
        assert plan(prevalence=float(row["prevalence"])).best_pool == int(row["optimal_pool"])


def test_the_stage_with_least_room_is_named_first():
    few = plan(Part("A", 36_000, samplers=90), Part("B", 36_000, samplers=120))
    assert (few.weakest.stage, few.weakest.area, few.holds) == ("sampling", "A", False)
    slow = plan(tubes_per_hour=10_000)
    assert (slow.weakest.stage, slow.holds) == ("testing", False)
    assert slow.testing_hours == pytest.approx(187_822 / 10_000 + 4)
    assert plan(tubes_per_hour=slow.tubes_per_hour_wanted).weakest.slack_hours >= 0


def test_tables_go_where_the_worst_queue_is_shortest():
    km = np.array([[0.1, 5.0], [5.0, 0.1]])
    found = placement.place([300, 900], km, tables=4, per_table_hour=60, walk_km=1)
    assert found.tables == (1, 3)
    assert found.hours == pytest.approx(5)
    assert found.unreached == ()


def test_whoever_has_no_site_within_the_walk_is_named_and_not_forgotten():
    found = placement.place([100, 50], np.array([[0.5], [2.0]]), tables=1, per_table_hour=50, walk_km=1)
    assert (found.unreached, found.tables) == ((1,), (1,))
    assert placement.place([10_000], np.array([[0.5]]), tables=1, per_table_hour=50, walk_km=1).hours is None


def test_a_placement_is_as_good_as_trying_all():
    dice = np.random.default_rng(5)
    for _ in range(5):
        people, km = dice.integers(50, 400, 5), dice.uniform(0, 2, (5, 3))
        found = placement.place(people, km, tables=6, per_table_hour=60, walk_km=1.4)
        assert found.hours == pytest.approx(_best_by_trying(people, km <= 1.4), rel=0.03)


def _best_by_trying(people, reach):
    """The least hours over all ways to spread six tables: by the most loaded set of points (Hall's condition)."""
    wanted = [i for i in range(len(people)) if reach[i].any()]
    best = np.inf
    for a in range(7):
        for b in range(7 - a):
            tables = np.array([a, b, 6 - a - b])
            worst = 0.0
            for mask in range(1, 1 << len(wanted)):
                chosen = [i for n, i in enumerate(wanted) if mask >> n & 1]
                serving = tables[reach[chosen].any(axis=0)].sum()
                worst = max(worst, sum(people[i] for i in chosen) / (60 * serving) if serving else np.inf)
            best = min(best, worst)
    return best


def test_a_wait_has_its_error_and_a_site_without_tables_no_wait():
    wait = queueing.wait_behind(60, tables=2, per_table_hour=60, counted=400)
    assert wait.minutes == 30
    assert wait.low < 30 < wait.high
    dice = np.random.default_rng(1)
    served = dice.exponential(0.5, (20_000, 60)).sum(axis=1)  # two tables, a minute each
    assert np.mean((served > wait.low) & (served < wait.high)) == pytest.approx(0.9, abs=0.03)
    assert queueing.wait_behind(5, tables=0, per_table_hour=60) is None
    assert queueing.tables_wanted(120, arrivals_per_hour=150, per_table_hour=60, minutes=30) == 4
    assert queueing.mean_wait_minutes(arrivals_per_hour=30, tables=1, per_table_hour=60) == pytest.approx(1.0)


def test_people_are_sent_where_walking_and_waiting_are_least_and_do_not_herd():
    queues = {"near": [60, 1, 60.0], "far": [0, 1, 60.0]}
    sent = []
    for _ in range(100):
        site = queueing.best_site({"near": 2.0, "far": 20.0}, {name: tuple(q) for name, q in queues.items()})
        queues[site][0] += 1
        sent.append(site)
    assert sent[:20] == ["far"] * 20
    assert abs(queues["near"][0] - queues["far"][0]) <= 2


def test_the_command_says_all_of_it_in_json_and_in_words(tmp_path, capfd):
    areas = tmp_path / "areas.csv"
    areas.write_bytes("\ufeff人口备注,PEOPLE,area\r\nx,36000,甲\r\ny,18000,乙\r\n".encode())
    sites = tmp_path / "sites.csv"
    sites.write_text("site,latitude,longitude,most_tables\nS1,33.58,114.02,4\nS2,33.59,114.02,4\n")
    demand = tmp_path / "demand.csv"
    demand.write_text("people,latitude,longitude\n400,33.58,114.02\n900,33.59,114.02\n50,34.5,114.02\n")
    said = [
        "round",
        "plan",
        "--areas",
        str(areas),
        "--tubes-per-hour",
        "900",
        "--demand",
        str(demand),
        "--sites",
        str(sites),
    ]
    assert cli.main([*said, "--tables", "4", "--json"]) == 0
    answer = json.loads(capfd.readouterr().out)
    assert [area["area"] for area in answer["areas"]] == ["甲", "乙"]
    assert (answer["tubes"], answer["holds"]) == (5400, True)
    assert sum(site["tables"] for site in answer["placement"]["sites"]) == 4
    assert (answer["placement"]["unreached_people"], answer["placement"]["unreached_rows"]) == (50, [4])
    assert cli.main([*said, "--tables", "4", "--lang", "en"]) == 0
    assert "best pool" in capfd.readouterr().out
    assert cli.main(["round", "plan", "--people", "1000000", "--tubes-per-hour", "100"]) == 1
    assert cli.main([*said[:4], "--assume", "nothing=1"]) == 2
    areas.write_text("area,people\nA,many\n")
    assert cli.main(said[:4]) == 2
    assert "many" in capfd.readouterr().err
