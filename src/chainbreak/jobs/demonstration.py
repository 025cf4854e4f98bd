"""The demo (演示): the reference outbreak and Tianjin 2020, taken in and derived like anybody's data.

The files of the reference outbreak lie in the data folder; whoever edits one and runs the demo again gets an
installation built anew from the edited files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from chainbreak.command.services import bulletin
from chainbreak.exchange import folder, imports, mapping
from chainbreak.governance.models import ImportRun, User
from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import audit
from chainbreak.investigation.models import Outbreak
from chainbreak.measures.services import derive

from . import demonstration_genomes, demonstration_lake, reference, words
from .words import gettext as _

ROOMS = ("registry", "screening", "investigation", "measures", "command")
OF_GOVERNANCE = ("importproblem", "importrun", "change", "correction")
EXAMPLE = "tianjin_2020"
MARK = "demo"
Say = Callable[[str], None]


def build(kept_files: Path, *, at: datetime, say: Say) -> bool:
    """Bring the demo up to its files; gives whether anything was to be done.

    Raises:
        Refused("not_a_demo"): the installation holds data of its own.
    """
    if not (kept_files / "manifest.yaml").exists():
        say(_("Writing the files of the reference outbreak …"))
        reference.write(kept_files)
    digest = digest_of(kept_files)
    mark = ImportRun.objects.filter(kind=MARK).first()
    if mark is None and Outbreak.objects.exists():
        raise Refused("not_a_demo")
    if mark and mark.state == "done" and mark.file_hash == digest:
        return False
    _empty(at, again=mark is not None)
    mark = ImportRun.objects.create(kind=MARK, file_name=str(kept_files.name), file_hash=digest, started_at=at)
    _take_in(kept_files, at=at, say=say)
    say(_("Importing %(what)s …") % {"what": _("invented genomes")})
    demonstration_genomes.take_in(at=at)
    say(_("Deriving who is due what …"))
    for outbreak in Outbreak.objects.order_by("code"):
        derive.snapshot(outbreak, at=at)
    _publish(at, say)
    say(_("Filling the trajectory lake …"))
    demonstration_lake.fill(settings.CHAINBREAK_DATA / "lake", kept_files, at=at)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
    ImportRun.objects.filter(pk=mark.pk).update(state="done", finished_at=timezone.now())
    return True


def digest_of(folder_of_files: Path) -> str:
    """A hash over the names and contents of all files."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder_of_files.iterdir() if p.is_file()):
        digest.update(path.name.encode() + b"\0")
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()


def _empty(at: datetime, *, again: bool) -> None:
    """Take out what an earlier demo put in; accounts and audit stay."""
    tables = [m._meta.db_table for room in ROOMS for m in apps.get_app_config(room).get_models()]
    tables += [f"governance_{name}" for name in OF_GOVERNANCE]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY")
        if again:
            audit.record("demo.emptied", actor=None, at=at)


def _take_in(kept_files: Path, *, at: datetime, say: Say) -> None:
    names = {entry["file"] for entry in folder.manifest(kept_files)}

    def begun(line: str) -> None:
        if line in names:
            say(_("Importing %(what)s …") % {"what": line})

    def failed(name: str, failure: Exception) -> None:  # edited files may leave one that cannot be read
        said = words.of(failure) if isinstance(failure, Refused) else str(failure)
        say(_("%(file)s was not taken in: %(said)s") % {"file": name, "said": said})

    for report in folder.import_folder(kept_files, actor=None, at=at, progress=begun, failed=failed):
        if report.rejected:
            say(_("%(rejected)d rows of %(kind)s were rejected; see Imports.") % vars(report))
    example = files("chainbreak.jobs").joinpath("examples", EXAMPLE)
    say(_("Importing %(what)s …") % {"what": "Tianjin 2020"})
    made = imports.make_outbreak(mapping.load(EXAMPLE), at=at)
    for kind, name in (("linelist", "linelist.csv"), ("contacts", "edges.csv")):
        imports.import_file(kind, Path(str(example.joinpath(name))), mapping=EXAMPLE, outbreak=made.code, at=at)


def _publish(at: datetime, say: Say) -> None:
    """Bulletin 1 of the night of 28 March 2022, as it was known then."""
    outbreak = Outbreak.objects.filter(code="LY").first()
    if outbreak is None:
        return
    as_of = outbreak.detected_at + timedelta(days=5)
    say(_("Publishing the first bulletin …"))
    people = {name: User.objects.get(username=name) for name in ("spokesperson", "spokesperson2", "commander")}
    try:
        made = bulletin.compute(outbreak.code, as_of=as_of, as_known=as_of, actor=people["spokesperson"], at=at)
        bulletin.check(made.pk, actor=people["spokesperson2"], at=at, reviewed={fact.key for fact in made.facts.all()})
        bulletin.approve(made.pk, actor=people["commander"], at=at)
        bulletin.publish(made.pk, actor=people["spokesperson"], at=at)
    except Refused as refused:  # edited files may leave a bulletin that must not be published
        say(_("The bulletin stays a draft: %(code)s.") % {"code": refused.code})
