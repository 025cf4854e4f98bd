"""Epidemiological parameters from the literature (流行病学参数): value, interval, unit, population, source, edition.

Begin with `named("omicron.incubation").distribution()`; `published("COVID-19", "incubation period")` gives the 133
entries of epiparameterDB (CC0, see NOTICE.md). `distribution` has the shapes of delays; nothing here is a number in code.
"""

from chainbreak.epi.parameters.distribution import Distribution
from chainbreak.epi.parameters.library import Curve, Parameter, curve, named, names
from chainbreak.epi.parameters.published import Published, published

__all__ = ["Curve", "Distribution", "Parameter", "Published", "curve", "named", "names", "published"]
