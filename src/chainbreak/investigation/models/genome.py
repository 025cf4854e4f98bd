"""Genomes (基因组序列): what a laboratory read, letter by letter, and the reference that gives the places."""

from django.db import models
from django.db.models import Q

from chainbreak.governance.models import Fact


class Genome(Fact):
    """One consensus genome of the pathogen, with what it differs in from the outbreak's reference.

    reference: the name of the genome that gave the places. letters: as they were sent, gaps left out. length, n_share, ambiguous, coverage: quality as in `epi.genomes.calls`.
    substitutions: `C241T G28881A`; deletions: `21633:9` (first place, bases); insertions: `2204:AGG` (after, letters);
    unread: `1:54 29837:67` (first place, places) where no certain base is. Places count from 1. These four and the
    reference give the genome as it lies on the reference, so that letters need not be read for a distance.
    """

    outbreak = models.ForeignKey("investigation.Outbreak", on_delete=models.PROTECT, related_name="genomes")
    name = models.CharField(max_length=120)
    case = models.ForeignKey(
        "investigation.Case", null=True, blank=True, on_delete=models.PROTECT, related_name="genomes"
    )
    sample = models.CharField(max_length=80, blank=True)
    collected_on = models.DateField(null=True, blank=True)
    laboratory = models.CharField(max_length=120, blank=True)
    lineage = models.CharField(max_length=40, blank=True)
    is_reference = models.BooleanField(default=False)
    reference = models.CharField(max_length=120, blank=True)
    letters = models.TextField()
    length = models.PositiveIntegerField()
    n_share = models.FloatField()
    ambiguous = models.PositiveIntegerField()
    coverage = models.FloatField(null=True, blank=True)
    substitutions = models.TextField(blank=True)
    deletions = models.TextField(blank=True)
    insertions = models.TextField(blank=True)
    unread = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["outbreak", "name"], condition=Q(superseded_at__isnull=True), name="genome_once"
            ),
            models.UniqueConstraint(
                fields=["outbreak"], condition=Q(superseded_at__isnull=True, is_reference=True), name="one_reference"
            ),
            models.CheckConstraint(condition=Q(case__isnull=False) | Q(is_reference=True), name="genome_of_a_case"),
        ]

    def __str__(self) -> str:
        return self.name
