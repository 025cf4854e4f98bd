"""Questions to governance: who may do what, what changed, what the audit holds."""
