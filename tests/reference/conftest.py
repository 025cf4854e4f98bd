"""The reference outbreak at full size in a database of its own, built once a run by the way of the demo.

Tests with `django_db` in this folder work on it and are rolled back; the story in a browser gets a copy.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from datetime import datetime
from pathlib import Path
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db import connections
from django.utils import timezone

ZONE = ZoneInfo("Asia/Shanghai")
NAME, COPY = "test_reference", "test_story"
SCREENS = Path(__file__).resolve().parents[2] / "build" / "screens"
AS_OF = datetime(2022, 3, 29, tzinfo=ZONE)  # 28 March 24:00
NOW = datetime(2022, 3, 29, 9, tzinfo=ZONE)


def use(name: str) -> str:
    """Point Django at another database of the same server; gives the name of the one before."""
    connection = connections["default"]
    connection.close()
    before = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = name
    return before


def make(name: str, *, template: str = "template1") -> None:
    """An empty database, or a copy of another."""
    with connections["default"]._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


@pytest.fixture(scope="session")
def reference_files(tmp_path_factory):
    """The folder of the files."""
    return tmp_path_factory.mktemp("installation") / "reference"


@pytest.fixture(scope="session")
def reference_database(django_db_setup, django_db_blocker, reference_files):
    """The database with everything taken in and derived."""
    from django.core.management import call_command

    from chainbreak.governance.services import accounts
    from chainbreak.jobs import demonstration

    with django_db_blocker.unblock():
        make(NAME)
        before = use(NAME)
        call_command("migrate", interactive=False, verbosity=0)
        today = timezone.now()
        for year in (NOW, today):  # a role holds for a year: for the tests of then, and for the story of today
            accounts.ready_accounts(year, kept_in=reference_files.parent / "accounts.txt")
        demonstration.build(reference_files, at=today, say=lambda line: print(line, file=sys.stderr))
        lake = Path(settings.CHAINBREAK_DATA) / "lake"  # other tests make lakes of their own there
        shutil.copytree(lake, reference_files.parent / "lake")
        use(before)
    yield NAME
    with django_db_blocker.unblock(), connections["default"]._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{NAME}" WITH (FORCE)')


@pytest.fixture(scope="module")
def on_reference(reference_database):
    """The tests of a module work on the reference outbreak, and those after it on the usual database again."""
    before = use(reference_database)
    yield
    use(before)


@pytest.fixture
def reference(on_reference, db):
    """The outbreak LY."""
    from chainbreak.investigation.models import Outbreak

    return Outbreak.objects.get(code="LY")


@pytest.fixture(scope="session")
def site(reference_database, reference_files, django_db_blocker):
    """`chainbreak serve` on a copy of the reference outbreak, as a process of its own; its address."""
    with django_db_blocker.unblock():
        make(COPY, template=NAME)
        database = connections["default"].settings_dict
    query = {"host": database["HOST"], **database["OPTIONS"]}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "CHAINBREAK_DATA": str(reference_files.parent),
        "CHAINBREAK_PORT": str(port),
        "DATABASE_URL": f"postgresql://{database['USER']}@/{COPY}?{urlencode(query)}",
        "CHAINBREAK_IDENTITY_KEY": settings.CHAINBREAK_IDENTITY_KEY,
    }
    server = subprocess.Popen([sys.executable, "-m", "chainbreak.jobs.cli", "serve", "--no-worker"], env=environment)
    address = f"http://127.0.0.1:{port}"
    _wait_for(f"{address}/accounts/login/", server)
    yield address
    server.terminate()
    server.wait(30)
    with django_db_blocker.unblock(), connections["default"]._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{COPY}" WITH (FORCE)')


@pytest.fixture(scope="session")
def passwords(reference_files) -> dict[str, str]:
    lines = (reference_files.parent / "accounts.txt").read_text().splitlines()
    return {name: password for _, name, password in (line.split("\t") for line in lines)}


def log_in(page, site: str, name: str, passwords: dict[str, str]) -> None:
    """Sign in as one of the ready accounts."""
    page.goto(f"{site}/accounts/login/")
    page.locator("input[name=login]").fill(name)
    page.locator("input[name=password]").fill(passwords[name])
    page.locator("main form button[type=submit], main form button").first.click()
    page.wait_for_url(re.compile(r"^(?!.*login).*$"))


def _wait_for(address: str, server: subprocess.Popen) -> None:
    until = time.monotonic() + 90
    while time.monotonic() < until and server.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except OSError:
            time.sleep(0.3)
        else:
            return
    raise AssertionError("the site did not come up")
