"""Work that the worker process does by itself (后台作业)."""

import contextlib
from pathlib import Path

from django.conf import settings
from django.utils import timezone
from procrastinate.contrib.django import app

from chainbreak.command.services import scenario
from chainbreak.exchange import upload
from chainbreak.exchange.problems import Unreadable
from chainbreak.governance.refusal import Refused
from chainbreak.governance.selectors import account


@app.task(name="take_in")
def take_in(token: str) -> None:
    """Try an uploaded file or take it in (导入); its page shows how far it is. A second run finds it done.

    What is wrong with the file stands in its state, for its page; it is nothing that the worker could mend.
    """
    with contextlib.suppress(Refused, Unreadable):
        kept = upload.find(Path(settings.MEDIA_ROOT) / "imports", token)
        if kept.state == "waiting":
            deed = upload.try_in if kept.deed == "try" else upload.take_in
            deed(kept, actor=account.by_id(kept.by), at=timezone.now())


@app.task(name="run_scenario")
def run_scenario(number: int) -> None:
    """Run a scenario that a page asked for (情景推演); its page shows how far it is. A second run finds it done."""
    with contextlib.suppress(Refused):
        scenario.work(number, clock=timezone.now)
