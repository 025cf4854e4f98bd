"""Acts (行为): what can be done here, by which roles, and whether the area counts. The who-may table of the house."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .models.team import Role

EVERYBODY = frozenset(Role)
LEADS = frozenset({Role.COMMANDER, Role.EPIDEMIOLOGY_LEAD})
INVESTIGATION = frozenset({Role.EPIDEMIOLOGY_LEAD, Role.INVESTIGATOR})
READERS = LEADS | INVESTIGATION | {Role.AUDITOR}
APPEALS = LEADS | {Role.CODE_OFFICER}
FIELD = frozenset({Role.FACILITY_CHIEF, Role.TRANSFER, Role.COMMUNITY_WORKER})


@dataclass(frozen=True)
class Act:
    """One act: who may do it, whether their team's area must cover the record, who needs the name for it (P-06)."""

    words: str | Promise
    roles: frozenset[str]
    area: bool = False
    names: frozenset[str] = frozenset()


ACTS: dict[str, Act] = {
    # headquarters
    "board.read": Act(_("read the board"), EVERYBODY),
    "figure.read": Act(_("read figures"), EVERYBODY),
    "figure.records": Act(_("read the records behind a figure"), READERS),
    "gap.read": Act(_("read gap lists"), READERS | FIELD | {Role.LABORATORY, Role.CODE_OFFICER}),
    "bulletin.read": Act(_("read bulletins"), EVERYBODY),
    "bulletin.compute": Act(_("compute a bulletin"), frozenset({Role.SPOKESPERSON, Role.EPIDEMIOLOGY_LEAD})),
    "bulletin.check": Act(_("check a bulletin"), LEADS | {Role.SPOKESPERSON}),
    "bulletin.approve": Act(_("approve a bulletin"), frozenset({Role.COMMANDER})),
    "bulletin.publish": Act(_("publish a bulletin"), frozenset({Role.COMMANDER, Role.SPOKESPERSON})),
    "indicator.read": Act(_("read indicators"), EVERYBODY),
    "indicator.set": Act(_("set a target"), frozenset({Role.COMMANDER})),
    "assessment.record": Act(_("record an assessment"), LEADS),
    "fund.read": Act(_("read funds"), frozenset({Role.COMMANDER, Role.SPOKESPERSON, Role.AUDITOR})),
    "fund.spend": Act(_("spend from a fund"), frozenset({Role.COMMANDER})),
    "scenario.read": Act(_("read scenarios"), READERS | {Role.SPOKESPERSON}),
    "scenario.run": Act(_("run a scenario"), LEADS | INVESTIGATION),
    "infectors.run": Act(_("ask who infected whom"), LEADS | INVESTIGATION),
    # investigation
    "line_list.read": Act(_("read the line list"), READERS),
    "case.open": Act(_("open a case file"), READERS, area=True),
    "case.begin": Act(_("open a case for a positive person"), INVESTIGATION, area=True),
    "case.correct": Act(_("correct a case"), INVESTIGATION, area=True, names=INVESTIGATION),
    "contact.read": Act(_("read the list of contacts"), READERS | FIELD),
    "contact.open": Act(_("open a contact"), READERS | FIELD, area=True, names=INVESTIGATION | FIELD),
    "contact.determine": Act(_("determine a contact"), INVESTIGATION, area=True, names=INVESTIGATION),
    "interview.take": Act(_("interview a case"), INVESTIGATION, area=True, names=INVESTIGATION),
    "chain.read": Act(_("read chains"), READERS),
    "analysis.read": Act(_("read the analyst's desk"), READERS),
    "link.assess": Act(_("assess a link"), frozenset({Role.EPIDEMIOLOGY_LEAD}), area=True),
    "letter.read": Act(_("read letters"), READERS),
    "letter.send": Act(_("send a letter"), INVESTIGATION, area=True, names=INVESTIGATION),
    "fact.correct": Act(_("correct a fact"), INVESTIGATION, area=True, names=INVESTIGATION),
    # registry
    "person.open": Act(_("open a person's record"), READERS, area=True, names=INVESTIGATION),
    "person.visit": Act(_("visit or call a person"), INVESTIGATION | FIELD, area=True, names=INVESTIGATION | FIELD),
    "person.search": Act(
        _("search for a person"),
        INVESTIGATION | {Role.FACILITY_CHIEF, Role.COMMUNITY_WORKER, Role.CODE_OFFICER},
        area=True,
    ),
    "place.read": Act(_("read places"), READERS | FIELD | {Role.SAMPLER}),
    # screening
    "round.read": Act(
        _("read rounds"), READERS | {Role.SAMPLER, Role.LABORATORY, Role.COMMUNITY_WORKER, Role.SPOKESPERSON}
    ),
    "roll.print": Act(
        _("print the roll of a round"),
        frozenset({Role.SAMPLER, Role.COMMUNITY_WORKER}),
        area=True,
        names=frozenset({Role.SAMPLER}),
    ),
    "swab.record": Act(_("record a swab"), frozenset({Role.SAMPLER}), area=True, names=frozenset({Role.SAMPLER})),
    "site.keep": Act(_("change a sampling site"), LEADS | {Role.SAMPLER}, area=True),
    "table.move": Act(_("move tables between sites"), LEADS | {Role.SAMPLER}, area=True),
    "door.read": Act(_("read visits at doors"), READERS | {Role.SAMPLER, Role.COMMUNITY_WORKER}),
    "door.assign": Act(_("send somebody to the doors"), LEADS | {Role.COMMUNITY_WORKER, Role.SAMPLER}, area=True),
    "door.visit": Act(
        _("knock on doors"),
        frozenset({Role.COMMUNITY_WORKER, Role.SAMPLER}),
        area=True,
        names=frozenset({Role.COMMUNITY_WORKER, Role.SAMPLER}),
    ),
    "result.record": Act(_("record a result"), frozenset({Role.LABORATORY}), area=True),
    "round.plan": Act(_("plan a round"), LEADS),
    "round.move": Act(_("announce a round and take its next step"), LEADS),
    "roll.move": Act(
        _("put people on a roll or take them off"),
        frozenset({Role.EPIDEMIOLOGY_LEAD, Role.COMMUNITY_WORKER}),
        area=True,
    ),
    "shipment.read": Act(_("read boxes of tubes"), READERS | {Role.SAMPLER, Role.TRANSFER, Role.LABORATORY}),
    "shipment.hand_over": Act(_("hand over a box of tubes"), frozenset({Role.SAMPLER, Role.TRANSFER})),
    "blind.keep": Act(_("keep blind samples"), LEADS | {Role.AUDITOR}),
    "retest.read": Act(
        _("read whose own swab is wanted"), READERS | {Role.SAMPLER, Role.LABORATORY, Role.COMMUNITY_WORKER}
    ),
    "retest.call": Act(
        _("call people for their own swab"),
        INVESTIGATION | {Role.SAMPLER, Role.COMMUNITY_WORKER},
        area=True,
        names=INVESTIGATION | {Role.SAMPLER, Role.COMMUNITY_WORKER},
    ),
    # measures
    "facility.read": Act(_("read facilities"), READERS | FIELD),
    "stay.read": Act(_("read stays"), READERS | FIELD),
    "stay.admit": Act(
        _("admit and release"),
        frozenset({Role.FACILITY_CHIEF}),
        area=True,
        names=frozenset({Role.FACILITY_CHIEF}),
    ),
    "follow_up.read": Act(_("read today's follow-ups"), INVESTIGATION | FIELD | {Role.COMMANDER}),
    "follow_up.record": Act(
        _("record a follow-up"),
        INVESTIGATION | {Role.FACILITY_CHIEF, Role.COMMUNITY_WORKER},
        area=True,
        names=INVESTIGATION | {Role.FACILITY_CHIEF, Role.COMMUNITY_WORKER},
    ),
    "transfer.run": Act(_("transfer people"), frozenset({Role.TRANSFER}), area=True, names=frozenset({Role.TRANSFER})),
    "arrival.read": Act(_("read arrivals"), READERS | {Role.COMMUNITY_WORKER, Role.CODE_OFFICER}),
    "healthcode.read": Act(_("read codes"), READERS | {Role.CODE_OFFICER}),
    "healthcode.restore": Act(
        _("turn a code green"),
        frozenset({Role.CODE_OFFICER}),
        area=True,
        names=frozenset({Role.CODE_OFFICER}),
    ),
    "people_due.read": Act(_("read who is due a measure"), READERS | FIELD | {Role.CODE_OFFICER}),
    "appeal.read": Act(_("read appeals"), APPEALS | {Role.AUDITOR}),
    "appeal.open": Act(_("open an appeal"), APPEALS | {Role.AUDITOR}, area=True, names=APPEALS - {Role.COMMANDER}),
    "appeal.take": Act(
        _("write down an appeal for somebody"),
        APPEALS | {Role.INVESTIGATOR, Role.COMMUNITY_WORKER, Role.FACILITY_CHIEF},
        area=True,
    ),
    "appeal.decide": Act(_("decide an appeal"), APPEALS, area=True, names=APPEALS - {Role.COMMANDER}),
    # governance
    "import.read": Act(_("read imports"), READERS | {Role.LABORATORY, Role.FACILITY_CHIEF, Role.ADMINISTRATOR}),
    "import.run": Act(_("import a file"), INVESTIGATION | {Role.LABORATORY, Role.FACILITY_CHIEF, Role.ADMINISTRATOR}),
    "import.undo": Act(_("undo an import"), frozenset({Role.EPIDEMIOLOGY_LEAD, Role.ADMINISTRATOR})),
    "extract.read": Act(_("read which extracts were taken"), INVESTIGATION | LEADS | {Role.AUDITOR}),
    "export.run": Act(_("export a list"), INVESTIGATION),
    "export.approve": Act(_("approve an export"), frozenset({Role.COMMANDER, Role.AUDITOR})),
    "audit.read": Act(_("read the audit"), frozenset({Role.AUDITOR})),
    "audit.verify": Act(_("verify the audit"), frozenset({Role.AUDITOR, Role.ADMINISTRATOR})),
    "team.read": Act(_("read teams"), frozenset({Role.COMMANDER, Role.AUDITOR, Role.ADMINISTRATOR})),
    "grant.give": Act(_("give a role"), frozenset({Role.ADMINISTRATOR})),
    "grant.end": Act(_("end a role"), frozenset({Role.ADMINISTRATOR})),
    "account.make": Act(_("make an account"), frozenset({Role.ADMINISTRATOR})),
    "account.reset": Act(_("reset a password"), frozenset({Role.ADMINISTRATOR})),
    "rulepack.read": Act(_("read rule packs"), EVERYBODY),
    "retention.read": Act(_("read retention rules"), frozenset({Role.AUDITOR, Role.ADMINISTRATOR})),
    "purge.run": Act(_("delete what has reached its end"), frozenset({Role.ADMINISTRATOR})),
}


def act(code: str) -> Act:
    """One act by its code.

    Raises:
        ValueError: there is no such act.
    """
    try:
        return ACTS[code]
    except KeyError:
        raise ValueError(f"act must be one of ACTS in governance/acts.py; got {code!r}") from None
