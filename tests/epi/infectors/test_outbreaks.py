"""Outbreaks of synthetic cities whose truth is known: their files fit together, and the reconstruction reads them."""

from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np
import pytest
from bench.town import outbreaks

from chainbreak.engines.city import parameters
from chainbreak.epi.infectors import infer
from chainbreak.exchange.infectors import read_outbreak


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("city")
    return next(outbreaks.several(folder, kinds=(outbreaks.KINDS[0],)))


def test_every_listed_case_has_its_nearest_listed_ancestor_and_the_citys_habits_are_given_back(made):
    with made.linelist.open() as file:
        listed = [row["person_id"] for row in csv.DictReader(file)]
    assert sorted(made.ancestor) == sorted(listed)
    assert set(made.ancestor.values()) <= {*listed, outbreaks.OUTSIDE}
    assert 1 <= sum(one == outbreaks.OUTSIDE for one in made.ancestor.values()) <= made.kind.index_cases
    changed = replace(made.kind, dispersion=9.0)
    before = parameters.value("outbreak.dispersion")
    with outbreaks._habits(changed):
        assert parameters.value("outbreak.dispersion") == 9.0
    assert parameters.value("outbreak.dispersion") == before


def test_a_true_infector_is_nearer_by_genome_than_any_case_and_met_the_infectee(made):
    outbreak = read_outbreak(**made.files(genomes=True, contacts=True, stays=True)).outbreak
    index = {case: number for number, case in enumerate(outbreak.ids)}
    links = [(index[a], index[b]) for b, a in made.ancestor.items() if a]
    answer = infer(outbreak, iterations=100, sensitivity=False, chains=1)
    snps, minutes = answer.question.snps, answer.question.minutes
    known = [(a, b) for a, b in links if {outbreak.ids[a], outbreak.ids[b]} <= set(outbreak.genomes)]
    assert np.mean([snps[a, b] for a, b in known]) < 0.6 * snps[snps > 0].mean()
    assert np.mean([(min(a, b), max(a, b)) in minutes for a, b in links]) > 0.8
    right = np.mean([answer.probability[b, a] for a, b in links])
    assert right > 3 / len(outbreak.ids), "the truth is found better than by chance"


def test_dates_alone_do_not_make_everybody_an_introduction(made):
    outbreak = read_outbreak(**made.files(genomes=False, contacts=False, stays=False)).outbreak
    answer = infer(outbreak, iterations=400, sensitivity=False)
    assert answer.probability[:, -1].sum() < 0.25 * len(outbreak.ids)
