"""What a lake refuses (拒绝): a code for programs and facts for the words; the faces hold the sentences."""

from __future__ import annotations


class LakeError(ValueError):
    """A lake that cannot do what was asked.

    Codes: lake_exists, lake_missing, lake_busy (another writer), lake_damaged (file, block), lake_foreign (not of this
    format), batch_of_another_kind (ids), retention_later (before), no_day_given.
    """

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(f"{code}: " + ", ".join(f"{name}={value}" for name, value in facts.items()))
        self.code = code
        self.facts = facts
