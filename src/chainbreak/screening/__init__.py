"""Rounds, sites, tubes and results (核酸筛查).

Who is due a swab, who gave one, which tube it went to and what came out.
Begin with `models/`.
"""
