"""A chart as a picture file (图片): SVG made PNG, with the Chinese font that comes along."""

from __future__ import annotations

import tempfile
from pathlib import Path


def png(svg: str, *, ppi: int = 192) -> bytes:
    """The drawing as PNG; one unit of the drawing is one point, 192 points an inch make two pixels each and more."""
    import pylopdf_fonts_zh_cn as fonts
    import typst

    with tempfile.TemporaryDirectory(prefix="chart-") as folder:
        page = Path(folder) / "page.typ"
        (Path(folder) / "chart.svg").write_text(svg, encoding="utf-8")
        page.write_text('#set page(width: auto, height: auto, margin: 0pt)\n#image("chart.svg")\n', encoding="utf-8")
        made = typst.compile(page, format="png", ppi=ppi, font_paths=[fonts.sans_path().parent])
    return made[0] if isinstance(made, list) else bytes(made)
