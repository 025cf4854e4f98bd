"""Windows of two events out of a table: a day is a whole day, a window ends with its last day."""

from datetime import date

import pytest

from chainbreak.exchange import delays

DAY = date(2022, 3, 1).toordinal()


def written(folder, text):
    path = folder / "cases.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_day_lasts_a_day_and_a_window_to_the_end_of_its_last(tmp_path):
    path = written(tmp_path, "since,until,onset\n2022-03-01,2022-03-03,2022-03-05\n,2022-03-03,2022-03-05\n")
    found = delays.read_rows(path, ["since", "until"], ["onset"])
    assert found.first == [(DAY, DAY + 3)] and found.second == [(DAY + 4, DAY + 5)]
    assert found.left_out == {"date_missing": [3]} and found.plain == [pytest.approx(3.0)]
    longest = delays.read_rows(path, ["since", "until"], ["onset"], longest=10)
    assert longest.first == [(DAY, DAY + 3), (DAY - 7, DAY + 3)]


def test_numbers_stay_as_they_are(tmp_path):
    path = written(tmp_path, "EL,ER,SL,SR\n0,1,5,6.5\n")
    found = delays.read_windows(path)
    assert found.first == [(0.0, 1.0)] and found.second == [(5.0, 6.5)]


def test_who_waits_at_the_last_day_has_waited_until_its_end(tmp_path):
    path = written(
        tmp_path, "report,isolated\n2022-03-01,\n2022-03-01,2022-03-09\n2022-03-01,2022-03-02\n2022-03-08,\n"
    )
    found = delays.read_rows(path, ["report"], ["isolated"], censored_at=date(2022, 3, 5))
    waits = (DAY + 5, float("inf"))
    assert found.second == [waits, waits, (DAY + 1, DAY + 2)] and found.left_out == {"after_the_last_day": [5]}


def test_a_window_that_ends_before_it_begins_is_named(tmp_path):
    path = written(tmp_path, "since,until,onset\n2022-03-04,2022-03-02,2022-03-05\n2022-03-01,2022-03-02,2022-03-05\n")
    found = delays.read_rows(path, ["since", "until"], ["onset"], truncated_at=date(2022, 3, 6))
    assert found.left_out == {"window_backwards": [2]} and found.horizon == DAY + 6
