"""What the database checks of swabs and results however they are written: members within the limit and frozen when
the tube is sealed (E3 15), what a swab points at is there, no individual result older than its swab (E3 17).
"""

from django.db import connections

CHECK_SWABS = """
CREATE OR REPLACE FUNCTION chainbreak_check_swabs() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE bad record;
BEGIN
    IF (SELECT count(*) FROM fresh) > 20000 THEN  -- a file: by joins over whole tables
        SELECT fresh.id, fresh.position, tube.barcode, tube.pool_limit, custody.sealed_at < fresh.sampled_at AS late,
            person.id IS NULL OR tube.id IS NULL OR fresh.round_id IS NOT NULL AND round.id IS NULL AS loose INTO bad
        FROM fresh LEFT JOIN registry_person person ON person.id = fresh.person_id
            LEFT JOIN screening_tube tube ON tube.id = fresh.tube_id
            LEFT JOIN screening_round round ON round.id = fresh.round_id
            LEFT JOIN screening_tubecustody custody ON custody.tube_id = fresh.tube_id AND custody.superseded_at IS NULL
        WHERE person.id IS NULL OR tube.id IS NULL OR fresh.round_id IS NOT NULL AND round.id IS NULL
            OR fresh.position > tube.pool_limit OR fresh.sampled_at > custody.sealed_at LIMIT 1;
    ELSE  -- a batch: down the indexes, once for a tube, whatever is believed of tables that grow
        SELECT * INTO bad FROM (
            SELECT tubes.id, tubes.position,
                (SELECT barcode FROM screening_tube WHERE screening_tube.id = tubes.tube_id) AS barcode,
                (SELECT pool_limit FROM screening_tube WHERE screening_tube.id = tubes.tube_id) AS pool_limit,
                tubes.sampled_at > (SELECT sealed_at FROM screening_tubecustody custody
                    WHERE custody.tube_id = tubes.tube_id AND custody.superseded_at IS NULL) AS late,
                tubes.nobody OR tubes.round_id IS NOT NULL
                    AND (SELECT 1 FROM screening_round WHERE screening_round.id = tubes.round_id) IS NULL AS loose
            FROM (
                SELECT tube_id, round_id, max(fresh.id) AS id, max(position) AS position, max(sampled_at) AS sampled_at,
                    bool_or((SELECT 1 FROM registry_person WHERE registry_person.id = fresh.person_id) IS NULL) AS nobody
                FROM fresh GROUP BY tube_id, round_id OFFSET 0) tubes
            OFFSET 0) looked
        WHERE loose OR barcode IS NULL OR late OR position > pool_limit LIMIT 1;
    END IF;
    IF NOT FOUND THEN
        RETURN NULL;
    ELSIF bad.loose OR bad.barcode IS NULL THEN
        RAISE EXCEPTION 'swab % has no person, tube or round', bad.id USING ERRCODE = '23503';
    ELSIF bad.position > bad.pool_limit THEN
        RAISE EXCEPTION 'tube % holds at most % swabs', bad.barcode, bad.pool_limit USING ERRCODE = 'CB003';
    END IF;
    RAISE EXCEPTION 'tube % was sealed before this swab', bad.barcode USING ERRCODE = 'CB004';
END $$;
CREATE OR REPLACE TRIGGER checked AFTER INSERT ON screening_swab
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION chainbreak_check_swabs();
"""

# What a swab points at stays: by statement, so that deleting a purged round is not asked row by row.
GUARD = """
CREATE OR REPLACE FUNCTION chainbreak_guard_{what}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM gone JOIN screening_swab swab ON swab.{what}_id = gone.id) THEN
        RAISE EXCEPTION 'a {what} with swabs is not deleted' USING ERRCODE = '23503';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER swabs_point_here AFTER DELETE ON {table}
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION chainbreak_guard_{what}();
"""
POINTED_AT = {"person": "registry_person", "round": "screening_round"}

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
            guards = "".join(GUARD.format(what=what, table=table) for what, table in POINTED_AT.items())
            cursor.execute(CHECK_SWABS + CHECK_RESULTS + guards)
