"""Deeds of command: work figures out, take bulletins through their course, spend funds."""
