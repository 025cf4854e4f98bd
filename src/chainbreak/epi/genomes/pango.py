"""Names of lineages (Pango 谱系命名): what a short name stands for, and which lineage is a part of which."""

from __future__ import annotations

from .sites import genome


def full_name(name: str) -> str:
    """The lineage with its first letters written out; names without a full form stay.

    >>> full_name("BA.2.12"), full_name("B.1.1.7"), full_name("XBB.1")
    ('B.1.1.529.2.12', 'B.1.1.7', 'XBB.1')
    """
    first, dot, rest = name.strip().upper().partition(".")
    aliases: dict[str, str] = genome()["aliases"]
    return aliases.get(first, first) + dot + rest


def is_within(one: str, other: str) -> bool:
    """Whether the one lineage is the other or a part of it.

    >>> is_within("BA.2", "B.1.1.529"), is_within("BA.2", "BA.1"), is_within("BA.2", "BA.2"), is_within("BA.12", "BA.1")
    (True, False, True, False)
    """
    a, b = full_name(one), full_name(other)
    return a == b or a.startswith(b + ".")
