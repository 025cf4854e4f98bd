"""Earmarked funds: three purposes refuse a fourth, and nobody spends more than there is (domain F5.10)."""

from __future__ import annotations

import pytest

from chainbreak.command.models import Expenditure, Fund
from chainbreak.command.services import fund
from chainbreak.governance.refusal import Refused

from .conftest import NOW

pytestmark = pytest.mark.django_db
PURPOSES = ("frontline_comfort", "frontline_protection", "hardship_relief")


@pytest.fixture
def dues(db):
    made = Fund.objects.create(
        name_zh="专项党费", name_en="dues", source="s", received_fen=130_000_000, received_at=NOW
    )
    for code in PURPOSES:
        made.purposes.create(code=code)
    other = Fund.objects.create(
        name_zh="专项资金", name_en="fund", source="s", received_fen=100_000_000, received_at=NOW
    )
    other.purposes.create(code="epidemic_control")
    return made


@pytest.fixture
def spend(account):
    commander = account("commander")

    def spend(purpose: str, fen: int, name: str = "专项党费", actor=commander):
        return fund.spend(name, purpose, fen, voucher="V1", payee_kind="township", actor=actor, at=NOW)

    return spend


def test_a_fourth_purpose_is_refused_and_each_of_the_three_is_not(dues, spend):
    for purpose in PURPOSES:
        assert spend(purpose, 100).purpose.code == purpose
    for purpose in ("epidemic_control", "office_furniture"):
        with pytest.raises(Refused) as no:
            spend(purpose, 100)
        assert (no.value.code, no.value.facts["allowed"]) == ("purpose_not_of_the_fund", ", ".join(PURPOSES))
    assert Expenditure.objects.count() == 3


def test_nobody_spends_more_than_is_left(dues, spend):
    spend("hardship_relief", 130_000_000 - 1)
    with pytest.raises(Refused) as no:
        spend("hardship_relief", 2)
    assert (no.value.code, no.value.facts["balance"]) == ("over_the_balance", "0.01")
    spend("hardship_relief", 1)
    assert fund.balance(dues) == 0
    with pytest.raises(Refused, match="amount_not_positive"):
        spend("hardship_relief", 0)


def test_both_funds_sum_to_2_3_million_yuan(dues):
    assert fund.yuan(fund.received()) == "2,300,000.00"


def test_only_who_may_spends(dues, spend, account):
    with pytest.raises(Refused, match="not_permitted"):
        spend("hardship_relief", 1, actor=account("sampler"))
    with pytest.raises(Refused, match="unknown_fund"):
        spend("hardship_relief", 1, name="小金库")
