"""Documents as PDF and Word: tagged, fonts inside, Chinese readable, no text of people taken for markup, always the same bytes."""

from __future__ import annotations

import io
import re
import shutil
import subprocess

import pytest
from docx import Document as Word

from chainbreak.exchange.document import docx, pdf
from chainbreak.exchange.document.content import Bullets, Document, Facts, Heading, Paragraph, Table

HOSTILE = '#panic("x") $1$ *strong* @ref \\ <b> "中文" —'


def sample(**more) -> Document:
    blocks = [
        Heading("一、核心信息"),
        Facts([("病例编号", "LY-1"), ("分类", "确诊病例"), ("发病日期", "2022-03-23")]),
        Paragraph(HOSTILE, strong=True),
        Table(["时间", "场所"], [[f"3月{n}日 09:00", HOSTILE] for n in range(1, 60)], "活动轨迹"),
        Bullets(["第一项", "second"]),
    ]
    given = {
        "language": "zh",
        "title": "流行病学调查报告",
        "subtitle": "截至2022-03-28 24:00",
        "footer": "investigator",
    }
    return Document(**{**given, "blocks": blocks, **more})


@pytest.mark.parametrize(("language", "serif"), [("zh", False), ("en", True)])
def test_the_pdf_is_tagged_and_holds_its_fonts(language, serif):
    found = pdf.write(sample(language=language, serif=serif))
    assert found.startswith(b"%PDF-")
    assert b"pdfuaid:part" in found, "PDF/UA"
    assert b"/StructTreeRoot" in found
    assert found == pdf.write(sample(language=language, serif=serif))


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="pdftotext is not on this machine")
def test_text_can_be_read_out_of_the_pdf_and_nothing_of_it_was_markup(tmp_path):
    path = tmp_path / "report.pdf"
    path.write_bytes(pdf.write(sample()))
    text = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True).stdout
    plain = re.sub(r"\s", "", text)
    assert "流行病学调查报告" in plain and "3月59日" in plain
    assert re.sub(r"\s", "", '#panic("x")$1$*strong*') in plain
    fonts = subprocess.run(["pdffonts", path], capture_output=True, text=True, check=True).stdout.splitlines()[2:]
    assert fonts and all(" yes yes yes" in line or " yes yes" in line for line in fonts), fonts
    assert text.count("时间") >= 2, "the header of a table stands on each of its pages"


def test_the_word_document_has_the_same_words():
    found = docx.write(sample(banner="内部资料"))
    assert found == docx.write(sample(banner="内部资料"))
    word = Word(io.BytesIO(found))
    text = "\n".join(one.text for one in word.paragraphs)
    assert "流行病学调查报告" in text and HOSTILE in text and "second" in text
    assert [len(table.rows) for table in word.tables] == [3, 60]
    assert word.sections[0].header.paragraphs[0].text == "内部资料"
    assert word.sections[0].footer.paragraphs[0].text == "investigator"


@pytest.mark.parametrize("wrong", [{"language": "fr"}, {"title": ""}])
def test_what_is_no_document_is_refused(wrong):
    with pytest.raises(ValueError, match=r"language|title"):
        sample(**wrong)


def test_a_row_of_another_width_is_refused():
    with pytest.raises(ValueError, match="2 cells; got 1"):
        Table(["a", "b"], [["1"]])
