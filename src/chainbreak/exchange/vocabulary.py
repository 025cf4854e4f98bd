"""The field's words for a diagnosis, an outcome, a route of discovery, in Chinese and English (用词对照)."""

import re
import unicodedata
from importlib import resources

import yaml


def fold(word: str) -> str:
    """A word without case, blanks and punctuation, full-width forms made plain."""
    text = unicodedata.normalize("NFKC", word).casefold()
    return re.sub(r"[\s_\-./,;:()\[\]'\"、,。;:]+", "", text) or text.strip()


def _load() -> dict[str, dict[str, str]]:
    """kind -> folded word -> value."""
    text = (resources.files("chainbreak.exchange") / "words" / "vocabulary.yaml").read_text("utf-8")
    return {
        kind: {fold(word): value for value, words in values.items() for word in words}
        for kind, values in yaml.safe_load(text).items()
    }


_FOLDED = _load()


def find(kind: str, word: str) -> str | None:
    """The value that a word stands for; None if it is not known."""
    folded = fold(word)
    known = _FOLDED[kind]
    if folded in known:
        return known[folded]
    if kind == "classification":
        outside = fold(re.sub(r"[((\[].*", "", unicodedata.normalize("NFKC", word)))
        return known.get(outside)
    return None


def severity_in(word: str) -> str | None:
    """The clinical type inside a diagnosis: 确诊(轻型) is mild."""
    if inside := re.search(r"[(\[](.+?)[)\]]", unicodedata.normalize("NFKC", word)):
        return find("clinical_severity", inside[1])
    rest = re.match(r"(?:确诊病例|确诊)(.+)", word.strip())
    return find("clinical_severity", rest[1]) if rest else None
