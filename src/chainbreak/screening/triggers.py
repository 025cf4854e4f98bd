"""What the database checks of swabs and results however they are written: members within the limit and frozen when
the tube is sealed (E3 15), no individual result older than its swab (E3 17).
"""

from django.db import connections

CHECK_SWABS = """
CREATE OR REPLACE FUNCTION chainbreak_check_swabs() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE bad record;
BEGIN
    SELECT tube.barcode, tube.pool_limit, fresh.position INTO bad
    FROM fresh JOIN screening_tube tube ON tube.id = fresh.tube_id
    WHERE fresh.position > tube.pool_limit LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'tube % holds at most % swabs', bad.barcode, bad.pool_limit USING ERRCODE = 'CB003';
    END IF;
    SELECT tube.barcode INTO bad
    FROM fresh JOIN screening_tubecustody custody ON custody.tube_id = fresh.tube_id AND custody.superseded_at IS NULL
         JOIN screening_tube tube ON tube.id = fresh.tube_id
    WHERE fresh.sampled_at > custody.sealed_at LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'tube % was sealed before this swab', bad.barcode USING ERRCODE = 'CB004';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER checked AFTER INSERT ON screening_swab
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION chainbreak_check_swabs();
"""

CHECK_RESULTS = """
CREATE OR REPLACE FUNCTION chainbreak_check_results() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE bad record;
BEGIN
    SELECT tube.barcode INTO bad
    FROM fresh JOIN screening_tube tube ON tube.id = fresh.tube_id AND tube.pool_limit = 1
         JOIN screening_swab swab ON swab.tube_id = tube.id AND swab.superseded_at IS NULL
    WHERE fresh.reported_at < swab.sampled_at LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the result of tube % is older than its swab', bad.barcode USING ERRCODE = 'CB005';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER checked AFTER INSERT ON screening_result
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION chainbreak_check_results();
"""


def install(using: str = "default", **_) -> None:
    """Make or renew the check; safe to run again."""
    with connections[using].cursor() as cursor:
        if "screening_tubecustody" in connections[using].introspection.table_names(cursor):
            cursor.execute(CHECK_SWABS + CHECK_RESULTS)
