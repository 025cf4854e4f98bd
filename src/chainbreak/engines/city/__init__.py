"""A synthetic city (模拟城市) with a known outbreak in it: people, places, stays, cases, and the truth beside them.

Begin at `build.build`. `parameters.toml` holds every number it is made of. Nothing in it is a real place or person.
"""
