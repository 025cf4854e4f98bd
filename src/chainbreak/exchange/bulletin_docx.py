"""A bulletin as a Word document (通报文档), with a Chinese font for Chinese text."""

from __future__ import annotations

import io
from datetime import UTC, datetime

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Pt

from chainbreak.command.selectors.bulletin import Printed

FONTS = {"zh": ("Times New Roman", "仿宋"), "en": ("Times New Roman", "仿宋")}
WORDS = {
    "zh": {"corrections": "更正内容", "draft": "未发布，不得外传"},
    "en": {"corrections": "What is corrected", "draft": "Not published; not to be passed on"},
}


def write(text: Printed, language: str) -> bytes:
    """The document's bytes; the same bulletin gives the same document."""
    document = Document()
    latin, chinese = FONTS[language]
    for style in ("Normal", "Title", "Heading 1"):
        font = document.styles[style].font
        font.name = latin
        fonts = document.styles[style].element.get_or_add_rPr().get_or_add_rFonts()
        fonts.set(qn("w:eastAsia"), chinese)
        for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(theme), None)
    document.styles["Normal"].font.size = Pt(14)
    document.core_properties.title = text.title
    document.core_properties.author = "Chainbreak"
    document.core_properties.language = "zh-CN" if language == "zh" else "en-GB"
    document.core_properties.created = document.core_properties.modified = datetime(2000, 1, 1, tzinfo=UTC)
    document.add_paragraph(text.title, style="Title").alignment = WD_ALIGN_PARAGRAPH.CENTER
    document.add_paragraph(text.as_of).alignment = WD_ALIGN_PARAGRAPH.CENTER
    if text.state not in ("published", "superseded"):
        document.add_paragraph(WORDS[language]["draft"]).runs[0].bold = True
    for paragraph in text.paragraphs:
        line = document.add_paragraph(paragraph)
        line.paragraph_format.first_line_indent = Pt(28) if language == "zh" else None
    if text.corrections:
        document.add_heading(WORDS[language]["corrections"], level=1)
        for correction in text.corrections:
            document.add_paragraph(correction, style="List Bullet")
    answer = io.BytesIO()
    document.save(answer)
    return answer.getvalue()
