"""Tasks, briefings, bulletins, indicators, planning and funds (指挥调度).

Figures by key, for any instant and any state of knowledge.
Begin with `services/`.
"""
