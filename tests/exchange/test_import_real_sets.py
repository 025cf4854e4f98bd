"""Six real and messy sets into the database: every row accounted for, a second run changes nothing."""

from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chainbreak.exchange import imports
from chainbreak.investigation.models import Case, CaseReport, Outbreak, TransmissionLink
from chainbreak.registry.models import Person

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
NOW = datetime(2022, 4, 1, tzinfo=UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.skipif(not DATA.exists(), reason="the data sets are not here")]


@pytest.fixture
def take():
    Outbreak.objects.create(
        code="X", name_zh="某疫情", name_en="Some outbreak", disease="covid19", rule_pack="covid19-cn-v8", area_code="4111",
        detected_at=NOW,
    )  # fmt: skip

    def run(kind, folder, file, mapping=None):
        report = imports.import_file(kind, DATA / folder / file, at=NOW, outbreak="X", mapping=mapping or folder)
        assert report.rows == report.created + report.updated + report.duplicate + report.rejected
        return report

    return run


def expected(folder):
    return json.loads((DATA / folder / "expected.json").read_text())


def what(report):
    return report.created, report.updated, report.duplicate, report.rejected


def test_tianjin(take):
    want = expected("tianjin_2020")
    assert what(take("linelist", "tianjin_2020", "linelist.csv")) == (want["cases_raw"], 0, 0, 0)
    assert what(take("linelist", "tianjin_2020", "linelist.csv")) == (0, 0, want["cases_raw"], 0)
    assert what(take("contacts", "tianjin_2020", "edges.csv")) == (want["edges"], 0, 0, 0)
    assert what(take("contacts", "tianjin_2020", "edges.csv")) == (0, 0, want["edges"], 0)
    assert Case.objects.count() == Person.objects.count() == 135
    assert sorted(Case.objects.values_list("number", flat=True)) == list(range(1, 136))
    assert CaseReport.objects.filter(died_date__isnull=False).count() == want["deaths"]


def test_a_mapping_brings_its_outbreak_along(db):
    for kind, file in (("linelist", "linelist.csv"), ("contacts", "edges.csv")):
        report = imports.import_file(kind, DATA / "tianjin_2020" / file, at=NOW, mapping="tianjin_2020")
        assert (report.rejected, report.outbreak) == (0, "TJ2020")
    assert Outbreak.objects.get().detected_at.year == 2020
    tried = imports.import_file(
        "linelist", DATA / "mers_korea_2015" / "linelist.csv", at=NOW, mapping="mers_korea_2015", dry_run=True
    )
    assert tried.created == 162
    assert list(Outbreak.objects.values_list("code", flat=True)) == ["TJ2020"]


def test_mers_with_three_possible_infectors(take):
    assert what(take("linelist", "mers_korea_2015", "linelist.csv")) == (162, 0, 0, 0)
    assert what(take("contacts", "mers_korea_2015", "contacts.csv")) == (98, 0, 0, 0)
    assert TransmissionLink.objects.filter(infectee__external_id="SK_39", state="proposed").count() == 3


def test_pairs_hold_cases_and_links(take):
    cases = take("linelist", "luohe_henan_pairs_2020", "pairs.csv")
    links = take("contacts", "luohe_henan_pairs_2020", "pairs.csv")
    assert cases.rejected == 0 and cases.rows == 2 * 42
    assert links.created == 42
    assert TransmissionLink.objects.count() == 42


@pytest.mark.parametrize("file", ["linelist.xlsx", "linelist_gb18030.csv"])
def test_a_chinese_line_list_in_both_forms(take, file):
    report = take("linelist", "cn_linelist_messy", file)
    assert (report.rows, report.created, report.duplicate, report.rejected) == (123, 120, 3, 0)
    assert Case.objects.count() == 120
    outside = {problem.row for problem in report.problems if problem.code == "address_outside"}
    planted = {
        int(row["row"]) for row in csv.DictReader((DATA / "cn_linelist_messy" / "expected_problems.csv").read_text("utf-8-sig").splitlines())
        if row["problem"] == "address outside Luohe"
    }  # fmt: skip
    assert planted <= outside
    counties = Counter(area[:6] for area in Case.objects.values_list("person__area_code", flat=True))
    assert counties == expected("cn_linelist_messy")["by_county"]
    assert "样例" not in str(list(CaseReport.objects.values_list("extra", flat=True)))


def test_cleanepi_keeps_every_row(take):
    want = expected("cleanepi_messy_linelist")
    report = take("linelist", "cleanepi_messy_linelist", "messy_linelist.csv")
    assert report.rows == want["rows"]
    assert Case.objects.count() == report.created
    assert report.created + report.rejected + report.duplicate == want["rows"]


def test_ds4c_dangling_links_and_loops(take):
    want = expected("ds4c_korea_provinces")
    assert what(take("linelist", "ds4c_korea_provinces", "patients.csv")) == (want["patients"], 0, 0, 0)
    assert TransmissionLink.objects.count() == 343  # the line list's own column of infectors gave them already
    report = take("contacts", "ds4c_korea_provinces", "patients.csv")
    assert (report.created, report.updated) == (0, 343)  # and this list says where as well
    codes = [problem.code for problem in report.problems]
    assert report.rows == want["infected_by_links"]
    assert codes.count("self_link") == want["self_loops"]
    assert codes.count("dangling_link") == want["infected_by_dangling"]
    assert report.rejected == want["self_loops"] + want["infected_by_dangling"]
