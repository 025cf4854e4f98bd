"""The generation of the facts: it changes with every committed change of any fact."""

from django.db import connection


def current() -> str:
    """Number and newest of all changes that this transaction sees, e.g. `57-61`."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), coalesce(max(id), 0) FROM governance_change")
        count, newest = cursor.fetchone()
    return f"{count}-{newest}"
