"""The package that people install without the Makefile has all that it needs."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILT = ("src/", "tools/", "setup.py", "pyproject.toml", "MANIFEST.in", "README", "LICENSE")


@pytest.fixture(scope="module")
def tracked() -> list[str]:
    said = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if said.returncode:
        pytest.skip("not a git checkout")
    return [name for name in said.stdout.split("\0") if name.startswith(BUILT) and (ROOT / name).exists()]


@pytest.fixture(scope="module")
def inside(tracked, tmp_path_factory) -> set[str]:
    """The names in a package built from the tracked files alone."""
    copy, out = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("out")
    for name in tracked:
        target = copy / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)
    build = f"from setuptools import build_meta; build_meta.build_wheel({str(out)!r})"
    done = subprocess.run([sys.executable, "-c", build], cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(next(out.glob("*.whl"))) as package:
        return set(package.namelist())


def test_the_package_speaks_chinese(inside):
    assert "chainbreak/locale/zh_Hans/LC_MESSAGES/django.mo" in inside


def test_the_package_has_every_file_of_the_source_and_nothing_else(tracked, inside):
    wanted = {name.removeprefix("src/") for name in tracked if name.startswith("src/") and not name.endswith(".tsv")}
    assert wanted - inside == set()
    assert {name for name in inside if not name.startswith(("chainbreak/", "chainbreak-"))} == set()
