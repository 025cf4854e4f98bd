"""Deeds of screening: move a round on, make its roll."""
