"""Every refusal that the source can raise has words, and they fit its facts."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from django.utils import translation

SOURCE = Path(__file__).resolve().parents[2] / "src" / "chainbreak"
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def _raised() -> dict[str, list[tuple[str, set[str] | None]]]:
    """Codes by name, with the place and the facts given there (None when they cannot be seen)."""
    found: dict[str, list[tuple[str, set[str] | None]]] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Refused" and node.args:
                code = node.args[0]
                if isinstance(code, ast.Constant) and isinstance(code.value, str):
                    facts = {word.arg for word in node.keywords}
                    place = f"{path.relative_to(SOURCE)}:{node.lineno}"
                    found.setdefault(code.value, []).append((place, None if None in facts else facts))
    return found


@pytest.fixture(scope="module")
def sentences():
    import importlib
    import pkgutil

    from django.urls import get_resolver

    import chainbreak.jobs.commands as commands
    from chainbreak.governance import words
    from chainbreak.jobs import words as _words  # noqa: F401

    _ = get_resolver().url_patterns  # the pages and the interface bring theirs
    for module in pkgutil.iter_modules(commands.__path__):
        importlib.import_module(f"{commands.__name__}.{module.name}")
    return words


def test_every_refusal_has_words(sentences):
    missing = [f"{places[0][0]}: {code}" for code, places in _raised().items() if code not in sentences.known()]
    assert not missing, "\n".join(missing)


def test_the_words_of_every_refusal_have_chinese(sentences):
    with translation.override("zh-hans"):
        untold = [code for code in sentences.known() if not CHINESE.search(translation.gettext(sentences._WORDS[code]))]
    assert not untold, "\n".join(untold)


def test_the_words_of_a_refusal_use_only_facts_that_it_has(sentences):
    wrong = []
    for code, places in _raised().items():
        wanted = set(re.findall(r"%\((\w+)\)", sentences._WORDS.get(code, "")))
        for place, facts in places:
            if facts is not None and not wanted <= facts:
                wrong.append(f"{place}: {code} lacks {sorted(wanted - facts)}")
    assert not wrong, "\n".join(wrong)
