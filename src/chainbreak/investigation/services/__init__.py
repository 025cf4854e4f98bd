"""Deeds of investigation: open a file, trace contacts, decide about links and contacts."""
