"""Columns of a table as the bench sees them (表结构)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import models

from chainbreak.exchange.store.bench import quoted

BY_FIELD = (
    (models.BooleanField, "BOOLEAN"),
    (models.DateTimeField, "TIMESTAMP"),
    (models.DateField, "DATE"),
    (models.FloatField, "DOUBLE"),
    (models.IntegerField, "BIGINT"),
    (models.CharField, "VARCHAR"),
    (models.TextField, "VARCHAR"),
    (models.JSONField, "JSON"),
)


@dataclass(frozen=True)
class Field:
    """One column: its type on the bench, how to read it, and what stands there when nothing is said."""

    name: str
    type: str
    null: bool
    default: str  # SQL

    @property
    def read(self) -> str:
        """As the database should write it for the bench."""
        if self.type == "TIMESTAMP":
            return f"{self.name} AT TIME ZONE 'UTC'"
        return f"{self.name}::text" if self.is_json else self.name

    is_json: bool = False


@cache
def fields(model: type[models.Model]) -> dict[str, Field]:
    """Every column of a model's table."""
    found: dict[str, Field] = {}
    for field in model._meta.concrete_fields:
        target: Any = field
        while target.remote_field:
            target = target.target_field
        kind = next(word for cls, word in BY_FIELD if isinstance(target, cls))
        is_json, kind = kind == "JSON", "VARCHAR" if kind == "JSON" else kind
        name = str(field.column)
        found[name] = Field(name, kind, field.null, _default(field, kind), is_json)
    return found


def _default(field: models.Field, kind: str) -> str:
    if field.has_default() and not field.primary_key:
        value = field.get_default()
        if isinstance(field, models.JSONField):
            return quoted("{}") if value == {} else "NULL"
        if isinstance(value, bool | int | float):
            return str(value).lower()
        if value is not None:
            return quoted(str(getattr(value, "value", value)))
    if not field.null and kind == "VARCHAR" and not field.is_relation:
        return "''"
    return "NULL"


def owns_ids(model: type[models.Model]) -> bool:
    """Whether the database numbers the rows of this table itself."""
    return isinstance(model._meta.pk, models.AutoField)
