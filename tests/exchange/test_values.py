"""Ages, numbers and words as people write them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainbreak.exchange import vocabulary
from chainbreak.exchange.identity import read_id_number
from chainbreak.exchange.values import Age, is_rounded_number, read_age, read_count, read_ct, read_number

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@pytest.mark.parametrize(
    ("written", "age"),
    [
        ("４６", Age(46.0)),
        (46, Age(46.0)),
        ("46岁", Age(46.0)),
        ("seventy-four", Age(74.0)),
        ("one hundred and two", Age(102.0)),
        ("四十六", Age(46.0)),
        ("十", Age(10.0)),
        ("8个月", Age(0.6667)),
        ("三个月", Age(0.25)),
        ("1岁3个月", Age(1.25)),
        ("6 months", Age(0.5)),
        ("10s", Age(band=(10, 20))),
        ("60-69", Age(band=(60, 70))),
        ("80岁以上", Age(band=(80, 126))),
        ("不满1岁", Age(band=(0, 1))),
        ("-99", Age()),
        ("unknown", Age()),
    ],
)
def test_an_age_in_every_style(written, age):
    assert read_age(written).value == age


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("eight nine", "age_unreadable"),
        ("adult", "age_unreadable"),
        ("1995", "age_impossible"),
        ("-3", "age_impossible"),
    ],
)
def test_what_is_no_age_is_said(written, code):
    reading = read_age(written)
    assert (reading.value, reading.code) == (Age(), code)


@given(st.text(max_size=12))
def test_no_text_makes_the_reading_of_an_age_fail(text):
    age = read_age(text).value
    assert age.years is None or 0 <= age.years <= 125


@pytest.mark.parametrize(("written", "number"), [("1,234", 1234), ("37,5", 37.5), ("12", 12), ("1e3", 1000)])
def test_numbers(written, number):
    assert read_number(written).value == number


def test_a_word_in_a_ct_column_is_a_warning_and_no_value():
    assert (read_ct("阴性").value, read_ct("阴性").code) == (None, "ct_not_number")
    assert read_ct("Ct:18.3").value == 18.3
    assert read_ct("400").code == "ct_implausible"


def test_a_dash_is_no_count():
    assert read_count("-").code == "number_unreadable"
    assert read_count("12").value == 12
    assert read_count("1.5").code == "number_implausible"


@pytest.mark.parametrize(
    ("kind", "word", "value"),
    [
        ("classification", "确诊(轻型)", "confirmed"),
        ("classification", "无症状感染", "asymptomatic"),
        ("classification", "初筛阳性", "preliminary_positive"),
        ("classification", "Suspected", "suspected"),
        ("sex", "M", "male"),
        ("sex", "女性", "female"),
        ("sex", "1", None),
        ("outcome", "治愈", "discharged"),
        ("origin", "境外输入", "imported_overseas"),
        ("result", "+", "positive"),
        ("result", "-", "negative"),
    ],
)
def test_the_fields_words(kind, word, value):
    assert vocabulary.find(kind, word) == value


def test_the_type_inside_a_diagnosis():
    assert vocabulary.severity_in("确诊(普通型)") == "moderate"
    assert vocabulary.severity_in("确诊轻型") == "mild"
    assert vocabulary.severity_in("确诊病例") is None


@given(st.integers(110000, 119999), st.dates(date(1880, 1, 1)), st.integers(0, 999))
def test_an_identity_number_is_right_with_one_check_digit_only(area, day, order):
    first = f"{area}{day:%Y%m%d}{order:03}"
    right = "10X98765432"[sum(int(d) * w for d, w in zip(first, WEIGHTS, strict=True)) % 11]
    for digit in "0123456789X":
        found = read_id_number(first + digit)
        if digit == right:
            assert (found.code, found.birth_date) == (None, day)
            assert found.sex == ("male" if order % 2 else "female")
        else:
            assert found.code == "id_check_digit"


def test_a_number_that_a_spreadsheet_has_rounded_is_known():
    assert is_rounded_number("4.11199E+17")
    assert is_rounded_number(4.11199199308316e17)
    assert not is_rounded_number("411199199308316391")
