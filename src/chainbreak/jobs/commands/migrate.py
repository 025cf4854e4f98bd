"""`chainbreak migrate`: bring the database and the pages' files up to the program (升级数据库)."""

from __future__ import annotations

import argparse
import hashlib
import sys

from chainbreak.jobs.words import gettext as _
from chainbreak.jobs.words import gettext_noop

HELP = gettext_noop("bring the database and the pages' files up to this version")
NEEDS = "server"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--check", action="store_true", help=_("only say whether something is to be done (exit 1)"))


def run(args: argparse.Namespace) -> int:
    if args.check:
        missing = behind()
        print("\n".join(missing) if missing else _("The database is up to date."))
        return 1 if missing else 0
    bring_up()
    return 0


def bring_up() -> None:
    """Migrate and collect the pages' files, each only where something is to be done."""
    from django.core.management import call_command

    missing = behind()
    if missing:
        print(_("Preparing the database: %(number)d steps …") % {"number": len(missing)}, file=sys.stderr)
        call_command("migrate", interactive=False, verbosity=0)
    _collect()


def behind() -> list[str]:
    """The migrations that are to be applied, in order."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _backwards in plan]


def _collect() -> None:
    """The pages' files, hashed and compressed, when one of them has changed since."""
    from django.conf import settings
    from django.contrib.staticfiles import finders
    from django.core.management import call_command

    if settings.STORAGES["staticfiles"]["BACKEND"].endswith(".StaticFilesStorage"):
        return
    digest = hashlib.sha256()
    for finder in finders.get_finders():
        for name, storage in sorted(finder.list([]), key=lambda found: found[0]):
            digest.update(f"{name} {storage.size(name)} {storage.get_modified_time(name).timestamp()}\n".encode())
    stamp = settings.STATIC_ROOT / ".collected"
    if stamp.exists() and stamp.read_text() == digest.hexdigest():
        return
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamp.write_text(digest.hexdigest())
