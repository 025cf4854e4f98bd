"""The analyst's desk: a real outbreak and a small one, as of any day, in both languages, as page and as file."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.utils import timezone

from chainbreak.exchange import imports
from chainbreak.governance.services import facts
from chainbreak.investigation.models import CaseReport, Outbreak
from chainbreak.investigation.services import analysis as answers
from chainbreak.registry.models import Area

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "tianjin_2020"
PAGES = ("curve", "r", "delays", "ages", "areas")
needs_data = pytest.mark.skipif(not FOLDER.is_dir(), reason="the shared data are not here")


@pytest.fixture
def tianjin(db):
    Outbreak.objects.create(
        code="TJ2020", name_zh="天津2020", name_en="Tianjin 2020", disease="covid19", rule_pack="covid19-cn-v8",
        area_code="120000", detected_at=datetime(2020, 1, 21, tzinfo=UTC),
    )  # fmt: skip
    now = timezone.now()
    imports.import_file("linelist", FOLDER / "linelist.csv", outbreak="TJ2020", mapping="tianjin_2020", at=now)
    imports.import_file("contacts", FOLDER / "edges.csv", outbreak="TJ2020", mapping="tianjin_2020", at=now)


def table_of(client, address):
    answer = client.get(address)
    assert answer.status_code == 200 and answer["Content-Type"].startswith("text/csv")
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


@needs_data
def test_a_real_outbreak_on_the_desk(client, tianjin, sign_in):
    sign_in("epidemiology_lead")
    client.cookies["chainbreak_language"] = "en"
    for name in PAGES:
        answer = client.get(f"/analysis/TJ2020/{name}/")
        assert answer.status_code == 200, name
        page = answer.content.decode()
        assert ("<svg" in page.split('id="says"')[1]) == (name != "areas")  # no outlines of Tianjin are known
        assert "style=" not in page.split('id="says"')[1]
    curve = table_of(client, "/analysis/TJ2020/curve/?by=onset&format=csv")
    assert sum(int(row[-1]) for row in curve[1:]) == 125
    assert (curve[1][0], [row[0] for row in curve[1:] if row[-1] != "0"][-1]) == ("2020-01-14", "2020-02-19")
    reported = table_of(client, "/analysis/TJ2020/curve/?by=report&format=csv")
    assert sum(int(row[-1]) for row in reported[1:]) == 135
    delays = client.get("/analysis/TJ2020/delays/?delay=serial_interval").content.decode()
    assert "Rests on 72 pairs" in delays or re.search(r"Rests on \d+ pairs", delays)


@needs_data
def test_the_past_knows_nothing_of_what_came_later(client, tianjin, sign_in):
    sign_in("epidemiology_lead")
    early = table_of(client, "/analysis/TJ2020/curve/?by=report&format=csv&as_of=2020-02-01")
    assert early[-1][0] == "2020-02-01"
    late = table_of(client, "/analysis/TJ2020/curve/?by=report&format=csv")
    assert sum(int(row[-1]) for row in early[1:]) < sum(int(row[-1]) for row in late[1:])
    days = {row[0]: row[-1] for row in late[1:]}
    assert all(days[row[0]] == row[-1] for row in early[1:])


@needs_data
def test_r_says_what_it_rests_on_and_shrinks_at_the_end(client, tianjin, sign_in):
    sign_in("epidemiology_lead")
    client.cookies["chainbreak_language"] = "en"
    page = client.get("/analysis/TJ2020/r/?as_of=2020-02-20").content.decode()
    assert "Serial interval of this outbreak" in page and "Cori et al. 2013" in page
    other = client.get("/analysis/TJ2020/r/?as_of=2020-02-20&si=omicron.serial_interval").content.decode()
    assert "Serial interval of this outbreak" not in other
    rows = table_of(client, "/analysis/TJ2020/r/?as_of=2020-02-20&format=csv")
    assert rows[0][3] == "R" and float(rows[-1][2]) < 40
    values = [float(row[3]) for row in rows[1:] if row[3] != "–"]
    assert len(values) > 5 and values[-1] < max(values)


@needs_data
def test_a_chart_leaves_as_svg_and_png_that_stand_alone(client, tianjin, sign_in):
    sign_in("epidemiology_lead")
    svg = client.get("/analysis/TJ2020/curve/?format=svg")
    assert (
        svg["Content-Type"].startswith("image/svg")
        and b'fill="#17578f"' in svg.content
        and b'class="c-' not in svg.content
    )
    png = client.get("/analysis/TJ2020/ages/?format=png")
    assert png.content[:8] == b"\x89PNG\r\n\x1a\n" and len(png.content) > 5000


def test_three_cases_are_told_and_not_drawn_as_a_curve_of_r(client, outbreak, sign_in):
    sign_in("epidemiology_lead")
    client.cookies["chainbreak_language"] = "en"
    r = client.get("/analysis/LY/r/").content.decode()
    assert "too few" in r and "<svg" not in r.split('id="says"')[1]
    ages = client.get("/analysis/LY/ages/").content.decode()
    assert "without pointing at people" in ages
    delays = client.get("/analysis/LY/delays/").content.decode()
    assert "Too few for a distribution" in delays
    curve = client.get("/analysis/LY/curve/").content.decode()
    assert "3 cases, 0 of them found in the community" in curve and "<svg" in curve.split('id="says"')[1]


@pytest.mark.parametrize("name", PAGES)
def test_the_desk_speaks_both_languages(client, outbreak, sign_in, name):
    sign_in("epidemiology_lead")
    client.cookies["chainbreak_language"] = "zh-hans"
    page = client.get(f"/analysis/LY/{name}/").content.decode()
    said = re.search(r'id="says">([^<]*)<', page).group(1)
    assert re.search("[\u4e00-\u9fff]", said) and not re.search("[a-z]{4,}", said)


@pytest.mark.parametrize(
    "address",
    ["curve/?by=death", "r/?si=guess", "r/?window=1000", "delays/?delay=x", "ages/?format=exe", "curve/?class=x"],
)
def test_what_is_not_offered_is_refused(client, outbreak, sign_in, address):
    sign_in("epidemiology_lead")
    assert client.get(f"/analysis/LY/{address}").status_code == 400


def test_the_desk_is_for_those_who_read_the_line_list(client, outbreak, sign_in):
    sign_in("sampler")
    assert client.get("/analysis/LY/curve/").status_code == 403


def square(east: float) -> dict:
    return {"type": "Polygon", "coordinates": [[[east, 33], [east + 1, 33], [east + 1, 34], [east, 34], [east, 33]]]}


@pytest.fixture
def mapped(outbreak):
    """Two counties with outlines, one of them with residents; the cases lie in the first, one of them in a township there."""
    Area.objects.filter(code="411122").update(geometry=square(113), population=50_000)
    Area.objects.create(code="411123", name_zh="乙县", name_en="B County", level="county", geometry=square(114))
    CaseReport.objects.filter(case__number=3).update(superseded_at=timezone.now())
    third = CaseReport.objects.get(case__number=3)
    for name, value in {"pk": None, "superseded_at": None, "reported_in": "411122001"}.items():
        setattr(third, name, value)
    third.save()
    return outbreak


@pytest.mark.parametrize(("layer", "shaded"), [("cases", "3"), ("recent", "2"), ("rate", "4")])
def test_the_map_shades_by_cases_by_the_last_days_and_by_rate(client, mapped, sign_in, layer, shaded):
    sign_in("epidemiology_lead")
    client.cookies["chainbreak_language"] = "en"
    address = f"/analysis/LY/areas/?layer={layer}&days=3&as_of=2022-03-27"
    page = client.get(address).content.decode()
    drawing = page.split('id="says"')[1].split("<svg")[1].split("</svg>")[0]
    assert f"The county · {shaded}<" in drawing and "B County · 0<" in drawing
    assert "3 cases in 2 areas" in page and "Of them 2 were reported in the last 3 days" in page
    assert ("fewer than 5 cases" in page) == (layer == "rate")
    rows = table_of(client, address + "&format=csv")
    assert rows[0] == ["Area", "Cases", "Last 3 days", "Residents", "For 100,000"]
    assert ["The county", "2", "1", "50000", "4.0"] in rows and rows[-1][3:] == ["–", "–"]
    assert client.get(address + "&format=png").content[:4] == b"\x89PNG"
    assert client.get("/analysis/LY/areas/?layer=deaths").status_code == 400


def test_the_slider_spans_the_days_of_the_outbreak(client, outbreak, sign_in):
    sign_in("epidemiology_lead")
    page = client.get("/analysis/LY/curve/?as_of=2022-03-24").content.decode()
    assert 'data-first="2022-03-23" data-last="2022-03-26" data-day="2022-03-24"' in page
    assert 'name="as_of" value="2022-03-24"' in page, "the field is there for those without a script"


def test_a_fit_is_kept_while_its_cases_stay_the_same(client, outbreak, sign_in, monkeypatch):
    sign_in("epidemiology_lead")
    fitted = []
    kept = answers.fit.compare
    monkeypatch.setattr(answers.fit, "compare", lambda *args, **rest: fitted.append(1) or kept(*args, **rest))
    monkeypatch.setattr(answers, "FEW_DELAYS", 3)

    def report_later(number, day):
        report = CaseReport.objects.known_at(None).get(case__number=number)
        facts.correct(
            report, at=timezone.now(), actor=None, reason="later", reported_at=datetime(2022, 3, day, 4, tzinfo=UTC)
        )

    report_later(1, 25)
    answers._delay.cache_clear()
    for _ in range(2):
        client.get("/analysis/LY/delays/")
    assert len(fitted) == 1
    report_later(2, 26)
    client.get("/analysis/LY/delays/")
    assert len(fitted) == 2
    answers._delay.cache_clear()
