"""A folder of files: one that cannot be taken in stops the others only where nobody asked to be told (成批导入)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chainbreak.exchange import folder
from chainbreak.exchange.problems import Unreadable
from chainbreak.registry.models import Person, Place

pytestmark = pytest.mark.django_db
NOW = datetime(2022, 4, 1, tzinfo=UTC)


@pytest.fixture
def files(tmp_path):
    (tmp_path / "manifest.yaml").write_text(
        "files:\n- {file: people.csv, kind: people}\n- {file: rooms.csv, kind: rooms}\n"
        "- {file: relations.csv, kind: relations, outbreak: GONE}\n- {file: places.csv, kind: places}\n"
    )
    (tmp_path / "people.csv").write_text("person_id\nP1\n")
    (tmp_path / "rooms.csv").write_text("nothing,of,this\n1,2,3\n")
    (tmp_path / "relations.csv").write_text("case_id,other_id,relation\nA,B,daughter\n")
    (tmp_path / "places.csv").write_text("place_id,kind\nV1,household\n")
    return tmp_path


def test_the_others_are_taken_in_and_each_failure_is_told(files):
    told = []
    reports = list(folder.import_folder(files, at=NOW, failed=lambda name, failure: told.append((name, failure.code))))
    assert [(report.kind, report.created) for report in reports] == [("people", 1), ("places", 1)]
    assert told == [("rooms.csv", "required_column_missing"), ("relations.csv", "unknown_outbreak")]


def test_without_anybody_to_tell_the_first_failure_stops_it(files):
    with pytest.raises(Unreadable):
        list(folder.import_folder(files, at=NOW))
    assert (Person.objects.count(), Place.objects.count()) == (1, 0)
