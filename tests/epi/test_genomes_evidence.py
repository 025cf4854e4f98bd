"""History and genome of a case: what is said to disagree, and what is not."""

from __future__ import annotations

import pytest

from chainbreak.epi.genomes.evidence import Evidence, disagreements


@pytest.mark.parametrize(
    ("evidence", "codes"),
    [
        (Evidence(linked=True, lineage="BA.2", neighbours=["BA.2.3", "B.1.1.529", ""], conclusion="same_chain"), []),
        (Evidence(linked=True, lineage="BA.2", neighbours=["Omicron"], conclusion="inconclusive"), []),
        (Evidence(linked=True, lineage="BA.2", neighbours=["BA.2", "BA.1"]), ["lineage_differs"]),
        (Evidence(linked=True, conclusion="other"), ["genome_excludes"]),
        (Evidence(linked=False, conclusion="other"), []),
        (Evidence(linked=False, conclusion="same_chain"), ["link_missing"]),
        (Evidence(linked=True, conclusion="same_chain", assessed="not_linked"), ["assessment_differs"]),
        (Evidence(linked=False, conclusion="other", assessed="linked"), ["assessment_differs"]),
        (Evidence(linked=False, coverage=0.3), ["coverage_low"]),
        (Evidence(linked=False), []),
    ],
)
def test_what_disagrees(evidence, codes):
    assert disagreements(evidence) == codes
