"""What the headquarters add (指挥): assessments, press conferences, funds, indicators."""

from __future__ import annotations

from collections.abc import Iterator

from .clock import MINUTE, at


def outbreaks() -> Iterator[dict[str, object]]:
    """The outbreaks file."""
    yield {
        "code": "LY",
        "name_zh": "临颍县本轮疫情",
        "name_en": "Linying outbreak",
        "disease": "covid19",
        "rule_pack": "covid19-cn-v8",
        "area_code": "411122",
        "detected_at": at(24),
    }
    yield {
        "code": "ZL",
        "name_zh": "召陵区省外输入疫情",
        "name_en": "Zhaoling, imported from another province",
        "disease": "covid19",
        "rule_pack": "covid19-cn-v8",
        "area_code": "411104",
        "detected_at": at(26),
    }


def assessments() -> Iterator[dict[str, object]]:
    """Two judgements of risk, renewed each evening; they expire after two days."""
    texts = {
        "risk.community": "no case outside quarantine since round 1; all rounds after it without a community finding",
        "risk.spillover": "everybody who left is covered by a letter; exits are checked",
    }
    for topic, basis in texts.items():
        for day, level in ((26, "medium"), (28, "lower")):
            yield {
                "topic": topic,
                "level": level,
                "basis": basis if day == 28 else "the second round is not complete",
                "confidence": "medium",
                "author": "样例专家组",
                "valid_from": at(day, 20),
                "expires_at": at(day + 2, 20),
                "outbreak": "LY",
                "recorded_at": at(day, 20, 5),
            }


def press_conferences() -> Iterator[dict[str, object]]:
    """Three, the third with the figures of 28 March."""
    for number, day in ((1, 24), (2, 26), (3, 28)):
        held = at(day, 20, 30)
        yield {
            "number": number,
            "held_at": held,
            "as_of": at(day, 18),
            "outbreak": "LY",
            "recorded_at": held + 10 * MINUTE,
        }


def funds() -> Iterator[dict[str, object]]:
    """Two earmarked funds; the first for three purposes."""
    yield {
        "name_zh": "专项党费",
        "name_en": "Earmarked party dues",
        "source": "样例上级组织部门",
        "received_fen": 130_000_000,
        "received_at": at(27, 15),
        "purposes": "frontline_comfort;frontline_protection;hardship_relief",
    }
    yield {
        "name_zh": "疫情防控专项资金",
        "name_en": "Earmarked epidemic-control fund",
        "source": "样例财政部门",
        "received_fen": 100_000_000,
        "received_at": at(28, 10),
        "purposes": "epidemic_control",
    }


def indicators() -> Iterator[dict[str, object]]:
    """Targets and readings that test rounding and direction; what they measure is made up."""
    for key, zh, en, direction, target, actual in (
        ("employment.new_urban", "城镇新增就业", "New urban jobs", "higher", 9_000, 12_204),
        ("employment.training", "职业技能培训", "People trained", "higher", 8_100, 14_936),
        ("employment.reemployed", "失业人员再就业", "Unemployed people in work again", "higher", 3_350, 6_872),
        ("employment.registered_rate", "城镇登记失业率", "Registered unemployment rate", "ceiling", 4.5, 3.17),
        ("employment.zero_families", "零就业家庭", "Families without anybody in work", "keep_zero", 0, 0),
        ("projects.tier1", "第一层级事项", "Items of the first tier", "higher", 12, 12),
        ("projects.tier2", "第二层级事项", "Items of the second tier", "higher", 7, 7),
    ):
        yield {
            "key": key,
            "name_zh": zh,
            "name_en": en,
            "direction": direction,
            "period": "2022-03",
            "target": target,
            "actual": actual,
        }
