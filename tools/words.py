"""The Chinese words: gathered from `locale/words/*.tsv`, compiled, and checked against what the source says (译文).

A line of a .tsv is: English, tab, Chinese; `context|English` where one word has two meanings; newlines as `\\n`.

    python tools/words.py            writes locale/zh_Hans/LC_MESSAGES/django.po and .mo
    python tools/words.py --check    also fails on a string in one language only, an unused one, other placeholders
    python tools/words.py --missing  lists what has no Chinese yet, one a line, ready for a .tsv
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "chainbreak"
LOCALE = SOURCE / "locale"
TARGET = LOCALE / "zh_Hans" / "LC_MESSAGES" / "django.po"
PLAIN = {"_", "gettext", "gettext_lazy", "gettext_noop"}
PLURAL = {"ngettext", "ngettext_lazy"}
CONTEXT = {"pgettext", "pgettext_lazy"}
BOTH = {"npgettext", "npgettext_lazy"}
HOLE = re.compile(r"%\((\w+)\)[sdif]|\{(\w*)[^{}]*\}|%[sd]")


@dataclass(frozen=True)
class Word:
    """One string for people, as marked in the source."""

    sentence: str
    context: str | None = None
    plural: str | None = None

    @property
    def key(self) -> str:
        return f"{self.context}|{self.sentence}" if self.context else self.sentence


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--missing", action="store_true")
    args = parser.parse_args()
    problems: list[str] = []
    marked = dict(sorted({word.key: (word, place) for word, place in gather(problems)}.items()))
    chinese = translations(problems)
    if args.missing:
        print("\n".join(escape(key) for key in marked if not chinese.get(key, ("", ""))[0]))
        return 0
    compile_catalogue({key: word for key, (word, _) in marked.items()}, chinese)
    if not args.check:
        print("\n".join(problems), file=sys.stderr)
        return 1 if problems else 0
    for key, (word, place) in marked.items():
        text, where = chinese.get(key, ("", ""))
        if not text:
            problems.append(f"{place}: no Chinese for {key!r}; add it to src/chainbreak/locale/words/")
        elif holes(text) - holes(word.sentence) - holes(word.plural or ""):
            problems.append(f"{where}: other placeholders in the Chinese of {key!r}")
    problems += [
        f"{where}: nothing in the source says {key!r}" for key, (_, where) in chinese.items() if key not in marked
    ]
    print("\n".join(problems), file=sys.stderr)
    print(f"{len(marked)} strings in two languages, {len(problems)} problems")
    return 1 if problems else 0


def holes(text: str) -> set[str]:
    return {found[0] for found in HOLE.finditer(text.replace("%%", ""))}


def escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")


def unescape(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: {"n": "\n", "t": "\t"}.get(found[1], found[1]), text)


def translations(problems: list[str]) -> dict[str, tuple[str, str]]:
    """Chinese by English, with the place it is written at."""
    found: dict[str, tuple[str, str]] = {}
    for path in sorted((LOCALE / "words").glob("*.tsv")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            place = f"{path.relative_to(ROOT)}:{number}"
            english, tab, chinese = line.partition("\t")
            english, chinese = unescape(english), unescape(chinese.strip())
            if not tab or not chinese:
                problems.append(f"{place}: wanted English, tab, Chinese")
            elif english in found and found[english][0] != chinese:
                problems.append(f"{place}: {english!r} is {found[english][0]!r} at {found[english][1]}")
            else:
                found.setdefault(english, (chinese, place))
    return found


def gather(problems: list[str]) -> Iterator[tuple[Word, str]]:
    """Every marked string of the source, with its place."""
    for path in sorted(SOURCE.rglob("*.py")):
        if "migrations" in path.parts:
            continue
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except SyntaxError as error:
            problems.append(f"{path.relative_to(ROOT)}:{error.lineno}: {error.msg}")
            continue
        yield from marked_in(tree, str(path.relative_to(ROOT)), problems)
    yield from marked_in_templates(problems)


def marked_in(tree: ast.AST, name: str, problems: list[str]) -> Iterator[tuple[Word, str]]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        place = f"{name}:{node.lineno}"
        if called not in PLAIN | PLURAL | CONTEXT | BOTH:
            continue
        if any(isinstance(argument, ast.JoinedStr) for argument in node.args):
            problems.append(f"{place}: an f-string cannot be translated; use %(name)s")
            continue
        words = [argument.value if isinstance(argument, ast.Constant) else None for argument in node.args]
        if not isinstance(words[0], str) or not words[0]:
            continue  # marked where it was written
        if called in PLAIN:
            yield Word(words[0]), place
        elif called in PLURAL and isinstance(words[1], str):
            yield Word(words[0], plural=words[1]), place
        elif called in CONTEXT and isinstance(words[1], str):
            yield Word(words[1], context=words[0]), place
        elif called in BOTH and isinstance(words[1], str) and isinstance(words[2], str):
            yield Word(words[1], context=words[0], plural=words[2]), place


def marked_in_templates(problems: list[str]) -> Iterator[tuple[Word, str]]:
    import django
    from django.conf import settings

    if not settings.configured:
        settings.configure(USE_I18N=True)
        django.setup()
    from django.template.base import TemplateSyntaxError
    from django.utils.translation.template import templatize

    for path in sorted(found for end in ("html", "txt", "svg") for found in SOURCE.rglob(f"templates/**/*.{end}")):
        name = str(path.relative_to(ROOT))
        try:
            text = templatize(path.read_text(encoding="utf-8"), origin=name)
        except (SyntaxError, TemplateSyntaxError) as error:
            problems.append(f"{name}: {error}")
            continue
        for found in re.finditer(r"(?<![\w.])(?:_|n?p?gettext(?:_lazy|_noop)?)\(", text):
            call = expression(text[found.start() :])
            if call is not None:
                line = text.count("\n", 0, found.start())
                yield from ((word, f"{name}:{line + 1}") for word, _ in marked_in(call, name, problems))


def expression(text: str) -> ast.AST | None:
    """The call at the beginning of the text."""
    for found in re.finditer(r"\)", text):
        try:
            return ast.parse(text[: found.end()], mode="eval")
        except SyntaxError:
            continue
    return None


def compile_catalogue(marked: dict[str, Word], chinese: dict[str, tuple[str, str]]) -> None:
    catalogue = polib.POFile(wrapwidth=120)
    catalogue.metadata = {
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Language": "zh_Hans",
        "Plural-Forms": "nplurals=1; plural=0;",
    }
    for key, word in marked.items():
        text = chinese.get(key, ("", ""))[0]
        if not text:
            continue
        entry = polib.POEntry(msgid=word.sentence, msgctxt=word.context)
        if word.plural:
            entry.msgid_plural, entry.msgstr_plural = word.plural, {0: text}
        else:
            entry.msgstr = text
        if "%(" in word.sentence:
            entry.flags.append("python-format")
        catalogue.append(entry)
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    for suffix, save in ((".po", catalogue.save), (".mo", catalogue.save_as_mofile)):
        fresh = TARGET.with_suffix(f"{suffix}.new")
        save(str(fresh))
        fresh.replace(TARGET.with_suffix(suffix))


if __name__ == "__main__":
    sys.exit(main())
