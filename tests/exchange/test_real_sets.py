"""Real and messy line lists are read whole, and give the counts that are known of them."""

import csv
import json
from collections import Counter, defaultdict
from datetime import date

import pytest

from chainbreak.exchange.contacts import read_contacts
from chainbreak.exchange.linelist import read_linelist
from chainbreak.exchange.mapping import load_mapping

TODAY = date(2026, 1, 1)
PLANTED = {
    "id check digit wrong": "id_check_digit",
    "id number missing": "id_number_missing",
    "age contradicts birth date in id number": "age_contradicts_id",
    "blanks around the name (clean, no error)": "blanks_trimmed",
    "sex contradicts id number": "sex_contradicts_id",
    "full-width digits (clean, no error)": "full_width",
    "address outside Luohe": "address_outside",
    "CT value is a word": "ct_not_number",
    "report before sampling": "report_before_sampling",
    "lower-case x (clean, no error)": "id_lower_case_x",
    "onset after report": "onset_after_report",
}


def linelist(folder, **more):
    mapping = load_mapping(folder.name, "linelist")
    reading = read_linelist(folder / mapping.file, mapping, today=TODAY, **more)
    assert reading.rows == len(reading.cases) + len(reading.duplicates) + len(reading.rejected)
    return reading


def contacts(folder, cases):
    mapping = load_mapping(folder.name, "contacts")
    return read_contacts(folder / mapping.file, mapping, known={case.external_id for case in cases})


def expected(folder):
    return json.loads((folder / "expected.json").read_text("utf-8"))


def codes(reading, severity=None):
    rows = (p for p in reading.problems if p.row is not None)
    return Counter(p.code for p in rows if severity is None or p.severity == severity)


def components(pairs):
    near = defaultdict(set)
    for a, b in pairs:
        near[a].add(b)
        near[b].add(a)
    sizes, seen = [], set()
    for start in near:
        if start not in seen:
            group, work = set(), [start]
            while work:
                one = work.pop()
                if one not in group:
                    group.add(one)
                    work += near[one]
            seen |= group
            sizes.append(len(group))
    return sorted(sizes, reverse=True)


def test_tianjin(shared):
    folder = shared("tianjin_2020")
    reading, known = linelist(folder), expected(folder)
    links = contacts(folder, reading.cases)
    pairs = [(link.from_id, link.to_id) for link in links.links]
    onsets = {case.external_id: case.onset_date for case in reading.cases}

    assert len(reading.cases) == known["cases_raw"]
    assert sum(1 for onset in onsets.values() if onset) == known["cases_with_onset_used"]
    used = [case.onset_date for case in reading.cases if case.onset_date]
    assert [str(min(used)), str(max(used))] == known["onset_range"]
    confirmed = [case.reported_at for case in reading.cases]
    assert [str(min(confirmed)), str(max(confirmed))] == known["confirm_range"]
    assert sum(1 for case in reading.cases if case.outcome == "died") == known["deaths"]
    assert (len(pairs), len({end for pair in pairs for end in pair})) == (known["edges"], known["nodes"])
    assert (len(components(pairs)), components(pairs)[0]) == (known["components"], known["largest"])
    assert list(Counter(a for a, _ in pairs).most_common(1)[0]) == known["max_out"]
    assert not any(link.in_cycle or link.dangling for link in links.links)
    gaps = [(onsets[b] - onsets[a]).days for a, b in pairs]
    assert round(sum(gaps) / len(gaps), 4) == known["direct_onset_difference"]["mean"]
    with open(folder / "linelist_125_with_onset_and_source_group.csv", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            assert str(onsets[row["case_id"]]) == row["symptom_onset"]


def test_mers(shared):
    folder = shared("mers_korea_2015")
    reading, known = linelist(folder), expected(folder)
    links = contacts(folder, reading.cases)

    assert (len(reading.cases), len(links.links)) == (known["cases"], known["contacts"])
    ends = [(link.from_id, link.to_id) for link in links.links]
    assert len({end for pair in ends for end in pair}) == known["ids_in_contacts"]
    assert Counter(case.sex[0].upper() for case in reading.cases) == known["sex"]
    assert Counter({"alive": "Alive", "died": "Dead"}[case.outcome] for case in reading.cases) == known["outcome"]
    assert sum(1 for case in reading.cases if not case.onset_date) == known["onset_missing"]
    assert Counter(link.setting.strip() for link in links.links) == known["exposure"]
    quality = known["data_quality"]
    assert codes(reading)["death_date_missing"] == quality["deaths_without_death_date"]
    assert codes(reading)["onset_after_report"] == quality["report_before_onset"]
    several = {p.facts["id"]: len(p.facts["ids"]) for p in links.problems if p.code == "several_infectors"}
    assert {f"{one} ({n})" for one, n in several.items()} == set(quality["cases_with_two_or_more_possible_infectors"])
    assert not codes(reading, "error")


def test_luohe_pairs(shared):
    folder = shared("luohe_henan_pairs_2020")
    reading, known = linelist(folder), expected(folder)
    links = contacts(folder, reading.cases)
    onsets = {case.external_id: case.onset_date for case in reading.cases}

    assert (reading.rows_in_file, len(links.links)) == (known["pairs"], known["pairs"])
    assert not reading.rejected
    gaps = [
        (onsets[link.to_id] - onsets[link.from_id]).days
        for link in links.links
        if onsets[link.from_id] and onsets[link.to_id]
    ]
    assert len(gaps) == known["both_onsets_known"]
    assert round(sum(gaps) / len(gaps), 4) == known["mean_serial_interval"]
    assert sum(1 for link in links.links if link.setting == "household") == known["household"]
    assert sum(1 for link in links.links if link.to_id.startswith("luohe-")) == known["luohe_pairs"]
    assert {case.reported_in for case in reading.cases} == {"漯河市", "许昌市", "周口市", "驻马店市"}


@pytest.mark.parametrize("file", ["linelist_gb18030.csv", "linelist.xlsx"])
@pytest.mark.parametrize("mapped", [True, False])
def test_chinese_line_list(shared, luohe_areas, file, mapped):
    folder = shared("cn_linelist_messy")
    known = expected(folder)
    mapping = load_mapping(folder.name, "linelist") if mapped else None
    reading = read_linelist(folder / file, mapping, areas=luohe_areas, home="4111", today=TODAY)

    assert (reading.rows, len(reading.cases)) == (known["rows_in_file"], known["people"])
    kinds = Counter(case.classification for case in reading.cases)
    assert (kinds["confirmed"], kinds["asymptomatic"]) == (known["confirmed"], known["asymptomatic"])
    assert Counter(case.area_code[:6] for case in reading.cases) == known["by_county"]
    assert not codes(reading, "error")

    said = {(p.row, p.code) for p in reading.problems if p.row is not None}
    planted = set()
    with open(folder / "expected_problems.csv", encoding="utf-8") as rows:
        for row in csv.DictReader(rows):
            planted.add((int(row["row"]), PLANTED.get(row["problem"], "same_person")))
    assert len(planted) == 54
    assert planted <= said
    # What is said beyond the plan is true as well: 91 was reported before its onset, 123 repeats 15 from outside.
    assert said - planted == {(91, "onset_after_report"), (123, "address_outside")}


def test_chinese_line_list_gives_the_clean_values(shared, luohe_areas):
    folder = shared("cn_linelist_messy")
    reading = linelist(folder, areas=luohe_areas)
    by_row = {case.external_id: case for case in reading.cases}
    planted = defaultdict(set)
    with open(folder / "expected_problems.csv", encoding="utf-8") as rows:
        for row in csv.DictReader(rows):
            planted[row["row"]].add(row["problem"])
    with open(folder / "expected_clean.csv", encoding="utf-8") as rows:
        for row in csv.DictReader(rows):
            case, wrong = by_row[row["case_no"]], " ".join(planted[row["case_no"]])
            assert case.name == row["name"]
            assert case.area_code == (row["village_code"] or row["township_code"] or row["county_code"])
            assert f"{case.sampled_at:%Y-%m-%d %H:%M}" == row["sampling_time"]
            if "onset after" not in wrong:
                assert str(case.onset_date or "") == row["onset_date"]
            if "report before" not in wrong:
                assert str(case.reported_at) == row["report_date"]
            if "id check" not in wrong and "id number missing" not in wrong:
                assert case.id_number == row["id_number"]
            if "age" not in wrong:
                assert case.age_years == int(row["age"])


def test_cleanepi(shared):
    folder = shared("cleanepi_messy_linelist")
    reading, known = linelist(folder), expected(folder)
    with open(folder / "messy_linelist.csv", encoding="utf-8") as file:
        raw = list(csv.DictReader(file))
    nameless = sum(1 for row in raw if not row["case_id"])

    assert reading.rows == known["rows"]
    assert len(reading.cases) == known["distinct_case_ids"] - bool(nameless)
    assert codes(reading)["duplicate_id"] == known["rows_sharing_a_case_id"] - nameless
    assert codes(reading)["missing_value"] == nameless
    assert len(reading.rejected) == known["rows"] - len(reading.cases)
    assert codes(reading)["age_in_words"] == known["ages_in_words"]
    spellings = known["gender_spellings"]
    everybody = Counter(one.raw["gender"] for one in [*reading.cases, *reading.rejected])
    assert everybody == spellings
    male = sum(n for word, n in everybody.items() if word in ("M", "m", "male", "1"))
    kept_male = sum(1 for case in reading.cases if case.sex == "male")
    assert kept_male + sum(1 for one in reading.rejected if one.raw["gender"] in ("M", "m", "male", "1")) == male
    assert "sex_unknown" not in codes(reading)
    destroyed = sum(1 for row in raw if row["date_onset"].endswith("/Y"))
    assert codes(reading)["date_unreadable"] == destroyed > 0
    case = next(case for case in reading.cases if case.external_id == "4557")
    assert (case.onset_date, case.sampled_at) == (date(2014, 10, 29), date(2014, 11, 4))
    for case in reading.cases:
        if case.raw["date_sample"] == "04/ 07 /15":
            assert case.sampled_at == date(2015, 7, 4)
        if case.raw["date_sample"] == "06/26/2016":
            assert case.sampled_at == date(2016, 6, 26)


def test_cleanepis_own_test_table_has_three_date_styles(shared):
    path = shared("cleanepi_messy_linelist") / "test_df.csv"
    first = read_linelist(path).cases[0]
    assert (first.isolated_at, first.birth_date) == (date(2020, 12, 1), date(1972, 6, 1))


def test_korean_provinces(shared):
    folder = shared("ds4c_korea_provinces")
    reading, known = linelist(folder), expected(folder)

    assert len(reading.cases) == known["patients"]
    for links, rows in ((reading.links, None), (contacts(folder, reading.cases), known["infected_by_links"])):
        every = links if rows is None else [*links.links, *links.duplicates, *links.rejected]
        assert len(every) == known["infected_by_links"]
        assert sum(1 for link in every if link.dangling) == known["infected_by_dangling"]
        assert sum(1 for link in every if not link.dangling) == known["infected_by_known"]
        assert sum(1 for link in every if link.from_id == link.to_id) == known["self_loops"]
        assert any(link.in_cycle for link in every)
        assert list(Counter(link.from_id for link in every).most_common(1)[0]) == known["max_offspring"]
    pairs = [(link.from_id, link.to_id) for link in reading.links if not link.dangling and not link.is_rejected]
    assert len(components(pairs)) == known["components_of_2_or_more"]
    assert components(pairs)[0] == known["largest_component"]
    assert codes(reading)["onset_after_report"] == known["confirmed_before_onset"]
    odd = [p for p in reading.problems if p.column == "contact_number"]
    assert {p.facts["value"] for p in odd} == set(known["contact_number_not_plausible"])
    assert all(case.extra["contact_number"] == "-" for case in reading.cases if case.row in {p.row for p in odd})
    blank = sum(1 for case in reading.cases if case.raw["symptom_onset_date"] == " ")  # not empty, but says nothing
    assert sum(1 for case in reading.cases if not case.onset_date) == known["missing_onset"] + blank
    assert Counter(one.raw["state"] for one in reading.cases) == known["state"]
    assert reading.cases[0].age_band == (10, 20)


def test_go_data(shared):
    folder = shared("godata_training_export")
    reading = read_linelist(folder / "cases.csv", load_mapping("godata", "linelist"), today=TODAY)
    kinds = Counter(case.classification for case in reading.cases)
    assert (len(reading.cases), kinds) == (56, {"confirmed": 31, "suspected": 15 + 9, "excluded": 1})

    with open(folder / "contacts.csv", encoding="utf-8") as file:
        known = {case.external_id for case in reading.cases} | {row["uuid"] for row in csv.DictReader(file)}
    links = read_contacts(folder / "relationships.csv", load_mapping("godata", "contacts"), known=known)
    assert len(links.links) == expected(folder)["rows"]["relationships"]
    lost = [link for link in links.links if link.dangling]
    assert len(lost) == expected(folder)["relationships_with_unknown_endpoint"]
    assert len({end for link in lost for end in link.dangling}) == 5


def test_go_data_without_a_mapping_takes_the_number_that_everybody_has(shared):
    folder = shared("godata_training_export")
    assert len(read_linelist(folder / "cases.csv").cases) == 56
    assert not read_contacts(folder / "relationships.csv").rejected
