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
from chainbreak.investigation.services import infectors, lake, search
from chainbreak.measures.selectors import stay
from chainbreak.screening.selectors import round_open
from chainbreak.screening.services import roll, round_count, round_plan


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


@app.task(name="run_infectors")
def run_infectors(number: int) -> None:
    """Work out who infected whom (传染关系推断); its page shows how far it is. A second run finds it done."""
    infectors.work(number, clock=timezone.now)


@app.task(name="place_tables")
def place_tables(number: int) -> None:
    """Place the tables of a planned round (采样台布点); its page shows how far it is. A second run finds it done."""
    round_plan.place(number, clock=timezone.now)


@app.task(name="draw_up_roll")
def draw_up_roll(number: int) -> None:
    """Draw up the roll of an announced round (编制应检名单); a second run brings it up to date."""
    of = round_open.by_key(number)
    if of is not None:
        roll.draw_up_asked(of, apart=stay.apart(of.start_at), at=timezone.now())


@app.task(name="find_contacts")
def find_contacts(token: str) -> None:
    """Look for contacts in the lake (排查); the page of the search shows how far it is. A second run finds it done."""
    with contextlib.suppress(Refused):
        search.work(token, clock=timezone.now)


@app.periodic(cron="*/5 * * * *")
@app.task(name="look_after_lake", queueing_lock="look_after_lake", lock="look_after_lake")
def look_after_lake(timestamp: int) -> None:
    """Every five minutes: put the lake's fresh batches together where there are many, throw away old searches."""
    lake.merge(clock=timezone.now)
    search.sweep(timezone.now())


@app.task(name="count_round")
def count_round(number: int) -> None:
    """Count what takes seconds over a whole roll (轮次分类计数), for the board of the round."""
    of = round_open.by_key(number)
    if of is not None:
        round_count.count(of, at=timezone.now())
