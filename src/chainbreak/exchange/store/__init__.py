"""Typed rows into the tables, set by set (入库).

Every kind of file is a `Kind` (kind.py); one bench (bench.py) reads, checks and writes all of them.
Begin with `writing.py`.
"""
