"""The generation of the facts (数据代次): it changes with every committed change of a fact."""

from collections.abc import Iterable

from django.db import connection
from django.db.models import Model


def current(models: Iterable[type[Model]] | None = None) -> str:
    """Number and newest of the changes that this transaction sees, e.g. `57-61`; of some tables only if named.

    The number alone grows with every commit; a newest id alone would hide one that commits late.
    """
    where, values = "", []
    if models is not None:
        where, values = "WHERE table_name = ANY(%s)", [[model._meta.db_table for model in models]]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*), coalesce(max(id), 0) FROM governance_change {where}", values)
        count, newest = cursor.fetchone()
    return f"{count}-{newest}"
