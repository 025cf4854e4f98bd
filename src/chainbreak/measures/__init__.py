"""Quarantine, transfers, zones, arrivals and health codes (管控措施).

What each person is due and what was done; the difference is the gap.
Begin with `models/`.
"""
