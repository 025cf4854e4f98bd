"""The same rules over big tables (大表引擎); the results equal those of `epi`, row by row.

    copresence.trace(stays, cases, places, controls, minutes=15, degrees=2, include_cases=False, thresholds=None,
                     engine="duckdb" | "sweep", count="window" | "meeting" | "day") -> pa.Table
    lake.Lake.open(path)                 a store of stays that grows: append, merge, drop, check, status
        .append(table) -> Outcome        one code for every row: accepted, duplicate, corrected, withdrawn, or why not
        .trace(cases, ...) -> pa.Table   as copresence.trace, over all stays of the lake
        .evidence(person, source)        every meeting of two persons, with the two stays it rests on
        .near_misses(cases, ...)         pairs that did not reach the least time, with what they had
        .backward(cases, ...)            who could have infected them (溯源), for a window before onset
        .shared_places(cases, ...)       places where several cases were (共同暴露场所)
        .difference(cases, one, other)   who comes in and who goes out under another rule, look-back or without a case
        .companions(cases, ...)          spatio-temporal companions (时空伴随者): weaker, never a contact by itself
        .status() -> dict                days, rows, delays, rejects, size, retention

DuckDB on a laptop, `sweep` for a city in memory-mapped layouts, Spark at scale. No framework here: tables in, tables out.
"""
