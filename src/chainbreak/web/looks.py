"""How the states of the field look (状态的样子): one colour and one shape each, everywhere; never colour alone.

`python tools/looks.py` writes `static/web/states.css` from this table; a test compares them. A state is shown by
`{% state "class" code words %}` or by the classes themselves: `<span class="chip class-confirmed">`.
"""

from __future__ import annotations

from typing import NamedTuple

# Drawn in a box of 16 by 16; filled with the colour of the text, holes by the even-odd rule.
SHAPES: dict[str, str] = {
    "disc": "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2z",
    "ring": "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zm0 2.2a3.8 3.8 0 1 1 0 7.6 3.8 3.8 0 0 1 0-7.6z",
    "half": "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zm0 1.8v8.4a4.2 4.2 0 0 1 0-8.4z",
    "square": "M3 3h10v10H3z",
    "frame": "M2.5 2.5h11v11h-11zm2.2 2.2v6.6h6.6V4.7z",
    "triangle": "M8 2l6.5 11.5h-13z",
    "wedge": "M8 14L1.5 2.5h13z",
    "diamond": "M8 1.5L14.5 8 8 14.5 1.5 8z",
    "lozenge": "M8 1.2L14.8 8 8 14.8 1.2 8zm0 3.2L4.4 8 8 11.6 11.6 8z",
    "octagon": "M5 1.5h6L14.5 5v6L11 14.5H5L1.5 11V5z",
    "cross": "M3.8 2.2L8 6.4l4.2-4.2 1.6 1.6L9.6 8l4.2 4.2-1.6 1.6L8 9.6l-4.2 4.2-1.6-1.6L6.4 8 2.2 3.8z",
    "plus": "M6.8 2h2.4v4.8H14v2.4H9.2V14H6.8V9.2H2V6.8h4.8z",
    "bar": "M2 6.6h12v2.8H2z",
    "check": "M13.4 3.4l1.5 1.6-8.6 8.4L1.2 8.6l1.5-1.6 3.5 3.3z",
    "seal": "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zm3.6 3.7l1.3 1.4-5.6 5.3-3.4-3.2 1.3-1.4 2.1 1.9z",
    "bang": "M6.5 1.5h3l-.5 8.5H7zM8 11.3a1.6 1.6 0 1 0 0 3.2 1.6 1.6 0 0 0 0-3.2z",
    "arrow": "M8.5 2.5L14.5 8l-6 5.5V9.6H1.5V6.4h7z",
    "away": "M5 3h8v8h-2.3V6.9L4.6 13 3 11.4l6.1-6.1H5z",
    "back": "M6.5 2v3h3.3a4.3 4.3 0 0 1 0 8.6H4v-2.3h5.8a2 2 0 0 0 0-4H6.5v3L1.5 6.2z",
    "house": "M8 1.5L15 8h-2v6H3V8H1z",
    "porch": "M8 1.5L15 8h-2v6H3V8H1zm0 3.1L5.2 7.2v4.6h5.6V7.2z",
    "bed": "M1 3h2.2v4.5H8V5h4.5A2.5 2.5 0 0 1 15 7.5V13h-2.2v-2H3.2v2H1z",
    "pin": "M8 1.2a5 5 0 0 0-5 5C3 9.8 8 15 8 15s5-5.2 5-8.8a5 5 0 0 0-5-5zm0 3a2 2 0 1 1 0 4 2 2 0 0 1 0-4z",
    "letter": "M1 3h14v10H1zm2 1.8L8 8.7l5-3.9z",
    "bell": "M8 1.3a4.7 4.7 0 0 0-4.7 4.7v4L2 12h12l-1.3-2V6A4.7 4.7 0 0 0 8 1.3zM6 13a2 2 0 0 0 4 0z",
    "clock": "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM7 4h2v3.6l2.5 1.5-1 1.7L7 8.7z",
    "sand": "M3 1.5h10v2L9.5 8l3.5 4.5v2H3v-2L6.5 8 3 3.5z",
    "pause": "M3 2.5h3.5v11H3zm6.5 0H13v11H9.5z",
    "lock": "M8 1a3.8 3.8 0 0 0-3.8 3.8V7H3v8h10V7h-1.2V4.8A3.8 3.8 0 0 0 8 1zm0 2.2c.9 0 1.6.700 1.6 1.6V7H6.4V4.8c0-.9.700-1.6 1.6-1.6z",
    "star": "M8 1l2.1 4.7 5 .5-3.8 3.4 1.1 5L8 12l-4.4 2.6 1.1-5L.9 6.2l5-.5z",
    "pen": "M11.5 1.5l3 3L5.5 13.5 1.5 14.5l1-4z",
    "lines": "M2 3h12v2H2zm0 4h12v2H2zm0 4h8v2H2z",
}  # fmt: skip

TONES = ("danger", "warn", "good", "calm", "violet", "teal", "soft")  # each a token: --danger, --warn …


class Look(NamedTuple):
    """The colour (a token's name) and the shape of one state."""

    tone: str
    shape: str


# list -> code -> look. The class in the page is `list-code`; the list `state` is shared by all courses.
LOOKS: dict[str, dict[str, Look]] = {
    "class": {  # 病例分类
        "confirmed": Look("danger", "disc"),
        "asymptomatic": Look("calm", "square"),
        "suspected": Look("warn", "triangle"),
        "excluded": Look("soft", "cross"),
    },
    "degree": {  # 密接、次密接
        "1": Look("violet", "diamond"),
        "2": Look("teal", "lozenge"),
    },
    "state": {
        # a contact's course 转归
        "identified": Look("warn", "ring"),
        "located": Look("calm", "pin"),
        "lost": Look("danger", "bang"),
        "referred_out": Look("violet", "away"),
        "notified": Look("calm", "bell"),
        "awaiting_transfer": Look("warn", "arrow"),
        "in_facility": Look("good", "bed"),
        "at_home": Look("good", "house"),
        "home_monitoring": Look("good", "porch"),
        "released": Look("soft", "check"),
        "closed_elsewhere": Look("soft", "frame"),
        "converted_to_case": Look("danger", "disc"),
        "deceased": Look("soft", "bar"),
        # a facility's course
        "candidate": Look("soft", "ring"),
        "surveyed": Look("calm", "lines"),
        "converting": Look("warn", "half"),
        "ready": Look("good", "seal"),
        "open": Look("good", "disc"),
        "full": Look("danger", "square"),
        "closing": Look("warn", "wedge"),
        "disinfected": Look("calm", "plus"),
        "closed": Look("soft", "frame"),
        # a letter, a bulletin, an import, a round
        "draft": Look("soft", "pen"),
        "sent": Look("calm", "letter"),
        "acknowledged": Look("calm", "bell"),
        "feedback_complete": Look("good", "check"),
        "returned": Look("warn", "back"),
        "computed": Look("calm", "ring"),
        "checked": Look("calm", "half"),
        "approved": Look("good", "seal"),
        "published": Look("good", "disc"),
        "superseded": Look("soft", "back"),
        "planned": Look("soft", "ring"),
        "announced": Look("calm", "bell"),
        "sampling": Look("warn", "sand"),
        "sampling_closed": Look("calm", "square"),
        "testing": Look("warn", "half"),
        "complete": Look("good", "check"),
        "reconciled": Look("good", "seal"),
        "proposed": Look("warn", "ring"),
        "accepted": Look("good", "check"),
        "rejected": Look("soft", "cross"),
        "pending": Look("warn", "sand"),
        "running": Look("warn", "half"),
        "done": Look("good", "check"),
        "failed": Look("danger", "cross"),
        "undone": Look("soft", "back"),
    },
    "code": {  # 健康码
        "green": Look("good", "seal"),
        "yellow": Look("warn", "wedge"),
        "red": Look("danger", "octagon"),
    },
    "due": {  # 应 / 已 / 逾期
        "due": Look("warn", "sand"),
        "overdue": Look("danger", "clock"),
        "done": Look("good", "check"),
        "held": Look("soft", "pause"),
        "missed": Look("danger", "bang"),
        "symptoms": Look("danger", "plus"),  # asked, and told of symptoms
        "tried": Look("warn", "half"),  # asked in vain; the time is not over yet
        "ahead": Look("soft", "ring"),
    },
    "outcome": {  # 核酸结果
        "negative": Look("good", "bar"),
        "positive": Look("danger", "plus"),
        "inconclusive": Look("warn", "lozenge"),
        "invalid": Look("soft", "cross"),
        "pending": Look("calm", "sand"),
    },
    "risk": {  # 三区、风险等级
        "high": Look("danger", "octagon"),
        "middle": Look("warn", "wedge"),
        "low": Look("good", "ring"),
        "lockdown": Look("danger", "lock"),
        "control": Look("warn", "frame"),
        "precaution": Look("calm", "lozenge"),
    },
    "severity": {
        "error": Look("danger", "cross"),
        "warning": Look("warn", "triangle"),
        "note": Look("calm", "lines"),
    },
}


def look(kind: str, code: object) -> Look | None:
    """The look of a state; None where the list or the code has none."""
    return LOOKS.get(kind, {}).get(str(code))


def css() -> str:
    """The text of `static/web/states.css`."""
    lines = ["/* Written by tools/looks.py from web/looks.py: one colour and one shape for each state. */", ":root {"]
    lines += [f'  --shape-{name}: url("{_image(path)}");' for name, path in SHAPES.items()]
    lines.append("}")
    named = [(f".{kind}-{code}", one) for kind, codes in LOOKS.items() for code, one in codes.items()]
    for tone in TONES:
        found = ", ".join([f".tone-{tone}", *(name for name, one in named if one.tone == tone)])
        lines.append(f"{found} {{ color: var(--{tone}); }}")
        lines.append(f".drawing .tone-{tone} {{ fill: var(--{tone}); }}")
    for shape in SHAPES:
        found = ", ".join([f".shape-{shape}", *(name for name, one in named if one.shape == shape)])
        lines.append(f"{found} {{ --shape: var(--shape-{shape}); }}")
    return "\n".join(lines) + "\n"


def _image(path: str) -> str:
    svg = f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><path fill-rule='evenodd' d='{path}'/></svg>"
    return "data:image/svg+xml," + svg.replace("<", "%3C").replace(">", "%3E")
