"""Benchmarks (性能测量): one module each, run by `chainbreak bench NAME` against the peer a user would pick instead.

Each module has `HELP`, `NEEDS` ("files" or "database") and `run(rounds, say) -> list[dict]`; begin with `timing`.
"""
