"""The words of each refusal, by its code (拒绝的说明). Each room adds its own; each face shows them.

Words are marked with `gettext_noop` where they are written and translated where they are shown.
They say what is wrong and what to do next, with the facts of the refusal by name: `%(port)s`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from chainbreak.governance.refusal import Refused

_WORDS: dict[str, str] = {}


def register(words: Mapping[str, str]) -> None:
    """Add a room's words.

    Raises:
        ValueError: a code has other words already.
    """
    for code, sentence in words.items():
        if _WORDS.setdefault(code, sentence) != sentence:
            raise ValueError(f"two sentences for the refusal {code!r}: {_WORDS[code]!r} and {sentence!r}")


def known() -> frozenset[str]:
    """The codes that have words."""
    return frozenset(_WORDS)


def sentence(refused: Refused, translate: Callable[[str], str]) -> str | None:
    """The words of a refusal in the reader's language; None when nobody has written any."""
    words = _WORDS.get(refused.code)
    if words is None:
        return None
    try:
        return translate(words) % refused.facts
    except (KeyError, TypeError, ValueError):
        return translate(words)
