"""`chainbreak infectors`: outbreaks with a known truth; any part of the files may be missing; nasty files say what is wrong."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from pathlib import Path

import pytest

from chainbreak.jobs import cli, words

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
FAKE, LINYING = DATA / "outbreaker2_fake_outbreak", DATA / "sim_omicron_linying"
here = pytest.mark.skipif(not DATA.is_dir(), reason="the shared data are not here")
LIST = "id,onset_date,sample_date\n007,2022-03-10,2022-03-12\n008,2022-03-13,2022-03-15\n009,,2022-03-18\n"


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    monkeypatch.setattr(words, "_chosen", "en")


@pytest.fixture
def infectors(capsys):
    def run(*arguments):
        status = cli.main(["infectors", *map(str, arguments)])
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


@pytest.fixture
def answer(infectors):
    def ask(*arguments):
        status, out, _ = infectors(*arguments, "--json")
        assert status == 0
        document = json.loads(out)
        total = defaultdict(float)
        for row in document["rows"]:
            total[row["case"]] += row["probability"]
        assert all(value == pytest.approx(1) for value in total.values())
        assert {row["case"] for row in document["tree"]} == set(total)
        return document

    return ask


def best(document):
    found = {}
    for row in document["rows"]:
        if row["probability"] > found.get(row["case"], ("", 0.0))[1]:
            found[row["case"]] = row["infector"], row["probability"]
    return {case: infector for case, (infector, _) in found.items()}


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@here
def test_the_outbreak_of_outbreaker2_is_reconstructed_better_than_by_it(answer):
    document = answer(
        "--linelist", FAKE / "linelist.csv", "--sequences", FAKE / "sequences.fasta",
        "--contacts", FAKE / "contacts.csv", "--generation-time", FAKE / "generation_time_w.csv", "--iterations", 1500,
    )  # fmt: skip
    truth = {row["case"]: row["true_infector"] or None for row in rows(FAKE / "linelist.csv")}
    found = best(document)
    assert sum(found[case] == truth[case] for case in truth) >= 27  # the peer: 27 of 30
    assert {case for case in found if found[case] is None} == {"1", "4", "28"}
    assert document["diagnostics"]["used"] == ["onsets", "samples", "genomes", "contacts"]


@here
@pytest.mark.slow
def test_the_omicron_outbreak_is_reconstructed_from_its_visits(answer):
    document = answer(
        "--linelist", LINYING / "linelist.csv", "--sequences", LINYING / "sequences.fasta",
        "--contacts", LINYING / "interview_contacts.csv", "--stays", LINYING / "visits.parquet",
        "--places", LINYING / "places.csv", "--iterations", 2000,
    )  # fmt: skip
    truth = {row["person_id"]: row["infector"] or None for row in rows(LINYING / "truth" / "transmissions.csv")}
    found = best(document)
    right = sum(found[case] == truth[case] for case in truth)
    assert right >= 0.55 * len(truth)
    assert document["diagnostics"]["expected_right"] == pytest.approx(right, abs=9)
    assert all(found[case] is None for case, infector in truth.items() if infector is None)


@here
@pytest.mark.parametrize(
    "arguments",
    [
        ["--linelist", DATA / "mers_korea_2015/linelist.csv", "--contacts", DATA / "mers_korea_2015/contacts.csv",
         "--agent", "mers", "--directed"],
        ["--linelist", DATA / "tianjin_2020/linelist.csv", "--contacts", DATA / "tianjin_2020/edges.csv",
         "--agent", "covid19-2020", "--directed"],
    ],
)  # fmt: skip
def test_real_line_lists_with_named_links(answer, arguments):
    document = answer(*arguments, "--iterations", 100, "--chains", 1)
    links = {(row["to"], row["from"]) for row in rows(arguments[3])}
    found = best(document)
    assert sum((case, infector) in links for case, infector in found.items()) > 0.25 * len({to for to, _ in links})


def test_dates_alone_and_every_option_left_out(answer, tmp_path):
    (tmp_path / "l.csv").write_bytes(b"\xef\xbb\xbf" + LIST.replace("\n", "\r\n").encode())
    document = answer("--linelist", tmp_path / "l.csv", "--iterations", 200)
    assert {row["case"] for row in document["tree"]} == {"007", "008", "009"}
    assert document["diagnostics"]["missing"] == ["genomes", "contacts", "stays", "travel"]


def test_the_words_are_there_in_both_languages(infectors, tmp_path, monkeypatch):
    (tmp_path / "l.csv").write_text(LIST)
    arguments = ("--linelist", tmp_path / "l.csv", "--iterations", 200)
    assert "Used: dates of onset" in infectors(*arguments)[1]
    monkeypatch.setattr(words, "_chosen", "zh")
    assert "采用的数据：发病日期" in infectors("--lang", "zh", *arguments)[1]


def test_whole_numbers_of_days_and_chinese_names(answer, tmp_path):
    (tmp_path / "l.csv").write_text("病例编号,发病日期,采样日期\n甲,1,3\n乙,4,6\n", encoding="gb18030")
    document = answer("--linelist", tmp_path / "l.csv", "--iterations", 200)
    assert {row["case"] for row in document["tree"]} == {"甲", "乙"}


@pytest.mark.parametrize(
    ("linelist", "more", "said"),
    [
        ("name,age\nx,3\n", {}, "id"),
        ("id,age\nx,3\n", {}, "onset_date, sample_date"),
        ("id,onset_date\nx,yesterday\n", {}, "yesterday"),
        ("id,onset_date\n", {}, "no case"),
        ("", {}, "empty"),
        (LIST, {"--contacts": "a,b\n1,2\n"}, "from"),
        (LIST, {"--stays": "person_id,place_id\n1,2\n"}, "arrived_at"),
        (LIST, {"--generation-time": "lag,p\n1,0.2\n"}, "0.2"),
        (LIST, {"--sequences": "no fasta\n"}, "Line 1"),
    ],
)
def test_what_cannot_be_read_is_named_and_ends_with_two(infectors, tmp_path, linelist, more, said):
    (tmp_path / "l.csv").write_text(linelist)
    arguments = ["--linelist", tmp_path / "l.csv"]
    for number, (option, text) in enumerate(more.items()):
        (tmp_path / f"{number}.csv").write_text(text)
        arguments += [option, tmp_path / f"{number}.csv"]
    status, _, err = infectors(*arguments, "--iterations", 100)
    assert status == 2
    assert said in err and "Traceback" not in err


def test_files_that_share_no_case_are_said_and_left_aside(answer, infectors, tmp_path):
    (tmp_path / "l.csv").write_text(LIST)
    (tmp_path / "c.csv").write_text("from,to\nx,y\n")
    (tmp_path / "s.csv").write_text("person_id,place_id,arrived_at,left_at\nx,p,2022-03-10 08:00,2022-03-10 09:00\n")
    arguments = ("--linelist", tmp_path / "l.csv", "--contacts", tmp_path / "c.csv", "--stays", tmp_path / "s.csv")
    document = answer(*arguments, "--iterations", 200)
    assert {problem["code"] for problem in document["diagnostics"]["problems"]} == {
        "no_contact_of_two_cases",
        "no_stay_of_a_case",
    }


@pytest.mark.parametrize(
    "linelist",
    [
        "id,onset_date,sample_date\n007,-2,1\n008,1,4\n009,,6\n",
        "\ufeffid,onset_date,sample_date\r\n007,2022-03-08,2022-03-11\r\n008,2022-03-11,2022-03-14\r\n009,,2022-03-16\r\n",
        "sample_date,note,id,onset_date\n1,x,007,-2\n4,,008,1\n6,,009,\n",
        "id;onset_date;sample_date\n007;-2;1\n008;1;4\n009;;6\n",
        "id\tonset_date\tsample_date\n007\t-2.0\t1.0\n008\t1.0\t4.0\n009\t\t6.0\n",
        "病例编号,发病日期,采样时间\n007,2022年3月8日,2022年3月11日\n008,2022年3月11日,2022年3月14日\n009,,2022年3月16日\n",
        "person_id,onset_date,sampling_time,report_date\n007,2022/3/8,2022/3/11,\n008,2022/3/11,2022/3/14,\n009,,2022/3/16,\n",
        '"case","onset","sample"\n"007","-2","1"\n"008","1","4"\n"009","NA","6"\n',
        "id,onset_date,sample_date\n007,20220308,20220311\n008,20220311,20220314\n009,,20220316\n",
        "id,onset_date,sample_date\n007,44628,44631\n008,44631,44634\n009,,44636\n\n",
    ],
)
def test_one_line_list_written_in_ten_ways_gives_one_answer(answer, tmp_path, linelist):
    def asked(name, text):
        (tmp_path / name).write_text(text, encoding="utf-8", newline="")
        return answer("--linelist", tmp_path / name, "--iterations", 100)

    plain = asked("plain.csv", "id,onset_date,sample_date\n007,-2,1\n008,1,4\n009,,6\n")
    found = asked("given.csv", linelist)
    assert [(row["case"], row["infector"]) for row in found["rows"]] == [
        (row["case"], row["infector"]) for row in plain["rows"]
    ]
    assert [row["probability"] for row in found["rows"]] == pytest.approx(
        [row["probability"] for row in plain["rows"]], abs=1e-9
    )
