"""Files of scenarios: what they may say, and what is said about what they may not."""

from pathlib import Path

import numpy as np
import pytest

from chainbreak.epi import scenario
from chainbreak.epi.scenario import ScenarioError, chance, words
from chainbreak.epi.scenario.fields import BY_NAME, OTHER, SETTINGS
from chainbreak.epi.scenario.reading import LIMITS
from chainbreak.epi.scenario.value import Uncertain

LEAST = "initial_cases: 5\nr0: 2\n"


@pytest.mark.parametrize("name", scenario.presets())
def test_every_preset_is_a_scenario_and_can_be_printed(name):
    assert scenario.preset(name).title
    assert scenario.read(scenario.preset_text(name)).edition


def test_two_names_are_enough_and_the_rest_has_its_source():
    found = scenario.read(LEAST)
    assert found.numbers["k"].mean == 0.16 and "Nature 2005" in found.numbers["k"].source
    assert found.delays["incubation"].mean.low == 3.5


def test_windows_line_ends_a_mark_and_capitals_do_no_harm():
    found = scenario.read("\ufeffInitial_Cases: 5\r\nR0: 2\r\ntitle: 临颍\r\n")
    assert found.numbers["r0"].mean == 2 and found.title == "临颍"


def test_a_file_goes_over_its_preset():
    found = scenario.read("preset: hellewell\nr0: 3.5\ndelay: long\n")
    assert found.numbers["r0"].mean == 3.5 and found.numbers["k"].mean == 0.16
    assert found.delays["isolation_delay"].known.mean == pytest.approx(8.40, abs=0.01)
    other = scenario.read("preset: hellewell\nisolation_delay: {mean: 1, sd: 1}\n")
    assert other.delays["isolation_delay"].mean.mean == 1


@pytest.mark.parametrize(
    ("text", "code", "facts"),
    [
        ("", "not_named", {}),
        ("- 1\n", "not_named", {}),
        ("r0: [1\n", "not_yaml", {"row": 2}),
        (LEAST + "tracde: 0.4\n", "unknown_name", {"name": "tracde", "nearest": "traced"}),
        (LEAST + "limits: {room: 4}\n", "unknown_name", {"name": "limits.room", "nearest": "limits.rooms"}),
        (LEAST + "limits: 4\n", "wrong_value", {"name": "limits"}),
        (LEAST + "incubation: {mena: 4}\n", "unknown_key", {"name": "incubation.mena", "nearest": "mean"}),
        (LEAST + "k: omicron.dispersion\n", "unknown_parameter", {"name": "k"}),
        ("r0: 2\n", "missing", {"name": "initial_cases"}),
        ("preset: hellewel\n", "unknown_preset", {"name": "hellewel"}),
        (LEAST + "R: 2\n", "twice", {"name": "r0"}),
        (LEAST + "r0: 3\n", "twice", {"name": "r0"}),
        (LEAST + "limits: {rooms: 4, rooms: 5}\n", "twice", {"name": "rooms"}),
        (LEAST + "limits: {rooms: 0.5}\n", "wrong_value", {"name": "limits.rooms"}),
        (LEAST + "traced: 0,5\n", "wrong_value", {"name": "traced", "value": "0,5"}),
        (LEAST + "traced: 40\n", "wrong_value", {"name": "traced", "value": 40.0}),
        (LEAST + "traced: .nan\n", "wrong_value", {"name": "traced"}),
        (LEAST + "traced: yes\n", "wrong_value", {"name": "traced", "value": True}),
        (LEAST + "quarantine: 1\n", "wrong_value", {"name": "quarantine"}),
        ("initial_cases: 2.5\nr0: 2\n", "wrong_value", {"name": "initial_cases"}),
        ("initial_cases: 5\nr0: {mean: 2, low: 3, high: 4}\n", "wrong_interval", {"name": "r0"}),
        ("initial_cases: 5\nr0: {mean: 2, low: 1}\n", "wrong_interval", {"name": "r0"}),
        (LEAST + "incubation: {mean: 4, sd: -1}\n", "wrong_value", {"name": "incubation.sd"}),
        (LEAST + "incubation: {distribution: beta, mean: 4, sd: 1}\n", "wrong_delay", {"name": "incubation"}),
        (LEAST + "incubation: {shape: 4}\n", "wrong_value", {"name": "incubation"}),
        (LEAST + "incubation: mers.incubation\n", "wrong_delay", {"name": "incubation"}),
        (LEAST + "incubation: {values: []}\n", "wrong_value", {"name": "incubation"}),
        (LEAST + "sensitivity: {days: [0, 5], values: [0, 2]}\n", "wrong_value", {"name": "sensitivity"}),
        (LEAST + "quarantine_tests: [7, 4]\n", "wrong_value", {"name": "quarantine_tests"}),
        (LEAST + "days: 50\ncontrolled: {from_day: 40, until_day: 60}\n", "wrong_control", {"days": 50}),
        (LEAST + "days: 0\n", "wrong_value", {"name": "days"}),
        (LEAST + "more: {rooms: 0}\n", "wrong_value", {"name": "more.rooms"}),
        (LEAST + "delay: soon\n", "wrong_value", {"name": "delay"}),
    ],
)
def test_what_is_wrong_is_named_and_has_words(text, code, facts):
    with pytest.raises(ScenarioError) as wrong:
        scenario.read(text)
    assert wrong.value.code == code
    assert {name: wrong.value.facts.get(name) for name in facts} == facts
    assert "%(" not in words.sentence(wrong.value, lambda text: text)


def test_too_many_runs_for_memory_are_refused():
    with pytest.raises(ScenarioError) as wrong:
        scenario.simulate(scenario.read(LEAST), runs=10_000_000, seed=1)
    assert wrong.value.code == "too_many" and wrong.value.facts["most"] > 100_000


def test_every_field_has_a_meaning_and_bounds():
    for field in BY_NAME.values():
        assert field.meaning and field.least < field.most and (field.unit or field.kind == "flag"), field.name


@pytest.mark.parametrize(
    "name", [*BY_NAME, *SETTINGS, *OTHER, *(f"more.{one.removeprefix('limits.')}" for one in LIMITS)]
)
def test_every_name_misspelt_by_one_letter_is_refused_with_the_right_one_beside_it(name):
    group, dot, last = name.rpartition(".")
    wrong = f"{last}x" if len(last) < 3 else last[:1] + last[2:]
    with pytest.raises(ScenarioError) as refused:
        scenario.build({"initial_cases": 5, "r0": 2, **({group: {wrong: 1}} if dot else {wrong: 1})})
    assert (refused.value.code, refused.value.facts["nearest"]) == ("unknown_name", name)


def test_every_name_stands_in_the_manual():
    text = (Path(__file__).resolve().parents[2] / "docs" / "manual" / "scenario.md").read_text("utf-8")
    missing = [name for name in (*BY_NAME, *SETTINGS, *OTHER) if f"`{name}`" not in text]
    assert not missing


def test_an_uncertain_share_stays_a_share_and_keeps_its_interval():
    drawn = Uncertain(0.7, 0.5, 0.85).draws(np.random.default_rng(1).random(50_000), share=True)
    assert drawn.min() > 0 and drawn.max() < 1 and drawn.mean() == pytest.approx(0.7, abs=0.005)
    assert np.quantile(drawn, 0.975) - np.quantile(drawn, 0.025) == pytest.approx(0.35, abs=0.02)


def test_chance_has_the_moments_it_should():
    stream, n = np.array([42], np.uint64), 200_000
    uniform = np.array([chance.uniform(stream) for _ in range(n)])
    assert uniform.mean() == pytest.approx(0.5, abs=0.003) and uniform.var() == pytest.approx(1 / 12, abs=0.001)
    assert abs(np.corrcoef(uniform[:-1], uniform[1:])[0, 1]) < 0.01
    drawn = np.array([chance.negative_binomial(stream, 2.5, 0.16) for _ in range(n)])
    assert drawn.mean() == pytest.approx(2.5, abs=0.07) and drawn.var() == pytest.approx(2.5 + 2.5**2 / 0.16, rel=0.05)
    assert (drawn == 0).mean() == pytest.approx((1 + 2.5 / 0.16) ** -0.16, abs=0.004)
    great = np.array([chance.poisson(stream, 95.0) for _ in range(20_000)])
    assert great.mean() == pytest.approx(95, abs=0.3) and great.var() == pytest.approx(95, rel=0.04)


def test_the_share_before_onset_is_as_asked():
    stream = np.array([7], np.uint64)
    for share in (0.0, 0.15, 0.5):
        theta = np.pi * (0.5 - share)
        early = [
            chance.generation_time(stream, 20.0, np.sin(theta), abs(np.cos(theta)), 2.0, 0.0) < 20
            for _ in range(40_000)
        ]
        assert np.mean(early) == pytest.approx(share, abs=0.01)


def test_streams_of_brothers_do_not_resemble_one_another():
    first = [chance.uniform(np.array([chance.key_of(np.uint64(n), 0)], np.uint64)) for n in range(20_000)]
    second = [chance.uniform(np.array([chance.key_of(np.uint64(n), 1)], np.uint64)) for n in range(20_000)]
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.025 and np.mean(first) == pytest.approx(0.5, abs=0.01)


def test_the_worst_reasonable_case_takes_the_bad_end_of_every_interval():
    found = scenario.preset("omicron", worst_reasonable=True)
    assert found.numbers["r0"].mean == 18.4 and found.numbers["traced"].mean == 0.5
    assert found.numbers["initial_cases"].mean == 20 and found.numbers["r0"].is_certain
    assert found.sensitivity[1][2] == 0.54
    assert found.delays["incubation"].mean.low == 3.5, "neither end of the incubation period is the bad one"
