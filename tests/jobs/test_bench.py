"""`chainbreak bench`: it names what there is, refuses what there is not, and the tracing benchmark's answers are equal."""

from __future__ import annotations

import json
import os

import pytest

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


@pytest.mark.parametrize(
    ("script", "speed"),
    [
        ("cat > /dev/null; echo loading; echo 4.25", 4.25),
        ("echo 'there is no package called ringbp' >&2; exit 1", None),
        ("exit 0", None),
    ],
)
def test_the_peer_of_scenarios_is_asked_where_r_is_and_left_out_where_its_package_is_not(
    tmp_path, monkeypatch, script, speed
):
    from bench import scenario

    stand_in = tmp_path / "Rscript"
    stand_in.write_text(f'#!/bin/sh\nprintf "%s" "$2" > {tmp_path}/asked\n{script}\n')
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert scenario._ringbp() == speed
    asked = (tmp_path / "asked").read_text()
    assert f"scenario_sim(n = {scenario.PEER_RUNS}," in asked and "rnbinom(n, mu = 2.5, size = .16)" in asked
