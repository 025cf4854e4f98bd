"""Deeds of measures: derive what is due, admit, release, transfer. Begin with `derive.py`."""
