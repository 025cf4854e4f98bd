"""The pictures of the manual, out of those the stories took: `python tools/pictures.py` (手册截图).

Run the stories of `tests/reference` first. Each page becomes one picture, desk in English beside phone in Chinese, in
`docs/pictures/pages`, and a heading in `docs/manual/screens.md`.
"""

from __future__ import annotations

import csv
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
TAKEN = ROOT / "build" / "screens" / "pages"
PICTURES = ROOT / "docs" / "pictures" / "pages"
PAGE = ROOT / "docs" / "manual" / "screens.md"
HEIGHT, GAP, QUALITY = 640, 12, 60
HEAD = """# Every page in a picture 页面一览

Taken by the stories on the reference outbreak, each as the first role that is led there by a link: on the left a desk in
English, light; on the right a phone in Chinese, dark.
"""


def main() -> int:
    rows = {language: _rows(TAKEN / f"pages-{language}.tsv") for language in ("en", "zh")}
    PICTURES.mkdir(parents=True, exist_ok=True)
    for old in PICTURES.glob("*.webp"):
        old.unlink()
    parts = [HEAD]
    for name, (address, role, title) in rows["en"].items():
        if name not in rows["zh"]:
            continue
        _beside(TAKEN / f"{name}-en.png", TAKEN / f"{name}-zh.png").save(PICTURES / f"{name}.webp", quality=QUALITY)
        heading, chinese = (_heading(words) for words in (title, rows["zh"][name][2]))
        parts.append(
            f"## {heading} {chinese}\n\n`{address}`, {role.replace('_', ' ')}\n\n"
            f"![{heading}](../pictures/pages/{name}.webp)\n"
        )
    PAGE.write_text("\n".join(parts), encoding="utf-8")
    print(f"{len(parts) - 1} pages")
    return 0


def _rows(path: Path) -> dict[str, tuple[str, str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return {name: (address, role, title) for name, address, role, title in csv.reader(file, delimiter="\t")}


def _heading(title: str) -> str:
    """The page's own words out of its title, without the name of the house."""
    return title.rsplit("·", 1)[0].rsplit("|", 1)[0].strip()


def _beside(*paths: Path) -> Image.Image:
    """Pictures brought to one height, side by side."""
    pictures = [Image.open(path).convert("RGB") for path in paths]
    small = [one.resize((round(one.width * HEIGHT / one.height), HEIGHT), Image.Resampling.LANCZOS) for one in pictures]
    whole = Image.new("RGB", (sum(one.width for one in small) + GAP * (len(small) - 1), HEIGHT), "white")
    left = 0
    for one in small:
        whole.paste(one, (left, 0))
        left += one.width + GAP
    return whole


if __name__ == "__main__":
    raise SystemExit(main())
