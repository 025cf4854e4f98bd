"""The rules of ethics and privacy that the house keeps so far, each by its name (docs/p-rules.md has the others)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from chainbreak.epi import appeal, rulepack
from chainbreak.epi.round_intake import TubeNow, judged_swab
from chainbreak.governance import acts, retention
from chainbreak.governance.models import AuditEntry, Extract, Grant, ImportRun, ImportState
from chainbreak.governance.refusal import Refused
from chainbreak.governance.selectors import audit as entries
from chainbreak.governance.services import audit, facts
from chainbreak.registry.models import Identity, Person
from chainbreak.registry.services import identity, people

ROOT = Path(__file__).resolve().parents[2]
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
AT = datetime(2022, 3, 29, 1, tzinfo=UTC)
NAME, ID_NUMBER, PHONE = "赵试验", "411122199001010018", "13900000077"


@pytest.fixture
def zhao(db):
    person = Person.objects.create(number="P-77", area_code="411122")
    identity.record(person, at=AT, name=NAME, id_number=ID_NUMBER, phone=PHONE)
    return person


def test_the_table_of_rules_says_of_each_whether_it_is_kept():
    table = (ROOT / "docs/p-rules.md").read_text()
    states = dict(re.findall(r"^\| (P-\d\d) [^|]+\| (kept|in part|not yet) \|", table, re.MULTILINE))
    assert sorted(states) == [f"P-{n:02}" for n in range(1, 23)]
    tested = set(re.findall(r"def test_(p_\d\d)_", Path(__file__).read_text()))
    assert {name.lower().replace("-", "_") for name, state in states.items() if state != "not yet"} == tested


@pytest.mark.parametrize("pack", rulepack.available())
def test_p_01_every_rule_has_its_source_its_mark_and_its_words_in_both_languages(pack):
    for rule in rulepack.load(pack).rules.values():
        assert rule.source.strip(), rule.id
        assert rule.mark in {"V", "S", "U", "D"}, rule.id
        assert rule.text_zh.strip(), rule.id
        assert rule.text_en.strip(), rule.id


def test_p_01_whatever_is_derived_keeps_its_rule_and_the_edition_of_the_pack():
    for label in ("investigation.Contact", "investigation.ContactPair", "measures.DueMeasure", "measures.DueTest"):
        field = apps.get_model(label)._meta.get_field("rule")
        assert not field.blank, label
        assert not field.null, label
    assert not apps.get_model("investigation.Derivation")._meta.get_field("pack_edition").blank


@pytest.mark.parametrize(
    "field",
    ["measures.Stay.reason", "measures.Stay.kind", "measures.Stay.home_reason", "investigation.Determination.decision"],
)
def test_p_02_reasons_are_closed_lists(field):
    label, name = field.rsplit(".", 1)
    assert apps.get_model(label)._meta.get_field(name).choices


def test_p_03_a_contact_rests_on_a_source_and_an_exposure_on_two_different_persons():
    for label in ("investigation.ContactPair", "investigation.Exposure"):
        assert not apps.get_model(label)._meta.get_field("source").null
    names = {constraint.name for constraint in apps.get_model("investigation.Exposure")._meta.constraints}
    assert "exposure_to_another" in names


def test_p_04_the_database_refuses_a_bulletin_that_is_checked_by_whoever_computed_it(account_of):
    from chainbreak.command.models import Bulletin
    from chainbreak.investigation.models import Outbreak

    first, second = account_of("spokesperson", username="first"), account_of("spokesperson", username="second")
    outbreak = Outbreak.objects.create(
        code="P4", name_zh="四", name_en="Four", disease="covid19", rule_pack="covid19-cn-v8", area_code="411100",
        detected_at=AT,
    )  # fmt: skip
    asked = {"outbreak": outbreak, "as_of": AT, "computed_by": first}
    with pytest.raises(IntegrityError), transaction.atomic():
        Bulletin.objects.create(number=1, checked_by=first, **asked)
    assert Bulletin.objects.create(number=1, checked_by=second, **asked).pk


def test_p_04_who_exports_does_not_approve_the_export():
    assert not acts.ACTS["export.run"].roles & acts.ACTS["export.approve"].roles


def test_p_04_the_database_refuses_an_extract_that_is_allowed_by_whoever_asked_for_it(account_of):
    asked = {"outbreak_code": "LY", "purpose": "delays", "as_of": AT, "requested_at": AT, "allowed_at": AT}
    first, second = account_of("investigator", username="first"), account_of("commander", username="second")
    with pytest.raises(IntegrityError), transaction.atomic():
        Extract.objects.create(requested_by=first, allowed_by=first, expires_at=AT + timedelta(days=7), **asked)
    with pytest.raises(IntegrityError), transaction.atomic():
        Extract.objects.create(requested_by=first, allowed_by=second, expires_at=AT, **asked)  # it has no end (P-12)
    assert Extract.objects.create(requested_by=first, allowed_by=second, expires_at=AT + timedelta(days=7), **asked).pk


def test_p_05_the_auditor_reads_the_audit_and_changes_nothing():
    changing = {"run", "undo", "correct", "give", "end", "make", "reset", "determine", "assess", "send", "record",
                "admit", "restore", "compute", "check", "publish", "spend", "set"}  # fmt: skip
    mine = {code for code, act in acts.ACTS.items() if "auditor" in act.roles}
    assert {"audit.read", "import.read", "rulepack.read"} <= mine
    assert not {code for code in mine if code.split(".")[1] in changing}


def test_p_06_a_person_is_opened_by_role_and_area_only(zhao, account_of):
    def opened(role, area, act="person.open"):
        return people.open_record("P-77", actor=account_of(role, area), act=act, at=AT)

    assert opened("investigator", "411122").name == NAME
    for role, area in [("investigator", "411121"), ("sampler", "411122"), ("administrator", "")]:
        with pytest.raises(Refused):
            opened(role, area)


def test_p_06_identity_is_apart_from_events_and_unreadable_in_the_database(zhao):
    entry = Identity.objects.get(person=zhao)
    for field in Identity._meta.concrete_fields:
        value = getattr(entry, field.attname)
        raw = bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
        for secret in (NAME, ID_NUMBER, PHONE):
            assert secret.encode() not in raw, field.name
    naming = re.compile(r"^(name|full_name|phone|id_number|address)$")
    others = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if model._meta.app_label in {"registry", "screening", "investigation", "measures", "command"}
        for field in model._meta.concrete_fields
        if naming.match(field.name)
    ]
    things = ["investigation.Genome.name", "registry.Place.name", "screening.Device.name"]
    assert sorted(others) == things, "a name of people stands in Identity only"


def test_p_06_a_search_needs_two_identifiers(zhao, account_of):
    user = account_of("investigator", "4111")
    with pytest.raises(Refused) as refused:
        people.search(actor=user, at=AT, name=NAME)
    assert refused.value.code == "two_identifiers"
    assert [found.number for found in people.search(actor=user, at=AT, name=NAME, phone=PHONE)] == ["P-77"]


def test_p_06_an_unusual_number_of_look_ups_is_shown_to_the_auditor(account_of, client):
    now = datetime.now(UTC)
    user = account_of("investigator", username="curious")
    for n in range(entries.MANY_A_DAY + 1):
        audit.record("person.opened", actor=user, at=now, subject=f"person:{n}")
    client.force_login(account_of("auditor", ""), backend=BACKEND)
    assert client.get("/audit/").context["standing_out"] == [("curious", entries.MANY_A_DAY + 1)]


def test_p_07_a_list_goes_out_only_by_role_with_a_mark_and_on_record(account_of, rf):
    from chainbreak.web import listing

    def export(user):
        request = rf.get("/cases/?format=csv")
        request.user = user
        answer = listing.export(request, name="cases", header=["n"], rows=[1, 2], cells=lambda row: [row])
        return b"".join(answer.streaming_content).decode()

    with pytest.raises(Refused):
        export(account_of("commander", username="com"))
    assert not AuditEntry.objects.exists()
    lines = export(account_of("investigator", username="inv")).strip().splitlines()
    assert all("inv 20" in line for line in lines[1:])
    assert len(lines) == 3
    assert AuditEntry.objects.get().act == "list.exported"


def test_p_08_every_opening_is_in_a_chain_that_shows_tampering(zhao, account_of):
    people.open_record("P-77", actor=account_of("investigator", "411122"), act="person.open", at=AT)
    entry = AuditEntry.objects.get()
    assert (entry.act, entry.subject, entry.actor.username) == ("person.opened", "person:P-77", "investigator-411122")
    assert audit.verify(expected_head=entry.hash).broken_at is None
    assert audit.verify(expected_head="0" * 64).broken_at == -1
    assert NAME not in str(entry.detail)


def test_p_08_the_audit_is_kept_at_least_six_months():
    rule = next(one for one in retention.rules() if one.name == "audit")
    assert rule.floor >= 184
    with pytest.raises(Refused):
        retention.settings_of("audit=183")


def test_p_11_another_purpose_is_refused_on_record_and_shown_to_the_auditor(zhao, account_of, client):
    now = datetime.now(UTC)
    user = account_of("investigator", "411122")
    with pytest.raises(Refused) as refused:
        people.open_record("P-77", actor=user, act="person.open", at=now, purpose="criminal investigation")
    assert refused.value.code == "other_purpose"
    client.force_login(account_of("auditor", ""), backend=BACKEND)
    page = client.get("/audit/", {"act": "person.refused"})
    assert page.context["turned_away"] == 1
    assert "criminal investigation" in page.content.decode()


def test_p_12_every_grant_has_an_end_after_its_beginning(account_of):
    grant = account_of("investigator").grants.get()
    assert not Grant._meta.get_field("valid_until").null
    with pytest.raises(IntegrityError), transaction.atomic():
        Grant.objects.filter(pk=grant.pk).update(valid_until=grant.valid_from)


def test_p_12_every_class_of_data_has_an_end_or_a_reason():
    covered = {label for rule in retention.rules() for label in rule.models} | set(retention.kept())
    assert {model._meta.label for model in apps.get_models()} <= covered


def test_p_13_raw_trajectories_go_30_days_after_the_close_and_identities_at_the_close():
    days = {rule.name: rule.days for rule in retention.rules()}
    assert days["trajectories"] == 30
    assert days["identities"] == 0
    assert days["trajectories"] < days["contacts"] < days["cases"]


def test_p_13_a_deletion_has_a_certificate_and_a_witness(zhao):
    from chainbreak.governance.models import DeletionRun
    from chainbreak.governance.services import retention as ends
    from chainbreak.investigation.models import Outbreak

    Outbreak.objects.create(
        code="P13", name_zh="十三", name_en="Thirteen", disease="covid19", rule_pack="covid19-cn-v8",
        area_code="411100", detected_at=AT - timedelta(days=60), closed_at=AT,
    )  # fmt: skip
    ends.purge(actor=None, at=AT, witness="notary office")
    run = DeletionRun.objects.get(rule="identities")
    assert (run.rows, run.witness) == (1, "notary office")
    assert re.fullmatch("[0-9a-f]{64}", run.certificate)
    assert not Identity.objects.exists()
    assert Person.objects.filter(number="P-77").exists()


def test_p_14_who_publishes_figures_sees_no_names():
    for act in acts.ACTS.values():
        assert not act.names & {"spokesperson", "commander"}


def test_p_15_every_rule_pack_gives_an_appeal_its_time_and_nobody_decides_twice():
    for pack in rulepack.available():
        assert appeal.deadline(rulepack.load(pack)).within <= timedelta(hours=24), pack
    assert appeal.obstacle("upheld", holds=True, changed=False, reason="contact1") == "second_person"
    assert acts.act("appeal.take").roles >= {acts.Role.COMMUNITY_WORKER, acts.Role.FACILITY_CHIEF}
    assert acts.Role.AUDITOR not in acts.act("appeal.open").names


def test_p_16_an_import_whose_rows_do_not_add_up_is_refused_by_the_database(db):
    asked = {"kind": "linelist", "file_name": "a.csv", "file_hash": "0", "started_at": AT, "state": ImportState.DONE}
    with pytest.raises(IntegrityError), transaction.atomic():
        ImportRun.objects.create(rows=10, created=8, rejected=1, **asked)
    assert ImportRun.objects.create(rows=10, created=8, rejected=1, duplicate=1, **asked).pk


def test_p_17_a_registration_that_comes_late_or_twice_is_neither_lost_nor_doubled():
    tube = TubeNow(round_id=1, limit=5)
    asked = {"round_id": 1, "person": 7, "at": AT, "wanted": None}
    assert judged_swab(tube, elsewhere=False, late=True, **asked).outcome == "accepted"
    assert judged_swab(tube, elsewhere=True, late=True, **asked).outcome == "conflict"  # for people to decide, not lost
    assert judged_swab(tube, elsewhere=True, late=False, **asked).outcome == "refused"  # told on the spot


def test_p_18_a_verified_result_needs_a_raw_run(db):
    from chainbreak.screening.models import LabRun, Result, Tube

    tube = Tube.objects.create(barcode="T1")
    said = {"tube": tube, "outcome": "negative", "stage": "verified", "reported_at": AT}
    with pytest.raises(IntegrityError), transaction.atomic():
        facts.record(Result, known_at=AT, actor=None, **said)
    run = LabRun.objects.create(number="R1", laboratory="L", wells=10, controls=2)
    assert facts.record(Result, known_at=AT, actor=None, run=run, **said).pk


def test_p_20_a_site_opens_only_with_its_layout_and_safety_checked(db):
    from chainbreak.measures.models import Facility, FacilityEvent

    facility = Facility.objects.create(number="F1", name_zh="一", area_code="411122")
    said = {"facility": facility, "state": "open", "at": AT, "recorded_at": AT, "first_recorded_at": AT}
    for checked in ({"layout_ok": True}, {"safety_ok": True}, {}):
        with pytest.raises(IntegrityError), transaction.atomic():
            FacilityEvent.objects.create(**said, **checked)
    assert FacilityEvent.objects.create(layout_ok=True, safety_ok=True, **said).pk


def test_p_22_home_quarantine_has_a_coded_reason_and_a_measure_an_end(db):
    from chainbreak.measures.models import DueMeasure, Stay

    person = Person.objects.create(number="P-78", area_code="411122")
    said = {"person": person, "kind": "home_quarantine", "reason": "contact1", "admitted_at": AT}
    with pytest.raises(IntegrityError), transaction.atomic():
        facts.record(Stay, known_at=AT, actor=None, **said)
    assert facts.record(Stay, known_at=AT, actor=None, home_reason="illness", **said).pk
    assert not DueMeasure._meta.get_field("ends_at").null
