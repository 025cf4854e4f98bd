"""The same rules over big tables (大表引擎).

DuckDB on a laptop, Spark at scale; the results equal those of `epi`.
No framework here either: tables in, tables out.
"""
