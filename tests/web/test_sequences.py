"""The pages of stored genomes: the list, the distances, what the letters say of a pair, as page and as file."""

from __future__ import annotations

import csv
import io
import random

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from chainbreak.exchange import imports
from chainbreak.governance.models import AuditEntry, ImportProblem, ImportRun
from chainbreak.investigation.models import Genome

WILD = "".join(random.Random(3).choices("ACGT", k=2000))
COLUMNS = ("id", "is_reference", "letters", "case_id")
PAGES = ("/genomes/LY/sequences/", "/genomes/LY/distances/", "/genomes/LY/LY/2/")


def changed(*places: int) -> str:
    found = list(WILD)
    for place in places:
        found[place] = "ACGT"[("ACGT".index(found[place]) + 1) % 4]
    return "".join(found)


@pytest.fixture
def stored(outbreak, tmp_path):
    """Genomes of the three cases: 2 is one base from 1, 3 is nine from both; case 1 has a second one, read in part."""
    path = tmp_path / "g.fasta"
    path.write_text(
        f">REF reference\n{WILD}\n>G1 case=LY-1 date=2022-03-23 lineage=BA.2\n{changed(10)}\n"
        f">G2 case=LY-2 date=2022-03-24 lineage=BA.2\n{changed(10, 20)}\n"
        f">G3 case=LY-3 date=2022-03-26\n{changed(*range(100, 109))}\n"
        f">=G1b case=LY-1 date=2022-03-22\n{WILD[:300]}{'N' * 1700}\n"
    )
    report = imports.import_file("sequences", path, outbreak="LY", at=timezone.now())
    assert report.created == 5, report.problems
    return outbreak


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("address", PAGES)
def test_the_pages_answer_in_both_languages(client, stored, sign_in, language, address, django_assert_max_num_queries):
    sign_in("epidemiology_lead")
    client.cookies["chainbreak_language"] = language
    client.get(address)
    with django_assert_max_num_queries(30):
        page = client.get(address)
    assert page.status_code == 200 and f'lang="{language}"' in page.content.decode()
    assert "%(" not in page.content.decode() and "style=" not in page.content.decode().split("<h1>")[1]


def test_the_list_says_whose_a_genome_is_and_how_good(client, stored, sign_in):
    sign_in("investigator")
    client.cookies["chainbreak_language"] = "en"
    page = client.get("/genomes/LY/sequences/").content.decode()
    assert (
        "4 genomes of 3 cases" in page and "Of 1 too little was read" in page and "Reference: REF, 2,000 bases" in page
    )
    assert page.count("<tr>") == 6
    poor = client.get("/genomes/LY/sequences/?quality=poor").content.decode()
    assert "=G1b" in poor and "G3" not in poor
    assert "G2" in client.get("/genomes/LY/sequences/?lineage=BA.2").content.decode()
    file = b"".join(client.get("/genomes/LY/sequences/?format=csv").streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(file)))
    assert len(rows) == 6 and "'=G1b" in {row[0] for row in rows}, "a name must not become a formula"
    assert AuditEntry.objects.filter(act="list.exported").count() == 1
    assert client.get("/genomes/LY/sequences/?quality=best").status_code == 400


def test_distances_clusters_and_tree_are_those_of_the_letters(client, stored, sign_in):
    sign_in("epidemiology_lead")
    client.cookies["chainbreak_language"] = "en"
    page = client.get("/genomes/LY/distances/").content.decode()
    assert "4 genomes. Joined up to 2 differing bases: 2 in clusters" in page and page.count("<svg") >= 2
    wide = client.get("/genomes/LY/distances/?threshold=10").content.decode()
    assert "Joined up to 10 differing bases: 3 in clusters" in wide
    text = client.get("/genomes/LY/distances/?format=csv").content.decode("utf-8-sig")
    rows = {(row[0], row[1]): row[2:] for row in list(csv.reader(io.StringIO(text)))[1:]}
    assert len(rows) == 6
    assert rows["1 G1", "2"] == ["1", "2000", "yes"]
    assert all(value[2] == "no" for pair, value in rows.items() if "1 =G1b" in pair), "too little of it was read"
    tree = client.get("/genomes/LY/distances/?format=svg&picture=tree").content.decode()
    assert ">10<" in tree and ">1<" in tree and 'class="c-' not in tree
    assert client.get("/genomes/LY/distances/?format=png").content[:4] == b"\x89PNG"
    for wrong in ("threshold=-1", "threshold=x", "format=exe", "format=svg&picture=x"):
        assert client.get(f"/genomes/LY/distances/?{wrong}").status_code == 400


def test_the_verdict_of_a_pair_stands_with_its_number_beside_the_history(client, stored, sign_in):
    sign_in("epidemiology_lead")
    client.cookies["chainbreak_language"] = "en"
    page = client.get("/genomes/LY/LY/2/").content.decode()
    letters = page[page.index('id="letters"') :]
    assert "1 differing of 2,000 bases compared: no more differing bases than the threshold" in letters
    assert "11 differing of 2,000 bases compared: more differing bases than one origin explains" in letters
    assert "infected this case" in letters and "infected by this case" in letters
    assert "p = " in letters


def test_before_a_sample_was_taken_its_genome_is_not_there(client, stored, sign_in):
    sign_in("epidemiology_lead")
    client.cookies["chainbreak_language"] = "en"
    assert "2 genomes of 1 case" in client.get("/genomes/LY/sequences/?as_of=2022-03-23").content.decode()
    assert "0 genomes" in client.get("/genomes/LY/sequences/?as_known=2022-03-28T00:00").content.decode()


def test_the_distances_follow_the_facts(client, stored, sign_in):
    sign_in("epidemiology_lead")
    client.cookies["chainbreak_language"] = "en"
    assert "4 genomes" in client.get("/genomes/LY/distances/").content.decode()
    Genome.objects.filter(name="G3").update(superseded_at=timezone.now())
    assert "3 genomes" in client.get("/genomes/LY/distances/").content.decode()


def test_without_genomes_the_pages_say_where_to_begin(client, outbreak, sign_in):
    sign_in("epidemiology_lead")
    client.cookies["chainbreak_language"] = "en"
    assert "Import the laboratory" in client.get("/genomes/LY/sequences/").content.decode()
    assert "Two genomes are needed" in client.get("/genomes/LY/distances/").content.decode()


def test_who_may_not_read_chains_reads_no_genomes(client, stored, sign_in):
    sign_in("sampler")
    assert [client.get(address).status_code for address in PAGES] == [403] * 3


def test_a_fasta_file_is_uploaded_tried_taken_in_and_taken_back(client, outbreak, sign_in, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    sign_in("epidemiology_lead")
    client.cookies["chainbreak_language"] = "en"
    content = f">REF reference\n{WILD}\n>S1 case=LY-1\n{changed(7)}\n>S2 case=LY-9\n{changed(8)}\n".encode()
    file = SimpleUploadedFile("genomes.fasta", content)
    where = client.post("/imports/", {"kind": "sequences", "outbreak": "LY", "file": file})["Location"]
    page = client.get(where).content.decode()
    assert "letters of the genome" in page and WILD[:100] not in page, "the beginning of the letters is enough"
    tried = client.post(
        where, {"deed": "try", **{f"column-{n}": name for n, name in enumerate(COLUMNS)}}
    ).content.decode()
    assert "There is no case “LY-9” in this outbreak" in tried and not Genome.objects.exists()
    done = client.post(where, {"deed": "run", **{f"column-{n}": name for n, name in enumerate(COLUMNS)}}, follow=True)
    assert "LY-9" in done.content.decode() and Genome.objects.known_at(None).count() == 2
    number = ImportRun.objects.get(kind="sequences").pk
    assert WILD[:100] not in str(list(ImportProblem.objects.values_list("raw", flat=True))), "a report holds no genome"
    client.post(f"/imports/{number}/undo/")
    assert not Genome.objects.known_at(None).exists()
