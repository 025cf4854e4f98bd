"""`chainbreak chains`: the real sets of the field come out as expected; nasty files say what is wrong."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from chainbreak.jobs import cli, words

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
here = pytest.mark.skipif(not DATA.is_dir(), reason="the shared data are not here")


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    monkeypatch.setattr(words, "_chosen", "en")


@pytest.fixture
def chains(capsys):
    def run(*arguments):
        status = cli.main(["chains", *map(str, arguments)])
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


@pytest.fixture
def answer(chains):
    def ask(*arguments):
        status, out, err = chains(*arguments, "--json")
        assert (status, err) == (0, "")
        return json.loads(out)

    return ask


@pytest.fixture
def files(tmp_path):
    """Writes the line list and the links, gives the options that name them."""

    def write(linelist, contacts, encoding="utf-8"):
        (tmp_path / "linelist.csv").write_bytes(linelist.encode(encoding))
        (tmp_path / "contacts.csv").write_bytes(contacts.encode(encoding))
        return "--linelist", tmp_path / "linelist.csv", "--contacts", tmp_path / "contacts.csv"

    return write


def expected(name):
    return json.loads((DATA / name / "expected.json").read_text("utf-8"))


def rows(path):
    with (DATA / path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@here
def test_mers_in_korea_2015(answer):
    folder, wanted = DATA / "mers_korea_2015", expected("mers_korea_2015")
    found = answer("--linelist", folder / "linelist.csv", "--contacts", folder / "contacts.csv")
    assert (found["cases"], found["links"]) == (wanted["cases"], wanted["contacts"])
    assert (found["components"], found["isolates"]) == ([94, 3], 65)
    assert found["clusters_incl_isolates"] == wanted["clusters_incl_isolates"]
    out = {row["id"]: int(row["degree"]) for row in rows("mers_korea_2015/expected_degree_out.csv")}
    into = {row["id"]: int(row["degree"]) for row in rows("mers_korea_2015/expected_degree_in.csv")}
    assert {case: found["out_degree"][case] for case in out} == out
    assert {case: found["in_degree"][case] for case in into} == into
    members = Counter(row["cluster_member"] for row in rows("mers_korea_2015/expected_clusters.csv"))
    assert sorted(members.values(), reverse=True) == [94, 3] + [1] * 65
    interval, peer = found["serial_interval"], wanted["serial_interval"]
    assert (interval["n"], interval["median"]) == (peer["n"], peer["median"])
    assert interval["mean"] == pytest.approx(peer["mean"], abs=1e-6)
    assert interval["sd"] == pytest.approx(peer["sd"], abs=1e-5)
    assert [case for case, _ in found["superspreading"]["cases"][:3]] == ["SK_14", "SK_1", "SK_16"]
    assert found["offspring"]["R"] == pytest.approx(98 / 162)
    assert found["share_causing_80"] == pytest.approx(3 / 162)
    several = {one["ids"][0] for one in found["problems"] if one["code"] == "several_infectors"}
    assert several == {"SK_39", "SK_107"}


@here
@pytest.mark.parametrize(
    "form", [[], ["--date-format", "dd/mm/yyyy"], ["--date-format", "%d/%m/%Y"], ["--date-format", "dmy"]]
)
def test_tianjin_2020(answer, form):
    folder, wanted = DATA / "tianjin_2020", expected("tianjin_2020")
    found = answer("--linelist", folder / "linelist.csv", "--contacts", folder / "edges.csv", *form)
    assert (found["cases"], found["links"]) == (wanted["cases_raw"], wanted["edges"])
    assert (len(found["components"]), found["largest_component"]) == (wanted["components"], wanted["largest"])
    assert found["cases"] - found["isolates"] == wanted["nodes"]
    assert not any(one["code"] == "cycle" for one in found["problems"])
    assert found["out_degree"]["TJ43"] == max(found["out_degree"].values()) == wanted["max_out"][1]
    interval, peer = found["serial_interval"], wanted["direct_onset_difference"]
    assert (interval["n"], interval["median"], interval["negative"]) == (peer["n"], peer["median"], peer["negative"])
    assert interval["mean"] == pytest.approx(peer["mean"], abs=1e-4)
    assert interval["sd"] == pytest.approx(peer["sd"], abs=1e-4)


@here
def test_the_pairs_of_luohe_and_its_neighbours_carry_their_own_onsets(answer):
    found, wanted = (
        answer("--contacts", DATA / "luohe_henan_pairs_2020" / "pairs.csv"),
        expected("luohe_henan_pairs_2020"),
    )
    assert (found["links"], found["serial_interval"]["n"]) == (wanted["pairs"], wanted["both_onsets_known"])
    assert found["serial_interval"]["mean"] == pytest.approx(wanted["mean_serial_interval"], abs=1e-4)


@here
def test_the_korean_provinces_have_their_links_in_the_line_list(answer):
    found, wanted = (
        answer("--linelist", DATA / "ds4c_korea_provinces" / "patients.csv"),
        expected("ds4c_korea_provinces"),
    )
    kinds = Counter(one["code"] for one in found["problems"])
    assert (found["cases"], found["links_given"]) == (wanted["patients"], wanted["infected_by_links"])
    assert (kinds["dangling_link"], kinds["self_link"]) == (wanted["infected_by_dangling"], wanted["self_loops"])
    assert found["links"] == wanted["infected_by_known"] - wanted["self_loops"]
    assert len(found["components"]) == wanted["components_of_2_or_more"]
    assert found["largest_component"] == wanted["largest_component"]
    assert max(found["out_degree"].items(), key=lambda one: one[1]) == tuple(wanted["max_offspring"])
    assert kinds["cycle"] > 0
    interval, peer = found["serial_interval"], wanted["onset_serial_interval"]
    assert interval["negative"] == peer["negative"]
    one_self_link_with_an_onset = 1  # the peer counts it as an interval of 0 days
    assert interval["n"] == peer["n"] - one_self_link_with_an_onset
    assert interval["mean"] * interval["n"] / peer["n"] == pytest.approx(peer["mean"], abs=1e-4)


@here
def test_relations_of_another_system_use_the_columns_that_are_filled(answer):
    found = answer("--contacts", DATA / "godata_training_export" / "relationships.csv")
    wanted = expected("godata_training_export")["graph"]
    assert (found["cases"], found["links"]) == (wanted["nodes"], wanted["edges"])
    assert (len(found["components"]), found["largest_component"]) == (wanted["components"], wanted["largest"])


@here
def test_the_chains_of_the_simulated_outbreak_come_apart(answer):
    folder, wanted = DATA / "sim_omicron_linying", expected("sim_omicron_linying")
    found = answer(
        *("--linelist", folder / "linelist.csv", "--contacts", folder / "truth" / "transmissions.csv"),
        *("--column", "from=infector", "--column", "to=person_id"),
        *("--exposures", folder / "interview_contacts.csv"),
    )
    truth = {row["person_id"]: row["chain"] for row in rows("sim_omicron_linying/truth/transmissions.csv")}
    assert found["links"] == wanted["true_transmissions"]
    assert sorted(found["components"]) == [6, 53]
    assert all(len({truth[case] for case in chain}) == 1 for chain in found["chains"])
    assert found["out_degree"][wanted["offspring_max"][0]] == wanted["offspring_max"][1]
    rates = {rate["setting"]: rate["rate"] for rate in found["attack_rates"]}
    assert rates["同住"] > rates["同事/同学"] > rates["其他"] > 0


def test_order_of_columns_encoding_line_ends_and_leading_zeros_do_not_matter(answer, files):
    linelist = "备注,发病日期,病例编号\r\n甲,2022年3月20日,007\r\n,3月24日,008\r\n,不详,7\r\n"
    contacts = "续发病例编号,传染源编号\r\n008,007\r\n"
    for encoding in ("gb18030", "utf-8-sig", "utf-16"):
        found = answer(*files(linelist, contacts, encoding))
        assert (found["cases"], found["links"], found["serial_interval"]["mean"]) == (3, 1, 4)
        assert found["out_degree"] == {"007": 1, "008": 0, "7": 0}


def test_a_date_that_is_none_is_named_and_the_rest_is_used(answer, files):
    linelist = "id,onset_date\nA,2022-03-20\nB,tomorrow\nC,2022-03-25\nD,2022-02-30\n"
    found = answer(*files(linelist, "from,to\nA,C\nA,B\n"))
    bad = [one for one in found["problems"] if one["code"] == "date_unreadable"]
    assert [(one["ids"], one["rows"], one["facts"]["value"]) for one in bad] == [
        (["B"], [3], "tomorrow"),
        (["D"], [5], "2022-02-30"),
    ]
    assert (found["cases"], found["serial_interval"]["n"]) == (4, 1)


def test_every_kind_of_bad_row_is_named_with_its_row(answer, files):
    linelist = "id,onset_date,origin\nA,2022-03-20,境外输入\nA,2022-03-21,\n,2022-03-22,\nB,2022-03-10,本土\n"
    contacts = "from,to\nA,B\nA,\nA,Z\nB,B\nA,B\n"
    found = answer(*files(linelist, contacts))
    where = {one["code"]: one["rows"] for one in found["problems"]}
    assert where == {
        "case_twice": [2, 3],
        "case_without_id": [4],
        "link_incomplete": [3],
        "dangling_link": [4],
        "self_link": [5],
        "repeated_link": [2, 6],
        "interval_impossible": [2],
    }
    assert all(one["message"] and "%(" not in one["message"] for one in found["problems"])
    assert (found["origins"]["imported"], found["origins"]["local"]) == (1, 1)


def test_an_empty_list_of_links_leaves_everybody_alone(answer, files):
    found = answer(*files("id\nA\nB\n", "from,to\n"))
    assert (found["links"], found["isolates"], found["components"]) == (0, 2, [])
    assert found["offspring"]["R"] == 0


def test_the_reply_in_words_in_both_languages(chains, files, monkeypatch):
    options = files(
        "id,onset_date\nA,2022-03-20\nB,2022-03-23\nC,2022-03-19\n", "from,to,setting\nA,B,home\nA,C,home\n"
    )
    status, out, _ = chains(*options, "--exposures", options[3], "--above", "1")
    assert status == 0
    assert "3 cases, 2 links, 1 chains" in out
    assert "Superspreading (more than 1): A (2)" in out
    assert "fell ill before the infector (1 d)" in out
    monkeypatch.setattr(words, "_chosen", "zh-hans")
    assert "传播关系 2 条" in chains(*options)[1]


@pytest.mark.parametrize(
    ("linelist", "contacts", "more", "says"),
    [
        ("name\nA\n", "from,to\nA,B\n", [], "no column id"),
        ("id\nA\n", "a,b\nA,B\n", [], "no column from"),
        ("id,onset_date\nA,01/02/2022\nB,03/04/2022\n", "from,to\nA,B\n", [], "onset_date"),
        ("id\nA\n", "from,to\nA,B\n", ["--column", "onset_date=When"], "no column When"),
        ("id\nA\n", "from,to\nA,B\n", ["--column", "colour=red"], "NAME=COLUMN"),
        ("id\nA\n", "from,to\nA,B\n", ["--date-format", "week"], "dd/mm/yyyy"),
        ("", "from,to\nA,B\n", [], "linelist.csv"),
        ("id,x\nA,1,2,3\n", "from,to\nA,B\n", [], "Line 2"),
    ],
)
def test_what_cannot_be_read_ends_with_2_and_says_where(chains, files, linelist, contacts, more, says):
    status, out, err = chains(*files(linelist, contacts), *more)
    assert (status, out) == (2, "")
    assert says in err
    assert "Traceback" not in err


def test_without_any_file_the_question_is_refused(chains):
    status, _, err = chains()
    assert status == 2
    assert "--linelist" in err


LINKED = "from,to\nC1,C2\nC2,C3\nC4,C2\n"


def test_days_may_be_numbers_and_below_zero(answer, files):
    found = answer(*files("id,onset_date\nC1,-2\nC2,0\nC3,5\nC4,4\n", LINKED))
    dated = answer(*files("id,onset_date\nC1,2022-03-08\nC2,2022-03-10\nC3,2022-03-15\nC4,2022-03-14\n", LINKED))
    assert found["serial_interval"] == dated["serial_interval"]
    assert found["serial_interval"]["mean"] == pytest.approx(1.0)
    early = next(one for one in found["problems"] if one["code"] == "interval_impossible")
    facts = early["facts"]
    assert (facts["infector_onset"], facts["infectee_onset"]) == (4, 0), "numbers stay the numbers they were"
    assert "2000" not in json.dumps(found["problems"])


def test_days_that_are_numbers_are_not_laid_beside_dates(answer, files):
    links = "from,to,first_contact_date\nC1,C2,2022-03-09\nC2,C3,2022-03-12\n"
    found = answer(*files("id,onset_date\nC1,0\nC2,3\nC3,7\n", links))
    assert found["serial_interval"]["mean"] == pytest.approx(3.5)
    assert not [one for one in found["problems"] if one["code"] == "link_after_onset"]


@pytest.mark.parametrize(
    ("linelist", "contacts"),
    [
        ("\ufeffid,onset_date\r\nC1,0\r\nC2,3\r\nC3,7\r\n", "\ufefffrom,to\r\nC1,C2\r\nC2,C3\r\n"),
        ("onset_date,extra,id\n0,x,C1\n3,,C2\n7,y,C3\n", "to,note,from\nC2,,C1\nC3,z,C2\n"),
        ("id;onset_date\nC1;0\nC2;3\nC3;7\n", "from;to\nC1;C2\nC2;C3\n"),
        ("id\tonset_date\nC1\t0.0\nC2\t3.0\nC3\t7.0\n", "from\tto\nC1\tC2\nC2\tC3\n"),
        ("case,onset\nC1,0\nC2,3\nC3,7\n", "infector,infectee\nC1,C2\nC2,C3\n"),
        ("病例编号,发病日期\nC1,0\nC2,3\nC3,7\n", "from,to\nC1,C2\nC2,C3\n"),
        ("id,onset_date\nC1,0\nC2,3\nC3,7\n\n\n", "from,to\n C1 ,C2\nC2, C3 \n"),
        ('"id","onset_date"\n"C1","0"\n"C2","3"\n"C3","7"\n', '"from","to"\n"C1","C2"\n"C2","C3"\n'),
        ("id,onset_date\nC1,2022/3/10\nC2,2022/3/13\nC3,2022/3/17\n", "from,to\nC1,C2\nC2,C3\n"),
        ("id,onset_date\nC1,2022年3月10日\nC2,2022年3月13日\nC3,2022年3月17日\n", "from,to\nC1,C2\nC2,C3\n"),
        ("id,onset_date\nC1,20220310\nC2,20220313\nC3,20220317\n", "from,to\nC1,C2\nC2,C3\n"),
        ("id,onset_date\nC1,44630\nC2,44633\nC3,44637\n", "from,to\nC1,C2\nC2,C3\n"),
    ],
)
def test_one_outbreak_written_in_twelve_ways_is_one_outbreak(answer, files, linelist, contacts):
    found = answer(*files(linelist, contacts))
    assert (found["cases"], found["links"], found["generations"]) == (3, 2, {"0": 1, "1": 1, "2": 1})
    assert found["serial_interval"]["mean"] == pytest.approx(3.5)


def test_a_line_list_of_ids_alone_is_enough_and_keeps_its_zeros(answer, files):
    found = answer(*files("id\n007\n08\n9\n", "from,to\n007,08\n"))
    assert (found["cases"], found["isolates"], found["out_degree"]["007"]) == (3, 1, 1)
    assert found["serial_interval"]["n"] == 0
