"""Every page of investigation and measures answers, in both languages, within its budget of queries."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

PAGES = [
    "/cases/", "/cases/?class=asymptomatic&area=4111", "/cases/LY/1/", "/contacts/LY/", "/contacts/LY/P4/",
    "/contacts/LY/?degree=1&source=1", "/chains/LY/", "/letters/LY/", "/letters/LY/?overdue=1", "/facilities/",
    "/stays/?kind=facility_quarantine",
]  # fmt: skip
BUDGET = 30
INLINE = re.compile(r'\sstyle="|<style|<script(?![^>]*\ssrc=)|\son\w+="')


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_page_answers_in_both_languages_within_thirty_queries(client, outbreak, sign_in, address, language):
    sign_in("epidemiology_lead")
    client.cookies["chainbreak_language"] = language
    client.get(address)  # the snapshot is derived at the first look
    with CaptureQueriesContext(
        connection,
    ) as queries:
        answer = client.get(address)
    assert answer.status_code == 200, answer.content.decode()[-2000:]
    page = answer.content.decode()
    assert f'lang="{language}"' in page
    assert len(queries) <= BUDGET, "\n".join(query["sql"][:150] for query in queries)
    assert not INLINE.search(page), "the policy forbids inline style and script"
