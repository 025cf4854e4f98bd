"""Users, teams, purposes, audit, retention and refusals (权限、审计).

Every other room asks here who may do what, and leaves its trace here.
Begin with `refusal.py` and `services/access.py`.
"""
