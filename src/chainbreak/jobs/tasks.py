"""Work that the worker process does by itself (后台作业)."""

from pathlib import Path

from django.conf import settings
from django.utils import timezone
from procrastinate.contrib.django import app

from chainbreak.exchange import upload
from chainbreak.governance.selectors import account


@app.task(name="take_in")
def take_in(token: str) -> None:
    """Take an uploaded file in (导入); its page shows how far it is. A second run finds it done and does nothing."""
    kept = upload.find(Path(settings.MEDIA_ROOT) / "imports", token)
    if kept.state == "waiting":
        upload.take_in(kept, actor=account.by_id(kept.by), at=timezone.now())
