"""The manual names every command and every setting."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from chainbreak.jobs import cli

ROOT = Path(__file__).resolve().parents[2]
SETTING = re.compile(r"\b(CHAINBREAK_[A-Z_]+|DATABASE_URL)\b")


@pytest.mark.parametrize("name", cli.names())
def test_every_command_is_in_the_manual(name):
    assert f"| `{name}" in (ROOT / "docs/manual/commands.md").read_text()


@pytest.mark.parametrize("name", cli.names())
def test_every_command_says_what_it_is_for_and_what_it_needs(name):
    assert cli.declared(name, "HELP")
    assert cli.declared(name, "NEEDS") in cli.NEEDS


def _read_from_environment() -> set[str]:
    named = SETTING.findall((ROOT / "src/chainbreak/config/settings.py").read_text())
    return {name for name in named if not name.startswith("CHAINBREAK_TEST_")} - {"CHAINBREAK_DATABASE_URL"}


def test_every_setting_is_in_the_manual_and_the_manual_names_no_other():
    rows = [line.split("|")[1] for line in (ROOT / "docs/manual/settings.md").read_text().splitlines() if "|" in line]
    assert set(SETTING.findall(" ".join(rows))) == _read_from_environment()


def test_only_the_settings_read_the_environment():
    reading = re.compile(r"os\.(environ\.get|getenv)\(|os\.environ\[")
    allowed = {"config/settings.py", "jobs/words.py", "jobs/cli.py", "jobs/commands/serve.py"}
    allowed.add("engines/spark.py")  # SPARK_REMOTE is Spark's own name, and commands on files alone load no settings
    allowed |= {"engines/sweep/__init__.py", "engines/sweep/compiled.py"}  # where compiled kernels are kept; likewise
    source = ROOT / "src/chainbreak"
    found = {str(path.relative_to(source)) for path in source.rglob("*.py") if reading.search(path.read_text())}
    assert found <= allowed


def _named(menu: object) -> set[str]:
    if isinstance(menu, str):
        return {menu}
    below = menu.values() if isinstance(menu, dict) else menu
    return set().union(*(_named(one) for one in below))


def test_every_page_of_the_manual_is_in_the_menu_and_every_entry_leads_to_a_page():
    menu = tomllib.loads((ROOT / "zensical.toml").read_text())["project"]["nav"]
    pages = {str(path.relative_to(ROOT / "docs")) for path in (ROOT / "docs").rglob("*.md")}
    assert _named(menu) == pages


def test_no_link_of_the_documents_is_dead():
    dead = []
    for page in [*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text()):
            if "://" not in target and not target.startswith("mailto:") and not (page.parent / target).exists():
                dead.append(f"{page.relative_to(ROOT)}: {target}")
    assert not dead, "\n".join(dead)
