"""Every class of data has an end, bounds for its setting, and a certificate when it is gone (P-12, P-13)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from chainbreak.governance import retention as registry
from chainbreak.governance.models import AuditEntry, DeletionRun, Fact
from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import audit, facts, retention
from chainbreak.investigation.models import Case, Exposure, Outbreak, TrajectorySegment
from chainbreak.registry.models import Identity, Person, Place
from chainbreak.registry.services import identity

CLOSED = datetime(2022, 5, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def rule(name):
    return next(one for one in retention.rules() if one.name == name)


@pytest.mark.parametrize("model", apps.get_models(), ids=lambda model: model._meta.label)
def test_every_model_has_a_rule_or_a_reason_to_be_kept(model):
    label = model._meta.label
    named = [one.name for one in retention.rules() if label in one.models]
    assert len(named) + (label in registry.kept()) == 1


@pytest.mark.parametrize("name", [one.name for one in registry.rules()])
def test_a_rule_names_the_models_that_it_deletes_and_bounds_its_days(name, db):
    one = rule(name)
    assert 0 <= one.floor <= one.days <= one.ceiling
    for label in one.models:
        assert apps.get_model(label)
    now = datetime.now(UTC)
    assert {rows.model._meta.label for rows in one.ended(now)} <= set(one.models)


def test_no_personal_facts_are_kept_for_ever():
    facts_kept = {label for label in registry.kept() if issubclass(apps.get_model(label), Fact)}
    without_persons = {
        "screening.RoundEvent", "screening.TableMove", "measures.FacilityEvent", "command.Assessment", "command.PressConference",
    }  # fmt: skip
    assert facts_kept <= without_persons


def test_the_default_for_raw_trajectories_is_30_days_and_the_audit_outlives_six_months():
    assert rule("trajectories").days == 30
    assert rule("audit").floor >= 183
    assert rule("identities").days == 0


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("trajectories=14", None),
        ("trajectories = 14 , audit=400", None),
        ("trajectories=6", "retention_out_of_bounds"),
        ("trajectories=3000", "retention_out_of_bounds"),
        ("audit=30", "retention_out_of_bounds"),
        ("trajectories=-14", "bad_retention"),
        ("trajectories=14.5", "bad_retention"),
        ("trajectories", "bad_retention"),
        ("trajectory=14", "bad_retention"),
    ],
)
def test_a_slip_of_the_pen_in_the_setting_is_refused(text, code):
    if code is None:
        assert registry.settings_of(text)["trajectories"] == 14
        return
    with pytest.raises(Refused) as refused:
        registry.settings_of(text)
    assert refused.value.code == code


def test_a_wrong_setting_deletes_nothing_at_all(past, settings):
    settings.CHAINBREAK_RETENTION = "trajectories=7,audit=1"
    with pytest.raises(Refused):
        retention.purge(actor=None, at=CLOSED + 3000 * DAY)
    assert TrajectorySegment.objects.exists()
    assert not DeletionRun.objects.exists()


@pytest.fixture
def past(db):
    """An outbreak that was closed on 1 May 2022: a case with a stay, a contact with an exposure, both with names."""
    outbreak = Outbreak.objects.create(
        code="OLD", name_zh="旧", name_en="Old", disease="covid19", rule_pack="covid19-cn-v8", area_code="411100",
        detected_at=CLOSED - 40 * DAY, closed_at=CLOSED,
    )  # fmt: skip
    place = Place.objects.create(number="L1", kind="market")
    people = [Person.objects.create(number=f"P-{n}", area_code="411122") for n in range(3)]
    for person in people:
        identity.record(person, at=CLOSED - 40 * DAY, name=f"某{person.number}")
    Case.objects.create(outbreak=outbreak, number=1, external_id="1", person=people[0])
    known = CLOSED - 30 * DAY
    stay = {"place": place, "arrived_at": known - DAY, "left_at": known}
    facts.record(TrajectorySegment, known_at=known, actor=None, person=people[0], **stay)
    met = {"setting": "household", "started_at": known - DAY, "ended_at": known}
    facts.record(Exposure, known_at=known, actor=None, outbreak=outbreak, source=people[0], person=people[1], **met)
    return outbreak


def purged(at):
    return {one.rule.name: one.rows for one in retention.purge(actor=None, at=at, witness="notary")}


def test_raw_trajectories_go_30_days_after_the_close_and_not_a_second_before(past):
    assert "trajectories" not in purged(CLOSED + 30 * DAY - timedelta(seconds=1))
    assert TrajectorySegment.objects.count() == 1
    assert purged(CLOSED + 30 * DAY) == {"trajectories": 1}
    assert TrajectorySegment.objects.count() == 0
    assert (Exposure.objects.count(), Case.objects.count()) == (1, 1), "contacts and cases are kept longer"


def test_identities_go_when_the_outbreak_closes_and_numbers_stay(past):
    assert purged(CLOSED - timedelta(seconds=1)) == {}
    assert purged(CLOSED)["identities"] == 3
    assert Identity.objects.count() == 0
    assert Person.objects.count() == 3


def test_contacts_go_after_180_days_and_cases_after_three_years(past):
    assert "contacts" in purged(CLOSED + 180 * DAY)
    assert Exposure.objects.count() == 0
    assert purged(CLOSED + 1096 * DAY)["cases"] == 1
    assert Case.objects.count() == 0


def test_an_outbreak_that_goes_on_keeps_its_people_and_stays(past):
    now = Outbreak.objects.create(
        code="NOW", name_zh="新", name_en="New", disease="covid19", rule_pack="covid19-cn-v8", area_code="411100",
        detected_at=CLOSED - 5 * DAY,
    )  # fmt: skip
    case_now = Person.objects.get(number="P-0")
    Case.objects.create(outbreak=now, number=1, external_id="1", person=case_now)
    assert purged(CLOSED + 60 * DAY) == {"identities": 1}, "only the contact of the old outbreak"
    assert set(Identity.objects.values_list("person__number", flat=True)) == {"P-0", "P-2"}
    assert TrajectorySegment.objects.count() == 1, "the stay may belong to the outbreak that goes on"
    Outbreak.objects.filter(pk=now.pk).update(closed_at=CLOSED + 20 * DAY)
    assert purged(CLOSED + 60 * DAY) == {"identities": 2, "trajectories": 1}


def test_a_dry_run_counts_and_deletes_nothing(past):
    found = {one.rule.name: one.rows for one in retention.due(at=CLOSED + 30 * DAY) if one.rows}
    assert found == {"identities": 3, "trajectories": 1}
    assert TrajectorySegment.objects.count() == 1
    assert Identity.objects.count() == 3


def test_a_deletion_leaves_a_certificate_with_its_witness_and_stands_in_the_audit(past):
    purged(CLOSED + 30 * DAY)
    run = DeletionRun.objects.get(rule="trajectories")
    assert (run.rows, run.witness, run.before) == (1, "notary", CLOSED)
    assert len(run.certificate) == 64
    entry = AuditEntry.objects.get(act="data.deleted", subject="rule:trajectories")
    assert entry.detail["certificate"] == run.certificate
    assert entry.detail["tables"] == {"investigation_trajectorysegment": 1}
    assert DeletionRun.objects.values("certificate").distinct().count() == DeletionRun.objects.count()
    assert audit.verify().broken_at is None


def test_after_a_purge_facts_are_guarded_as_before(past):
    purged(CLOSED + 30 * DAY)
    with pytest.raises(DatabaseError, match="never deleted"), transaction.atomic():
        Exposure.objects.all()._raw_delete("default")
    assert Exposure.objects.count() == 1


def test_the_oldest_audit_goes_and_the_chain_still_verifies(db):
    for day in range(10):
        audit.record("person.opened", actor=None, at=CLOSED + day * DAY, subject=f"person:{day}")
    at = CLOSED + 1096 * DAY + 4 * DAY
    assert purged(at) == {"audit": 5}
    left = AuditEntry.objects.order_by("id")
    assert left.first().subject == "person:5"
    assert left.first().previous_hash != ""
    assert audit.verify().broken_at is None
    assert AuditEntry.objects.get(act="data.deleted").detail["last_hash"] == left.first().previous_hash


def test_an_audit_whose_beginning_was_deleted_by_no_rule_is_found_to_be_broken(db):
    for day in range(4):
        audit.record("person.opened", actor=None, at=CLOSED, subject=f"person:{day}")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL chainbreak.purge = 'on'")
        cursor.execute("DELETE FROM governance_auditentry WHERE subject = 'person:0'")
        cursor.execute("SET LOCAL chainbreak.purge = 'off'")
    assert audit.verify().why == "order"


def test_the_newest_entry_of_the_audit_always_stays(db):
    audit.record("person.opened", actor=None, at=CLOSED)
    assert purged(CLOSED + 5000 * DAY) == {}
    assert AuditEntry.objects.count() == 1
