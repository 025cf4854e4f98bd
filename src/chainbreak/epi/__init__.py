"""Pure epidemic logic: values in, values out; no framework, no database, no clock (疫情逻辑).

Begin with `rulepack.load("covid19-cn-v8")`; then `case.infectious_window`, `copresence.pairs`,
`quarantine.due_measures`, `arrival.band_of`, `healthcode.reasons_against_green`, `chains.forest_of`.
An analyst may import it alone. The rules and their sources are in `packs/`; the manual page is `docs/manual/rules.md`.
"""
