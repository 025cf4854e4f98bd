"""The case file: one line of time, a map without tiles, and the investigation report as PDF and Word."""

from __future__ import annotations

import io
import re

import pytest
from docx import Document as Word

from chainbreak.governance.models import AuditEntry
from chainbreak.registry.models import Place
from chainbreak.web import trajectory_map


@pytest.fixture
def file(client, outbreak, sign_in):
    user = sign_in("investigator")
    client.cookies["chainbreak_language"] = "en"
    return lambda query="", number=1: client.get(f"/cases/LY/{number}/{query}"), user


def lines(page: str) -> list[str]:
    body = page[page.index('class="time-line"') : page.index("Class over time")]
    return [
        re.sub(r"<[^>]+>|\s+", " ", one).strip() for one in re.findall(r'<li><span class="mark.*?</li>', body, re.S)
    ]


def test_everything_that_happened_stands_on_one_line_of_time(file):
    look, _user = file
    found = lines(look("?as_of=2022-03-28").content.decode())
    kinds = [one.split(" ")[0] for one in found]
    assert kinds == ["onset", "stay", "swab", "report", "class", "isolated", "link"]
    assert "2022-03-23 09:00 – 11:00" in " ".join(found[1].split())
    assert all("recorded 2022-03-27" in " ".join(one.split()) for one in found)


def test_the_line_of_time_ends_where_the_page_looks(file):
    look, _user = file
    assert lines(look("?as_of=2022-03-24T09:00").content.decode())[-1].startswith("swab"), (
        "08:00 is before, 10:00 is not"
    )
    narrow = lines(look("?only=class").content.decode())
    assert [one.split(" ")[0] for one in narrow] == ["class"]
    assert look("?only=nonsense").status_code == 400


@pytest.mark.parametrize(("language", "words"), [("zh", "一、核心信息"), ("en", "1. Core information")])
def test_the_report_is_given_out_on_record_and_says_by_whom(file, client, language, words):
    look, user = file
    answer = look(f"report.docx?language={language}")
    word = Word(io.BytesIO(answer.content))
    headings = [one.text for one in word.paragraphs if one.style.name.startswith("Heading")]
    assert headings[0] == words, "core information comes first"
    assert user.username in word.sections[0].footer.paragraphs[0].text
    assert "no-store" in answer["Cache-Control"]
    assert AuditEntry.objects.filter(act="case.reported", actor=user, subject="case:LY-1").count() == 1
    pdf = look(f"report.pdf?language={language}")
    assert pdf.content.startswith(b"%PDF-") and b"pdfuaid" in pdf.content


def test_who_may_not_take_out_lists_takes_out_no_report(client, outbreak, sign_in):
    sign_in("auditor")
    client.cookies["chainbreak_language"] = "en"
    assert client.get("/cases/LY/1/report.pdf").status_code == 403
    page = client.get("/cases/LY/1/").content.decode()
    assert "report.pdf" not in page and "For: epidemiology lead, investigator" in page
    sign_in("investigator")
    assert client.get("/cases/LY/1/report.exe").status_code == 400
    assert client.get("/cases/LY/1/report.pdf?language=fr").status_code == 400


class Stay:
    def __init__(self, key, longitude, latitude):
        self.place_id, self.place = key, Place(pk=key, name=f"place {key}", longitude=longitude, latitude=latitude)


def test_places_stand_where_they_are_and_the_scale_is_true():
    # two places 1 km apart to the north: 1000 / 111320 degrees of latitude
    found = trajectory_map.draw(
        [Stay(1, 114, 33), Stay(2, 114, 33 + 1000 / 111_320), Stay(1, 114, 33), Stay(3, None, None)]
    )
    first, second = found.stops
    assert (first.x, first.visits, second.visits, found.n_unknown) == (second.x, 2, 1, 1)
    assert first.y > second.y, "north is up"
    metres = {"100 m": 100, "200 m": 200, "500 m": 500, "1 km": 1000}[found.scale_words]
    assert (first.y - second.y) / found.scale_width == pytest.approx(1000 / metres, rel=0.02)
    assert found.way.count("L") == 2


def test_no_position_no_map():
    assert trajectory_map.draw([Stay(1, None, None)]) is None
    assert trajectory_map.draw([]) is None
    assert len(trajectory_map.draw([Stay(1, 114, 33)]).stops) == 1
