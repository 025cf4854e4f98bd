"""Figures by key on a small city: what each counts, in which words, for which clocks."""

from __future__ import annotations

import pytest
from django.test.utils import CaptureQueriesContext

from chainbreak.command.models import Assessment
from chainbreak.command.selectors import figure as definitions
from chainbreak.command.services import figure
from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import facts
from chainbreak.investigation.models import CaseRelation, LetterEvent, TrajectorySegment
from chainbreak.screening.models import Result

from .conftest import AS_OF, KNOWN, NOW, instant

pytestmark = pytest.mark.django_db


def test_each_figure_of_the_bulletin_has_its_value_and_its_words_in_both_languages(small_outbreak):
    found = small_outbreak.figures()

    assert {key: (one.value, one.zh, one.en) for key, one in found.items()} == {
        "case.confirmed.cum.city": (1, "全市累计报告确诊病例1例", "1 confirmed case in the city to date"),
        "case.asymptomatic.cum.city": (3, "无症状感染者3例", "3 asymptomatic infections"),
        "case.asymptomatic.local.LY": (2, "其中临颍县本轮疫情2例", "2 of them in the Linying outbreak"),
        "case.asymptomatic.imported_domestic": (
            1, "省外输入1例（召陵区报告）", "1 imported from another province (reported by Zhaoling)",
        ),
        "case.asymptomatic.new.LY": (
            1, "3月28日0-24时临颍县新增无症状感染者1例", "1 new asymptomatic infection in Linying on 28 March",
        ),
        "case.new.relation": ("daughter of case 2", "为病例2的女儿", "daughter of case 2"),
        "case.confirmed.new.LY": (0, "新增确诊0例", "0 new confirmed cases"),
        "contact.d1.cum.LY": (4, "累计排查密切接触者4人", "4 close contacts traced to date"),
        "contact.d2.cum.LY": (2, "次密切接触者2人", "2 contacts of contacts"),
        "contact.letter.d1": (1, "其中1名密切接触者已发协查函", "letters sent for 1 close contact"),
        "contact.letter.d2": (1, "1名次密切接触者已发协查函", "and for 1 contact of contacts"),
        "facility.open": (1, "设置集中隔离点1个", "1 quarantine site"),
        "stay.facility.now": (1, "现集中隔离1人", "1 person in facilities"),
        "stay.home.now": (1, "居家隔离1人（因病）", "1 isolated at home (illness)"),
        "round.LY.latest": (
            "4, complete", "临颍县第四轮全员核酸检测已完成，除隔离点外无新发病例",
            "fourth county-wide round complete; no new case outside quarantine sites",
        ),
        "round.city.sampled": (4, "全员核酸采样4人", "4 people sampled"),
        "round.city.sample_hours": (5.5, "6小时内完成采样", "sampling within 6 hours"),
        "round.city.test_hours": (15, "16小时内完成检测", "testing within 16 hours"),
        "round.city.positive": (0, "结果全部阴性", "all negative"),
        "site.yellow.added": (1, "增设黄码人员专用采样点1个", "1 dedicated site for people with a yellow code"),
        "sequence.lineage": ("Omicron", "前期病例样本为奥密克戎变异株", "first cases: Omicron variant"),
        "link.ZL-1": (
            "not linked, preliminary", "初步判断与临颍本轮传播链无关", "preliminary: not linked to the Linying chain",
        ),
        "trajectory.ZL-1": (
            "mostly clear", "活动轨迹已基本排查清楚，密接、次密接同步转移",
            "movements mostly clear; contacts moved at the same time",
        ),
        "risk.community": ("lower", "大范围社区传播风险较小", "large community spread: smaller risk"),
        "risk.spillover": ("lower", "外溢风险较低", "spill-over: lower risk"),
        "goal.clock": (
            "day 5 of 14", "力争在一个潜伏期内扑灭", "aim: end within one incubation period (by 7 April)",
        ),
        "series.press": (3, "第三场新闻发布会", "third press conference"),
    }  # fmt: skip


def test_the_records_behind_a_number_are_as_many_as_the_number_says(small_outbreak):
    asked = figure.context(small_outbreak.outbreak, as_of=AS_OF, as_known=None, at=NOW)
    counted = {}
    for one in definitions.definitions(asked):
        value, behind = one.answer(asked).value, one.records(asked)
        if isinstance(value, int) and behind.query is not None and one.key(asked) != "series.press":
            counted[one.key(asked)] = (value, behind.query.count())
    assert len(counted) >= 13
    assert all(value == listed for value, listed in counted.values()), counted


def test_a_query_is_the_same_for_other_clocks_and_another_for_another_figure(small_outbreak):
    first = {key: one.query for key, one in small_outbreak.figures().items()}
    second = {key: one.query for key, one in small_outbreak.figures(instant("27 24:00"), KNOWN).items()}
    shared = [key for key in first if key in second]
    assert len(set(first.values())) == len(first)
    assert len([key for key in shared if first[key] == second[key]]) >= 12
    assert all(len(query) == 64 for query in first.values())


def test_a_result_that_came_late_changes_the_figure_as_known_now_and_not_as_known_then(small_outbreak):
    before = small_outbreak.values(as_known=KNOWN)
    small_outbreak.case("C9", "28 15:00", ("asymptomatic", "28 16:00"), known=instant("29 03:00"))

    assert small_outbreak.values(as_known=KNOWN) == before
    assert before["case.asymptomatic.new.LY"] == 1
    assert small_outbreak.values()["case.asymptomatic.new.LY"] == 2


def test_asymptomatic_who_become_confirmed_change_class_and_the_sum_stays(small_outbreak):
    small_outbreak.case("C8", "27 15:00", ("asymptomatic", "27 16:00"), ("confirmed", "29 09:00"))
    before, after = small_outbreak.values(AS_OF), small_outbreak.values(instant("29 24:00"))
    total = ("case.confirmed.cum.city", "case.asymptomatic.cum.city")

    assert [before[key] for key in total] == [1, 4]
    assert [after[key] for key in total] == [2, 3]
    assert after["case.confirmed.new.LY"] == 1
    assert after["case.asymptomatic.new.LY"] == 0


def test_an_excluded_case_is_in_no_figure(small_outbreak):
    small_outbreak.case("C7", "27 15:00", ("confirmed", "27 16:00"), ("excluded", "28 09:00"))
    assert small_outbreak.values()["case.confirmed.cum.city"] == 1
    assert small_outbreak.values(instant("27 24:00"))["case.confirmed.cum.city"] == 2


def test_one_more_exposure_of_a_contact_changes_no_figure(small_outbreak):
    before = small_outbreak.values()
    small_outbreak.meeting("HOME-9", "24 08:00", "24 09:00", "C2", "A2")
    assert small_outbreak.values() == before


def test_a_contact_of_a_contact_who_met_a_case_moves_up_a_degree(small_outbreak):
    small_outbreak.meeting("HOME-9", "24 21:00", "24 22:00", "C2", "B1")
    found = small_outbreak.values()
    assert (found["contact.d1.cum.LY"], found["contact.d2.cum.LY"]) == (5, 1)


def test_contacts_of_another_outbreak_are_in_no_figure_of_this_one_but_in_the_facilities(small_outbreak):
    before = small_outbreak.values()
    small_outbreak.stay("Y1", "facility_quarantine", "26 20:00")
    after = small_outbreak.values()
    changed = {key: (before[key], after[key]) for key in before if before[key] != after[key]}
    assert changed == {"stay.facility.now": (1, 2)}


def test_a_returned_letter_covers_nobody(small_outbreak):
    letter = small_outbreak.letter("L2", "A2")
    assert small_outbreak.values()["contact.letter.d1"] == 2
    LetterEvent.objects.create(letter=letter, state="returned", at=instant("28 10:00"), recorded_at=KNOWN)
    assert small_outbreak.values()["contact.letter.d1"] == 1


def test_a_stay_that_ends_at_the_instant_counts_and_one_that_begins_there_does_not(small_outbreak):
    small_outbreak.stay("E1", "facility_quarantine", "26 20:00", "28 24:00")
    small_outbreak.stay("E2", "facility_quarantine", "28 24:00")
    assert small_outbreak.values()["stay.facility.now"] == 2
    assert small_outbreak.values(instant("29 24:00"))["stay.facility.now"] == 2


def test_stock_is_the_stock_before_plus_admissions_minus_exits(small_outbreak):
    for number, (since, until) in enumerate((("26 20:00", "28 12:00"), ("28 08:00", None), ("28 24:00", None))):
        small_outbreak.stay(f"E{number}", "facility_quarantine", since, until)
    before = small_outbreak.values(instant("27 24:00"))["stay.facility.now"]
    admitted, left = 1, 1
    assert small_outbreak.values()["stay.facility.now"] == before + admitted - left


def test_all_negative_is_not_printed_while_one_tube_is_inconclusive_and_returns_after_own_tests(small_outbreak):
    round_ = Result.objects.first().tube.round
    result = Result.objects.get(tube__barcode="T-1")
    facts.correct(result, at=NOW, actor=None, reason="read again", outcome="inconclusive")

    held = small_outbreak.figures()["round.city.positive"]
    assert (held.value, held.reason, held.facts["held"], held.zh) == (None, "not_printable", 3, "")

    small_outbreak.tube("Q-1", None, "P1", sampled="28 07:00", resulted="28 14:00", limit=1, purpose="quarantine")
    assert small_outbreak.figures()["round.city.positive"].facts["held"] == 3  # not a re-test

    for name in ("P1", "P2", "P3"):
        small_outbreak.tube(
            f"R-{name}", round_, name, sampled="28 08:00", resulted="28 15:00", limit=1, purpose="retest"
        )
    assert small_outbreak.figures()["round.city.positive"].zh == "结果全部阴性"
    assert small_outbreak.values()["round.city.sampled"] == 4


def test_a_person_whose_own_test_is_positive_is_counted_and_nobody_before(small_outbreak):
    round_ = Result.objects.first().tube.round
    small_outbreak.tube("T-3", round_, "P5", "P6", sampled="27 11:00", resulted="27 20:00", outcome="positive")
    assert small_outbreak.figures()["round.city.positive"].reason == "not_printable"
    small_outbreak.tube("R-5", None, "P5", sampled="28 08:00", resulted="28 15:00", limit=1, purpose="retest")
    small_outbreak.tube(
        "R-6", None, "P6", sampled="28 08:00", resulted="28 15:00", limit=1, purpose="retest", outcome="positive"
    )
    found = small_outbreak.figures()["round.city.positive"]
    assert (found.value, found.zh) == (1, "结果阳性1人")


def test_a_preliminary_result_is_no_result(small_outbreak):
    round_ = Result.objects.first().tube.round
    small_outbreak.tube("T-4", round_, "P7", sampled="27 11:00", resulted="27 20:00", stage="preliminary")
    found = small_outbreak.figures()
    assert found["round.city.positive"].reason == "not_printable"
    assert found["round.city.test_hours"].reason == "results_missing"


def test_a_late_last_swab_is_said_as_it_is(small_outbreak):
    round_ = Result.objects.first().tube.round
    small_outbreak.tube("T-5", round_, "P8", sampled="27 12:01", resulted="27 20:00")
    found = small_outbreak.figures()["round.city.sample_hours"]
    assert (found.value, found.zh) == (6.02, "7小时内完成采样")


def test_a_relation_is_not_printed_before_its_wording_is_approved(small_outbreak):
    relation = CaseRelation.objects.get()
    facts.correct(relation, at=NOW, actor=None, reason="to be reviewed", wording_approved_at=None)
    found = small_outbreak.figures()["case.new.relation"]
    assert (found.value, found.reason, found.zh) == (None, "wording_not_approved", "")


def test_an_expired_assessment_is_not_quoted(small_outbreak):
    assessment = Assessment.objects.get(topic="risk.community")
    facts.correct(assessment, at=NOW, actor=None, reason="shorter", expires_at=instant("28 18:00"))
    found = small_outbreak.figures()["risk.community"]
    assert (found.value, found.reason) == (None, "expired")


def test_a_stay_taken_out_of_the_facts_takes_its_contacts_with_it(small_outbreak):
    met = TrajectorySegment.objects.get(person__number="A1", place__number="HOME-1")
    facts.withdraw(met, at=NOW, actor=None, reason="was elsewhere")
    found = small_outbreak.values()
    assert (found["contact.d1.cum.LY"], found["contact.d2.cum.LY"]) == (3, 0)


def test_figures_are_kept_until_a_fact_changes(small_outbreak, django_assert_max_num_queries):
    first = small_outbreak.figures()
    with django_assert_max_num_queries(4):
        assert small_outbreak.figures() == first
    small_outbreak.letter("L2", "A2")
    assert small_outbreak.values()["contact.letter.d1"] == 2


def test_an_outbreak_with_a_line_list_only_gets_what_applies_and_a_reason_for_the_rest(small_outbreak):
    from chainbreak.investigation.models import Outbreak

    far = Outbreak.objects.create(
        code="FAR", name_zh="远", name_en="Far", disease="covid19", rule_pack="ebola", area_code="120000",
        detected_at=instant("20 00:00"),
    )  # fmt: skip
    small_outbreak.case("F1", "24 08:00", ("confirmed", "24 08:00"), outbreak=far, reported_in="")
    found = small_outbreak.figures(outbreak=far)
    assert found["case.confirmed.cum.city"].value == 1
    assert found["contact.letter.d1"].reason == "no_facts"
    assert all(one.value is not None or one.reason for one in found.values())


def test_an_unknown_outbreak_is_refused_with_those_there_are(city):
    with pytest.raises(Refused) as refused:
        figure.outbreak_of("XX")
    assert (refused.value.code, refused.value.facts) == ("unknown_outbreak", {"outbreak": "XX", "known": "LY, ZL"})


def test_a_naive_instant_is_misuse(city):
    with pytest.raises(ValueError, match="time zone"):
        figure.figures(city.outbreak, as_of=AS_OF.replace(tzinfo=None), at=NOW)


def test_the_number_of_queries_does_not_grow_with_the_facts(small_outbreak):
    from django.db import connection

    small_outbreak.figures()
    small_outbreak.letter("L2", "A2")
    with CaptureQueriesContext(
        connection,
    ) as captured:
        small_outbreak.figures()
    assert len(captured) < 120
