"""Indicators and countdowns as they are published (domain F5.9)."""

from __future__ import annotations

from datetime import date

import pytest

from chainbreak.command import indicators
from chainbreak.command.wording import en_list, en_ordinal, zh_number, zh_stem


@pytest.mark.parametrize(
    ("actual", "target", "words"), [(12204, 9000, "135.6 %"), (14936, 8100, "184.4 %"), (6872, 3350, "205.1 %")]
)
def test_completion_is_printed_with_one_decimal(actual, target, words):
    assert indicators.read("higher", target=target, actual=actual).en == words


def test_halves_are_rounded_up():
    assert indicators.read("higher", target=2000, actual=1001).zh == "50.1%"  # 50.05
    assert indicators.read("higher", target=8, actual=1, places=0).zh == "13%"


def test_a_ceiling_has_a_margin_and_no_completion():
    found = indicators.read("ceiling", target="4.5", actual="3.17")
    assert (found.en, found.zh, str(found.margin), found.completion) == (
        "below the control target",
        "低于控制目标",
        "1.33",
        None,
    )
    assert indicators.read("ceiling", target="4.5", actual="4.51").reached is False


def test_a_zero_is_kept_or_not():
    assert indicators.read("keep_zero", target=0, actual=0).en == "kept at zero"
    assert indicators.read("keep_zero", target=0, actual=2).reached is False


def test_tiers_sum_and_the_countdown_ends_on_its_day():
    assert indicators.tiers([12, 7]) == 19
    assert indicators.event_on(today=date(2022, 3, 30), days_left=47) == date(2022, 5, 16)
    assert indicators.countdown(today=date(2022, 3, 30), event=date(2022, 5, 16)) == 47


def test_misuse_is_said():
    with pytest.raises(ValueError, match="direction"):
        indicators.read("lower", target=1, actual=1)
    with pytest.raises(ValueError, match="above 0"):
        indicators.read("higher", target=0, actual=1)


@pytest.mark.parametrize(
    ("number", "zh", "en"), [(4, "四", "fourth"), (12, "十二", "12th"), (21, "二十一", "21st"), (30, "三十", "30th")]
)
def test_ordinals_in_both_languages(number, zh, en):
    assert (zh_number(number), en_ordinal(number)) == (zh, en)


def test_names_lose_their_level_and_keep_two_characters():
    assert [zh_stem(name) for name in ("临颍县", "召陵区", "漯河市", "郊区")] == ["临颍", "召陵", "漯河", "郊区"]
    assert en_list(["a", "b", "c"]) == "a, b and c"
