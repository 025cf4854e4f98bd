"""What must hold for every file of the repository."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ["epi", "engines", "governance", "registry", "screening", "investigation", "measures", "command"]
FACES = ["web", "api", "exchange", "jobs", "config"]
ELSEWHERE = re.compile(
    "|".join(
        [
            r"pypi" + r"\.org",
            r"python" + r"hosted\.org",
            r"registry\.npm" + r"js\.org",
            r"deb\.debian" + r"\.org",
            r"(?<![\w.}/-])/" + r"work/",
            r"(?<![\w.}/-])/" + r"root/(?!\.)",
        ]
    )
)


def _tracked() -> list[Path]:
    said = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if said.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in said.stdout.split("\0") if name]


def test_no_file_names_a_package_registry_or_a_folder_of_one_machine():
    found = []
    for path in _tracked():
        if not path.is_file() or path.suffix in {".parquet", ".xlsx", ".docx", ".png", ".woff2", ".gz"}:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if ELSEWHERE.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("room", ROOMS + FACES)
def test_every_room_says_what_it_is_for_and_where_to_begin(room):
    doc = ast.get_docstring(ast.parse((ROOT / "src/chainbreak" / room / "__init__.py").read_text()))
    assert doc
    assert re.search(r"[\u4e00-\u9fff]", doc)


@pytest.mark.parametrize("name", ["bootstrap", "user", "dev"])
def test_every_locked_package_has_a_hash_and_no_host(name):
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    assert "://" not in text
    packages = re.split(r"\n(?=\S)", text.strip())
    assert all("--hash=sha256:" in package for package in packages)


def test_what_a_user_installs_is_locked_alike_for_developers():
    def versions(name: str) -> dict[str, str]:
        return dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "requirements" / name).read_text(), re.MULTILINE))

    user, dev = versions("user.txt"), versions("dev.txt")
    assert {name: dev.get(name) for name in user} == user
