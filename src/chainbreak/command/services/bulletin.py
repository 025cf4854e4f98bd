"""The course of a bulletin (通报): computed, checked by another person, approved, published, corrected by number.

Figures freeze when the bulletin is checked; a published one never changes. The database refuses both as well.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from chainbreak.epi import rulepack
from chainbreak.governance.models import User
from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import access, audit
from chainbreak.investigation.models import Outbreak

from ..models import Bulletin, BulletinFact, BulletinState
from ..selectors import bulletin as bulletins
from ..selectors.figure import Figure
from ..selectors.reconciliation import reconcile
from . import figure

S = BulletinState
MOVES: dict[str, tuple[str, ...]] = {
    S.DRAFT: (S.COMPUTED,),
    S.COMPUTED: (S.COMPUTED, S.CHECKED),
    S.CHECKED: (S.APPROVED,),
    S.APPROVED: (S.PUBLISHED,),
    S.PUBLISHED: (S.SUPERSEDED,),
    S.SUPERSEDED: (),
}
OPEN = (S.DRAFT, S.COMPUTED, S.CHECKED, S.APPROVED)


def compute(
    outbreak_code: str, *, as_of: datetime, actor: User, at: datetime, as_known: datetime | None = None
) -> Bulletin:
    """Compute the bulletin of an instant, or compute it again while nobody has checked it.

    Raises:
        Refused("not_permitted"): the actor may not compute bulletins.
        Refused("unknown_outbreak"): there is no such outbreak.
        Refused("bulletin_open"): one of this instant is on its way; it is beyond being computed again.
        Refused("bulletin_exists"): one of this instant is published; make a correction of it.
    """
    access.require(actor, "bulletin.compute", at=at)
    outbreak = figure.outbreak_of(outbreak_code)
    with transaction.atomic():
        there = Bulletin.objects.select_for_update().filter(outbreak=outbreak, as_of=as_of).order_by("-number").first()
        if there is None:
            there = Bulletin.objects.create(outbreak=outbreak, as_of=as_of, number=1)
        elif there.state == S.PUBLISHED:
            raise Refused("bulletin_exists", number=there.number)
        elif there.state not in (S.DRAFT, S.COMPUTED):
            raise Refused("bulletin_open", number=there.number, state=there.get_state_display())
        return _compute(there, actor=actor, at=at, as_known=as_known or at)


def correct(bulletin_id: int, *, actor: User, at: datetime) -> Bulletin:
    """Compute the numbered correction of a published bulletin: the same instant, as known now.

    Raises:
        Refused("not_permitted"): the actor may not compute bulletins.
        Refused("unknown_bulletin"): there is none of that number.
        Refused("bulletin_move"): it is not published.
        Refused("bulletin_open"): a correction of it is on its way.
        Refused("nothing_to_correct"): every figure is as it was.
    """
    access.require(actor, "bulletin.compute", at=at)
    with transaction.atomic():
        old = _locked(bulletin_id)
        if old.state != S.PUBLISHED:
            raise _move(old, S.SUPERSEDED)
        same = Bulletin.objects.filter(outbreak=old.outbreak, as_of=old.as_of)
        waiting = same.filter(state__in=OPEN).first()
        if waiting is not None:
            raise Refused("bulletin_open", number=waiting.number, state=waiting.get_state_display())
        last = same.aggregate(last=Max("number"))["last"]
        new = Bulletin.objects.create(outbreak=old.outbreak, as_of=old.as_of, number=last + 1, corrects=old)
        made = _compute(new, actor=actor, at=at, as_known=at)
        if not made.facts.filter(previous__isnull=False).exists():
            raise Refused("nothing_to_correct", number=old.number)
        return made


def check(bulletin_id: int, *, actor: User, at: datetime, reviewed: Collection[str] = ()) -> Bulletin:
    """Check a computed bulletin: the figures freeze.

    Args:
        reviewed: the keys of small cells and relations that the checker has looked at and lets pass (P-14).

    Raises:
        Refused("not_permitted"), Refused("unknown_bulletin"), Refused("bulletin_move").
        Refused("checked_by_another"): who computed it does not check it.
        Refused("figures_do_not_add_up"): table R-1 does not hold.
        Refused("facts_changed"): a figure is another one by now; fact `keys`.
        Refused("small_cells_not_reviewed"): fact `keys` lists what is to be looked at.
    """
    access.require(actor, "bulletin.check", at=at)
    with transaction.atomic():
        found = _locked(bulletin_id)
        _allow(found, S.CHECKED)
        if found.computed_by_id == actor.pk:
            raise Refused("checked_by_another", computed_by=str(found.computed_by))
        context = figure.context(found.outbreak, as_of=found.as_of, as_known=found.as_known, at=at)
        table = reconcile(context)
        if not table.holds:
            raise Refused("figures_do_not_add_up", detail=table.mismatch())
        kept = bulletins.facts(found)
        now = {one.key: one for one in _figures(found, at)}
        stale = [fact.key for fact in kept if fact.key not in now or now[fact.key].value != fact.value]
        if stale:
            raise Refused("facts_changed", keys=", ".join(stale))
        least = small_cell(found.outbreak)
        unseen = [key for key in bulletins.needs_review(kept, least) if key not in reviewed]
        if unseen:
            raise Refused("small_cells_not_reviewed", keys=", ".join(unseen), least=least)
        seen = sorted(set(reviewed) & {fact.key for fact in kept})
        return _to(found, S.CHECKED, actor=actor, at=at, checked_by=actor, checked_at=at, reviewed=seen)


def approve(bulletin_id: int, *, actor: User, at: datetime) -> Bulletin:
    """Approve a checked bulletin.

    Raises:
        Refused("not_permitted"), Refused("unknown_bulletin"), Refused("bulletin_move").
    """
    access.require(actor, "bulletin.approve", at=at)
    with transaction.atomic():
        found = _locked(bulletin_id)
        _allow(found, S.APPROVED)
        return _to(found, S.APPROVED, actor=actor, at=at, approved_by=actor, approved_at=at)


def publish(bulletin_id: int, *, actor: User, at: datetime) -> Bulletin:
    """Publish an approved bulletin; one that it corrects is superseded in the same moment.

    Raises:
        Refused("not_permitted"), Refused("unknown_bulletin"), Refused("bulletin_move").
    """
    access.require(actor, "bulletin.publish", at=at)
    with transaction.atomic():
        found = _locked(bulletin_id)
        _allow(found, S.PUBLISHED)
        if found.corrects_id:
            old = _locked(found.corrects_id)
            _allow(old, S.SUPERSEDED)
            _to(old, S.SUPERSEDED, actor=actor, at=at)
        return _to(found, S.PUBLISHED, actor=actor, at=at, published_at=at)


def small_cell(outbreak: Outbreak) -> int:
    """Figures below this number need a review before they are published."""
    pack = rulepack.load(outbreak.rule_pack)
    return int(pack.value("publication.small_cell")) if pack.has("publication.small_cell") else 5


def _compute(found: Bulletin, *, actor: User, at: datetime, as_known: datetime) -> Bulletin:
    _allow(found, S.COMPUTED)
    found.as_known = as_known
    context = figure.context(found.outbreak, as_of=found.as_of, as_known=as_known, at=at)
    before = {fact.key: fact for fact in bulletins.facts(found.corrects)} if found.corrects else {}
    found.facts.all().delete()
    BulletinFact.objects.bulk_create(
        [_fact(found, position, one, before) for position, one in enumerate(_figures(found, at), 1)]
    )
    table = reconcile(context).as_json()
    return _to(
        found,
        S.COMPUTED,
        actor=actor,
        at=at,
        as_known=as_known,
        computed_by=actor,
        computed_at=at,
        reconciliation=table,
    )


def _figures(found: Bulletin, at: datetime) -> list[Figure]:
    return figure.figures(found.outbreak, as_of=found.as_of, as_known=found.as_known, at=at)


def _fact(found: Bulletin, position: int, one: Figure, before: dict[str, BulletinFact]) -> BulletinFact:
    old = before.get(one.key)
    changed = found.corrects_id is not None and (old is None or (old.value, old.zh) != (one.value, one.zh))
    previous = {"value": old and old.value, "zh": old.zh if old else "", "en": old.en if old else ""}
    return BulletinFact(
        bulletin=found, position=position, key=one.key, value=one.value, unit=one.unit, scope=one.scope, zh=one.zh,
        en=one.en, query=one.query, reason=one.reason, previous=previous if changed else None,
    )  # fmt: skip


def _locked(bulletin_id: int) -> Bulletin:
    bulletins.bulletin_of(bulletin_id)
    return Bulletin.objects.select_for_update(of=("self",)).select_related("outbreak").get(pk=bulletin_id)


def _allow(found: Bulletin, wanted: str) -> None:
    if wanted not in MOVES[found.state]:
        raise _move(found, wanted)


def _move(found: Bulletin, wanted: str) -> Refused:
    labels = dict(S.choices)
    allowed = " / ".join(str(labels[state]) for state in MOVES[found.state]) or "-"
    return Refused("bulletin_move", state=labels[found.state], wanted=labels[wanted], allowed=allowed)


def _to(found: Bulletin, state: str, *, actor: User, at: datetime, **changes: Any) -> Bulletin:
    for name, value in {"state": state, **changes}.items():
        setattr(found, name, value)
    found.save(update_fields=["state", *changes])
    subject = f"bulletin:{found.outbreak.code}:{found.as_of.isoformat()}:{found.number}"
    audit.record(
        f"bulletin.{state}", subject=subject, actor=actor, at=at, detail={"reviewed": changes.get("reviewed", [])}
    )
    return found
