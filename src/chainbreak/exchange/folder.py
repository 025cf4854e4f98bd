"""A folder of files taken in one after another, in the order of its manifest (成批导入)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from chainbreak.exchange import imports
from chainbreak.exchange.problems import Unreadable
from chainbreak.governance.models import User
from chainbreak.governance.refusal import Refused

MANIFEST = "manifest.yaml"


def import_folder(
    folder: Path | str,
    *,
    at: datetime,
    actor: User | None = None,
    dry_run: bool = False,
    known_at: datetime | None = None,
    progress: Callable[[str], None] | None = None,
    failed: Callable[[str, Exception], None] | None = None,
) -> Iterator[imports.Report]:
    """Each file of the manifest in its order; every file is all or nothing, and those before a failure stay.

    Args:
        failed: told of a file that cannot be taken in; the others are taken in all the same. Without it, it is raised.

    Raises:
        Unreadable: there is no manifest, it is not valid, or a file of it cannot be read.
    """
    entries = manifest(folder)
    for entry in entries:
        path = Path(folder) / entry["file"]
        if not path.is_file():
            raise Unreadable(path, "file_absent")
    for entry in entries:
        mapping: Any = entry.get("mapping")
        if isinstance(mapping, str) and (Path(folder) / mapping).is_file():
            mapping = str(Path(folder) / mapping)
        try:
            report = imports.import_file(
                entry["kind"],
                Path(folder) / entry["file"],
                at=at,
                actor=actor,
                outbreak=entry.get("outbreak"),
                mapping=mapping,
                sheet=entry.get("sheet"),
                known_at=known_at,
                dry_run=dry_run,
                progress=progress,
            )
        except (Unreadable, Refused) as failure:
            if failed is None:
                raise
            failed(entry["file"], failure)
            continue
        yield report


def manifest(folder: Path | str) -> list[dict[str, Any]]:
    """The files of a folder in order, with the kind of each."""
    path = Path(folder) / MANIFEST
    try:
        document = yaml.safe_load(path.read_text("utf-8-sig"))
    except FileNotFoundError as error:
        raise Unreadable(path, "file_absent") from error
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise Unreadable(path, "mapping_invalid", reason=" ".join(str(error).split())) from error
    entries = document.get("files") if isinstance(document, dict) else None
    if not isinstance(entries, list) or not all(
        isinstance(e, dict) and e.get("file") and e.get("kind") for e in entries
    ):
        raise Unreadable(path, "mapping_invalid", reason="files: a list of {file, kind, outbreak?, mapping?} is wanted")
    unknown = sorted({entry["kind"] for entry in entries} - set(imports.kinds()))
    if unknown:
        raise Unreadable(path, "kind_unknown", kind=", ".join(unknown), kinds=imports.kinds())
    return entries
