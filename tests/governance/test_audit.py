"""The audit: append-only, and every way to tamper with it behind the program's back is found."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from chainbreak.governance.models import AuditEntry
from chainbreak.governance.refusal import Refused
from chainbreak.governance.selectors import audit as entries
from chainbreak.governance.services import audit

AT = datetime(2022, 3, 29, 1, tzinfo=UTC)
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def chain(db):
    """Ten entries, by their numbers."""
    for n in range(10):
        subject = f"person:P-{n}"
        audit.record("person.opened", actor=None, at=AT + timedelta(minutes=n), subject=subject, detail={"名": n})
    return list(AuditEntry.objects.order_by("id").values_list("id", flat=True))


def behind_its_back(sql, *values):
    """Tamper as the owner of the database could: with the trigger off."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # no check may be waiting while the table is altered
        cursor.execute("ALTER TABLE governance_auditentry DISABLE TRIGGER chain")
        cursor.execute(sql, values)
        cursor.execute("ALTER TABLE governance_auditentry ENABLE TRIGGER chain")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def test_an_untouched_chain_is_whole(chain):
    verdict = audit.verify()
    assert (verdict.rows, verdict.broken_at, verdict.why) == (10, None, "")
    assert verdict.head == AuditEntry.objects.get(pk=chain[-1]).hash
    assert AuditEntry.objects.get(pk=chain[3]).previous_hash == AuditEntry.objects.get(pk=chain[2]).hash


@pytest.mark.parametrize("sql", ["UPDATE governance_auditentry SET act = 'x'", "DELETE FROM governance_auditentry"])
def test_the_database_refuses_to_change_or_delete_an_entry(chain, sql):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert audit.verify().rows == 10


@pytest.mark.parametrize(
    "change",
    [
        "subject = 'person:P-99'",
        "act = 'person.searched'",
        "at = at + interval '1 second'",
        "purpose = 'other'",
        "detail = '{}'",
        "hash = repeat('0', 64)",
    ],
)
@pytest.mark.parametrize("which", [0, 4, 9])
def test_a_changed_entry_is_found(chain, change, which):
    behind_its_back(f"UPDATE governance_auditentry SET {change} WHERE id = %s", chain[which])
    verdict = audit.verify()
    assert (verdict.broken_at, verdict.why, verdict.rows) == (chain[which], "changed", which)


def test_a_changed_entry_with_its_own_hash_made_anew_is_found_at_the_next(chain):
    behind_its_back("UPDATE governance_auditentry SET subject = 'person:P-99' WHERE id = %s", chain[4])
    behind_its_back(
        "UPDATE governance_auditentry SET hash = encode(sha256(convert_to(chainbreak_audit_text("
        "at, actor_id, act, subject, purpose, detail, previous_hash), 'UTF8')), 'hex') WHERE id = %s",
        chain[4],
    )
    assert (audit.verify().broken_at, audit.verify().why) == (chain[5], "order")


@pytest.mark.parametrize("which", [0, 5])
def test_a_removed_entry_is_found_at_the_one_after_it(chain, which):
    behind_its_back("DELETE FROM governance_auditentry WHERE id = %s", chain[which])
    assert (audit.verify().broken_at, audit.verify().why) == (chain[which + 1], "order")


def test_an_inserted_entry_is_found(chain):
    behind_its_back("UPDATE governance_auditentry SET id = id + 1000000 WHERE id >= %s", chain[5])
    assert audit.verify().broken_at is None, "numbers alone are no part of the chain"
    behind_its_back(
        "INSERT INTO governance_auditentry (id, at, act, subject, purpose, detail, previous_hash, hash) "
        "OVERRIDING SYSTEM VALUE SELECT id + 1, at, act, 'person:P-66', purpose, detail, hash, hash "
        "FROM governance_auditentry WHERE id = %s",
        chain[4],
    )
    assert audit.verify().broken_at == chain[4] + 1


def test_entries_in_another_order_are_found(chain):
    behind_its_back("UPDATE governance_auditentry SET id = -1 WHERE id = %s", chain[6])
    verdict = audit.verify()
    assert verdict.why == "order"


def test_a_cut_tail_is_found_with_a_head_that_was_kept_elsewhere(chain):
    kept = audit.verify().head
    assert audit.verify(expected_head=kept).broken_at is None
    behind_its_back("DELETE FROM governance_auditentry WHERE id > %s", chain[6])
    assert audit.verify().broken_at is None, "the rest fits in itself"
    verdict = audit.verify(expected_head=kept)
    assert (verdict.broken_at, verdict.why, verdict.rows) == (-1, "cut", 7)


def test_a_head_that_was_kept_long_ago_still_fits(chain):
    kept = audit.verify().head
    audit.record("person.opened", actor=None, at=AT)
    assert audit.verify(expected_head=kept).broken_at is None


@pytest.mark.parametrize("head", ["abc", "g" * 64, "0" * 63])
def test_a_head_that_is_none_is_refused(db, head):
    audit.check_head("0" * 64)
    with pytest.raises(Refused) as refused:
        audit.check_head(head)
    assert refused.value.code == "head_malformed"


def test_the_audit_is_read_by_actor_act_subject_and_time(chain, account_of):
    user = account_of("auditor", username="reader")
    audit.record("audit.verified", actor=user, at=AT + timedelta(days=1))

    def found(**wanted):
        return entries.entries(entries.Wanted(**wanted)).count()

    assert found() == 11
    assert found(actor="reader") == 1
    assert found(act="person.") == 10
    assert found(subject="person:P-3") == 1
    assert found(since=AT + timedelta(minutes=8)) == 3
    assert found(since=AT + timedelta(minutes=8), until=AT + timedelta(minutes=9)) == 1
    assert entries.entries(entries.Wanted(), before=chain[3]).first().pk == chain[2]


def test_an_account_that_opens_unusually_many_records_stands_out(db, account_of):
    user = account_of("investigator", username="curious")
    for n in range(4):
        audit.record("person.opened", actor=user, at=AT, subject=f"person:{n}")
    assert entries.standing_out(at=AT, most=3) == [("curious", 4)]
    assert entries.standing_out(at=AT, most=4) == []
    assert entries.standing_out(at=AT + timedelta(days=1), most=3) == []


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_of_the_audit_is_for_auditors_and_verifies(
    client, chain, account_of, language, django_assert_max_num_queries
):
    client.cookies["chainbreak_language"] = language
    client.force_login(account_of("commander"), backend=BACKEND)
    assert client.get("/audit/").status_code == 403
    client.force_login(account_of("auditor", ""), backend=BACKEND)
    with django_assert_max_num_queries(30):
        page = client.get("/audit/", {"act": "person.opened"})
    assert page.status_code == 200
    assert "person:P-9" in page.content.decode()
    assert client.get("/audit/", {"since": "tomorrow"}).status_code == 400
    assert client.get("/audit/", {"after": "x"}).status_code == 400
    assert client.post("/audit/verify/", {"head": ""}).context["verdict"].broken_at is None
    behind_its_back("UPDATE governance_auditentry SET act = 'x' WHERE id = %s", chain[2])
    broken = client.post("/audit/verify/", {"head": ""})
    assert broken.context["verdict"].broken_at == chain[2]
    assert str(chain[2]) in broken.content.decode()
    assert AuditEntry.objects.filter(act="audit.verified").count() == 2


def test_the_pages_of_the_audit_follow_each_other_without_a_gap(client, db, account_of):
    for n in range(120):
        audit.record("person.opened", actor=None, at=AT, subject=f"person:{n}")
    client.force_login(account_of("auditor", ""), backend=BACKEND)
    seen, after = [], ""
    while True:
        page = client.get("/audit/", {"act": "person.opened", "after": after}).context["page"]
        seen += [entry.subject for entry in page.rows]
        after = page.after
        if not after:
            break
    assert seen == [f"person:{n}" for n in reversed(range(120))]


def test_entries_are_numbered_without_gaps_and_several_at_once_are_chained(db):
    for n in range(3):
        audit.record("person.opened", actor=None, at=AT, subject=f"person:{n}")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO governance_auditentry (at, act, subject, purpose, detail, previous_hash, hash) "
            "SELECT now(), 'x', 'n:' || n, '', '{}', '', '' FROM generate_series(1, 5) n"
        )
    numbers = list(AuditEntry.objects.order_by("id").values_list("id", flat=True))
    assert numbers == list(range(numbers[0], numbers[0] + 8))
    assert (audit.verify().rows, audit.verify().broken_at) == (8, None)
