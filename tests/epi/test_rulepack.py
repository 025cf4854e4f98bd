"""Rule packs: what is refused, what every rule carries, and that nothing is hard-wired."""

from __future__ import annotations

import copy
import hashlib
from datetime import date
from importlib.resources import files

import pytest
import yaml

from chainbreak.epi import rulepack
from chainbreak.epi.rule import Measure, PackError

PACKS = ("covid19-cn-v8", "ebola", "who-covid19-2021")


@pytest.fixture
def raw():
    return yaml.safe_load((files("chainbreak.epi") / "packs" / "covid19-cn-v8.yaml").read_text("utf-8"))


def refusal(raw) -> str:
    with pytest.raises(PackError) as refused:
        rulepack.build(raw, name="mine")
    return str(refused.value)


def test_the_three_packs_are_there():
    assert rulepack.available() == PACKS


@pytest.mark.parametrize("pack_id", PACKS)
def test_every_rule_has_a_source_a_mark_and_words_in_both_languages(pack_id):
    pack = rulepack.load(pack_id)
    for rule in pack.rules.values():
        assert rule.source
        assert rule.mark in "VSUD"
        assert any("一" <= c <= "鿿" for c in rule.text_zh), rule.id
        assert not any("一" <= c <= "鿿" for c in rule.text_en), rule.id


@pytest.mark.parametrize("field", ["source", "mark", "text_zh", "text_en", "days"])
def test_a_rule_without_a_field_is_refused_by_pack_rule_and_field(raw, field):
    assert rulepack.build(raw, name="mine").id == "covid19-cn-v8"
    del raw["measures"][0][field]
    message = refusal(raw)
    assert message == f"pack mine, rule quarantine.contact1.1, field {field}: is missing"


@pytest.mark.parametrize(
    ("section", "field", "value"),
    [
        ("measures", "days", 14),
        ("measures", "days", "14"),
        ("measures", "days", "36 hours"),
        ("measures", "measure", "house arrest"),
        ("measures", "test_days", [4, 1]),
        ("limits", "limit", "soon"),
        ("windows", "anchors", ["birth"]),
        ("settings", "protected_excluded", "yes"),
        ("place_kinds", "minutes", 15),
        ("parameters", "mark", "X"),
        ("parameters", "source", "  "),
        ("parameters", "surprise", 1),
    ],
)
def test_a_wrong_value_is_refused_by_pack_rule_and_field(raw, section, field, value):
    raw[section][0][field] = value
    message = refusal(raw)
    assert message.startswith(f"pack mine, rule {raw[section][0]['id']}, field {field}: ")


def test_a_table_is_checked_against_its_own_inputs_and_outputs(raw):
    for field, value in (
        ("when", {"shoe_size": 42}),
        ("when", {"days_from_detection": "seven"}),
        ("when", {"days_from_detection": {"about": 7}}),
        ("then", {"band": 1}),
    ):
        wrong = copy.deepcopy(raw)
        table = next(t for t in wrong["tables"] if t["id"] == "arrival.bands")
        table["rows"][0][field] = value
        assert f"rule arrival.band1, field {field}" in refusal(wrong)


def test_a_name_used_twice_is_refused(raw):
    raw["limits"].append(raw["limits"][0])
    assert refusal(raw) == "pack mine, rule report.direct, field id: is used twice"


def test_the_edition_follows_the_content(raw):
    before = rulepack.build(raw, name="mine").edition
    assert rulepack.build(copy.deepcopy(raw), name="yours").edition == before
    raw["measures"][0]["days"] = "10 days"
    assert rulepack.build(raw, name="mine").edition != before


def test_a_city_may_look_back_four_days_and_its_edition_shows_it(v8):
    city = rulepack.override(
        "covid19-cn-v8", {"window.symptomatic": {"look_back": "4 days"}}, source="notice of the city"
    )
    assert city.window("confirmed").look_back.days == 4
    assert (city.rule("window.symptomatic").source, city.rule("window.symptomatic").mark) == ("notice of the city", "D")
    assert city.edition != v8.edition
    assert v8.window("confirmed").look_back.days == 2
    with pytest.raises(PackError, match=r"has no rule window\.lunatic"):
        rulepack.override("covid19-cn-v8", {"window.lunatic": {}}, source="x")


def test_an_unknown_pack_says_which_there_are():
    with pytest.raises(PackError, match="pack plague: not found; there are covid19-cn-v8"):
        rulepack.load("plague")


def test_other_diseases_have_other_rules():
    measures = {pack: rulepack.load(pack).of(Measure)[0] for pack in PACKS}
    assert {pack: (m.measure, m.days.days) for pack, m in measures.items()} == {
        "covid19-cn-v8": ("facility_quarantine", 14),
        "who-covid19-2021": ("home_quarantine", 14),
        "ebola": ("daily_follow_up", 21),
    }
    assert rulepack.load("ebola").value("contact2.enabled") is False


def test_the_eighth_edition_was_in_force_until_the_ninth(v8):
    days = [date(2021, 5, 13), date(2021, 5, 14), date(2022, 6, 27), date(2022, 6, 28)]
    assert [v8.is_in_force(day) for day in days] == [False, True, True, False]
    assert rulepack.load("ebola").is_in_force(date(2030, 1, 1))


def test_kinds_of_place_are_known_by_any_of_their_names(v8):
    assert v8.place_kind("Card and chess room").setting == "shared_meal_or_fun"
    assert v8.place_kind("住宅").id == v8.place_kind("home").id == "place.household"
    assert v8.place_kind("moon base") is None
    kinds = ["household", "street", "shop", "moon base"]
    assert v8.thresholds(kinds) == {"household": 0, "street": None}
    own = rulepack.override("covid19-cn-v8", {"place.clinic": {"minutes": "10 minutes"}}, source="a hospital's rule")
    assert own.thresholds(["hospital"]) == {"hospital": 10}


def test_no_name_of_a_place_stands_for_two_kinds():
    for pack_id in PACKS:
        names = [name for rule in rulepack.load(pack_id).of(rulepack.PlaceKind) for name in rule.kinds]
        assert len(names) == len(set(names))


def test_editions_do_not_depend_on_the_order_of_hashing():
    """A pack read twice is the same edition: derived rows can be compared across machines."""
    text = (files("chainbreak.epi") / "packs" / "ebola.yaml").read_text("utf-8")
    assert rulepack.read(text).edition == rulepack.read(text).edition == rulepack.load("ebola").edition
    assert len(rulepack.load("ebola").edition.rpartition("+")[2]) == len(hashlib.sha256().hexdigest()[:12])
