"""Instants in columns (时间列): every kind of timestamp as microseconds since 1970 UTC, and back.

Timestamps without a time zone are China Standard Time, as people in the field write them.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

CHINA_OFFSET_US = 8 * 3600 * 1_000_000
UTC_US = pa.timestamp("us", tz="UTC")


def microseconds(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column of instants as int64 microseconds UTC; int64 is taken as it is, parts of a microsecond are cut off.

    Raises:
        ValueError: the column holds neither timestamps nor int64.
    """
    kind = column.type
    if pa.types.is_null(kind):
        return column.cast(pa.int64())
    if pa.types.is_integer(kind):
        return column.cast(pa.int64())
    if pa.types.is_date(kind):
        column, kind = column.cast(pa.timestamp("us")), pa.timestamp("us")
    if not pa.types.is_timestamp(kind):
        raise ValueError(f"wants timestamps; got {kind}")
    exact = column.cast(pa.timestamp("us", tz=kind.tz), safe=False).cast(pa.int64())
    return exact if kind.tz else pc.subtract(exact, CHINA_OFFSET_US)


def instants(column: pa.ChunkedArray, like: pa.DataType) -> pa.ChunkedArray:
    """Microseconds UTC as the kind of timestamp that came in: with its zone, or without one in China Standard Time."""
    if pa.types.is_integer(like):
        return column
    if pa.types.is_timestamp(like) and like.tz:
        return column.cast(pa.timestamp("us", tz=like.tz))
    return pc.add(column, CHINA_OFFSET_US).cast(pa.timestamp("us"))
