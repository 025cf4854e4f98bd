"""`chainbreak bench`: it names what there is, refuses what there is not, and the tracing benchmark's answers are equal."""

from __future__ import annotations

import json

from chainbreak.jobs import cli, installation


def test_an_unknown_benchmark_is_refused_with_those_there_are(capsys):
    assert cli.main(["--lang", "en", "bench", "nothing"]) == 1
    said = capsys.readouterr().err
    assert all(name in said for name in ("demo", "derive", "pages", "all"))


def test_outside_of_a_checkout_there_are_no_benchmarks(capsys, monkeypatch):
    monkeypatch.setattr(installation, "checkout", lambda: None)
    assert cli.main(["--lang", "en", "bench", "tracing"]) == 1
    assert "checkout" in capsys.readouterr().err


def test_a_benchmark_prints_what_the_contract_names(capsys):
    cli.main(["bench", "tracing", "--size", "tiny", "--rounds", "1", "--json"])
    lines = json.loads(capsys.readouterr().out)
    for line in lines:
        assert {"what", "value", "unit", "peer", "peer_value", "ratio", "goal", "met"} <= line.keys()
    compared = [line["rows"] for line in lines if line["peer_value"]]
    assert len(compared) == 2 and min(compared) > 0, "contacts were found, and compared row by row"
