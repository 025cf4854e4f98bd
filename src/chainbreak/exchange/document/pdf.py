"""A document as PDF (版式文件): A4, fonts embedded, tagged for readers (PDF/UA-1); the same document gives the same bytes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pylopdf_fonts_zh_cn
import typst

from .content import Document

TEMPLATE = Path(__file__).with_name("document.typ")
FONTS = Path(pylopdf_fonts_zh_cn.__file__).parent
MADE = datetime(2000, 1, 1, tzinfo=UTC)


def write(document: Document) -> bytes:
    """The bytes of the PDF.

    Raises:
        ValueError: a font of the template is not there (Chinese would be lost without a word).
    """
    found, warnings = typst.compile_with_warnings(
        str(TEMPLATE),
        root=str(TEMPLATE.parent),
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"data": json.dumps(document.as_data(), ensure_ascii=False)},
        pdf_standards=["ua-1"],
        timestamp=MADE,
    )
    missing = [str(one) for one in warnings if "font" in str(one)]
    if missing:
        raise ValueError(f"the fonts of documents must be installed with the package; got {missing}")
    return bytes(found)
