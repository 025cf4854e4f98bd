"""Identity numbers: the check character, what the number says, and each way to be wrong. All numbers are made up."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainbreak.epi.identity_number import check_character, normalise, problem, read

TODAY = date(2022, 3, 28)
EXAMPLE = "11010519491231002X"  # the example of the standard itself


def test_a_number_says_area_birth_date_and_sex():
    found = read(EXAMPLE, as_of=TODAY)
    assert (found.area_code, found.birth_date, found.sex) == ("110105", date(1949, 12, 31), "female")


@pytest.mark.parametrize(
    "text",
    ["11010519491231002x", "１１０１０５１９４９１２３１００２Ｘ", " 110105 19491231 002X ", "110105-19491231-002X"],
)
def test_full_width_and_lower_case_are_made_plain(text):
    assert normalise(text) == EXAMPLE
    assert problem(text, as_of=TODAY) is None


def with_check(first17):
    return first17 + check_character(first17)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("", "empty"),
        ("110105491231002", "fifteen_digits"),
        ("1101051949123100", "length"),
        ("11010519491231002A", "characters"),
        ("1101051949123100XX", "characters"),
        ("११०१०५१९४९१२३१००२X", "characters"),
        (with_check("99010519491231002"), None),
        (with_check("10010519491231002"), "area"),
        (with_check("11010519490231002"), "birth_date"),
        (with_check("11010520220329002"), "birth_in_future"),
        (with_check("11010520220328002"), None),
        ("110105194912310021", "check"),
    ],
)
def test_each_way_to_be_wrong_has_its_code(number, code):
    assert problem(number, as_of=TODAY) == code


def test_a_refusal_never_repeats_the_number():
    with pytest.raises(ValueError, match="check") as refused:
        read("110105194912310021", as_of=TODAY)
    assert "110105" not in str(refused.value)


births = st.dates(date(1900, 1, 1), TODAY).map(lambda d: d.strftime("%Y%m%d"))


@given(births, st.integers(0, 999), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(birth, order, position, shift):
    number = with_check(f"411122{birth}{order:03}")
    assert problem(number, as_of=TODAY) is None
    digit = (int(number[position]) + shift) % 10
    assert problem(f"{number[:position]}{digit}{number[position + 1 :]}", as_of=TODAY) is not None


@given(births, st.integers(0, 999), st.integers(0, 15))
def test_two_neighbours_swapped_are_always_found(birth, order, position):
    number = with_check(f"411122{birth}{order:03}")
    swapped = number[:position] + number[position + 1] + number[position] + number[position + 2 :]
    assert swapped == number or problem(swapped, as_of=TODAY) is not None
