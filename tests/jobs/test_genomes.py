"""`chainbreak genomes`: real genomes come out as expected; nasty files say what is wrong."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from chainbreak.jobs import cli, words

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
here = pytest.mark.skipif(not DATA.is_dir(), reason="the shared data are not here")
NCOV = DATA / "ncov_genbank_2020"
DEFINITIONS = DATA / "sarscov2_variant_definitions"
BASES = "ACGTTGCAAC" * 3 + "GGATCTTACAGGTCAATCGGATTACCGTAGCATCTGACGTTAGC" * 3


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    monkeypatch.setattr(words, "_chosen", "en")


@pytest.fixture
def genomes(capsys):
    def run(*arguments):
        status = cli.main(["genomes", *map(str, arguments)])
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


@pytest.fixture
def answer(genomes):
    def ask(*arguments):
        status, out, err = genomes(*arguments, "--json")
        assert status == 0, err
        return json.loads(out)

    return ask


@pytest.fixture
def fasta(tmp_path):
    def write(text, name="g.fasta"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return "--sequences", tmp_path / name

    return write


def rows(path):
    with (DATA / path).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def snp_of(found):
    return {frozenset((one["a"], one["b"])): one["snp"] for one in found["distances"]}


@here
def test_418_genomes_of_2020_have_the_mutations_that_another_aligner_calls(answer, tmp_path):
    out = tmp_path / "distances.csv"
    found = answer(
        *("--sequences", NCOV / "sequences.fasta.gz", "--reference", NCOV / "reference_MN908947.3.fasta"),
        *("--metadata", NCOV / "metadata.csv", "--threshold", 2, "--out", out),
    )
    wanted = {row["strain"]: row for row in rows("ncov_genbank_2020/expected_mutations.csv")}
    expected = json.loads((NCOV / "expected.json").read_text("utf-8"))
    assert len(found["sequences"]) == len(wanted) == expected["sequences"]
    differing = []
    for one in found["sequences"]:
        row = wanted[one["id"]]
        assert one["length"] == int(row["length"])
        assert round(one["n_share"] * one["length"]) == int(row["n_count"])
        assert sum(int(name.split(":")[2]) for name in one["deletions"]) == int(row["deleted_bases"])
        if one["substitutions"] != row["mutations"].split():
            odd = set(one["substitutions"]) ^ set(row["mutations"].split())
            assert all(int(name[1:-1]) > 29_600 for name in odd), one["id"]  # at the end of the genome
            differing.append(one["id"])
    assert len(differing) <= 2
    assert sum("A23403G" in one["substitutions"] for one in found["sequences"]) == expected["with_A23403G"]
    assert sum(one["date"] is not None for one in found["sequences"]) > 400
    assert sum(found["cluster_sizes"]) == 418
    assert len(found["tree"]) == 417
    with out.open(encoding="utf-8", newline="") as file:
        assert sum(1 for _ in csv.DictReader(file)) == 418 * 417 // 2


@here
def test_aligned_genomes_have_the_distances_and_clusters_counted_before(answer):
    folder = DATA / "microbetrace_covid"
    expected = json.loads((folder / "expected.json").read_text("utf-8"))
    for threshold in (2, 3, 5, 10):
        found = answer("--sequences", folder / "sequences.fasta", "--threshold", threshold)
        assert found["cluster_sizes"] == expected["clusters"][f"<= {threshold} SNP"]
    near = snp_of(found)
    wanted = rows("microbetrace_covid/expected_snp_distance.csv")
    assert all(near[frozenset((row["a"], row["b"]))] == int(row["snp"]) for row in wanted)
    assert (found["aligned"], found["reference_length"], len(near)) == (True, expected["aligned_length"], len(wanted))


@here
def test_lineages_of_real_genomes_by_a_table_of_mutations(answer):
    folder = DATA / "microbetrace_covid"
    found = answer(
        *("--sequences", folder / "sequences.fasta", "--reference", NCOV / "reference_MN908947.3.fasta"),
        *("--lineages", DEFINITIONS / "definitions.csv", "--threshold", 5),
    )
    truth = {row["ID"]: row["Lineage"] for row in rows("microbetrace_covid/linelist.csv")}
    called = {one["id"]: one["lineage"] for one in found["sequences"]}
    same = {"AY.4": "B.1.617.2"}  # a part of Delta, named later than the line list was made
    assert {case: same.get(name, name) for case, name in called.items()} == {case: truth[case] for case in called}


@here
def test_the_root_of_ba_2_is_called_ba_2(answer):
    found = answer(
        *("--sequences", DEFINITIONS / "omicron_BA.2_root.fasta"),
        *("--lineages", DEFINITIONS / "definitions.csv", "--threshold", 2),
    )
    assert [one["lineage"] for one in found["sequences"]] == ["BA.2"]
    assert found["sequences"][0]["lineage_score"] == {"alt": 29, "ref": 1, "sites": 30}


@here
def test_the_three_chains_of_the_simulated_outbreak_come_apart(answer):
    folder = DATA / "sim_omicron_linying"
    pairs = [("P00137", "P00138"), ("P00137", "X00001"), ("P00138", "P00237")]
    found = answer(
        *("--sequences", folder / "sequences.fasta", "--metadata", folder / "linelist.csv", "--threshold", 3),
        *(word for pair in pairs for word in ("--pair", ",".join(pair))),
    )
    truth = {row["person_id"]: row["chain"] for row in rows("sim_omicron_linying/truth/transmissions.csv")}
    assert [len({truth[case] for case in group}) for group in found["clusters"]] == [1] * len(found["clusters"])
    assert [(truth[group[0]], len(group)) for group in found["clusters"]] == [("A", 48), ("C", 5), ("B", 1)]
    near = snp_of(found)
    for row in rows("sim_omicron_linying/truth/snp_distance.csv"):
        assert near[frozenset((row["a"], row["b"]))] == int(row["snp"])
    assert [one["conclusion"] for one in found["verdicts"][:2]] == ["same_chain", "other"]
    assert found["verdicts"][1]["p_value"] < 0.001
    assert Counter(one["date"] is None for one in found["sequences"]) == {False: 54}


def test_reports_of_pangolin_and_nextclade_are_read(answer, fasta, tmp_path):
    options = fasta(f">g/1\n{BASES}\n>g/2\n{BASES}\n>g/3\n{BASES}\n")
    (tmp_path / "p.csv").write_text("taxon,lineage,conflict\ng/1,BA.2,0\ng/2,Unassigned,\nx,B.1,0\n")
    found = answer(*options, "--threshold", 1, "--lineages", tmp_path / "p.csv")
    assert [one["lineage"] for one in found["sequences"]] == ["BA.2", None, None]
    assert [one["ids"] for one in found["problems"]] == [["x"]]
    (tmp_path / "n.tsv").write_text("seqName\tclade\tNextclade_pango\ng/3 x\t21L\tBA.2.1\n")
    found = answer(*options, "--threshold", 1, "--lineages", tmp_path / "n.tsv")
    assert [one["lineage"] for one in found["sequences"]] == [None, None, "BA.2.1"]


def test_what_is_odd_in_a_file_is_named_and_the_rest_is_used(answer, fasta):
    found = answer(*fasta(f">a\n{BASES}\n>b\n{BASES}\n>a\nACGT\n>c\n\n>d\n{'ACGT' * 40}\n"), "--threshold", 0)
    assert {one["code"]: one["ids"] for one in found["problems"]} == {
        "genome_twice": ["a"],
        "genome_empty": ["c"],
        "genome_not_alignable": ["d"],
    }
    assert found["clusters"] == [["a", "b"]]
    assert all(one["message"] and "%(" not in one["message"] for one in found["problems"])


@pytest.mark.parametrize(
    ("text", "more", "says"),
    [
        ("", [], "empty"),
        ("id,date\n1,2\n", [], "Line 1"),
        (">a\nMKTAYIAKQ\n", [], "Line 2"),
        (f">a\n{BASES}\n", ["--threshold", "x"], "whole number"),
        (f">a\n{BASES}\n", ["--pair", "a"], "comma"),
        (f">a\n{BASES}\n", ["--pair", "a,z"], "no genome z"),
        (f">a\n{BASES}\n", ["--out", "/no/such/folder/d.csv"], "folder"),
        (f">a\n{BASES}\n", ["--since", "May"], "2022-03-24"),
    ],
)
def test_what_cannot_be_used_ends_with_2_and_says_why(genomes, fasta, text, more, says):
    status, out, err = genomes(*fasta(text), "--threshold", "1", *more)
    assert (status, out) == (2, "")
    assert says in err
    assert "Traceback" not in err


def test_a_damaged_packed_file_is_named(genomes, tmp_path):
    (tmp_path / "g.fasta.gz").write_bytes(b"\x1f\x8b\x08\x00broken")
    status, _, err = genomes("--sequences", tmp_path / "g.fasta.gz", "--threshold", 1)
    assert status == 2
    assert "g.fasta.gz" in err


def test_the_reply_in_words_in_both_languages(genomes, fasta, monkeypatch):
    options = (*fasta(f">a\n{BASES}\n>b\n{BASES}\n"), "--threshold", 1, "--pair", "a,b")
    assert "a and b: same chain" in genomes(*options)[1]
    monkeypatch.setattr(words, "_chosen", "zh-hans")
    assert "同一传播链" in genomes(*options)[1]
