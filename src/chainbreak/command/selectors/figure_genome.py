"""Figures of genomes, of links between chains, and of trajectories (测序、关联研判、轨迹)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext_noop

from chainbreak.investigation.models import Case, LinkAssessment, Sequence
from chainbreak.investigation.selectors.case import with_standing
from chainbreak.investigation.selectors.contact import contacts
from chainbreak.measures.models import Transfer, TransferPerson

from ..wording import en_list
from .context import Context
from .figure import Answer, Definition, Records, nothing, register
from .figure_case import COLUMNS as CASE_COLUMNS

VARIANTS = (  # beginning of the lineage, name in Chinese and English
    (("omicron", "b.1.1.529", "ba.", "bq.", "xbb", "奥密克戎"), "奥密克戎", "Omicron"),
    (("delta", "b.1.617.2", "ay.", "德尔塔"), "德尔塔", "Delta"),
    (("alpha", "b.1.1.7", "阿尔法"), "阿尔法", "Alpha"),
    (("beta", "b.1.351"), "贝塔", "Beta"),
    (("gamma", "p.1"), "伽马", "Gamma"),
)
RESULTS = {"linked": ("有关", "linked"), "not_linked": ("无关", "not linked"), "unknown": ("关系待查", "not known")}
TRAJECTORIES = {
    "unknown": ("尚未查明", "not known"), "not_started": ("尚未开展排查", "not begun"),
    "in_progress": ("正在排查", "being traced"), "partial": ("部分排查清楚", "partly clear"),
    "mostly_clear": ("已基本排查清楚", "mostly clear"), "clear": ("已排查清楚", "clear"),
    "complete": ("已排查清楚", "clear"),
}  # fmt: skip
SEQUENCE_COLUMNS = (
    ("case__outbreak__code", gettext_noop("outbreak")),
    ("case__number", gettext_noop("case number")),
    ("lineage", gettext_noop("lineage")),
    ("conclusion", gettext_noop("conclusion")),
    ("reported_at", gettext_noop("reported")),
)
LINK_COLUMNS = (
    ("case__outbreak__code", gettext_noop("outbreak")),
    ("case__number", gettext_noop("case number")),
    ("result", gettext_noop("result")),
    ("basis", gettext_noop("basis")),
    ("confidence", gettext_noop("confidence")),
    ("valid_from", gettext_noop("since")),
)


def sequences(context: Context) -> QuerySet[Sequence]:
    """Genomes of this outbreak's cases with a lineage, reported by then."""
    return (
        Sequence.objects.known_at(context.as_known)
        .filter(case__outbreak=context.outbreak, reported_at__lt=context.as_of)
        .exclude(lineage="")
    )


def variant(lineage: str) -> tuple[str, str]:
    """The name of the variant that a lineage belongs to, zh and en; the lineage itself where it has none."""
    low = lineage.strip().lower()
    for beginnings, zh, en in VARIANTS:
        if low.startswith(beginnings):
            return zh, en
    return lineage, lineage


def _lineage(context: Context) -> Answer:
    found = {variant(lineage) for lineage in sequences(context).values_list("lineage", flat=True)}
    if not found:
        return nothing("no_sequence")
    names = sorted(found)
    zh, en = "、".join(zh for zh, _ in names), en_list([en for _, en in names])
    return Answer(
        ", ".join(en for _, en in names),
        f"前期病例样本为{zh}变异株",
        f"first cases: {en} variant{'s' if len(names) > 1 else ''}",
    )


def _lineage_records(context: Context) -> Records:
    return Records(sequences(context).order_by("pk"), SEQUENCE_COLUMNS)


def assessments(context: Context, case: Case) -> QuerySet[LinkAssessment]:
    """What was judged of a case's link to this outbreak, newest first."""
    return (
        LinkAssessment.objects.known_at(context.as_known)
        .filter(case=case, outbreak=context.outbreak, valid_from__lt=context.as_of)
        .order_by("-valid_from", "-pk")
    )


def _link(context: Context, *, case: Case) -> Answer:
    newest = assessments(context, case).first()
    if newest is None:
        return nothing("not_yet")
    zh, en = RESULTS[newest.result]
    final = newest.confidence == "final"
    if newest.result == "unknown":
        sentence = f"与{context.zh_place_stem}本轮传播链关系待查", f"link to the {context.en_place} chain not known"
    else:
        sentence = f"与{context.zh_place_stem}本轮传播链{zh}", f"{en} to the {context.en_place} chain"
    value = f"{en}, {newest.confidence}"
    return Answer(
        value, ("判断" if final else "初步判断") + sentence[0], ("" if final else "preliminary: ") + sentence[1]
    )


def _link_records(context: Context, *, case: Case) -> Records:
    return Records(assessments(context, case).order_by("pk"), LINK_COLUMNS)


def _trajectory(context: Context, *, case: Case) -> Answer:
    standing = with_standing(Case.objects.filter(pk=case.pk), context.as_of, context.as_known).first()
    if standing is None or standing.classification_then is None:
        return nothing("not_yet")
    zh, en = TRAJECTORIES.get(standing.trajectory_status, (standing.trajectory_status,) * 2)
    moved, due = moved_of(context, case)
    zh_all, en_all = f"活动轨迹{zh}", f"movements {en}"
    if due and moved == due:
        zh_all, en_all = f"{zh_all}，密接、次密接同步转移", f"{en_all}; contacts moved at the same time"
    elif due:
        zh_all, en_all = f"{zh_all}，密接、次密接已转移{moved}/{due}人", f"{en_all}; {moved}/{due} contacts moved"
    return Answer(en, zh_all, en_all, facts={"moved": moved, "due": due})


def moved_of(context: Context, case: Case) -> tuple[int, int]:
    """How many contacts of the case's own outbreak were handed over at a facility, and how many there are."""
    derivation = context.derivation if case.outbreak_id == context.outbreak.pk else context.snapshot(case.outbreak)
    mine = contacts(derivation, context.as_of).exclude(person=case.person_id)
    mine = mine.exclude(state__in=["referred_out", "closed_elsewhere"])
    batch = Transfer.objects.known_at(context.as_known).filter(
        batch=OuterRef("batch"), handed_over_at__lt=context.as_of
    )
    entries = TransferPerson.objects.known_at(context.as_known).annotate(batch_done=Exists(batch))
    done = entries.filter(person=OuterRef("person"), handed_over_at__lt=context.as_of) | entries.filter(
        person=OuterRef("person"), batch_done=True, handed_over_at__isnull=True
    )
    return mine.filter(Exists(done)).count(), mine.count()


def _trajectory_records(context: Context, *, case: Case) -> Records:
    found = with_standing(Case.objects.filter(pk=case.pk), context.as_of, context.as_known)
    return Records(found, (*CASE_COLUMNS, ("trajectory_status", gettext_noop("trajectory"))))


def assessed_cases(context: Context) -> list[Case]:
    """Cases of other outbreaks whose link to this one was ever judged."""
    rows = LinkAssessment.objects.known_at(context.as_known).filter(outbreak=context.outbreak)
    return list(
        Case.objects.filter(pk__in=Subquery(rows.values("case")))
        .exclude(outbreak=context.outbreak)
        .select_related("outbreak")
        .order_by("outbreak__code", "number")
    )


@register(50)
def figures(context: Context) -> Iterable[Definition]:
    """Lineage, and a link and a trajectory for each case that was compared with this chain."""
    yield Definition("sequence.lineage", "text", "outbreak", _lineage, _lineage_records)
    found = assessed_cases(context)
    for template, answer, records in (("link", _link, _link_records), ("trajectory", _trajectory, _trajectory_records)):
        for case in found:
            yield Definition(
                template + ".{subject}", "text", "case", partial(answer, case=case), partial(records, case=case),
                subject=f"{case.outbreak.code}-{case.number}",
            )  # fmt: skip
