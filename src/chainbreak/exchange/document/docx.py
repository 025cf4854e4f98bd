"""A document as Word (Word 文书), with Chinese faces for Chinese text; the same document gives the same bytes."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime

from docx import Document as Word
from docx.document import Document as Opened
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt

from .content import Bullets, Document, Facts, Heading, Paragraph, Table

FACES = {"Normal": ("Times New Roman", "宋体"), "Title": ("Arial", "黑体"), "Heading 1": ("Arial", "黑体")}
MADE = datetime(2000, 1, 1, tzinfo=UTC)


def write(document: Document) -> bytes:
    """The bytes of the .docx."""
    word = Word()
    _faces(word)
    word.core_properties.title = document.title
    word.core_properties.author = "Chainbreak"
    word.core_properties.language = "zh-CN" if document.language == "zh" else "en-GB"
    word.core_properties.created = word.core_properties.modified = MADE
    word.add_paragraph(document.title, style="Title").alignment = WD_ALIGN_PARAGRAPH.CENTER
    word.add_paragraph(document.subtitle).alignment = WD_ALIGN_PARAGRAPH.CENTER
    if document.banner:
        word.sections[0].header.paragraphs[0].text = document.banner
    word.sections[0].footer.paragraphs[0].text = document.footer
    for block in document.blocks:
        if isinstance(block, Heading):
            word.add_heading(block.text, level=1)
        elif isinstance(block, Paragraph):
            word.add_paragraph().add_run(block.text).bold = block.strong or None
        elif isinstance(block, Bullets):
            for item in block.items:
                word.add_paragraph(item, style="List Bullet")
        elif isinstance(block, Facts):
            _table(word, [], [list(pair) for pair in block.pairs])
        elif isinstance(block, Table):
            if block.caption:
                word.add_paragraph(block.caption)
            _table(word, block.header, block.rows)
    answer = io.BytesIO()
    word.save(answer)
    return _without_times(answer.getvalue())


def _without_times(packed: bytes) -> bytes:
    """The same parts with one time for all, so that equal documents are equal files."""
    answer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as old, zipfile.ZipFile(answer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name, MADE.timetuple()[:6]), old.read(name), zipfile.ZIP_DEFLATED)
    return answer.getvalue()


def _faces(word: Opened) -> None:
    for name, (latin, chinese) in FACES.items():
        style = word.styles[name]
        style.font.name = latin
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        fonts.set(qn("w:eastAsia"), chinese)
        for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(theme), None)
    word.styles["Normal"].font.size = Pt(10.5)


def _table(word: Opened, header: list[str], rows: list[list[str]]) -> None:
    columns = len(header or (rows[0] if rows else []))
    if not columns:
        return
    table = word.add_table(rows=0, cols=columns, style="Table Grid")
    for cells in [header, *rows] if header else rows:
        for cell, text in zip(table.add_row().cells, cells, strict=True):
            cell.text = text
    if header:  # the header is repeated on every page
        mark = OxmlElement("w:tblHeader")
        mark.set(qn("w:val"), "true")
        table.rows[0]._tr.get_or_add_trPr().append(mark)
