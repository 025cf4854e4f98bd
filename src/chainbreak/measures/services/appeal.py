"""Appeals (申诉): made by the person or for them, looked at, answered with reasons, and what follows from the answer.

Every step is a fact with its words sealed. `at` is when it is true (the clock of the outbreak), `known_at` when it is
written down. Whoever calls has opened the person's record first, or is the person with number and code word.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from chainbreak.epi import appeal as rule
from chainbreak.epi import rulepack
from chainbreak.epi.transitions import may_move
from chainbreak.governance.models import User
from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import audit, facts
from chainbreak.investigation.models import Decision, Outbreak
from chainbreak.investigation.selectors import contact as contacts_of
from chainbreak.investigation.services.contact import determine
from chainbreak.registry.models import Person
from chainbreak.registry.services import codeword, identity

from ..models import Appeal, AppealStep, DueMeasure
from ..selectors import appeal as appeals
from . import derive

MOST_WORDS = 2000  # characters of a statement, a question, an answer


def submit(
    person: Person,
    outbreak: Outbreak,
    *,
    about: str,
    grounds: str,
    statement: str,
    contact: str = "",
    channel: str = "web",
    relation: str = "self",
    measure: DueMeasure | None = None,
    edition: str = "",
    actor: User | None,
    at: datetime,
    known_at: datetime,
) -> Appeal:
    """A new appeal, received at once; the same sent twice is one, and its receipt is given again.

    Args:
        contact: how the answer reaches the person; kept sealed.
        measure: the measure that is appealed against, with `edition` of the rule pack it follows from.

    Raises:
        Refused("appeal_without_words"): nothing was said.
        Refused("too_many_appeals"): as many wait already as may; fact `most`.
        ValueError: a value outside its closed list.
    """
    for value, allowed in (
        (about, Appeal.About), (grounds, Appeal.Grounds), (channel, Appeal.Channel), (relation, Appeal.Relation),
    ):  # fmt: skip
        if value not in allowed.values:
            raise ValueError(f"not in the closed list {allowed.values}: {value!r}")
    said = _words(statement)
    due = deadline_of(outbreak)
    with transaction.atomic():
        Person.objects.select_for_update().get(pk=person.pk)  # two taps at once are one appeal
        waiting = [one for one in appeals.of_person(person.pk) if one.state in rule.WAITING]  # type: ignore[attr-defined]
        for one in waiting:
            if (one.about, one.outbreak_id) == (about, outbreak.pk) and appeals.opened(
                one, one.statement_cipher
            ) == said:
                return one
        most = int(rule.settings()["open_at_once"]["value"])
        if len(waiting) >= most:
            raise Refused("too_many_appeals", most=most)
        number = _number()
        made = facts.record(
            Appeal,
            known_at=known_at,
            actor=actor,
            number=number,
            outbreak=outbreak,
            person=person,
            about=about,
            grounds=grounds,
            channel=channel,
            relation=relation,
            at=at,
            due_at=at + due.within,
            statement_cipher=_sealed(number, said),
            contact_cipher=_sealed(number, contact.strip()[:200]) if contact.strip() else None,
            measure=measure.measure if measure else "",
            reason=measure.reason if measure else "",
            measure_ends_at=measure.ends_at if measure else None,
            rule=measure.rule if measure else "",
            edition=edition if measure else "",
        )
        _step(made, "submitted", actor=actor, at=at, known_at=known_at, by_person=True)
        _step(made, "acknowledged", actor=None, at=at, known_at=known_at)
    return made


def deadline_of(outbreak: Outbreak | None) -> rule.Deadline:
    """How long an answer may take in an outbreak, by which rule; where there is none, by the house's own."""
    return rule.deadline(rulepack.load(outbreak.rule_pack) if outbreak else None)


def take_up(number: str, *, actor: User, at: datetime, known_at: datetime) -> AppealStep:
    """Somebody looks at it (受理): from received, or from taken further by whoever has not decided it before.

    Raises:
        Refused("unknown_appeal"), Refused("appeal_moved_on"): there is none, or it is not in that state any more.
        Refused("second_person_wanted"): this account has decided the appeal before.
    """
    with transaction.atomic():
        appeal = _held(number)
        if appeal.state == "escalated" and actor.pk in appeals.decided_by(appeal):  # type: ignore[attr-defined]
            raise Refused("second_person_wanted")
        return _move(appeal, "under_review", actor=actor, at=at, known_at=known_at)


def ask(number: str, question: str, *, actor: User, at: datetime, known_at: datetime) -> AppealStep:
    """Ask the person for something (补充材料); the time for the answer stands still until they have told it.

    Raises:
        Refused("appeal_without_words"), Refused("unknown_appeal"), Refused("appeal_moved_on").
    """
    with transaction.atomic():
        return _move(_held(number), "need_information", words=_words(question), actor=actor, at=at, known_at=known_at)


def tell(number: str, words: str, *, actor: User | None, at: datetime, known_at: datetime) -> AppealStep:
    """What the person answers to the question; `actor` is who wrote it down for them, None for themselves.

    Raises:
        Refused("appeal_without_words"), Refused("unknown_appeal"), Refused("appeal_moved_on").
    """
    with transaction.atomic():
        appeal = _held(number)
        due = appeal.due_then + max(at - appeal.state_at, timedelta())  # type: ignore[attr-defined]
        return _move(
            appeal, "under_review", words=_words(words), by_person=True, due_at=due, actor=actor, at=at,
            known_at=known_at,
        )  # fmt: skip


def decide(
    number: str, decision: str, reasons: str, *, actor: User, as_of: datetime, at: datetime, known_at: datetime
) -> AppealStep:
    """Answer the appeal with reasons, or propose the answer where two people are needed (复核).

    Raises:
        Refused("appeal_without_words"): an answer needs reasons that the person can read.
        Refused("measure_still_holds"): the measure follows from facts that nobody has corrected.
        Refused("measure_unchanged"): half of it cannot be granted while the measure is what it was.
        Refused("second_person_wanted"): this account has decided the appeal before.
        Refused("unknown_appeal"), Refused("appeal_moved_on").
        ValueError: no such decision.
    """
    said = _words(reasons)
    with transaction.atomic():
        appeal = _held(number)
        if actor.pk in appeals.decided_by(appeal):
            raise Refused("second_person_wanted")
        now = appeals.running(derive.snapshot(appeal.outbreak, at=known_at), appeal.person_id, as_of)
        holds = now is not None and _concerns(appeal)
        changed = not _concerns(appeal) or appeals.is_changed(appeal, now)
        obstacle = rule.obstacle(decision, holds=holds, changed=changed, reason=now.reason if now else "")
        if obstacle == "facts_first":
            raise Refused("measure_still_holds", number=appeal.person.number)
        if obstacle == "nothing_changed":
            raise Refused("measure_unchanged", number=appeal.person.number)
        more = {"actor": actor, "at": at, "known_at": known_at}
        if obstacle == "second_person":
            return _stay(appeal, proposal=decision, words=said, **more)
        return _move(appeal, decision, words=said, **more)


def confirm(
    number: str, *, actor: User, as_of: datetime, at: datetime, known_at: datetime, trial: bool = False
) -> AppealStep:
    """A second person agrees: the appeal is granted, and the person is determined to be no contact (双人复核).

    Raises:
        Refused("no_proposal"): nothing is proposed any more.
        Refused("second_person_wanted"): this account has proposed it or decided the appeal before.
        Refused: as `investigation.services.contact.determine`.
    """
    with transaction.atomic():
        appeal = _held(number)
        proposal = appeals.proposal_of(appeal)
        if proposal is None:
            raise Refused("no_proposal")
        if actor.pk in appeals.decided_by(appeal):
            raise Refused("second_person_wanted")
        lift(appeal, actor=actor, as_of=as_of, known_at=known_at, trial=trial)
        words = appeals.opened(appeal, proposal.words_cipher)
        return _move(appeal, proposal.proposal, words=words, actor=actor, at=at, known_at=known_at)


def decline(number: str, reasons: str, *, actor: User, at: datetime, known_at: datetime) -> AppealStep:
    """A second person does not agree: the proposal is off the table, its reasons stay in the house.

    Raises:
        Refused("appeal_without_words"), Refused("no_proposal"), Refused("second_person_wanted").
    """
    said = _words(reasons)
    with transaction.atomic():
        appeal = _held(number)
        if appeals.proposal_of(appeal) is None:
            raise Refused("no_proposal")
        if actor.pk in appeals.decided_by(appeal):
            raise Refused("second_person_wanted")
        return _stay(appeal, proposal="", words=said, actor=actor, at=at, known_at=known_at)


def take_back(number: str, *, actor: User, at: datetime, known_at: datetime) -> AppealStep:
    """Whoever proposed an answer takes the proposal back before a second person has agreed.

    Raises:
        Refused("no_proposal"): nothing is proposed any more.
        Refused("not_yours"): somebody else proposed it.
    """
    with transaction.atomic():
        appeal = _held(number)
        proposal = appeals.proposal_of(appeal)
        if proposal is None:
            raise Refused("no_proposal")
        if proposal.recorded_by_id != actor.pk:
            raise Refused("not_yours")
        return _stay(appeal, proposal="", actor=actor, at=at, known_at=known_at)


def escalate(number: str, words: str, *, actor: User | None, at: datetime, known_at: datetime) -> AppealStep:
    """The person does not accept the answer (再申诉): somebody else looks at it, and the time begins anew.

    Raises:
        Refused("appeal_without_words"), Refused("unknown_appeal"), Refused("appeal_moved_on").
    """
    with transaction.atomic():
        appeal = _held(number)
        due = at + deadline_of(appeal.outbreak).within
        return _move(
            appeal, "escalated", words=_words(words), by_person=True, due_at=due, actor=actor, at=at, known_at=known_at
        )


def close(number: str, *, actor: User, at: datetime, known_at: datetime) -> AppealStep:
    """The person has been told, and nothing more follows.

    Raises:
        Refused("unknown_appeal"), Refused("appeal_moved_on").
    """
    with transaction.atomic():
        return _move(_held(number), "closed", actor=actor, at=at, known_at=known_at)


def lift(appeal: Appeal, *, actor: User, as_of: datetime, known_at: datetime, trial: bool = False) -> None:
    """Determine that the person is no contact, on the ground of the appeal; `trial` for a preview."""
    found = contacts_of.contact_of(derive.snapshot(appeal.outbreak, at=known_at), appeal.person_id, as_of)
    if found is not None:
        determine(
            found,
            appeal.outbreak,
            Decision.NOT_CONTACT,
            degree=found.degree,
            basis=f"appeal {appeal.number}",
            valid_from=found.valid_from,
            actor=actor,
            at=known_at,
            trial=trial,
        )


def _concerns(appeal: Appeal) -> bool:
    """Whether granting the appeal means that the measure ends."""
    return appeal.about in (Appeal.About.CONTACT, Appeal.About.STAY)


def _held(number: str) -> Appeal:
    """The appeal with its state now, held against others who decide at the same moment."""
    found = Appeal.objects.select_for_update().filter(number=number.strip().upper()).first()
    if found is None:
        raise Refused("unknown_appeal", number=number[:20])
    return next(one for one in appeals.of_person(found.person_id) if one.pk == found.pk)


def _move(appeal: Appeal, state: str, **more: object) -> AppealStep:
    before: str = appeal.state  # type: ignore[attr-defined]
    if not may_move(rule.MOVES, before, state):
        raise Refused("appeal_moved_on", number=appeal.number, state=AppealStep.State(before).label)
    return _step(appeal, state, **more)  # type: ignore[arg-type]


def _stay(appeal: Appeal, **more: object) -> AppealStep:
    """A step within the review."""
    if appeal.state != "under_review":  # type: ignore[attr-defined]
        raise Refused("appeal_moved_on", number=appeal.number, state=AppealStep.State(appeal.state).label)  # type: ignore[attr-defined]
    return _step(appeal, "under_review", **more)  # type: ignore[arg-type]


def _step(
    appeal: Appeal,
    state: str,
    *,
    words: str = "",
    proposal: str = "",
    by_person: bool = False,
    due_at: datetime | None = None,
    actor: User | None,
    at: datetime,
    known_at: datetime,
) -> AppealStep:
    made = facts.record(
        AppealStep,
        known_at=known_at,
        actor=actor,
        appeal=appeal,
        state=state,
        proposal=proposal,
        by_person=by_person,
        at=at,
        due_at=due_at,
        words_cipher=_sealed(appeal.number, words) if words else None,
    )
    act = f"appeal.{'proposed' if proposal else state}"
    audit.record(act, actor=actor, at=known_at, subject=f"appeal:{appeal.number}", detail={"proposal": proposal})
    return made


def _words(text: str) -> str:
    said = text.replace("\x00", "").strip()[:MOST_WORDS]
    if not said:
        raise Refused("appeal_without_words")
    return said


def _sealed(number: str, text: str) -> bytes:
    return identity.encrypt(text, f"appeal:{number}")


def _number(draw: Callable[[str], str] = secrets.choice) -> str:
    """A receipt number that nobody can guess: A- and eight letters or digits that are not confused."""
    letters = [draw(codeword.LETTERS) for _place in range(8)]
    return f"A-{''.join(letters[:4])}-{''.join(letters[4:])}"
