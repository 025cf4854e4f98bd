"""Who infected whom (谁传染了谁): a joint posterior of infection dates and infectors, from whatever is known.

Begin at `infer(Outbreak(...))` in `inference.py`; what is known stands in `outbreak.py`, the model in `chain.py`, the
priors with their sources in `profiles.toml`. The manual page is `docs/manual/infectors.md`.
"""

from chainbreak.epi.infectors.inference import Answer, infer
from chainbreak.epi.infectors.outbreak import Outbreak, Stays

__all__ = ["Answer", "Outbreak", "Stays", "infer"]
