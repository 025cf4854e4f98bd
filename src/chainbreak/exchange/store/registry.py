"""Files of the registry: areas, people, places (台账类文件)."""

from __future__ import annotations

from chainbreak.exchange.store import persons, rolls
from chainbreak.exchange.store.bench import Bench
from chainbreak.exchange.store.kind import Column, Kind, Reference, Rule, Target

SEXES = {
    **dict.fromkeys(("F", "f", "female", "女", "女性"), "F"),
    **dict.fromkeys(("M", "m", "male", "男", "男性"), "M"),
    **dict.fromkeys(("U", "u", "unknown", "未知"), "U"),
}
SEX = "CASE sex " + " ".join(f"WHEN '{word}' THEN '{sex}'" for word, sex in SEXES.items()) + " END"
LEVELS = ("province", "city", "county", "functional_zone", "township", "community", "grid")


def _parents(bench: Bench) -> None:
    """A parent is an area that is known or stands in the same file."""
    bench.fetch("area", "SELECT code FROM registry_area", {"code": "VARCHAR"})
    bench.problem(
        "SELECT _row, 'parent_code', 'unknown_area', 'error', CAST(json_object('value', parent_code) AS VARCHAR) FROM t "
        "WHERE parent_code IS NOT NULL AND parent_code NOT IN (SELECT code FROM area UNION SELECT code FROM t WHERE code "
        "IS NOT NULL)"
    )


AREAS = Kind(
    "areas",
    (
        Column("code", required=True, length=15, aliases=("adcode",)),
        Column("name_zh", required=True, length=80, aliases=("name", "名称", "区划名称")),
        Column("name_en", length=80),
        Column("level", "word", required=True, words=LEVELS),
        Column("parent_code", length=15, aliases=("parent", "county_code", "上级代码")),
        Column("population", "whole"),
        Column("geometry", "json"),
    ),
    (
        Target(
            "registry.Area",
            ("code",),
            {"code": "code", "name_zh": "name_zh", "name_en": "name_en", "level": "level", "parent_id": "parent_code",
             "population": "population", "geometry": "geometry"},
        ),
    ),
    rules=(
        Rule("population < 0 OR population > 2000000000", "number_not_taken", "population", facts="{'value': population}"),
        Rule("parent_code = code", "refers_to_itself", "parent_code"),
    ),
    checks=(_parents,),
)  # fmt: skip


def _people(bench: Bench) -> None:
    persons.identities(bench)
    rolls.follow(bench)


PEOPLE = Kind(
    "people",
    (
        Column("person_id", required=True, length=40, aliases=("person", "人员编号")),
        Column("area_code", length=15, aliases=("village_code", "township_code", "区划代码")),
        Column("sex", "word", words=tuple(SEXES), aliases=("gender", "性别")),
        Column("birth_year", "whole"),
        Column("away", "yesno"),
        Column("name", sealed=True, length=120, aliases=("姓名",)),
        Column("id_number", sealed=True, length=40, aliases=("身份证号",)),
        Column("phone", sealed=True, length=40, aliases=("电话",)),
        Column("address", sealed=True, length=400, aliases=("住址",)),
    ),
    (
        Target(
            "registry.Person",
            ("number",),
            {"number": "person_id", "area_code": "area_code", "sex": SEX, "birth_year": "birth_year", "away": "away"},
        ),
    ),
    rules=(Rule("birth_year < 1850 OR birth_year > 2200", "number_not_taken", "birth_year", facts="{'value': birth_year}"),),
    after=_people,
)  # fmt: skip

PLACES = Kind(
    "places",
    (
        Column("place_id", required=True, length=40),
        Column("kind", required=True, length=40),
        Column("name", length=120),
        Column("area_code", length=15),
        Column("latitude", "number"),
        Column("longitude", "number"),
        Column("capacity", "whole"),
        Column("indoor", "yesno"),
    ),
    (
        Target(
            "registry.Place",
            ("number",),
            {"number": "place_id", "kind": "kind", "name": "name", "area_code": "area_code", "latitude": "latitude",
             "longitude": "longitude", "capacity": "capacity", "indoor": "indoor"},
        ),
    ),
    rules=(
        Rule("abs(latitude) > 90", "number_not_taken", "latitude", facts="{'value': latitude}"),
        Rule("abs(longitude) > 180", "number_not_taken", "longitude", facts="{'value': longitude}"),
        Rule("capacity < 0 OR capacity > 2000000000", "number_not_taken", "capacity", facts="{'value': capacity}"),
    ),
)  # fmt: skip

HOUSEHOLDS = Kind(
    "households",
    (
        Column("household", required=True, length=40, aliases=("户号", "household_id")),
        Column("person_id", required=True, length=40, aliases=("person", "人员编号")),
        Column("place_id", length=40),
    ),
    (
        Target(
            "registry.Household",
            ("number",),
            {"number": "household", "place_id": "place_ref"},
            several=True,
            gives="household",
        ),
        Target("registry.Person", ("number",), {"number": "person_id", "household_id": "household_ref"}),
    ),
    (
        Reference("person", ("person_id",), "person_ref"),
        Reference("place", ("place_id",), "place_ref"),
        Reference("household", ("household",), "household_ref"),
    ),
)

KINDS = (AREAS, PEOPLE, PLACES, HOUSEHOLDS)
