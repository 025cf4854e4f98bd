"""What a document holds (文书内容), whatever it is written as."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Heading:
    """A heading of a part."""

    text: str


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; `strong` for what must not be overlooked."""

    text: str
    strong: bool = False


@dataclass(frozen=True)
class Facts:
    """Names with their values, two beside each other."""

    pairs: list[tuple[str, str]]


@dataclass(frozen=True)
class Table:
    """Rows under a header; every row has as many cells as the header."""

    header: list[str]
    rows: list[list[str]]
    caption: str = ""

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.header):
                raise ValueError(f"a row must have {len(self.header)} cells; got {len(row)}")


@dataclass(frozen=True)
class Bullets:
    """A list."""

    items: list[str]


Block = Heading | Paragraph | Facts | Table | Bullets


@dataclass(frozen=True)
class Document:
    """One document in one language (zh or en)."""

    language: str
    title: str
    subtitle: str
    blocks: list[Block] = field(default_factory=list)
    banner: str = ""  # not published, for internal use
    footer: str = ""  # who took it out and when (水印)
    serif: bool = False

    def __post_init__(self) -> None:
        if self.language not in ("zh", "en"):
            raise ValueError(f"language must be zh or en; got {self.language!r}")
        if not self.title:
            raise ValueError("a document needs a title")

    def as_data(self) -> dict[str, Any]:
        """The document as JSON data for a template; each block says its kind."""
        blocks = [{"kind": type(block).__name__.lower(), **asdict(block)} for block in self.blocks]
        return {**asdict(self), "blocks": blocks}
