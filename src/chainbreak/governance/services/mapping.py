"""Saved mappings (列对应): which column of a sender's file is which field, kept for the next file."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from ..models import SavedMapping, User
from ..refusal import Refused
from . import access, audit


def save(name: str, kind: str, section: dict[str, Any], *, actor: User, at: datetime) -> SavedMapping:
    """Keep a mapping under a name; the same name replaces what was kept under it.

    Raises:
        Refused("mapping_name_missing"): a mapping needs a name.
        Refused("mapping_of_other_kind"): the name is that of a mapping for another kind of table.
        Refused("not_permitted"): the account may not import.
    """
    access.require(actor, "import.run", at=at)
    name = name.strip()[:80]
    if not name:
        raise Refused("mapping_name_missing")
    with transaction.atomic():
        kept = SavedMapping.objects.select_for_update().filter(name=name).first()
        if kept and kept.kind != kind:
            raise Refused("mapping_of_other_kind", name=name, kind=kept.kind)
        kept = kept or SavedMapping(name=name, kind=kind)
        kept.data, kept.by, kept.at = section, actor, at
        kept.save()
        audit.record("mapping.saved", subject=f"mapping:{name}", actor=actor, at=at)
    return kept
