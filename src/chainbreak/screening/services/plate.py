"""A run as a laboratory reports it (上机结果), from whatever file or message it came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


class Wrong(Exception):
    """The file or message cannot be read; nothing of it was taken in."""

    def __init__(self, code: str, **facts: object) -> None:
        self.code, self.facts = code, facts
        super().__init__(f"{code}: {facts}")


@dataclass(frozen=True)
class PlateWell:
    """One well: a sample by its barcode, or a control; Ct by target, None where nothing came up."""

    position: str
    kind: str
    sample: str
    ct: Mapping[str, float | None] = field(default_factory=dict)
    outcome: str | None = None  # where the laboratory said it itself
    reported_at: datetime | None = None


@dataclass(frozen=True)
class Plate:
    """One run of one instrument, or one message of results without a plate (then positions are made up)."""

    number: str
    wells: tuple[PlateWell, ...]
    instrument: str = ""
    laboratory: str = ""
    whole: bool = True  # a plate with its controls; a message of results has none
    final: bool = False  # the laboratory has verified it
