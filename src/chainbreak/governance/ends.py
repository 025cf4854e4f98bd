"""When governance's own records end (治理数据的期限)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.sessions.models import Session
from django.db.models import Min, QuerySet
from django.utils.translation import gettext_lazy as _

from .models import AuditEntry, Correction, ImportProblem
from .retention import RetentionRule, keep, register


def _audit(cutoff: datetime) -> Iterable[QuerySet]:
    """The oldest part of the chain, without a gap: up to the first entry that is still to be kept."""
    first_kept = AuditEntry.objects.filter(at__gt=cutoff).aggregate(first=Min("id"))["first"]
    if first_kept is not None:  # the newest entry always stays: the chain goes on from it
        yield AuditEntry.objects.filter(id__lt=first_kept)


def _logins(cutoff: datetime) -> Iterable[QuerySet]:
    for model in (AccessAttempt, AccessLog, AccessFailureLog):
        yield model.objects.filter(attempt_time__lte=cutoff)
    yield Session.objects.filter(expire_date__lte=cutoff)


def register_all() -> None:
    """The rules of governance."""
    register(
        RetentionRule(
            "audit",
            _("the audit of reads and writes"),
            _("the act"),
            ("governance.AuditEntry",),
            days=1096,
            floor=184,  # at least six months, also after the data are gone (P-08)
            ceiling=3653,
            ended=_audit,
        )
    )
    register(
        RetentionRule(
            "corrections",
            _("what was corrected: old and new values, with the reason"),
            _("the correction"),
            ("governance.Correction",),
            days=1096,
            floor=184,
            ceiling=3653,
            ended=lambda cutoff: [Correction.objects.filter(at__lte=cutoff)],
        )
    )
    register(
        RetentionRule(
            "import_rows",
            _("rows of imported files that had problems, word for word"),
            _("the import"),
            ("governance.ImportProblem",),
            days=90,
            floor=7,
            ceiling=366,
            ended=lambda cutoff: [ImportProblem.objects.filter(run__started_at__lte=cutoff)],
        )
    )
    register(
        RetentionRule(
            "logins",
            _("attempts to log in, ended sessions"),
            _("the attempt"),
            ("axes.AccessAttempt", "axes.AccessLog", "axes.AccessFailureLog", "sessions.Session"),
            days=184,
            floor=30,
            ceiling=366,
            ended=_logins,
        )
    )
    staff = _("staff accounts and their roles: what they did stays attributable as long as the audit")
    keep({"governance.User": staff, "governance.Team": staff, "governance.Grant": staff, "governance.SavedView": staff})
    counts = _("counts and settings, no persons")
    keep(
        {
            "governance.ImportRun": counts,
            "governance.SavedMapping": counts,
            "governance.Extract": _("who took out what, for which purpose; no persons"),
            "governance.Change": counts,
            "governance.DeletionRun": _("the certificates of deletion"),
            "mfa.Authenticator": _("lives with the account; a reset takes it off"),
            "axes.AccessAttemptExpiration": _("deleted together with its attempt"),
        }
    )
    unused = _("of a library; holds no persons here")
    libraries = [
        "auth.Permission",
        "auth.Group",
        "contenttypes.ContentType",
        "account.EmailAddress",
        "account.EmailConfirmation",
        "procrastinate.ProcrastinateWorker",
        "procrastinate.ProcrastinateJob",
        "procrastinate.ProcrastinateEvent",
        "procrastinate.ProcrastinatePeriodicDefer",
    ]
    keep(dict.fromkeys(libraries, unused))
