"""Invented genomes for the reference outbreak (演示用虚构基因组): so that the pages of genomes have something to show.

A pathogen of 29,000 random letters that does not exist; along the known links of the outbreak a base changes now and then.
Every name says that it is invented. Same seed, same genomes.
"""

from __future__ import annotations

import csv
import random
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from chainbreak.exchange import imports, sequences
from chainbreak.investigation.models import Outbreak
from chainbreak.investigation.selectors.chain import cases_and_links

CODE, SEED, LENGTH = "LY", 2022, 29_000
CHANGE = 0.5  # substitutions along a link, on average: about two links in five show one
SHARE = 0.8  # of the cases have a genome
POOR = 7  # one genome in so many was read in part only
KNOWN = timedelta(days=4, hours=20)  # after the outbreak was found: the evening before the demo's bulletin
ZONE = ZoneInfo("Asia/Shanghai")


def take_in(*, at: datetime) -> imports.Report | None:
    """Make the genomes and take them in through the import; None where the outbreak is not there or has no links."""
    outbreak = Outbreak.objects.filter(code=CODE).first()
    if outbreak is None:
        return None
    cases, links = cases_and_links(outbreak, as_of=at, as_known=None)
    infector = {link.infectee.number: link.infector.number for link in links}
    if not infector:
        return None
    chance = random.Random(SEED)
    root = "".join(chance.choices("ACGT", k=LENGTH))
    genomes: dict[int, str] = {}

    def genome(number: int, above: tuple[int, ...] = ()) -> str:
        if number not in genomes:
            source = infector.get(number)
            letters = genome(source, (*above, number)) if source and source not in above else root
            genomes[number] = _changed(letters, chance)
        return genomes[number]

    with tempfile.TemporaryDirectory(prefix="genomes-") as folder:
        fasta, about = Path(folder) / "invented-genomes.fasta", Path(folder) / "invented-genomes.csv"
        rows = []
        with fasta.open("w", encoding="utf-8") as out:
            out.write(f">INVENTED-REFERENCE reference\n{root}\n")
            for number, case in enumerate(cases, start=1):
                letters = genome(case.number)
                if chance.random() > SHARE and number > 3:
                    continue
                if number % POOR == 0:
                    letters = letters[:9000] + "N" * 18_000 + letters[27_000:]
                name = f"INVENTED-{CODE}-{case.number:03d}"
                out.write(f">{name}\n{letters}\n")
                of_case: Any = case  # with what the query put on it
                sampled = (of_case.first_positive_at or of_case.reported_at).astimezone(ZONE).date()
                rows.append((name, case.external_id, sampled.isoformat(), "样例省疾控测序室", "Omicron"))
        with about.open("w", encoding="utf-8", newline="") as table:
            csv.writer(table).writerows([("id", "case_id", "collected_on", "laboratory", "lineage"), *rows])
        packed = sequences.packed(fasta, about, Path(folder) / "invented-genomes.zip")
        return imports.import_file("sequences", packed, outbreak=CODE, at=at, known_at=outbreak.detected_at + KNOWN)


def _changed(letters: str, chance: random.Random) -> str:
    """A base changed or more, or none: as many as a Poisson draw says."""
    found, draw = list(letters), chance.expovariate(1.0)
    while draw < CHANGE:
        place = chance.randrange(LENGTH)
        found[place] = chance.choice([base for base in "ACGT" if base != found[place]])
        draw += chance.expovariate(1.0)
    return "".join(found)
