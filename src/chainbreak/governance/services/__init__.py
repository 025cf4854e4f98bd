"""Deeds of governance: write the audit, correct facts, grant roles, delete what has reached its end."""
