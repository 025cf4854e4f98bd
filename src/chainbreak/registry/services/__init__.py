"""Deeds of the registry: open a person, search for a number, seal and open identities."""
