"""The page of chains: folds, focus, colours, figures, and the files that come of it."""

from __future__ import annotations

import csv
import io
import re
import xml.etree.ElementTree as ET

import pytest
from django.utils import timezone

from chainbreak.investigation.models import Case, CaseClassification, CaseReport, Sequence, TransmissionLink
from chainbreak.registry.models import Person

from .conftest import KNOWN, at


@pytest.fixture
def asked(client, outbreak, sign_in):
    """The answer of a page in English to the lead of epidemiology."""
    sign_in("epidemiology_lead")
    client.cookies["chainbreak_language"] = "en"

    def ask(address="/chains/LY/", **query):
        return client.get(address, query)

    return ask


def shown(answer):
    """The numbers of the cases drawn."""
    page = answer.content.decode()
    drawn = "".join(re.findall(r'<div class="drawing".*?</div>', page, flags=re.S))
    return sorted(int(n) for n in re.findall(r"<title>(\d+) (?!→)", drawn))


def test_a_chain_is_drawn_with_its_figures_and_links(asked):
    page = asked().content.decode()
    assert "3 cases, 2 links" in page
    assert "Only 2 links" in page
    assert shown(asked()) == [1, 2, 3]
    assert page.count('class="edge ') == 2


def test_what_is_below_a_folded_case_is_counted_and_opens_again(asked):
    answer = asked(fold="1")
    assert shown(answer) == [1]
    page = answer.content.decode()
    assert ">+2</text>" in page
    (address,) = re.findall(r'class="fold" href="([^"#]*)#', page)
    assert "fold=" not in address
    assert shown(asked(depth="0")) == [1]
    (address,) = re.findall(r'class="fold" href="\?([^"#]*)#', asked(depth="0").content.decode())
    assert shown(asked("/chains/LY/?" + address.replace("&amp;", "&"))) == [1, 2, 3]
    assert shown(asked(depth="all", fold="")) == [1, 2, 3]


def test_one_case_is_shown_with_those_before_and_after(asked, outbreak):
    links = list(TransmissionLink.objects.values_list("infector__number", "infectee__number"))
    lone = max(infectee for _infector, infectee in links)
    before = {lone}
    while more := {a for a, b in links if b in before} - before:
        before |= more
    assert shown(asked(focus=str(lone))) == sorted(before)
    assert asked(focus="77").status_code == 404 or "no case 77" in asked(focus="77").content.decode()


@pytest.mark.parametrize("colour", ["class", "setting", "area", "lineage"])
def test_colours_follow_the_choice_and_the_legend_says_them(asked, outbreak, colour):
    case = Case.objects.get(number=1)
    Sequence.objects.create(
        case=case, lineage="BA.2", reported_at=at(25, 8), recorded_at=KNOWN, first_recorded_at=KNOWN
    )
    page = asked(colour=colour).content.decode()
    legend = re.search(r'<ul class="chain-legend".*?</ul>', page, flags=re.S)[0]
    wanted = {"class": "confirmed", "setting": "not known", "area": "The county (3)", "lineage": "BA.2 (1)"}
    assert wanted[colour] in legend
    counts = [int(n) for n in re.findall(r"\((\d+)\)", legend)]
    assert sum(counts) == 3


def test_the_links_as_a_file(asked):
    answer = asked("/chains/LY/links.csv")
    assert answer["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    wanted = TransmissionLink.objects.values_list("infector__number", "infectee__number", "state")
    assert {(int(r["from"]), int(r["to"]), r["state"]) for r in rows} == set(wanted)


def test_a_chain_as_a_picture(asked):
    answer = asked("/chains/LY/picture.svg", chain="1")
    root = ET.fromstring(answer.content)
    assert root.tag.endswith("svg")
    assert len(root.findall(".//{*}path[@class]")) >= 2
    assert b"<a " not in answer.content
    answer = asked("/chains/LY/picture.png", chain="1")
    assert answer.content.startswith(b"\x89PNG")


@pytest.mark.parametrize("query", [{"colour": "mood"}, {"fold": "x"}, {"focus": "x"}, {"chain": "1x"}, {"depth": "-1"}])
def test_an_odd_filter_is_refused_in_words(asked, query):
    answer = asked(**query)
    assert 400 <= answer.status_code < 500
    assert "not a value of the filter" in answer.content.decode()


def test_who_may_not_read_chains_gets_no_file(client, outbreak, sign_in):
    sign_in("sampler")
    for name in ("", "links.csv", "picture.svg"):
        assert client.get(f"/chains/LY/{name}").status_code == 403


def test_two_thousand_cases_are_all_drawn_within_the_budget_of_queries(asked, outbreak, django_assert_max_num_queries):
    persons = Person.objects.bulk_create(Person(number=f"Q{n}", area_code="411122") for n in range(2100))
    cases = Case.objects.bulk_create(
        Case(outbreak=outbreak, number=n, external_id=f"LY-{n}", person=persons[n]) for n in range(100, 2100)
    )
    CaseReport.objects.bulk_create(
        CaseReport(case=case, recorded_at=KNOWN, first_recorded_at=KNOWN, reported_in="411122", reported_at=at(24), origin="local",
                   onset_date=at(1 + min(case.number // 90, 25)).date()) for case in cases
    )  # fmt: skip
    CaseClassification.objects.bulk_create(
        CaseClassification(
            case=case, classification="confirmed", valid_from=at(24), recorded_at=KNOWN, first_recorded_at=KNOWN
        )
        for case in cases
    )
    TransmissionLink.objects.bulk_create(
        TransmissionLink(outbreak=outbreak, infector=cases[(n - 1) // 3], infectee=cases[n], state="accepted",
                         recorded_at=KNOWN, first_recorded_at=KNOWN, setting="household") for n in range(1, 2000)
    )  # fmt: skip
    asked()
    began = timezone.now()
    with django_assert_max_num_queries(30):
        answer = asked(as_of="2022-03-27", as_known="")
    print("seconds", (timezone.now() - began).total_seconds(), len(answer.content))
    assert len(shown(answer)) == 2003
