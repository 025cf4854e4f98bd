"""The reference outbreak at full size in a database of its own, built once a run by the way of the demo.

Tests with `django_db` in this folder work on it and are rolled back; the story in a browser gets a copy.
"""

from __future__ import annotations

import sys
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import connections
from django.utils import timezone

ZONE = ZoneInfo("Asia/Shanghai")
NAME = "test_reference"
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
