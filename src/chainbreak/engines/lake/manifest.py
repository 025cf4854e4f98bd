"""The list of what is in a lake (清单): swapped whole, so that a reader sees all of a change or none of it.

LAKE/manifest.json     this list, with a checksum of itself
LAKE/lock              held by the one writer
LAKE/segments/*.seg    stays in two layouts, never changed once written
LAKE/dead/*.npy        positions of stays that were corrected or withdrawn
LAKE/ids/*.arrow       ids outside, in the order of their numbers inside
"""

from __future__ import annotations

import contextlib
import copy
import fcntl
import hashlib
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from chainbreak.engines.lake.errors import LakeError

FORMAT = "chainbreak-lake-1"
FOLDERS = ("segments", "dead", "ids", "places")


@dataclass
class Entry:
    """One segment: its file, what the kernels need to read it, and the days its stays began on (since 1970, in China)."""

    file: str
    n_bytes: int
    sum: str  # of the sums of its blocks
    n_stays: int
    n_dead: int
    dead: str | None  # file of positions
    dead_sum: str | None
    days: dict[str, int]  # stays by day
    is_fresh: bool  # one batch, of any days; else of one day only
    layout: dict[str, int]  # base, unit, length_bits, ...
    sections: dict[str, list[int]]  # name: [offset in bytes, number]
    names: dict[str, list[str]]  # evidence and certainty, by code


@dataclass
class Manifest:
    """Everything that is in the lake at one moment."""

    format: str = FORMAT
    generation: int = 0
    number: int = 0  # of the last file made
    person_ids: str | None = None  # direct, int64, text; None until the first stays
    place_ids: str | None = None
    persons: list[dict[str, Any]] = field(default_factory=list)  # files of ids
    places: list[dict[str, Any]] = field(default_factory=list)
    kinds: dict[str, Any] | None = None  # file of the register of places
    carriages: list[str] = field(default_factory=list)  # names, in order of their numbers from 1
    settings: dict[str, Any] = field(default_factory=dict)
    floor_day: int | None = None  # stays that began before are gone and not taken any more
    segments: list[Entry] = field(default_factory=list)
    batches: dict[str, dict[str, Any]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)  # rows by outcome
    delays: dict[str, int] = field(default_factory=dict)  # stays by hours (up to) between their end and their coming in
    dropped: list[dict[str, Any]] = field(default_factory=list)  # what retention removed, each with the hash before

    def next_file(self, kind: str, suffix: str) -> str:
        """A name no file of this lake ever had."""
        self.number += 1
        return f"{kind}/{self.number:08d}{suffix}"

    def copy(self) -> Manifest:
        """One of its own, to be changed and written."""
        return copy.deepcopy(self)

    def files(self) -> set[str]:
        """Every file that belongs to the lake now."""
        found = {entry.file for entry in self.segments} | {entry.dead for entry in self.segments if entry.dead}
        found |= {part["file"] for part in (*self.persons, *self.places)}
        return found | ({self.kinds["file"]} if self.kinds else set())


def read(folder: Path) -> Manifest:
    """The lake's manifest.

    Raises:
        LakeError: lake_missing, lake_damaged (the manifest is not as it was written), lake_foreign.
    """
    path = folder / "manifest.json"
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise LakeError("lake_missing", path=str(folder)) from None
    try:
        document = json.loads(content)
        body, kept = document["manifest"], document["sha256"]
    except (ValueError, KeyError, TypeError):
        raise LakeError("lake_damaged", file="manifest.json", path=str(folder)) from None
    if hashlib.sha256(_text(body)).hexdigest() != kept:
        raise LakeError("lake_damaged", file="manifest.json", path=str(folder))
    if body.get("format") != FORMAT:
        raise LakeError("lake_foreign", path=str(folder), found=str(body.get("format")), wanted=FORMAT)
    entries = [Entry(**entry) for entry in body.pop("segments")]
    return Manifest(**body, segments=entries)


def write(folder: Path, manifest: Manifest) -> None:
    """Put the new manifest in the place of the old one; from here on what it lists is there for good."""
    manifest.generation += 1
    body = asdict(manifest)
    text = json.dumps({"sha256": hashlib.sha256(_text(body)).hexdigest(), "manifest": body}, ensure_ascii=False)
    replace(folder / "manifest.json", text.encode())


def replace(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all, also after a power cut."""
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise
    sync(path.parent)


def sync(folder: Path) -> None:
    """Make the names in a folder last."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def writing(folder: Path, *, wait_seconds: float = 60) -> Iterator[Manifest]:
    """The manifest for the one writer, who has cleared away what a killed writer left behind.

    Raises:
        LakeError: lake_busy (somebody else kept writing all the time).
    """
    if not (folder / "manifest.json").is_file():
        raise LakeError("lake_missing", path=str(folder))
    with (folder / "lock").open("a") as lock:
        until = time.monotonic() + wait_seconds
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= until:
                    raise LakeError("lake_busy", path=str(folder)) from None
                time.sleep(0.05)
        manifest = read(folder)
        clear(folder, manifest)
        yield manifest.copy()


def clear(folder: Path, manifest: Manifest) -> None:
    """Remove files that belong to no manifest. Readers who hold them open keep them."""
    known = manifest.files()
    for kind in FOLDERS:
        for path in (folder / kind).iterdir():
            if f"{kind}/{path.name}" not in known:
                path.unlink(missing_ok=True)
    (folder / "manifest.json.part").unlink(missing_ok=True)


def _text(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, sort_keys=True).encode()
