"""A date is read the way it was meant, or asked about; it is never guessed."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainbreak.exchange.date_columns import ColumnSurvey, DateOptions, anchor_of
from chainbreak.exchange.dates import DateRule, resolve

ZONE = ZoneInfo("Asia/Shanghai")
ANCHOR = DateRule(anchor=date(2022, 3, 20))
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
STYLES = {
    "iso": lambda d: d.isoformat(),
    "slashes": lambda d: f"{d.year}/{d.month}/{d.day}",
    "dots": lambda d: f"{d.year}.{d.month}.{d.day}",
    "compact": lambda d: f"{d:%Y%m%d}",
    "chinese": lambda d: f"{d.year}年{d.month}月{d.day}日",
    "month first in words": lambda d: f"{MONTHS[d.month - 1]} {d.day:02}, {d.year}",
    "day first in words": lambda d: f"{d.day}-{MONTHS[d.month - 1]}-{d.year}",
    "full width": lambda d: f"{d.year}-{d.month}-{d.day}".translate({48 + i: 0xFF10 + i for i in range(10)}),
    "excel day number": lambda d: (d - date(1899, 12, 30)).days,
    "day number since 1970": lambda d: str((d - date(1970, 1, 1)).days),
    "a cell of a workbook": lambda d: datetime(d.year, d.month, d.day),  # noqa: DTZ001
    "midnight": lambda d: f"{d.isoformat()} 00:00:00",
    "midnight in UTC": lambda d: f"{d.isoformat()}T00:00:00.000Z",
}


def read(values, **options):
    survey = ColumnSurvey("c", DateOptions(**options))
    survey.add(values)
    rule, problems = survey.decide(anchor_of([survey]))
    return [resolve(value, rule) for value in values], problems


@pytest.mark.parametrize("style", STYLES)
@given(day=st.dates(date(1991, 1, 1), date(2048, 12, 31)))
def test_a_day_comes_back_from_every_style(style, day):
    (reading,), _ = read([STYLES[style](day)])
    assert (reading.value, reading.code) == (day, None)


@given(
    days=st.lists(st.dates(date(2000, 1, 1), date(2030, 12, 31)), min_size=1, max_size=20),
    form=st.sampled_from(["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%m-%d-%Y"]),
)
def test_a_numeric_order_is_right_or_asked_about_but_never_wrong(days, form):
    readings, _ = read([day.strftime(form) for day in days])
    for day, reading in zip(days, readings, strict=True):
        assert reading.value == day or reading.code in ("date_ambiguous",)


@given(at=st.datetimes(datetime(1991, 1, 1), datetime(2048, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_an_instant_with_a_zone_stays_that_instant(at):
    (first, _), _ = read([at.isoformat(), "2020-01-01T13:45:00Z"])
    assert first.value == at.astimezone(ZONE)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("3月25日", date(2022, 3, 25)),
        ("12月30日", date(2021, 12, 30)),
        ("3月24日3时56分", datetime(2022, 3, 24, 3, 56, tzinfo=ZONE)),
        ("2022-3-27 19:47", datetime(2022, 3, 27, 19, 47, tzinfo=ZONE)),
        ("2022/3/27 下午3:20", datetime(2022, 3, 27, 15, 20, tzinfo=ZONE)),
        ("3月28日24时", None),
        ("2022-03-28 24:00", datetime(2022, 3, 29, tzinfo=ZONE)),
        ("2022-03-28T23:59:59+08:00", datetime(2022, 3, 28, 23, 59, 59, tzinfo=ZONE)),
        ("2022年3月25日(星期五)", date(2022, 3, 25)),
        ("1st May 2021", date(2021, 5, 1)),
        ("22年3月5日", date(2022, 3, 5)),
    ],
)
def test_styles_with_times_and_without_years(written, meant):
    meant = meant or datetime(2022, 3, 29, tzinfo=ZONE)
    assert resolve(written, ANCHOR).value == meant


@pytest.mark.parametrize("written", ["", "-", "unknown", "未知", "NA", "n/a", None, "不详", -99, float("nan")])
def test_a_word_for_unknown_is_no_date_and_no_problem(written):
    reading = resolve(written, DateRule())
    assert (reading.value, reading.code) == (None, None)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Jun /23/Y", "date_unreadable"),
        ("soon", "date_unreadable"),
        ("2022-02-30", "date_impossible"),
        ("31/31/2020", "date_impossible"),
        ("2022-03", "date_incomplete"),
        ("2022", "date_incomplete"),
        ("March 2022", "date_incomplete"),
        ("3月中旬", "date_incomplete"),
        ("3月24日-25日", "date_unreadable"),
        ("2022-03-25 25:10", "date_impossible"),
        ("3月25日", "year_missing"),
        (True, "date_unreadable"),
    ],
)
def test_what_is_no_date_is_said_to_be_none(written, code):
    reading = resolve(written, DateRule())
    assert (reading.value, reading.code) == (None, code)


def test_one_value_proves_the_order_for_its_whole_column():
    readings, problems = read(["03/04/2020", "25/04/2020", "unknown"])
    assert [reading.value for reading in readings] == [date(2020, 4, 3), date(2020, 4, 25), None]
    assert [(p.code, p.facts["order"]) for p in problems] == [("date_order_decided", "dmy")]


def test_an_undecided_column_is_asked_about_with_both_readings_until_somebody_says():
    readings, problems = read(["03/04/2020", "05/06/2020", "07/07/2020"])
    assert [reading.code for reading in readings] == ["date_ambiguous", "date_ambiguous", None]
    assert problems[0].code == "date_order_undecided"
    assert problems[0].facts["readings"] == "2020-03-04 / 2020-04-03"

    readings, _ = read(["03/04/2020", "05/06/2020", "07/07/2020"], day_first=True)
    assert [reading.value for reading in readings] == [date(2020, 4, 3), date(2020, 6, 5), date(2020, 7, 7)]


def test_a_column_that_contradicts_itself_decides_nothing_for_the_doubtful():
    readings, problems = read(["25/04/2020", "04/25/2020", "03/04/2020"])
    assert readings[2].code == "date_ambiguous"
    assert [reading.code for reading in readings[:2]] == ["date_order_mixed", "date_order_mixed"]
    assert [reading.value for reading in readings[:2]] == [date(2020, 4, 25)] * 2
    assert "date_order_undecided" in [problem.code for problem in problems]


def test_two_styles_in_one_column_are_judged_apart():
    readings, _ = read(["06/26/2016", "07/03/2016", "13/ 06 /15", "04/ 07 /15"])
    assert [reading.value for reading in readings] == [
        date(2016, 6, 26),
        date(2016, 7, 3),
        date(2015, 6, 13),
        date(2015, 7, 4),
    ]


def test_the_period_of_the_outbreak_can_decide():
    period = (date(2020, 1, 1), date(2020, 2, 28))
    readings, _ = read(["01/02/2020", "08/02/2020"], period=period)
    assert [reading.value for reading in readings] == [date(2020, 2, 1), date(2020, 2, 8)]


def test_a_two_digit_year_in_front():
    readings, _ = read(["22/3/25", "22/3/31"], today=date(2023, 1, 1))
    assert [reading.value for reading in readings] == [date(2022, 3, 25), date(2022, 3, 31)]


def test_the_missing_year_comes_from_the_dates_that_have_one():
    readings, problems = read(["12月30日", "2021-01-05", "2021-01-09"])
    assert readings[0].value == date(2020, 12, 30)
    assert problems[0].code == "year_assumed"
