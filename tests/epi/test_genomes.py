"""Genomes: laid on the reference, compared, joined, named, judged."""

from __future__ import annotations

import random
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainbreak.epi.genomes import analysis, clusters, distance
from chainbreak.epi.genomes.alignment import NotAlignable, Reference, align
from chainbreak.epi.genomes.bases import GAP, UNCERTAIN, NotFasta, codes_of, letters_of, read_fasta
from chainbreak.epi.genomes.calls import calls, quality
from chainbreak.epi.genomes.lineage import Definition, call, scores
from chainbreak.epi.genomes.sites import Seen, seen, site
from chainbreak.epi.genomes.verdict import of_chain, of_pair

rng = random.Random(11)
LETTERS = "".join(rng.choice("ACGT") for _ in range(3000))
REFERENCE = Reference("R", LETTERS)


def changed(place, base, letters=LETTERS):
    """With another base at the place (from 1)."""
    return letters[: place - 1] + base + letters[place:]


def other(base):
    return {"A": "C", "C": "G", "G": "T", "T": "A"}[base]


def called(letters):
    laid = align(letters, REFERENCE)
    return calls(laid.codes, REFERENCE.codes, laid.insertions)


def test_fasta_is_read_whatever_its_line_ends_and_case():
    records = list(read_fasta(["\ufeff>A one\r\n", "acgu\r\n", "\r\n", "N-\r\n", ">B\n", "ACGT"]))
    assert records == [("A", "ACGUN-"), ("B", "ACGT")]
    assert list(read_fasta([])) == []


@pytest.mark.parametrize(
    ("lines", "code", "line"),
    [(["ACGT"], "no_header", 1), ([">A", "AC", ">"], "no_name", 3), ([">A", "ACGT", "MKLQ"], "no_base", 3)],
)
def test_what_is_no_fasta_is_named_with_its_line(lines, code, line):
    with pytest.raises(NotFasta) as wrong:
        list(read_fasta(lines))
    assert (wrong.value.code, wrong.value.line) == (code, line)


def test_a_genome_equal_to_the_reference_has_no_differences():
    assert called(LETTERS) == calls(REFERENCE.codes, REFERENCE.codes)
    assert letters_of(align(LETTERS, REFERENCE).codes) == LETTERS


def test_one_changed_base_anywhere_is_found_at_its_place():
    for place in (1, 2, 13, 24, 25, 700, 1500, 2999, 3000):
        found = called(changed(place, other(LETTERS[place - 1])))
        if place in (1, 2, 2999, 3000):  # at the very end another base cannot be told from one that was not read
            assert len(found.substitutions) <= 1
            continue
        assert found.substitutions == (f"{LETTERS[place - 1]}{place}{other(LETTERS[place - 1])}",)
        assert found.deletions == found.insertions == ()


def test_missing_and_further_bases_are_called_as_such_and_shift_nothing():
    short = LETTERS[:999] + LETTERS[1008:]
    found = called(changed(2000 - 9, other(short[1990]), short))
    assert sum(length for _, length in found.deletions) == 9
    assert found.substitutions == (f"{LETTERS[1999]}2000{other(LETTERS[1999])}",)
    found = called(LETTERS[:1200] + "ACGTACG" + LETTERS[1200:])
    assert [len(letters) for _, letters in found.insertions] == [7]
    assert (found.substitutions, found.deletions) == ((), ())


def test_a_gap_is_put_as_far_left_as_the_same_genome_allows():
    reference = Reference("R", LETTERS[:500] + "CAAAAAG" + LETTERS[500:])
    laid = align(LETTERS[:500] + "CAAAG" + LETTERS[500:], reference)
    assert calls(laid.codes, reference.codes).deletions == ((502, 2),)


def test_what_was_not_read_is_uncertain_and_no_deletion():
    laid = align(LETTERS[200:2500], REFERENCE)
    assert (laid.codes[:200] == UNCERTAIN).all()
    assert (laid.codes[2500:] == UNCERTAIN).all()
    assert calls(laid.codes, REFERENCE.codes).deletions == ()
    laid = align("T" * 40 + LETTERS + "A" * 40, REFERENCE)
    assert (laid.codes == REFERENCE.codes).all()
    assert laid.insertions == ()


def test_runs_of_n_hide_what_is_below_and_nothing_else():
    hidden = LETTERS[:1000] + "N" * 400 + LETTERS[1400:]
    laid = align(changed(1700, other(LETTERS[1699]), hidden), REFERENCE)
    assert (laid.codes[1000:1400] == UNCERTAIN).all()
    assert calls(laid.codes, REFERENCE.codes).substitutions == (f"{LETTERS[1699]}1700{other(LETTERS[1699])}",)


def test_another_pathogen_is_refused():
    with pytest.raises(NotAlignable):
        align("".join(random.Random(5).choice("ACGT") for _ in range(3000)), REFERENCE)
    with pytest.raises(NotAlignable):
        align("ACGT", REFERENCE)


edits = st.lists(
    st.tuples(st.integers(60, 2900), st.sampled_from("SDI"), st.integers(1, 12), st.sampled_from("ACGT")), max_size=8
)


@settings(max_examples=60, deadline=None)
@given(edits)
def test_the_genome_can_be_put_together_again_from_what_was_called(edits):
    letters = LETTERS
    for place, kind, length, base in sorted(edits, reverse=True):
        if kind == "S":
            letters = letters[:place] + base + letters[place + 1 :]
        elif kind == "D":
            letters = letters[:place] + letters[place + length :]
        else:
            letters = letters[:place] + base * length + letters[place:]
    laid = align(letters, REFERENCE)
    after = {}
    for place, more in laid.insertions:
        after[place] = after.get(place, "") + more
    again = "".join(
        ("" if code == GAP else "ACGTN"[code]) + after.get(at + 1, "") for at, code in enumerate(laid.codes.tolist())
    )
    assert after.get(0, "") + again == letters


def test_quality_counts_letters_without_gaps():
    found = quality("AC-GTNNR")
    assert (found.length, found.n_share, found.ambiguous) == (7, 2 / 7, 1)
    assert quality("").n_share == 1


matrices = st.integers(2, 9).flatmap(
    lambda n: st.lists(st.text("ACGTN-R", min_size=40, max_size=40), min_size=n, max_size=n)
)


@settings(max_examples=80, deadline=None)
@given(matrices)
def test_distances_are_those_counted_letter_by_letter(rows):
    codes = np.stack([codes_of(row) for row in rows])
    found, compared = distance.differences(codes), distance.compared(codes)
    for i, j in combinations(range(len(rows)), 2):
        pairs = [(a, b) for a, b in zip(rows[i], rows[j], strict=True) if a in "ACGT" and b in "ACGT"]
        assert found[i, j] == found[j, i] == sum(a != b for a, b in pairs)
        assert compared[i, j] == compared[j, i] == len(pairs)
    assert (found.diagonal() == 0).all()


def test_no_genomes_and_one_have_distances_too():
    assert distance.differences(np.zeros((0, 5), dtype=np.uint8)).shape == (0, 0)
    assert distance.differences(codes_of("ACGT")[None]).tolist() == [[0]]
    assert distance.compared(codes_of("ACNT")[None]).tolist() == [[3]]


def test_clusters_are_joined_through_neighbours_but_not_through_what_cannot_be_compared():
    distances = np.array([[0, 2, 4, 9], [2, 0, 2, 9], [4, 2, 0, 0], [9, 9, 0, 0]])
    usable = np.ones((4, 4), dtype=bool)
    assert clusters.single_linkage(distances, usable, 2) == [[0, 1, 2, 3]]
    usable[2, 3] = usable[3, 2] = False
    assert clusters.single_linkage(distances, usable, 2) == [[0, 1, 2], [3]]
    assert clusters.single_linkage(distances, usable, 1) == [[0], [1], [2], [3]]


@settings(max_examples=50, deadline=None)
@given(st.integers(2, 7), st.randoms(use_true_random=False))
def test_the_spanning_tree_is_the_shortest_of_all(n, chance):
    distances = np.zeros((n, n), dtype=int)
    for i, j in combinations(range(n), 2):
        distances[i, j] = distances[j, i] = chance.randint(0, 5)
    edges = clusters.spanning_tree(distances, np.ones((n, n), dtype=bool))
    assert len(edges) == n - 1
    pairs, best = list(combinations(range(n), 2)), None
    for chosen in combinations(pairs, n - 1):
        groups = list(range(n))
        for a, b in chosen:
            groups = [groups[a] if group == groups[b] else group for group in groups]
        if len(set(groups)) == 1:
            total = sum(distances[pair] for pair in chosen)
            best = total if best is None else min(best, total)
    assert sum(d for _, _, d in edges) == best


def test_sites_are_read_from_genes_the_frameshift_and_plain_bases():
    assert site("nuc:C241T").places == (240,)
    assert site("s:D614G").places == site("spike:D614G").places == (23401, 23402, 23403)
    assert site("orf1ab:P4715L").places == site("orf1b:P314L").places == (14406, 14407, 14408)
    assert site("nsp12:P323L").places == (14406, 14407, 14408)
    assert site("orf1ab:L3606F").places == (11080, 11081, 11082)
    assert site("del:21633:9").places == tuple(range(21632, 21641))
    assert site("orf1ab:SGF3675-").alt == "---"
    for wrong in ("", "nuc", "nuc:CT", "spike:D99999G", "moon:D6G", "del:x:3", "nuc:CA5T"):
        assert site(wrong).places == ()


def test_what_a_genome_shows_at_a_site():
    def at(name, **bases):
        codes = codes_of("A" * 29903)
        for place, letters in bases.items():
            start = int(place[1:]) - 1
            codes[start : start + len(letters)] = codes_of(letters)
        return seen(site(name), codes)

    assert at("s:D614G", b23402="GGT") == Seen.ALT
    assert at("s:D614G", b23402="GAT") == Seen.REF
    assert at("s:D614G", b23402="CCT") == Seen.OTHER
    assert at("s:D614G", b23402="GNT") == Seen.AMBIGUOUS
    assert at("del:21633:9", b21633="-" * 9) == Seen.ALT
    assert at("del:21633:9") == Seen.REF
    assert at("del:21633:9", b21633="---") == Seen.OTHER
    assert at("moon:D6G") == Seen.NOT_SCORED


def test_a_sublineage_is_called_only_with_mutations_of_its_own():
    codes = codes_of("A" * 29903)
    above = [f"nuc:A{place}C" for place in (100, 200, 300, 400)]
    own = [f"nuc:A{place}C" for place in (500, 600)]
    definitions = [
        Definition("above", "", "B.1.1.529", tuple(site(name) for name in above)),
        Definition("below", "", "BA.2", tuple(site(name) for name in above + own), min_alt=4, max_ref=2),
        Definition("part", "", "", tuple(site(name) for name in above + own)),
    ]
    assert call(codes, definitions).lineage is None
    for place in (100, 200, 300, 400):
        codes[place - 1] = 1
    assert call(codes, definitions).lineage == "B.1.1.529"
    codes[[499, 599]] = 1
    assert call(codes, definitions).lineage == "BA.2"
    codes[:700] = UNCERTAIN
    assert call(codes, definitions).lineage is None
    assert [score.ambiguous for score in scores(codes, definitions)] == [4, 6, 6]


def test_the_verdict_of_a_pair():
    known = {"length": 29903, "threshold": 3}
    assert of_pair(2, 29000, **known).conclusion == "same_chain"
    assert of_pair(5, 29000, **known).conclusion == "inconclusive"
    assert of_pair(7, 29000, **known).conclusion == "other"
    poor = of_pair(0, 14000, **known)
    assert (poor.conclusion, poor.reason) == ("inconclusive", "too_little_compared")
    apart = of_pair(1, 29000, **known, lineages=("BA.1", "BA.2"))
    assert (apart.conclusion, apart.reason) == ("other", "lineages_differ")
    assert of_pair(1, 29000, **known, lineages=("BA.2", "B.1.1.529")).conclusion == "same_chain"


def test_with_days_the_number_behind_the_verdict_is_the_chance_of_so_many_differences():
    known = {"length": 29903, "threshold": 3, "rate": 1.1e-3}
    found = of_pair(7, 29903, days=40, **known)
    assert found.expected_at_most == pytest.approx(1.1e-3 * 29903 * 40 / 365.25)
    assert 0.001 < found.p_value < 0.1
    assert found.conclusion == "inconclusive"
    assert of_pair(15, 29903, days=40, **known).conclusion == "other"
    assert of_pair(15, 29903, days=200, **known).conclusion == "inconclusive"


def test_the_nearest_comparable_member_decides_for_a_chain():
    known = {"length": 100, "threshold": 2}
    found = of_chain(np.array([0, 5, 2]), np.array([10, 90, 90]), **known)
    assert (found.conclusion, found.distance) == ("same_chain", 2)
    assert of_chain(np.array([0]), np.array([10]), **known).reason == "too_little_compared"
    assert of_chain(np.array([], dtype=int), np.array([], dtype=int), **known).reason == "no_genome"


def test_a_set_is_taken_as_aligned_only_where_it_is():
    same = {"A": LETTERS, "B": changed(50, "N"), "C": changed(60, other(LETTERS[59]))}
    assert analysis.of(same, threshold=1).aligned
    shifted = {"A": LETTERS[:-1], "B": LETTERS[1:]}
    found = analysis.of(shifted, threshold=0)
    assert not found.aligned
    assert found.distances[0, 1] == 0
    assert found.clusters == (("A", "B"),)


def test_without_a_reference_the_genome_with_most_certain_bases_gives_the_places():
    found = analysis.of({"A": LETTERS[:2000], "B": LETTERS, "C": "N" * 1000 + LETTERS[1000:]}, threshold=1)
    assert (found.reference.name, found.reference_chosen) == ("B", True)
    given_one = analysis.of({"A": LETTERS[:2000]}, reference=REFERENCE, threshold=1)
    assert (given_one.reference.name, given_one.reference_chosen) == ("R", False)


def test_a_poor_genome_joins_no_cluster_and_an_odd_one_has_no_distances():
    poor = "N" * 2000 + LETTERS[2000:2990]
    odd = "".join(random.Random(9).choice("ACGT") for _ in range(2900))
    found = analysis.of({"A": LETTERS, "B": LETTERS[:-2], "poor": poor, "odd": odd}, threshold=5)
    assert found.clusters == (("A", "B"), ("poor",))
    assert found.apart == ("poor",)
    assert [one.id for one in found.genomes if one.index is None] == ["odd"]
    with pytest.raises(ValueError, match="at least one"):
        analysis.of({}, threshold=1)
