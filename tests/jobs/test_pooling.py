"""`chainbreak pooling`: the reply of the command, and what it refuses."""

from __future__ import annotations

import json

import pytest

from chainbreak.jobs import cli, words


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    monkeypatch.setattr(words, "_chosen", "en")


@pytest.fixture
def pooling(capsys):
    def run(*arguments):
        status = cli.main(["pooling", *arguments])
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


def test_a_round_of_the_city(pooling):
    question = "--prevalence 0.1% --pool 10 --sensitivity 0.95 --specificity 0.999 --people 1878212 --json"
    status, out, err = pooling(*question.split())
    answer = json.loads(out)
    assert (status, err) == (0, "")
    assert answer["tubes"] == 187822
    assert answer["positive_tubes"] == pytest.approx(1962.253, abs=0.0006)
    assert answer["retests"] == pytest.approx(19622.4, abs=0.06)
    assert answer["missed"] == pytest.approx(183.13, abs=0.006)
    assert answer["tests_per_person"] == pytest.approx(0.110448, abs=6e-7)
    assert (answer["best_pool"], answer["best_permitted_pool"]) == (33, 20)


def test_the_best_pool_without_a_number_of_people(pooling):
    answer = json.loads(pooling("--prevalence", "0.01", "--json")[1])
    assert (answer["pool"], answer["best_pool"], answer["relative_cost_percent"]) == (11, 11, 20)
    assert answer["tubes"] is None
    assert answer["tests_per_person"] == pytest.approx(0.195571, abs=1e-6)


def test_the_reply_in_words(pooling):
    status, out, _ = pooling("--prevalence", "0.001", "--pool", "10", "--people", "1,878,212")
    assert status == 0
    assert "187,822 tubes" in out
    assert "18,698 retests" in out
    assert "saves no tests" in pooling("--prevalence", "0.4", "--pool", "5")[1]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (["--prevalence", "2"], "from 0 to 1"),
        (["--prevalence", "-0.1"], "from 0 to 1"),
        (["--prevalence", "nan"], "from 0 to 1"),
        (["--prevalence", "0.1", "--pool", "0"], "whole number"),
        (["--prevalence", "0.1", "--people", "1.5"], "whole number"),
        (["--prevalence", "0.1", "--sensitivity", "0.4", "--specificity", "0.5"], "tells nothing"),
        ([], "--prevalence"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_what_was_wanted(pooling, wrong, says):
    status, out, err = pooling(*wrong)
    assert (status, out) == (2, "")
    assert says in err
