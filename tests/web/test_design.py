"""The design system: every state has one colour and one shape, every theme enough contrast, the living page everything."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.utils import translation

import chainbreak.web
from chainbreak.command.models import BulletinState
from chainbreak.investigation.models import Classification, DispositionState, LetterEvent
from chainbreak.measures.models import FacilityState
from chainbreak.screening.models import RoundState
from chainbreak.web import design, looks, statewords

WEB = Path(chainbreak.web.__file__).parent / "static" / "web"
ROOT = Path(__file__).resolve().parents[2]
COURSES = {
    "contact": DispositionState.values,
    "facility": FacilityState.values,
    "letter": LetterEvent.State.values,
    "bulletin": BulletinState.values,
    "round": RoundState.values,
}


def test_the_style_of_the_states_is_written_from_their_table():
    found = subprocess.run([sys.executable, ROOT / "tools" / "looks.py", "--check"], capture_output=True, check=False)
    assert found.returncode == 0, found.stdout


def test_every_state_of_a_course_and_every_class_has_a_look():
    for codes in COURSES.values():
        assert set(codes) <= set(looks.LOOKS["state"])
    assert set(Classification.values) == set(looks.LOOKS["class"])
    assert {one.tone for codes in looks.LOOKS.values() for one in codes.values()} <= set(looks.TONES)


@pytest.mark.parametrize("kind", [kind for kind in looks.LOOKS if kind != "state"])
def test_states_of_one_list_differ_by_shape_alone(kind):
    shapes = [one.shape for one in looks.LOOKS[kind].values()]
    assert len(set(shapes)) == len(shapes)


@pytest.mark.parametrize("course", COURSES)
def test_states_of_one_course_differ_by_shape_alone(course):
    found = [looks.LOOKS["state"][code].shape for code in COURSES[course]]
    assert len(set(found)) == len(found), sorted(found)


def test_every_state_has_words_in_both_languages():
    for kind, codes in looks.LOOKS.items():
        for code in codes:
            with translation.override("zh-hans"):
                assert re.search(r"[\u4e00-\u9fff]", statewords.of(kind, code)), (kind, code)
            with translation.override("en"):
                assert not re.search(r"[\u4e00-\u9fff]|_", statewords.of(kind, code)), (kind, code)


def test_a_theme_that_was_chosen_is_the_theme_of_the_system():
    text = (WEB / "tokens.css").read_text()
    for name, query in (("dark", "prefers-color-scheme: dark"), ("contrast", "prefers-contrast: more")):
        chosen = re.search(rf"^\[data-theme={name}\] \{{(.*?)^\}}", text, re.M | re.S)[1]
        system = re.search(rf"^@media \({query}\) \{{\s*:root:not\(\[data-theme\]\) \{{(.*?)^  \}}", text, re.M | re.S)[
            1
        ]
        assert chosen.split() == system.split()


@pytest.mark.parametrize(("theme", "least"), [("light", 4.5), ("dark", 4.5), ("contrast", 7)])
def test_words_stand_out_from_every_ground(theme, least):
    found = design.colours(theme)
    grounds = ("paper", "paper-2")
    pairs = [(one, ground) for one in ("ink", "ink-soft", "accent", *looks.TONES) for ground in grounds]
    pairs += [(tone, f"{tone}-bg") for tone in looks.TONES] + [("ink", f"{tone}-bg") for tone in looks.TONES]
    for words, ground in [*pairs, ("ink", "paper-3"), ("ink-soft", "paper-3")]:
        assert contrast(found[words], found[ground]) >= least, (words, ground)
    assert contrast(found["line-strong"], found["paper"]) >= 3


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2."""

    def light(colour: str) -> float:
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_living_page_shows_every_state_in_both_languages(client, outbreak, sign_in, language):
    sign_in("sampler")
    client.cookies["chainbreak_language"] = language
    page = client.get("/design/").content.decode()
    for kind, codes in looks.LOOKS.items():
        for code in codes:
            assert page.count(f'<span class="chip {kind}-{code}">') >= 2, (kind, code)
    assert "中文" in page and "English" in page


def test_a_theme_is_kept_in_the_browser_and_leads_back_to_the_page(client, outbreak, sign_in):
    sign_in("investigator")
    assert "data-theme" not in client.get("/cases/").content.decode()
    answer = client.post("/design/theme/", {"theme": "dark", "next": "/cases/?class=confirmed"})
    assert answer["Location"] == "/cases/?class=confirmed"
    assert 'data-theme="dark"' in client.get("/cases/").content.decode()
    away = client.post("/design/theme/", {"theme": "purple", "next": "https://elsewhere.example/"})
    assert away["Location"] == "/"
    assert "data-theme" not in client.get("/cases/").content.decode()


def test_a_closed_deed_says_who_may(client, outbreak, sign_in):
    sign_in("commander")
    client.cookies["chainbreak_language"] = "en"
    page = client.get("/search/").content.decode()
    assert 'class="action-closed"' in page and "For: epidemiology lead" in page
    sign_in("investigator")
    assert 'class="action-closed"' not in client.get("/search/").content.decode()
