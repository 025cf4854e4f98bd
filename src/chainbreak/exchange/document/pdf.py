"""A document as PDF (版式文件): A4, fonts embedded, tagged for readers (PDF/UA-1); the same document gives the same bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import pylopdf_fonts_zh_cn
import typst

from .content import Document

TEMPLATE = Path(__file__).with_name("document.typ")
FONTS = Path(pylopdf_fonts_zh_cn.__file__).parent
Standard = Literal["ua-1", "a-2b"]
MADE = datetime(2000, 1, 1, tzinfo=UTC)


def write(document: Document) -> bytes:
    """The bytes of the PDF.

    Raises:
        ValueError: see `typeset`.
    """
    return typeset(TEMPLATE, document.as_data(), standards=["ua-1"])


def typeset(template: Path, data: Mapping[str, Any], *, standards: Sequence[Standard] = ()) -> bytes:
    """A template filled with data as PDF; the data come to it as JSON, so that no text of people is ever markup.

    Raises:
        ValueError: a font of the template is not there (Chinese would be lost without a word).
    """
    found, warnings = typst.compile_with_warnings(
        str(template),
        root=str(template.parent),
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        pdf_standards=list(standards),
        timestamp=MADE,
    )
    missing = [str(one) for one in warnings if "font" in str(one)]
    if missing:
        raise ValueError(f"the fonts of documents must be installed with the package; got {missing}")
    return bytes(found)
