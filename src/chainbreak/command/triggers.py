"""What the database holds of bulletins: figures freeze at "checked", and a published bulletin never changes (E3 2)."""

from django.db import connections

FREEZE = """
CREATE OR REPLACE FUNCTION chainbreak_freeze_bulletin_fact() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE bulletin_state text;
BEGIN
    IF coalesce(current_setting('chainbreak.purge', true), '') = 'on' THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    SELECT state INTO bulletin_state FROM command_bulletin
    WHERE id = CASE TG_OP WHEN 'INSERT' THEN NEW.bulletin_id ELSE OLD.bulletin_id END;
    IF bulletin_state NOT IN ('draft', 'computed') OR TG_OP = 'UPDATE' AND NEW.bulletin_id <> OLD.bulletin_id THEN
        RAISE EXCEPTION 'the figures of a checked bulletin never change' USING ERRCODE = 'CB005';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE OR REPLACE FUNCTION chainbreak_guard_bulletin() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moves text[];
    loose text[] := ARRAY['state'];
BEGIN
    IF coalesce(current_setting('chainbreak.purge', true), '') = 'on' THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'DELETE' THEN
        IF OLD.state IN ('draft', 'computed') THEN RETURN OLD; END IF;
        RAISE EXCEPTION 'a checked bulletin is never deleted' USING ERRCODE = 'CB005';
    END IF;
    moves := CASE OLD.state
        WHEN 'draft' THEN ARRAY['draft', 'computed'] WHEN 'computed' THEN ARRAY['draft', 'computed', 'checked']
        WHEN 'checked' THEN ARRAY['checked', 'approved'] WHEN 'approved' THEN ARRAY['approved', 'published']
        WHEN 'published' THEN ARRAY['superseded'] ELSE ARRAY[]::text[] END;
    IF NOT NEW.state = ANY(moves) THEN
        RAISE EXCEPTION 'a bulletin does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'CB005';
    END IF;
    loose := loose || CASE NEW.state
        WHEN 'draft' THEN ARRAY['as_known', 'computed_by_id', 'computed_at', 'reconciliation']
        WHEN 'computed' THEN ARRAY['as_known', 'computed_by_id', 'computed_at', 'reconciliation']
        WHEN 'checked' THEN ARRAY['checked_by_id', 'checked_at', 'reviewed']
        WHEN 'approved' THEN ARRAY['approved_by_id', 'approved_at']
        WHEN 'published' THEN ARRAY['published_at'] ELSE ARRAY[]::text[] END;
    IF to_jsonb(NEW) - loose IS DISTINCT FROM to_jsonb(OLD) - loose THEN
        RAISE EXCEPTION 'a bulletin changes by its moves only' USING ERRCODE = 'CB005';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER frozen BEFORE INSERT OR UPDATE OR DELETE ON command_bulletinfact
    FOR EACH ROW EXECUTE FUNCTION chainbreak_freeze_bulletin_fact();
CREATE OR REPLACE TRIGGER guard BEFORE UPDATE OR DELETE ON command_bulletin
    FOR EACH ROW EXECUTE FUNCTION chainbreak_guard_bulletin();
"""


def install(using: str = "default", **_) -> None:
    """Make or renew the triggers; safe to run again."""
    with connections[using].cursor() as cursor:
        if "command_bulletinfact" in connections[using].introspection.table_names(cursor):
            cursor.execute(FREEZE)
