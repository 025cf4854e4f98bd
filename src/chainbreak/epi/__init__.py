"""Pure epidemic logic: values in, values out (疫情逻辑).

No framework, no database, no clock. An analyst may import it alone.
Begin with `parameters.toml` and the rule packs.
"""
