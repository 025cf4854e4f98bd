"""Earmarked funds (专项资金): spent only for their purposes, never more than received (E3 37). Money in fen."""

from django.db import models
from django.db.models import Q


class Fund(models.Model):
    """A fund with its allowed purposes (专款专用)."""

    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)
    source = models.CharField(max_length=120)
    received_fen = models.BigIntegerField()
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(received_fen__gte=0), name="fund_not_negative")]


class FundPurpose(models.Model):
    """One purpose that a fund allows (fund_purpose)."""

    fund = models.ForeignKey(Fund, on_delete=models.CASCADE, related_name="purposes")
    code = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fund", "code"], name="fund_purpose_once")]


class Expenditure(models.Model):
    """Money spent for one of the fund's purposes; the purpose is a foreign key, so another one cannot be written."""

    purpose = models.ForeignKey(FundPurpose, on_delete=models.PROTECT, related_name="expenditures")
    amount_fen = models.BigIntegerField()
    payee_kind = models.CharField(max_length=40)
    voucher = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount_fen__gt=0), name="expenditure_positive")]
