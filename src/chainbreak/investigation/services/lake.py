"""The lake of this installation (轨迹湖): opened, asked how it is, merged; its refusals in words.

Persons in the lake are known by their person number, places by their place number.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime
from pathlib import Path
from time import monotonic
from typing import Any

import pyarrow as pa
from django.conf import settings
from django.utils.translation import gettext_noop

from chainbreak.engines.lake import Lake, health
from chainbreak.engines.lake.errors import LakeError
from chainbreak.epi.rulepack import RulePack
from chainbreak.governance import words
from chainbreak.governance.refusal import Refused
from chainbreak.registry.models import Place

words.register(
    {
        "no_lake": gettext_noop(
            "There is no trajectory lake yet, so nothing can be looked for in it. Whoever runs the installation makes one in "
            "the folder lake of the data folder: chainbreak lake init, then chainbreak lake append."
        ),
        "lake_broken": gettext_noop(
            "The trajectory lake is damaged (%(file)s), so no answer is given out of it. Whoever runs the installation looks: "
            "chainbreak lake check."
        ),
        "lake_unusable": gettext_noop("The trajectory lake cannot answer now (%(said)s). Try again later."),
    }
)
TAKEN = frozenset({"accepted", "duplicate", "corrected", "withdrawn", "two_places", "no_length", "replaced_in_batch"})
INSTANT = pa.timestamp("us", tz="UTC")


def folder() -> Path:
    """Where the lake of this installation lies."""
    return Path(settings.CHAINBREAK_DATA) / "lake"


def opened() -> Lake:
    """The lake of this installation.

    Raises:
        Refused("no_lake"): there is none yet. Refused("lake_broken"): a file of it is not as it was written.
    """
    with in_words():
        return Lake.open(folder())


@contextmanager
def in_words() -> Iterator[None]:
    """What a lake refuses, as a refusal with words."""
    try:
        yield
    except LakeError as error:
        if error.code == "lake_missing":
            raise Refused("no_lake") from None
        if error.code == "lake_damaged":
            raise Refused("lake_broken", file=error.facts.get("file", "")) from None
        raise Refused("lake_unusable", said=error.code) from None


def status() -> dict[str, Any]:
    """What the lake holds, for its page: as `Store.status`; and whether somebody is `writing`, whether a merge is
    `due`, and what the worker `merged` last.

    Raises:
        Refused: as `opened`.
    """
    stays = opened()
    return stays.status() | {"writing": is_being_written(), "due": stays.wants_merge, "merged": _note()}


def is_being_written() -> bool:
    """Whether somebody is taking stays in, merging or dropping at this moment; questions are answered meanwhile."""
    return health.is_being_written(folder())


def thin_days(by_day: Mapping[date, int]) -> set[date]:
    """Days with less than half the stays of the days before: a part of the city is missing."""
    return health.thin_days(by_day)


def merge(*, clock: Callable[[], datetime]) -> dict[str, int]:
    """Put fresh batches together where there are many (后台合并); does nothing without a lake or while another writes.

    Returns:
        what was done, as `Store.merge`; empty where nothing was to be done.
    """
    try:
        stays = Lake.open(folder())
    except LakeError:
        return {}
    if not stays.wants_merge or is_being_written():
        return {}
    began = monotonic()
    note: dict[str, Any] = {"at": clock().isoformat()}
    done: dict[str, int] = {}
    try:
        done = stays.merge()
        note |= {"merged": done["merged"], "made": done["made"]}
    except LakeError as error:
        note["trouble"] = error.code
    except OSError as error:
        note["trouble"] = error.strerror or type(error).__name__
    note["seconds"] = round(monotonic() - began, 1)
    with suppress(OSError):  # a full disk: what matters is the lake
        _note_path().write_text(json.dumps(note), "utf-8")
    return done


def own_id(stays: Lake, number: str) -> Any:
    """A person number as the lake writes ids; None where it cannot be one of the lake's."""
    if pa.types.is_integer(stays.person_ids.outside):
        return int(number) if number.isdecimal() and (number == "0" or number[0] != "0") else None
    return number


def kinds_of(stays: Lake) -> list[str]:
    """The kinds of place the lake's register knows."""
    return [] if stays.kinds is None else [name for name in stays.kinds.names if name]


def rule_of(pack: RulePack, stays: Lake) -> dict[str, Any]:
    """What the pack says of the kinds of place of the lake, as its questions take it."""
    kinds = kinds_of(stays)
    return {"thresholds": pack.thresholds(kinds), "near": pack.near(kinds), "after": pack.after_minutes}


def placed(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with the place as people know it: its name, kind, and `at`, the registered place if there is one."""
    places = Place.objects.in_bulk({str(row["place_id"]) for row in rows}, field_name="number")
    for row in rows:
        known = places.get(str(row["place_id"]))
        row["place"], row["kind"] = str(known or row["place_id"]), (known.kind if known else row.get("kind") or "")
        row["at"] = known
    return list(rows)


def _note_path() -> Path:
    return folder().with_name("lake-merged.json")


def _note() -> dict[str, Any] | None:
    try:
        note = json.loads(_note_path().read_text("utf-8"))
        return {**note, "at": datetime.fromisoformat(note["at"])}
    except (OSError, ValueError, KeyError, TypeError):
        return None
