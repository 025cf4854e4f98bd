"""Earmarked funds (专项资金): spent for their purposes only, never more than was received (E3 37). Money in fen."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from chainbreak.governance.models import User
from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import access, audit

from ..models import Expenditure, Fund


def spend(
    fund_name: str, purpose: str, amount_fen: int, *, voucher: str, payee_kind: str, actor: User, at: datetime
) -> Expenditure:
    """Spend from a fund for one of its purposes.

    Raises:
        Refused("not_permitted"): the actor may not spend.
        Refused("unknown_fund"): there is no fund of that name.
        Refused("purpose_not_of_the_fund"): fact `allowed` lists its purposes.
        Refused("amount_not_positive"), Refused("over_the_balance"): facts `amount` and `balance` in yuan.
    """
    access.require(actor, "fund.spend", at=at)
    with transaction.atomic():
        fund = Fund.objects.select_for_update().filter(name_zh=fund_name).first()
        if fund is None:
            raise Refused("unknown_fund", name=fund_name)
        allowed = {row.code: row for row in fund.purposes.order_by("pk")}
        if purpose not in allowed:
            raise Refused("purpose_not_of_the_fund", purpose=purpose, fund=fund.name_zh, allowed=", ".join(allowed))
        if amount_fen <= 0:
            raise Refused("amount_not_positive", amount=yuan(amount_fen))
        left = balance(fund)
        if amount_fen > left:
            raise Refused("over_the_balance", amount=yuan(amount_fen), balance=yuan(left), fund=fund.name_zh)
        made = Expenditure.objects.create(
            purpose=allowed[purpose], amount_fen=amount_fen, payee_kind=payee_kind, voucher=voucher, at=at
        )
        audit.record(
            "fund.spent", subject=f"fund:{fund.pk}", actor=actor, at=at, detail={"fen": amount_fen, "for": purpose}
        )
    return made


def balance(fund: Fund) -> int:
    """What is left of a fund, in fen."""
    spent = Expenditure.objects.filter(purpose__fund=fund).aggregate(sum=Sum("amount_fen"))["sum"] or 0
    return fund.received_fen - spent


def received() -> int:
    """What all funds received, in fen."""
    return Fund.objects.aggregate(sum=Sum("received_fen"))["sum"] or 0


def yuan(fen: int) -> str:
    """Fen as yuan: 130000000 is 1,300,000.00."""
    sign, whole = ("-" if fen < 0 else ""), abs(fen)
    return f"{sign}{whole // 100:,}.{whole % 100:02d}"
