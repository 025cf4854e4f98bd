"""The board: gaps by task force weakest first, the map's layers, clocks, and an answer only when something changed."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from chainbreak.command.models import Bulletin
from chainbreak.command.selectors import clock
from chainbreak.investigation.models import TransmissionLink
from chainbreak.registry.models import Area
from chainbreak.screening.models import Round, RoundEvent

ZONE = ZoneInfo("Asia/Shanghai")
SQUARE = {"type": "Polygon", "coordinates": [[[113, 33], [114, 33], [114, 34], [113, 34], [113, 33]]]}


def at(day: int, hour: int = 0) -> datetime:
    return datetime(2022, 3, day, hour, tzinfo=ZONE)


@pytest.fixture
def board(client, outbreak, sign_in):
    sign_in("commander")
    client.cookies["chainbreak_language"] = "en"
    Area.objects.filter(code="411122").update(geometry=SQUARE)
    return lambda query="", **headers: client.get(f"/{query}", headers=headers)


def test_the_task_force_with_most_beyond_the_limit_comes_first(board):
    page = board().content.decode()
    late = [int(n) for n in re.findall(r'rowgroup".*?>[^<]*<br><span class="chip due-overdue">(\d+)<', page)]
    assert late and late == sorted(late, reverse=True)
    assert "investigation task force" in page


def test_the_map_counts_cases_by_county_and_refuses_a_layer_it_has_not(board):
    page = board().content.decode()
    shape = re.search(r'class="area-shape shade-(\d)".*?<title>The county: (\d+)<', page)
    assert shape.groups() == ("5", "3")
    assert board("?layer=nonsense").status_code == 400
    assert "area-shape shade-0" in board("?layer=in_facility&as_of=2022-03-24").content.decode()


def test_the_board_answers_only_when_something_has_changed(board, outbreak):
    edition = re.search(r'"X-Board": "([^"]+)"', board().content.decode())[1]
    assert board(**{"X-Board": edition}).status_code == 204
    assert board("?as_of=2022-03-25", **{"X-Board": edition}).status_code == 200, "another day is another board"
    TransmissionLink.objects.filter(infectee__number=2).update(superseded_at=timezone.now())
    assert board(**{"X-Board": edition}).status_code == 200


def test_clocks_of_a_round_and_of_the_next_bulletin(outbreak):
    from tests.web.conftest import at

    made = Round.objects.create(
        series="LY", number=1, outbreak_code="LY", area_code="411122", start_at=at(25, 8), sample_due_at=at(25, 14),
        test_due_at=at(26), pool_size=10, purpose="mass_round",
    )  # fmt: skip
    Bulletin.objects.create(
        outbreak=outbreak, as_of=at(25), as_known=at(25), state="published", number=1, computed_at=at(25)
    )

    def seen(as_of):
        return {one.code: (one.over, one.done) for one in clock.clocks(outbreak, as_of=as_of)}

    assert seen(at(25, 12)) == {
        "round_sampling": (False, False),
        "round_testing": (False, False),
        "bulletin": (False, False),
    }
    assert seen(at(25, 14))["round_sampling"] == (True, False), "over at the very instant"
    RoundEvent.objects.create(round=made, state="testing", at=at(25, 15), recorded_at=at(25, 15))
    assert seen(at(25, 16))["round_sampling"] == (False, True)
    assert seen(at(26))["bulletin"] == (True, False)
    assert "round_testing" not in seen(at(26) + timedelta(days=1)), "a round of long ago is not awaited"


def test_a_link_is_there_for_whoever_may_follow_it_and_plain_words_for_others(client, outbreak, sign_in):
    def links(role: str) -> set[str]:
        sign_in(role)
        return set(re.findall(r'href="(/[a-z-]+/)', client.get("/").content.decode().partition("<main")[2]))

    assert {"/cases/", "/gaps/", "/figures/"} <= links("commander")
    of_spokesperson = links("spokesperson")
    assert "/figures/" in of_spokesperson
    assert not {"/cases/", "/gaps/"} & of_spokesperson
    assert "board-title" in client.get("/").content.decode(), "the numbers stay"
