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
    assert cli.main(["--lang", "en", "bench", "trace"]) == 1
    assert "checkout" in capsys.readouterr().err


def test_a_benchmark_prints_what_the_contract_names(capsys):
    cli.main(["bench", "trace", "--rounds", "1", "--json"])
    (line,) = json.loads(capsys.readouterr().out)
    assert {"what", "value", "unit", "peer", "peer_value", "ratio", "goal", "met"} <= line.keys()
    assert all(count > 0 for count in line["pairs"]), "both degrees were found, and compared row by row"
