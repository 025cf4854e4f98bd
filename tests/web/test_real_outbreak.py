"""The chain view of a real outbreak: Tianjin 2020, taken in as it is, shows its clusters."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.utils import timezone

from chainbreak.exchange import imports
from chainbreak.investigation.models import Outbreak

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "tianjin_2020"

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the shared data are not here")


def test_the_clusters_of_a_real_outbreak_are_drawn(client, db, sign_in):
    Outbreak.objects.create(
        code="TJ2020", name_zh="天津2020", name_en="Tianjin 2020", disease="covid19", rule_pack="covid19-cn-v8",
        area_code="120000", detected_at=datetime(2020, 1, 21, tzinfo=UTC),
    )  # fmt: skip
    now = timezone.now()
    imports.import_file("linelist", FOLDER / "linelist.csv", outbreak="TJ2020", mapping="tianjin_2020", at=now)
    imports.import_file("contacts", FOLDER / "edges.csv", outbreak="TJ2020", mapping="tianjin_2020", at=now)
    expected = json.loads((FOLDER / "expected.json").read_text())
    sign_in("epidemiology_lead")
    client.cookies["chainbreak_language"] = "en"
    page = client.get("/chains/TJ2020/").content.decode()
    found = [int(n) for n in re.findall(r"Chain \d+: (\d+) cases?<", page)]
    assert len(found) == expected["components"]
    assert max(found) == expected["largest"]
    assert f"{expected['edges']} links" in page
    assert page.count('class="edge edge-proposed ') > expected["edges"] / 2
    whole = client.get("/chains/TJ2020/?chain=1").content.decode()
    assert len(re.findall(r'</title><(?:circle|rect|path) class="node ', whole)) == expected["largest"]
