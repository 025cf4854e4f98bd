"""Who infected whom: probabilities that are what they say, links that obey time, every kind of evidence or none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from chainbreak.epi.infectors import Outbreak, Stays, infer, simulated
from chainbreak.epi.infectors.prior import load


def outbreak(**known):
    """Three cases in a row, three days apart; what else is known as told."""
    facts = {"ids": ["a", "b", "c"], "onset": np.array([10.0, 13.0, 16.0]), "sample": np.array([12.0, 15.0, 18.0])}
    return Outbreak(**{**facts, **known})


def quick(given, **more):
    return infer(given, iterations=600, sensitivity=False, **more)


def of(answer, infectee, infector):
    return float(answer.probability[infectee, infector])


def test_probabilities_of_each_case_sum_to_one_and_the_tree_has_no_cycle():
    truth = simulated.outbreak(30, 5)
    answer = quick(truth.outbreak)
    assert answer.probability.shape == (30, 31)
    assert np.allclose(answer.probability.sum(axis=1), 1)
    assert np.all(np.diag(answer.probability[:, :30]) == 0)
    for case in range(30):
        seen = set()
        while case >= 0:
            assert case not in seen
            seen.add(case)
            case = int(answer.tree[case])


def test_the_same_seed_gives_the_same_answer_and_another_one_nearly_so():
    given = outbreak()
    one, again, other = quick(given, seed=4), quick(given, seed=4), quick(given, seed=40)
    assert np.array_equal(one.probability, again.probability)
    assert not np.array_equal(one.probability, other.probability)
    assert np.abs(one.probability - other.probability).max() < 0.15


def test_the_first_case_came_from_outside_and_a_later_onset_follows_an_earlier_one():
    answer = quick(outbreak())
    assert of(answer, 0, 3) > 0.6
    assert of(answer, 1, 0) > of(answer, 0, 1) + 0.2


def test_a_named_contact_makes_its_link_likelier_and_not_another():
    given = replace(simulated.outbreak(24, 9, genomes=False, contacts=False).outbreak)
    without = quick(given)
    late = 20
    candidates = [i for i in range(24) if 0.02 < of(without, late, i) < 0.3]
    assert candidates
    chosen = candidates[0]
    named = quick(replace(given, contacts=np.array([[late, chosen]])))
    assert of(named, late, chosen) > 2 * of(without, late, chosen)
    unasked = quick(replace(given, contacts=np.array([[chosen, late]]), directed=True))
    assert of(unasked, late, chosen) > 2 * of(without, late, chosen)
    reverse = quick(replace(given, contacts=np.array([[late, chosen]]), directed=True))
    assert of(reverse, late, chosen) < of(named, late, chosen)


def test_genomes_tell_two_chains_apart():
    root, other = "A" * 300, "A" * 280 + "C" * 20
    given = Outbreak(
        ids=list("abcdef"),
        onset=np.array([10.0, 10.0, 13.0, 13.0, 16.0, 16.0]),
        sample=np.array([12.0, 12.0, 15.0, 15.0, 18.0, 18.0]),
        genomes=dict(zip("abcdef", [root, other] * 3, strict=True)),
    )
    answer = quick(given)
    assert of(answer, 2, 1) + of(answer, 2, 3) + of(answer, 2, 5) < 0.02
    assert of(answer, 3, 0) + of(answer, 3, 2) + of(answer, 3, 4) < 0.02


def test_a_genome_like_nobody_elses_came_from_outside():
    genomes = {"a": "A" * 400, "b": "A" * 400, "c": "A" * 370 + "G" * 30}
    assert of(quick(outbreak(genomes=genomes)), 2, 3) > 0.9
    genomes["c"] = "A" * 400
    assert of(quick(outbreak(genomes=genomes)), 2, 3) < 0.6


def test_unknown_letters_are_no_differences():
    genomes = {"a": "A" * 300, "b": "A" * 150 + "N" * 150, "c": "A" * 150 + "-" * 150}
    answer = quick(outbreak(genomes=genomes))
    assert int(answer.question.snps.max()) == 0


def test_a_meeting_at_the_right_time_points_to_the_infector():
    onset = np.array([10.0, 10.0, 14.0])
    sample = onset + 2

    def stays(together):
        """Everybody at home from day 5 to 16, but for half an evening at the restaurant."""
        homes = [(case, case + 1, 5.0, 10.5) for case in range(3)] + [(case, case + 1, 10.6, 16.0) for case in range(3)]
        table = np.array(homes + [(0, 0, 10.5, 10.6), (2, 0 if together else 3, 10.5, 10.6)])
        return Stays(table[:, 0].astype(int), table[:, 1].astype(int), table[:, 2], table[:, 3], ("home", "restaurant"),
                     np.array([1, 0, 0, 0]))  # fmt: skip

    given = Outbreak(ids=["a", "b", "c"], onset=onset, sample=sample, stays=stays(together=True))
    met, apart = quick(given), quick(replace(given, stays=stays(together=False)))
    assert of(met, 2, 0) > 2 * of(met, 2, 1)
    assert of(met, 2, 0) > 2 * of(apart, 2, 0)
    assert met.question.minutes == {(0, 2): pytest.approx(144)}


def test_a_case_noted_as_come_from_outside_is_taken_as_such():
    given = outbreak(travelled=np.array([1, 0, 1]))
    without = quick(outbreak())
    assert of(quick(given), 2, 3) > of(without, 2, 3) + 0.2


def test_a_generation_time_that_was_given_is_used():
    given = outbreak(onset=np.array([10.0, 13.0, 19.0]), sample=np.array([11.0, 14.0, 20.0]))
    three = quick(given, generation=np.array([0, 0, 0, 1.0]))
    nine = quick(given, generation=np.array([0, 0, 0, 0, 0, 0, 0, 0, 0, 1.0]))
    assert of(three, 1, 0) > 0.4 > of(nine, 1, 0)
    assert of(nine, 2, 0) > of(nine, 2, 1)


@pytest.mark.parametrize(
    "wrong",
    [{"iterations": 10}, {"chains": 0}, {"generation": np.array([0.5, 0.5])}, {"generation": np.array([0, 0.4])}],
)
def test_misuse_is_a_value_error(wrong):
    with pytest.raises(ValueError):
        infer(outbreak(), **wrong)


def test_a_case_without_any_date_is_refused():
    with pytest.raises(ValueError, match="onset or a sample"):
        outbreak(onset=np.full(3, np.nan), sample=np.array([1.0, np.nan, 2.0]))


def test_one_case_alone_came_from_outside():
    answer = quick(Outbreak(ids=["a"], onset=np.array([3.0]), sample=np.array([np.nan])))
    assert answer.probability.tolist() == [[0.0, 1.0]]


@pytest.mark.slow
def test_probabilities_are_what_they_say():
    """Over outbreaks that nothing was fitted to: as many links are right as the probabilities promise."""
    promised, right = [], []
    for seed in range(100, 105):
        truth = simulated.outbreak(40, seed, stays=seed % 2 == 0)
        answer = infer(truth.outbreak, iterations=800, sensitivity=False, seed=seed)
        column = np.where(truth.infector < 0, 40, truth.infector)
        hit = np.zeros_like(answer.probability)
        hit[np.arange(40), column] = 1
        promised.append(answer.probability.ravel())
        right.append(hit.ravel())
    p, hits = np.concatenate(promised), np.concatenate(right)
    for low, high in ((0.02, 0.2), (0.2, 0.7), (0.7, 1.01)):
        chosen = (p >= low) & (p < high)
        expected, spread = p[chosen].mean(), np.sqrt((p[chosen] * (1 - p[chosen])).sum()) / chosen.sum()
        assert abs(hits[chosen].mean() - expected) < 4 * spread + 0.05, (low, high, expected, hits[chosen].mean())
    assert p[hits == 1].mean() > 0.6


def test_every_prior_has_a_source_and_an_unknown_agent_is_refused():
    with pytest.raises(ValueError, match="covid19-omicron"):
        load("plague")
    assert load("mers").centre[0] == 6.7
