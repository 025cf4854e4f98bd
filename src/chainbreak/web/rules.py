"""Why (为什么): the rule behind a derived value, with its words in the reader's language, source and edition."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import get_language

from chainbreak.epi import rulepack


@dataclass(frozen=True)
class Why:
    """One rule as people read it."""

    rule: str
    text: str
    source: str
    mark: str
    pack: str
    edition: str


def why(pack_id: str, rule_id: str) -> Why | None:
    """The rule of a pack; None where the value rests on no rule."""
    if not rule_id:
        return None
    pack = rulepack.load(pack_id)
    if not pack.has(rule_id):
        return Why(rule_id, "", "", "", pack.id, pack.edition)
    rule = pack.rule(rule_id)
    text = rule.text_en if (get_language() or "").startswith("en") else rule.text_zh
    return Why(rule.id, text, rule.source, rule.mark, pack.id, pack.edition)
