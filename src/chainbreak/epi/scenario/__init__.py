"""Where an outbreak is going, and what one more room, vehicle, laboratory or team would do (疫情情景推演).

Begin with `answer(preset("omicron", initial_cases=12), runs=2000, seed=1)` or `read(text)`; `fields.FIELDS` are the names
of a scenario's file, `engine` is one run, `simulate` many. The manual page is `docs/manual/scenario.md`.
"""

from chainbreak.epi.scenario.answer import answer, summary
from chainbreak.epi.scenario.reading import Scenario, build, preset, preset_text, presets, read
from chainbreak.epi.scenario.simulate import Runs, simulate
from chainbreak.epi.scenario.value import ScenarioError

__all__ = [
    "Runs",
    "Scenario",
    "ScenarioError",
    "answer",
    "build",
    "preset",
    "preset_text",
    "presets",
    "read",
    "simulate",
    "summary",
]
