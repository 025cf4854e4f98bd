"""Defining mutations (特征突变位点): what a site of a table of lineages wants to see, and what a genome shows there.

Sites are written nuc:C4321T, spike:T19I, orf1ab:SGF3675- (amino acids missing), del:21633:9 (first base, bases missing).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import yaml

from .bases import GAP, LETTERS, UNCERTAIN

_CHANGE = re.compile(r"([A-Z*]+)(\d+)([A-Z*]+|-)\Z")
_AMINO = "KNKNTTTTRSRSIIMIQHQHPPPPRRRRLLLLEDEDAAAAGGGGVVVV*Y*YSSSS*CWCLFLF"  # of AAA, AAC, AAG, AAT, ACA …


class Seen(StrEnum):
    """What a genome shows at a site."""

    ALT = "alt"  # the mutation
    REF = "ref"  # what the reference has
    OTHER = "other"
    AMBIGUOUS = "ambiguous"
    NOT_SCORED = "not_scored"  # the site cannot be read


@dataclass(frozen=True)
class Site:
    """One defining mutation: the places it is read from (from 0), what is wanted there, what the reference has."""

    name: str
    places: tuple[int, ...] = ()
    alt: str = ""  # bases or amino acids; gaps for missing ones
    ref: str = ""
    amino: bool = False

    @property
    def what(self) -> tuple[object, ...]:
        """The mutation apart from the way it is written: s:T19I and spike:T19I are one."""
        return (self.places, self.alt, self.amino) if self.places else (self.name,)


@cache
def genome() -> dict[str, Any]:
    """Genes of the genome that sites refer to, its length and its rate of change, with their sources."""
    document: dict[str, Any] = yaml.safe_load((files("chainbreak.epi.genomes") / "sarscov2.yaml").read_text("utf-8"))
    document["by_name"] = {name: gene for gene in document["genes"].values() for name in gene["names"]}
    return document


@cache
def site(name: str) -> Site:
    """A site as it is written; without places if it cannot be read."""
    kind, _, change = name.strip().partition(":")
    kind = kind.casefold()
    if kind == "del":
        start, _, length = change.partition(":")
        if not (start.isdecimal() and length.isdecimal()) or int(start) < 1:
            return Site(name)
        places = tuple(range(int(start) - 1, int(start) - 1 + int(length)))
        return Site(name, places, "-" * len(places), "")
    found = _CHANGE.match(change.strip().upper())
    if not found:
        return Site(name)
    ref, number, alt = found[1], int(found[2]), found[3]
    if alt == "-":
        alt = "-" * len(ref)
    if kind == "nuc":
        return (
            Site(name, tuple(range(number - 1, number - 1 + len(ref))), alt, ref)
            if len(alt) == len(ref)
            else Site(name)
        )
    gene = genome()["by_name"].get(kind)
    if gene is None or len(alt) != len(ref):
        return Site(name)
    places = tuple(place for index in range(len(ref)) for place in _codon(gene, number + index))
    return Site(name, places, alt, ref, amino=True) if places[-1] < gene["last"] else Site(name)


def seen(wanted: Site, codes: np.ndarray) -> Seen:
    """What the genome, laid on the reference, shows at the site."""
    if not wanted.places or wanted.places[-1] >= codes.size:
        return Seen.NOT_SCORED
    there = codes[list(wanted.places)]
    if (there == UNCERTAIN).any():
        return Seen.AMBIGUOUS
    shown = _amino_acids(there) if wanted.amino else "".join(LETTERS[code] for code in there)
    if shown == wanted.alt:
        return Seen.ALT
    if wanted.ref:
        return Seen.REF if shown == wanted.ref else Seen.OTHER
    return Seen.REF if "-" not in shown else Seen.OTHER  # a deletion: all bases are there


def _codon(gene: dict[str, Any], number: int) -> tuple[int, int, int]:
    """Places from 0 of an amino acid's codon, past the frameshift one base back."""
    first = gene["first"] - 1 + 3 * (number - 1)
    slip = gene.get("slip")
    if slip is None:
        return first, first + 1, first + 2
    plain = range(first, first + 3)
    a, b, c = (place if place < slip else place - 1 for place in plain)
    return a, b, c


def _amino_acids(codes: np.ndarray) -> str:
    letters = []
    for codon in codes.reshape(-1, 3):
        if (codon == GAP).all():
            letters.append("-")
        elif (codon >= UNCERTAIN).any():
            letters.append("?")
        else:
            letters.append(_AMINO[16 * int(codon[0]) + 4 * int(codon[1]) + int(codon[2])])
    return "".join(letters)
