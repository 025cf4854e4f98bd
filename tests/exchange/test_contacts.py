"""Links: dangling, to oneself, repeated, in circles, one of several; and saved mappings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainbreak.exchange.contacts import LinkRow, check_links, read_contacts
from chainbreak.exchange.mapping import known_mappings, load_mapping, mapping_from
from chainbreak.exchange.problems import Unreadable


def write(tmp_path, text):
    path = tmp_path / "links.csv"
    path.write_text(text, encoding="utf-8")
    return path


def found(reading):
    return sorted((p.row, p.code) for p in reading.problems if p.row is not None)


def test_each_fault_of_a_link_is_reported_at_its_row(tmp_path):
    path = write(tmp_path, "From,To,Exposure\nA,B,home\nA,A,\nA,B,work\nX,C,\nC,D,\nB,D,\n,D,\nD,E,\nE,C,\n")
    reading = read_contacts(path, known={"A", "B", "C", "D", "E"})

    assert found(reading) == [
        *((2, "self_link"), (3, "duplicate_link"), (4, "dangling_link"), (4, "several_infectors")),
        *((5, "link_cycle"), (5, "several_infectors"), (6, "several_infectors"), (7, "missing_value")),
        *((8, "link_cycle"), (9, "link_cycle"), (9, "several_infectors")),
    ]
    assert reading.rows == 9 == len(reading.links) + len(reading.duplicates) + len(reading.rejected)
    assert [link.row for link in reading.links if link.in_cycle] == [5, 8, 9]
    assert [link.dangling for link in reading.links if link.dangling] == [("X",)]
    assert reading.links[0].setting == "home"


ends = st.integers(0, 12).map(str)


@given(st.lists(st.tuples(ends, ends), max_size=40))
def test_a_circle_is_found_exactly_where_two_reach_each_other(pairs):
    links = check_links([LinkRow(n, n, a, b) for n, (a, b) in enumerate(pairs, 1)], None)
    sound = [(link.from_id, link.to_id) for link in links if not link.is_rejected and not link.is_duplicate]
    assert set(sound) == {(a, b) for a, b in pairs if a != b}
    reach = {a: {b for x, b in sound if x == a} for a, _ in sound}
    for _ in range(13):
        for far in reach.values():
            far |= {further for end in list(far) for further in reach.get(end, ())}
    for link in links:
        if not link.is_rejected and not link.is_duplicate:
            assert link.in_cycle == (link.from_id in reach.get(link.to_id, ()))


@pytest.mark.parametrize("name", known_mappings())
def test_every_ready_mapping_is_valid(name):
    assert load_mapping(name, "linelist").columns


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("text", "not a set"),
        ({}, "no section"),
        ({"linelist": {"colums": {}}}, "unknown: colums"),
        ({"linelist": {"columns": {"id": "identifier"}}}, "no field “identifier”"),
        ({"linelist": {"columns": {"a": "sex", "b": "sex"}}}, "two columns"),
        ({"linelist": {"types": {"a": "colour"}}}, "no type"),
        ({"linelist": {"zone": "Asia/Nowhere"}}, "no time zone"),
        ({"linelist": {"period": ["soon", "later"]}}, "two days"),
    ],
)
def test_a_wrong_mapping_is_refused_with_its_reason(document, reason):
    with pytest.raises(Unreadable) as refused:
        mapping_from(document, "linelist")
    assert refused.value.code == "mapping_invalid"
    assert reason in refused.value.facts["reason"]


def test_an_absent_mapping_names_the_ready_ones():
    with pytest.raises(Unreadable) as refused:
        load_mapping("no_such", "linelist")
    assert "tianjin_2020" in refused.value.next_step


def test_one_row_can_hold_two_cases_and_their_link(tmp_path):
    path = write(tmp_path, "infector_id,infector_sex,infectee_id,infectee_sex\n1,M,2,F\n1,M,3,F\n")
    from chainbreak.exchange.linelist import read_linelist

    reading = read_linelist(
        path,
        mapping_from(
            {"linelist": {"explode": ["infector_", "infectee_"], "columns": {"id": "external_id", "sex": "sex"}}},
            "linelist",
        ),
    )
    assert [(case.external_id, case.sex) for case in reading.cases] == [("1", "male"), ("2", "female"), ("3", "female")]
    assert (reading.rows, reading.rows_in_file, [one.row for one in reading.duplicates]) == (4, 2, [2])
    assert [(link.from_id, link.to_id) for link in read_contacts(path).links] == [("1", "2"), ("1", "3")]
