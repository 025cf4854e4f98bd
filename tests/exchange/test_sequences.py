"""Genomes taken in: FASTA alone, with a table in a ZIP, as a table; whose they are, how good, against which reference."""

from __future__ import annotations

import gzip
import random
import zipfile

import numpy as np
import pytest

from chainbreak.epi.genomes import laid
from chainbreak.epi.genomes.alignment import Reference, align
from chainbreak.exchange import imports, undo
from chainbreak.exchange.problems import Unreadable
from chainbreak.investigation.models import Genome

from .test_store_small import NOW, codes, take, town, what  # noqa: F401

pytestmark = pytest.mark.django_db
BASES = "ACGT"
WILD = "".join(random.Random(7).choices(BASES, k=3000))


def changed(*places: int, letters: str = WILD) -> str:
    """The genome with another base at these places (from 1)."""
    found = list(letters)
    for place in places:
        found[place - 1] = BASES[(BASES.index(found[place - 1]) + 1) % 4]
    return "".join(found)


@pytest.fixture
def cases(take, town):  # noqa: F811
    rows = "".join(f"A{n},,样例0{n},,F,confirmed,2022-03-24\n" for n in (1, 2, 3))
    head = "case_id,person_id,name,id_number,sex,classification,report_date\n"
    assert take("linelist", head + rows, outbreak="LY").rejected == 0


def fasta(**genomes: str) -> str:
    return "".join(f">{name.replace('_', '-')}\n{letters}\n" for name, letters in genomes.items())


def test_a_fasta_file_with_titles_is_taken_in_once(take, cases):  # noqa: F811
    text = (
        f">WUHAN reference\n{WILD}\n>S-1 case=A1 date=2022-03-24 lab=City laboratory\n{changed(100)}\n"
        f">A2|2022-03-25\n{changed(100, 200)}\n"
    )
    report = take("sequences", text, name="g.fasta", outbreak="LY")
    assert what(report) == (3, 0, 0, 0), report.problems
    one, two = Genome.objects.get(name="S-1"), Genome.objects.get(name="A2|2022-03-25")
    assert (one.case.external_id, one.laboratory, str(one.collected_on)) == ("A1", "City laboratory", "2022-03-24")
    assert two.case.external_id == "A2" and str(two.collected_on) == "2022-03-25"
    assert [word[1:-1] for word in two.substitutions.split()] == ["100", "200"]
    assert Genome.objects.get(is_reference=True).name == "WUHAN"
    assert what(take("sequences", text, name="g.fasta", outbreak="LY")) == (0, 0, 3, 0)
    later = take("sequences", text.replace("lab=City", "lab=Other"), name="g.fasta", outbreak="LY")
    assert what(later) == (0, 1, 2, 0)


def test_a_zip_brings_the_table_along_and_names_what_does_not_fit(take, cases, tmp_path):  # noqa: F811
    path = tmp_path / "delivery.zip"
    with zipfile.ZipFile(path, "w") as pack:
        pack.writestr("reference.fasta", f">REF\n{WILD}\n")
        pack.writestr("__MACOSX/._x.fasta", "junk")
        pack.writestr("seq/g.fa.gz", gzip.compress(fasta(S1=changed(5), S2=changed(5, 9), S3=WILD[:1200] + "N" * 1800,
                                                         S4=changed(7), S5=WILD[::-1]).encode()))  # fmt: skip
        pack.writestr(
            "about.csv",
            "\ufeff病例编号,序列编号,采样日期,谱系,备注\r\nA1,S1,2022/3/24,BA.2,x\r\n2,S2,2022-03-25,BA.2,\r\n"
            "03,S3,,,\r\nA9,S4,,,\r\nA3,S5,,,\r\nA1,S9,,,\r\n",
        )
    report = imports.import_file("sequences", path, at=NOW, outbreak="LY")
    assert what(report) == (4, 0, 0, 2)
    found = {(p.row, p.code): p.facts for p in report.problems}
    numbers = {name: n for n, name in enumerate(["REF", "S1", "S2", "S3", "S4", "S5"], start=1)}
    assert found[numbers["S4"], "unknown_case"]["value"] == "A9"
    assert (numbers["S5"], "genome_not_alignable") in found
    assert found[numbers["S3"], "genome_poor"]["coverage"] == "40"
    assert found[None, "metadata_without_genome"]["ids"] == "S9"
    assert Genome.objects.get(name="S2").case.number == 2 and Genome.objects.get(name="S3").case.number == 3
    assert Genome.objects.get(name="S1").lineage == "BA.2"
    rejected = imports.import_file("sequences", path, at=NOW, outbreak="LY", dry_run=True)
    assert rejected.rejected == 2 and Genome.objects.count() == 4


def test_without_a_reference_the_best_genome_gives_the_places_and_keeps_them(take, cases):  # noqa: F811
    first = take("sequences", fasta(A1="N" * 9 + WILD[9:], A2=changed(50)), name="one.fasta", outbreak="LY")
    assert what(first) == (2, 0, 0, 0) and (2, "reference_chosen") in codes(first)
    assert Genome.objects.get(name="A1").unread == "1:9"
    assert what(take("sequences", fasta(A2=changed(50)), name="two.fasta", outbreak="LY")) == (0, 0, 1, 0)
    other = take("sequences", f">NEW reference\n{changed(1)}\n>A3\n{changed(50, 60)}\n", name="3.fasta", outbreak="LY")
    assert what(other) == (1, 0, 0, 1) and (1, "reference_differs") in codes(other)
    assert len(Genome.objects.get(name="A3").substitutions.split()) == 1
    undo.undo(first.run, at=NOW)
    assert Genome.objects.known_at(None).get().name == "A3"


def test_a_table_of_letters_is_taken_too(take, cases):  # noqa: F811
    text = f"name;case;sequence\nG1;A1;{WILD}\nG2;A2;{changed(8).lower()}\n;A3;{WILD}\n"
    report = take("sequences", text, name="t.csv", outbreak="LY")
    assert what(report) == (2, 0, 0, 1)
    assert (3, "missing_value") in codes(report)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "file_empty"),
        (">A1\nMKLPP\n", "fasta_no_base"),
        ("ACGT\n", "required_column_missing"),
        (">\nACGT\n", "fasta_no_name"),
    ],
)
def test_what_is_no_genome_is_said_and_where(tmp_path, cases, content, code):
    path = tmp_path / "x.fasta"
    path.write_text(content)
    with pytest.raises(Unreadable) as refused:
        imports.import_file("sequences", path, at=NOW, outbreak="LY")
    assert refused.value.code == code


def test_a_genome_is_read_back_as_it_was_laid():
    reference = Reference("R", WILD)
    genome = changed(10, 700)[:1500] + changed()[1530:2000] + "ACGTACGTAC" + WILD[2000:2950]
    lies = align(genome.replace(genome[300:320], "N" * 20), reference)
    written = laid.write(lies, reference.codes)
    again = laid.read(written, reference.codes)
    certain = again < 4
    assert (again[certain] == lies.codes[certain]).all() and written.deletions.endswith(":30")
    assert "301:20" in written.unread and written.insertions
    assert laid.write(type(lies)(again, lies.insertions), reference.codes) == written
    with pytest.raises(ValueError, match="another reference"):
        laid.read(written, np.zeros(100, np.uint8))


def test_a_broken_table_in_a_zip_is_named_as_the_sender_named_it(tmp_path, cases):
    path = tmp_path / "d.zip"
    with zipfile.ZipFile(path, "w") as pack:
        pack.writestr("a.fasta", f">A1\n{WILD}\n")
        pack.writestr("about.csv", "x,y\n1,2\n")
    with pytest.raises(Unreadable) as refused:
        imports.import_file("sequences", path, at=NOW, outbreak="LY")
    assert (refused.value.code, refused.value.path) == ("column_absent", "about.csv")


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_line_ends_and_marks_of_other_machines_do_no_harm(take, cases, tmp_path, ending):  # noqa: F811
    path = tmp_path / "g.fasta"
    path.write_bytes(
        b"\xef\xbb\xbf"
        + f">G1 病例=001 采样日期=2022/03/24\n{WILD[:1000]}\n{WILD[1000:]}\n\n".replace("\n", ending).encode()
    )
    report = imports.import_file("sequences", path, at=NOW, outbreak="LY")
    assert what(report) == (1, 0, 0, 0)
    stored = Genome.objects.get()
    assert stored.letters == WILD and stored.case.number == 1 and str(stored.collected_on) == "2022-03-24"
