"""Devices that may register swabs (采样终端授权): issue a token once, know it again, end it."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction

from chainbreak.governance.models import User
from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import access, audit

from ..models import Device

ACT = "swab.record"
LONGEST = timedelta(days=92)
SHIFT = timedelta(hours=16)
MARK = "cbd_"


def issue(name: str, *, area_code: str, until: datetime, actor: User | None, at: datetime) -> tuple[Device, str]:
    """A new device with its token, which is shown this once only.

    Raises:
        Refused("not_permitted"): the actor may not make accounts.
        Refused("bad_area"): the area is not a code of digits.
        Refused("device_end"): the end is not after now, or more than 92 days away.
    """
    if actor is not None:
        access.require(actor, "account.make", at=at)
    if not (area_code.isascii() and area_code.isdigit() and len(area_code) <= 15):
        raise Refused("bad_area", area=area_code)
    if not at < until <= at + LONGEST:
        raise Refused("device_end", days=LONGEST.days)
    token = MARK + secrets.token_urlsafe(32)
    with transaction.atomic():
        device = Device.objects.create(
            name=name.strip()[:80] or "-", token_hash=hashed(token), area_code=area_code, valid_from=at, valid_until=until,
            made_by=actor,
        )  # fmt: skip
        audit.record("device.issued", subject=f"device:{device.pk}", actor=actor, at=at, detail={"area": area_code})
    return device, token


def of_token(token: str, *, at: datetime) -> Device:
    """The device whose token this is.

    Raises:
        Refused("device_unknown"): no device has it, or its time is over, or it was taken back.
    """
    found = Device.objects.filter(token_hash=hashed(token), revoked_at__isnull=True).first()
    if found is None or not found.valid_from <= at < found.valid_until:
        raise Refused("device_unknown")
    return found


def of_account(user: User, *, at: datetime) -> Device:
    """The device that stands for a signed-in account; its area is that of the team that lets it register swabs.

    Raises:
        Refused("not_permitted"): the account may not register swabs.
    """
    standing = access.require(user, ACT, at=at)
    grant = standing.allowing(ACT)
    area = grant[1] if grant else ""
    device, _ = Device.objects.get_or_create(
        user=user,
        defaults={"name": user.username[:80], "area_code": area, "valid_from": at, "valid_until": at + SHIFT},
    )
    if device.revoked_at is not None:
        raise Refused("device_unknown")
    if device.area_code != area:
        Device.objects.filter(pk=device.pk).update(area_code=area)
        device.area_code = area
    return device


def revoke(device: Device, *, actor: User, at: datetime) -> None:
    """Take a device's token back, now.

    Raises:
        Refused("not_permitted"): the actor may not make accounts.
    """
    access.require(actor, "account.make", at=at)
    with transaction.atomic():
        if Device.objects.filter(pk=device.pk, revoked_at__isnull=True).update(revoked_at=at):
            audit.record("device.revoked", subject=f"device:{device.pk}", actor=actor, at=at)


def hashed(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
