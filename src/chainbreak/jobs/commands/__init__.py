"""One module for each command, found by its name (命令).

`HELP`, `NEEDS`, `add_arguments(parser)`, `run(args) -> int`.
`NEEDS` is "files", "database" or "server"; see `jobs/cli.py`.
"""
