"""`delays` on files alone: the published data sets, windows, links, and what is left out by its reason."""

import json
from pathlib import Path

import pytest

from chainbreak.jobs import cli, words

DATA = Path(__file__).parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the data sets are not here")


@pytest.fixture(autouse=True)
def in_english(monkeypatch):
    monkeypatch.setattr(words, "_chosen", "en")


@pytest.fixture
def asked(capsys):
    def ask(*arguments, status=0):
        capsys.readouterr()
        found = cli.main(["delays", *(str(argument) for argument in arguments), "--json"])
        out = capsys.readouterr()
        assert found == status, out.err
        return (json.loads(out.out) if out.out else None), out.err

    return ask


def written(folder, text, name="cases.csv"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@needs_data
def test_serial_intervals_of_linked_cases_are_the_published_ones(asked):
    mers = DATA / "mers_korea_2015"
    expected = json.loads((mers / "expected.json").read_text())["serial_interval"]
    found, _ = asked(mers / "linelist.csv", "--pairs", mers / "contacts.csv", "--on", "dt_onset")
    assert found["observed"]["n"] == expected["n"] and found["observed"]["median"] == expected["median"]
    assert found["observed"]["mean"] == pytest.approx(expected["mean"])
    assert found["observed"]["sd"] == pytest.approx(expected["sd"], abs=1e-5)
    assert found["fits"][0]["mean"]["low"] < expected["mean"] < found["fits"][0]["mean"]["high"]
    tianjin = DATA / "tianjin_2020"
    expected = json.loads((tianjin / "expected.json").read_text())["direct_onset_difference"]
    cases = tianjin / "linelist_125_with_onset_and_source_group.csv"
    found, _ = asked(cases, "--pairs", tianjin / "edges.csv", "--on", "symptom_onset")
    assert found["observed"]["mean"] == pytest.approx(expected["mean"], abs=1e-4)
    assert found["observed"]["n"] == expected["n"] and found["observed"]["sd"] == pytest.approx(
        expected["sd"], abs=1e-4
    )


@needs_data
def test_incubation_from_windows_of_exposure(asked):
    cases = DATA / "tianjin_2020" / "linelist_125_with_onset_and_source_group.csv"
    found, _ = asked(cases, "--from", "start_source,end_source", "--to", "symptom_onset")
    assert found["n"] + found["left_out"]["date_missing"] == 125
    best = found["fits"][0]
    assert 6.5 < best["mean"]["value"] < 9.5  # published: 6.76 to 8.56 with intermediates, longer without
    wide, _ = asked(cases, "--from", "start_source,end_source", "--to", "symptom_onset", "--longest", "21")
    assert wide["n"] == 90 > found["n"]  # the others have no end of their exposure either


@needs_data
def test_one_negative_interval_leaves_the_normal_distribution_or_is_left_out(asked):
    pairs = DATA / "luohe_henan_pairs_2020" / "pairs.csv"
    both = ["--from", "infector_onsetDate", "--to", "infectee_onsetDate"]
    found, said = asked(pairs, *both)
    assert found["n"] == 29 and found["observed"]["mean"] == pytest.approx(6.1034, abs=1e-4)
    assert [one["distribution"] for one in found["fits"]] == ["normal"] and "lines 32" in said
    found, said = asked(pairs, *both, "--drop-negative")
    assert found["n"] == 28 and found["best"] != "normal" and "left out" in said


@needs_data
def test_pairs_with_windows_need_no_options(asked):
    found, _ = asked(DATA / "rt_flu2009_measles1861" / "flu2009_si_data.csv")
    assert found["n"] == 16
    gamma = next(one for one in found["fits"] if one["distribution"] == "gamma")
    # EpiEstim 2.2.4 / coarseDataTools 0.6.6 by Markov chain: mean serial interval 4.007 days
    assert gamma["mean"]["value"] == pytest.approx(4.007, rel=0.03)
    assert sum(one["weight"] for one in found["fits"]) == pytest.approx(1.0)
    assert [one["aic"] for one in found["fits"]] == sorted(one["aic"] for one in found["fits"])


def test_those_still_waiting_and_those_not_in_the_table(asked, tmp_path):
    rows = "".join(
        f"{n},2022-03-{1 + n % 20:02},{'' if n % 3 == 0 else f'2022-03-{3 + n % 20 + n % 4:02}'}\n" for n in range(60)
    )
    path = written(tmp_path, "id,report,isolated\n" + rows)
    left, _ = asked(path, "--from", "report", "--to", "isolated")
    waiting, _ = asked(path, "--from", "report", "--to", "isolated", "--censored-at", "2022-03-31")
    assert left["n"] == 40 and left["left_out"] == {"date_missing": 20}
    assert waiting["n"] == 60 and waiting["censored"] == 20 and not waiting["left_out"]
    assert waiting["fits"][0]["mean"]["value"] > 1.5 * left["fits"][0]["mean"]["value"]
    cut, _ = asked(path, "--from", "report", "--to", "isolated", "--truncated-at", "2022-03-12")
    assert cut["left_out"]["after_the_last_day"] > 0 and cut["delay"]["truncated_at"] == "2022-03-12"


@pytest.mark.parametrize(
    "text, more, said",
    [
        ("id,onset\n1,2022-03-01\n", [], "Say which delay"),
        ("id,onset\n1,2022-03-01\n", ["--from", "onset"], "Say which delay"),
        ("id,onset\n1,2022-03-01\n", ["--from", "onset", "--to", "report"], "There is no column report"),
        ("id,onset,report\n1,2022-03-01,soon\n", ["--from", "onset", "--to", "report"], "Line 2, column report"),
        ("id,onset,report\n1,2022-03-01,\n", ["--from", "onset", "--to", "report"], "no row has both dates"),
        ("id,onset\n1,2022-03-01\n", ["--on", "onset"], "--pairs needs --on"),
        ("id,onset\n1,2022-03-01\n", ["--from", "a,b,c", "--to", "d"], "two with a comma"),
    ],
)
def test_what_cannot_be_answered_is_said(asked, tmp_path, text, more, said):
    assert said in asked(written(tmp_path, text), *more, status=2)[1]


def test_links_that_lead_nowhere_and_cases_given_twice(asked, tmp_path):
    cases = written(tmp_path, "id,onset\n" + "".join(f"0{n},2022-03-{n + 1:02}\n" for n in range(1, 9)))
    links = written(tmp_path, "from,to\n" + "".join(f"0{n},0{n + n % 3 + 1}\n" for n in range(1, 8)), "links.csv")
    found, said = asked(cases, "--pairs", links, "--on", "onset")
    assert found["n"] == 6 and found["left_out"] == {"unknown_case": 1}
    assert "not in the line list" in said
    twice = written(tmp_path, "id,onset\n01,2022-03-02\n01,2022-03-03\n", "twice.csv")
    assert "01 is there twice" in asked(twice, "--pairs", links, "--on", "onset", status=2)[1]


def test_two_delays_are_shown_and_not_fitted(asked, tmp_path):
    path = written(tmp_path, "a,b\n2022-03-01,2022-03-03\n2022-03-01,2022-03-05\n")
    found, said = asked(path, "--from", "a", "--to", "b", "--plot", tmp_path / "d.svg")
    assert found["fits"] == [] and found["best"] is None and found["observed"]["mean"] == 3.0
    assert "too few" in said and (tmp_path / "d.svg").read_text(encoding="utf-8").startswith("<svg")
