"""How a text table was written: its characters and what stands between its values (编码与分隔符)."""

import codecs
import csv
from pathlib import Path
from typing import NamedTuple

from chainbreak.exchange.problems import Unreadable

DELIMITERS = ",;\t|，；"


class Encoding(NamedTuple):
    """A codec's name, and whether it is only a guess."""

    name: str
    guessed: bool = False


def encoding_of(path: Path, wanted: str | None = None) -> Encoding:
    """The encoding that the whole file can be read in: marks first, then UTF-8, GB18030, Windows-1252."""
    if wanted:
        return Encoding(_proved(path, wanted))
    with open(path, "rb") as file:
        start = file.read(4096)
    if start.startswith(codecs.BOM_UTF8):
        return Encoding(_proved(path, "utf-8-sig"))
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Encoding(_proved(path, "utf-16"))
    if start[1::2].count(0) > len(start) // 5:
        return Encoding(_proved(path, "utf-16-le"))
    if start[0::2].count(0) > len(start) // 5:
        return Encoding(_proved(path, "utf-16-be"))
    if b"\0" in start:
        raise Unreadable(path, "file_is_binary")
    if _fits(path, "utf-8"):
        return Encoding("utf-8")
    if _fits(path, "gb18030") and _looks_chinese(path):
        return Encoding("gb18030")
    return Encoding("cp1252" if _fits(path, "cp1252") else "latin-1", guessed=True)


def _fits(path: Path, encoding: str) -> bool:
    try:
        with open(path, encoding=encoding, newline="") as stream:
            while stream.read(1 << 20):
                pass
    except (UnicodeError, LookupError):
        return False
    return True


def _proved(path: Path, encoding: str) -> str:
    try:
        with open(path, encoding=encoding, newline="") as stream:
            while stream.read(1 << 20):
                pass
    except LookupError as error:
        raise Unreadable(path, "encoding_wrong", encoding=encoding, position="?") from error
    except UnicodeError as error:
        raise Unreadable(
            path,
            "encoding_wrong",
            encoding=encoding,
            position=getattr(error, "start", "?"),
        ) from error
    return encoding


def _looks_chinese(path: Path) -> bool:
    """Western text also decodes as GB18030, but into rare characters; Chinese text is mostly of the common set."""
    with open(path, encoding="gb18030", newline="") as stream:
        foreign = [c for c in stream.read(1 << 20) if ord(c) > 127]
    common = 0
    for character in foreign:
        try:
            common += len(character.encode("gb2312")) == 2
        except UnicodeError:
            pass
    return common >= 0.7 * len(foreign)


def delimiter_of(sample: str) -> str:
    """The separator that cuts most of the first lines into the same number of values."""
    lines = sample.splitlines()
    if lines and lines[0].lower().startswith("sep=") and len(lines[0]) > 4:
        return lines[0][4]
    lines = [line for line in lines[:60] if line.strip()]
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        widths = [len(cells) for cells in csv.reader(lines, delimiter=delimiter)]
        if not widths or max(widths) < 2:
            continue
        usual = max(set(widths), key=lambda width: (widths.count(width), width))
        if usual < 2:
            continue
        score = widths.count(usual) / len(widths) + min(usual, 50) / 1000
        if score > best_score:
            best, best_score = delimiter, score
    return best
