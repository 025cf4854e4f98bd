"""Database triggers that hold for every path of writing, COPY and raw SQL too.

Three kinds, made anew after every migration: facts are never edited, every change of facts is counted,
and the audit carries a chain of hashes.
"""

from django.apps import apps
from django.db import connections

from .models import AuditEntry, Fact

FUNCTIONS = """
CREATE OR REPLACE FUNCTION chainbreak_guard_fact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('chainbreak.purge', true), '') = 'on' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'facts are never deleted (%)', TG_TABLE_NAME USING ERRCODE = 'CB001';
END $$;

CREATE OR REPLACE FUNCTION chainbreak_guard_versions() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE  -- all rows of a statement at once: taking an import of a city's round back would else wait for each
    was text;
    becomes text;
    edited boolean;
BEGIN
    IF coalesce(current_setting('chainbreak.purge', true), '') = 'on' THEN
        RETURN NULL;
    END IF;
    SELECT string_agg(format('o.%I', attname), ', ' ORDER BY attnum),
           string_agg(format('n.%I', attname), ', ' ORDER BY attnum)
    INTO was, becomes FROM pg_attribute
    WHERE attrelid = TG_RELID AND attnum > 0 AND NOT attisdropped AND attname NOT IN ('id', 'superseded_at');
    EXECUTE 'SELECT EXISTS (SELECT FROM old_rows o FULL JOIN new_rows n ON n.id = o.id '
        || 'WHERE o.id IS NULL OR n.id IS NULL OR o.superseded_at IS NOT NULL OR n.superseded_at IS NULL '
        || 'OR record_image_ne(ROW(' || was || '), ROW(' || becomes || ')))' INTO edited;
    IF edited THEN
        RAISE EXCEPTION 'facts are never edited, only superseded (%)', TG_TABLE_NAME USING ERRCODE = 'CB001';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION chainbreak_count_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO governance_change (table_name, at) VALUES (TG_TABLE_NAME, clock_timestamp());
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION chainbreak_audit_text(
    at timestamptz, actor_id bigint, act text, subject text, purpose text, detail jsonb, previous_hash text
) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_array(extract(epoch FROM at), actor_id, act, subject, purpose, detail, previous_hash)::text
$$;

CREATE OR REPLACE FUNCTION chainbreak_chain_audit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE last bigint;
BEGIN
    IF TG_OP = 'DELETE' AND coalesce(current_setting('chainbreak.purge', true), '') = 'on' THEN
        RETURN OLD;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        RAISE EXCEPTION 'the audit is append-only' USING ERRCODE = 'CB002';
    END IF;
    PERFORM pg_advisory_xact_lock(4207);
    SELECT hash, id INTO NEW.previous_hash, last FROM governance_auditentry ORDER BY id DESC LIMIT 1;
    IF NEW.id IS NULL OR NEW.id <= last THEN  -- its number was drawn before another writer's turn
        NEW.id := nextval(pg_get_serial_sequence('governance_auditentry', 'id'));
    END IF;
    NEW.previous_hash := coalesce(NEW.previous_hash, '');
    NEW.hash := encode(sha256(convert_to(chainbreak_audit_text(
        NEW.at, NEW.actor_id, NEW.act, NEW.subject, NEW.purpose, NEW.detail, NEW.previous_hash), 'UTF8')), 'hex');
    RETURN NEW;
END $$;
"""


def fact_models() -> list[type[Fact]]:
    """Every model whose rows are facts."""
    return [model for model in apps.get_models() if issubclass(model, Fact)]


def install(using: str = "default", **_) -> None:
    """Make or renew all triggers; safe to run again."""
    with connections[using].cursor() as cursor:
        tables = set(connections[using].introspection.table_names(cursor))
        if AuditEntry._meta.db_table not in tables or "governance_change" not in tables:
            return
        cursor.execute(FUNCTIONS)
        cursor.execute(
            "CREATE OR REPLACE TRIGGER chain BEFORE INSERT OR UPDATE OR DELETE ON governance_auditentry "
            "FOR EACH ROW EXECUTE FUNCTION chainbreak_chain_audit()"
        )
        for model in fact_models():
            table = model._meta.db_table
            if table not in tables:
                continue
            cursor.execute(
                f"CREATE OR REPLACE TRIGGER guard BEFORE DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION chainbreak_guard_fact()"
            )
            cursor.execute(
                f"CREATE OR REPLACE TRIGGER guard_versions AFTER UPDATE ON {table} "
                "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows "
                "FOR EACH STATEMENT EXECUTE FUNCTION chainbreak_guard_versions()"
            )
            cursor.execute(
                f"CREATE OR REPLACE TRIGGER counted AFTER INSERT OR UPDATE OR DELETE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION chainbreak_count_change()"
            )
