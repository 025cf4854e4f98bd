"""Nasty input on every way in: a page with words comes back, never an error of the server."""

from __future__ import annotations

NASTY = ["\x00", "P4\x00", "' OR 1=1 --", "%", "\u202e\u200b", "<script>alert(1)</script>", "九" * 5000, "-1", "１２"]


def test_no_text_breaks_a_page(client, outbreak, sign_in):
    client.raise_request_exception = False
    sign_in("investigator")
    for text in NASTY:
        look_at_every_way_in(client, text)


def look_at_every_way_in(client, text: str) -> None:
    assert client.post("/public/status/", {"number": text, "word": text}).status_code in (400, 403, 429)
    assert client.get("/public/sites/", {"audience": text}).status_code == 400
    found = {
        "search": client.post("/search/", {"q": text}),
        "person": client.post("/search/person/", {"name": text, "phone": text}),
        "columns": client.get("/cases/", {"col": text}),
        "cases": client.get("/cases/", {"q": text}),
        "contacts": client.get("/contacts/LY/", {"q": text}),
        "view": client.post("/views/save/", {"name": text, "page": text, "next": "/cases/?q=" + text[:50]}),
        "steps": client.post("/contacts/LY/steps/", {"kind": "located", "number": text}),
        "layer": client.get("/", {"layer": text}),
        "time": client.get("/cases/LY/1/", {"only": text}),
        "theme": client.post("/design/theme/", {"theme": text, "next": text}),
    }
    broken = {name: answer.status_code for name, answer in found.items() if answer.status_code >= 500}
    assert broken == {}, repr(text[:20])
    page = found["search"].content.decode()
    assert "<script>alert" not in page
