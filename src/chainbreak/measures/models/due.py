"""What is due (应管应检): the measure each person is under and the tests that fall on its days. Derived."""

from django.db import models


class DueMeasure(models.Model):
    """A measure in a snapshot, with the rule that gives it, its edition and its end."""

    derivation = models.ForeignKey(
        "investigation.Derivation", on_delete=models.CASCADE, related_name="due_measures", db_constraint=False
    )
    person = models.ForeignKey("registry.Person", on_delete=models.CASCADE, related_name="+", db_constraint=False)
    reason = models.CharField(max_length=12)
    measure = models.CharField(max_length=20)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    rule = models.CharField(max_length=60)
    evidence = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["derivation", "person"])]


class DueTest(models.Model):
    """A test that falls on a day of a measure."""

    derivation = models.ForeignKey(
        "investigation.Derivation", on_delete=models.CASCADE, related_name="due_tests", db_constraint=False
    )
    person = models.ForeignKey("registry.Person", on_delete=models.CASCADE, related_name="+", db_constraint=False)
    day = models.PositiveSmallIntegerField()
    on_date = models.DateField()
    rule = models.CharField(max_length=60)

    class Meta:
        indexes = [
            models.Index(fields=["derivation", "on_date"]),
            models.Index(fields=["derivation", "person"]),
        ]
