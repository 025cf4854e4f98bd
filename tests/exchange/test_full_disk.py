"""A disk that fills up in the middle of an import: said, and nothing half written (磁盘写满)."""

from __future__ import annotations

import errno
from datetime import UTC, datetime

import psycopg
import pytest

from chainbreak.exchange import imports
from chainbreak.exchange.store.bench import Bench
from chainbreak.governance.models import AuditEntry, ImportRun
from chainbreak.registry.models import Person

pytestmark = pytest.mark.django_db
NOW = datetime(2022, 4, 1, tzinfo=UTC)


@pytest.fixture
def people(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("person_id,name\n" + "".join(f"P{n},样例{n}\n" for n in range(100)), encoding="utf-8")
    return path


def of_temporary_files(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


def of_the_database(*_):
    raise psycopg.errors.DiskFull("could not extend file")


@pytest.mark.parametrize("full", [of_temporary_files, of_the_database])
@pytest.mark.parametrize("step", ["send", "fetch"])
def test_nothing_of_the_file_stays_and_the_next_run_takes_all_of_it(monkeypatch, people, full, step):
    with monkeypatch.context() as patch:
        patch.setattr(Bench, step, full)
        with pytest.raises((OSError, psycopg.errors.DiskFull)):
            imports.import_file("people", people, at=NOW)
    assert not Person.objects.exists()
    assert not ImportRun.objects.exists()
    assert not AuditEntry.objects.exists()
    report = imports.import_file("people", people, at=NOW)
    assert (report.created, report.rejected) == (100, 0)
