"""Persons (人员) by number, with their identities kept apart (身份信息)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Sex(models.TextChoices):
    """As on the identity card; unknown is unknown."""

    FEMALE = "F", _("female")
    MALE = "M", _("male")
    UNKNOWN = "U", _("unknown")


class Household(models.Model):
    """People who live together (户)."""

    number = models.CharField(max_length=40, unique=True)
    place = models.ForeignKey("registry.Place", null=True, on_delete=models.PROTECT, related_name="+")


class Person(models.Model):
    """One human being by a pseudonymous number that is used everywhere; no name here."""

    number = models.CharField(max_length=40)
    area_code = models.CharField(max_length=15, blank=True)
    sex = models.CharField(max_length=1, choices=Sex.choices, default=Sex.UNKNOWN)
    birth_year = models.SmallIntegerField(null=True, blank=True)
    away = models.BooleanField(default=False)
    household = models.ForeignKey(Household, null=True, blank=True, on_delete=models.PROTECT, related_name="members")
    import_run = models.ForeignKey(
        "governance.ImportRun", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["number"], name="person_number_once")]

    def __str__(self) -> str:
        return self.number


class Identity(models.Model):
    """Who a number is (P-06): encrypted, with keyed hashes for search. Read only through the door of persons."""

    person = models.OneToOneField(Person, primary_key=True, on_delete=models.CASCADE, related_name="identity")
    name_cipher = models.BinaryField()
    name_hash = models.CharField(max_length=64, db_index=True)
    id_number_cipher = models.BinaryField(null=True)
    id_number_hash = models.CharField(max_length=64, null=True, unique=True)
    phone_cipher = models.BinaryField(null=True)
    phone_hash = models.CharField(max_length=64, null=True, db_index=True)
    address_cipher = models.BinaryField(null=True)
    birth_date = models.DateField(null=True)
    guardian = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=10, default="zh-hans")
    recorded_at = models.DateTimeField()
    import_run = models.ForeignKey("governance.ImportRun", null=True, on_delete=models.PROTECT, related_name="+")


class CareNeed(models.Model):
    """A need that a measure must respect (照护需要)."""

    class Kind(models.TextChoices):
        AGE_MOBILITY = "age_mobility", _("old age, poor mobility")
        ILLNESS = "illness", _("illness")
        YOUNG_CHILD = "young_child", _("young child or its carer")
        PREGNANCY = "pregnancy", _("pregnancy")
        DIALYSIS = "dialysis", _("dialysis")
        DISABILITY = "disability", _("disability")
        OTHER = "other", _("other need")

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="care_needs")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    carer = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "kind"], name="care_need_once")]


class DuplicateFlag(models.Model):
    """Two numbers that may be one human being; merged by people only."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=60)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "other", "reason"], name="duplicate_flag_once")]
