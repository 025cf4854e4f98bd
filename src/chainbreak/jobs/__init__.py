"""Commands, schedules and the database runner (命令与作业).

A command is ten lines round one service; `cli.py` finds them by name.
Begin with `cli.py`, then `postgres.py`.
"""
