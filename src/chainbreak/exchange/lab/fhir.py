"""Laboratory reports as FHIR R4B bundles (FHIR 检验报告): specimen, observations, status, with references inside the bundle."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from chainbreak.screening.services.plate import Plate, PlateWell, Wrong

POSITIVE = {"POS", "LA11882-0", "260373001", "10828004", "DET"}
NEGATIVE = {"NEG", "LA11883-8", "260415000", "260385009", "ND"}
DOUBTFUL = {"IND", "E", "LA11885-3", "419984006", "42425007"}
FINAL = {"final", "amended", "corrected"}


def read(text: str) -> Plate:
    """Read a Bundle with a DiagnosticReport or Observations.

    The tube is the specimen's accession or identifier, else what the report was ordered by.

    Raises:
        Wrong: not JSON, not a valid FHIR bundle, no observation in it, an observation without a known result.
    """
    from fhir.resources.R4B.bundle import Bundle

    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Wrong("not_json", message=str(error)[:120]) from None
    if not isinstance(said, dict) or said.get("resourceType") != "Bundle":
        raise Wrong(
            "not_a_bundle", value=str(said.get("resourceType") if isinstance(said, dict) else type(said).__name__)
        )
    try:
        bundle = Bundle.model_validate(said)
    except ValueError as error:
        first = getattr(error, "errors", list)()
        where = ".".join(map(str, first[0]["loc"])) if first else ""
        raise Wrong("not_fhir", where=where, message=(first[0]["msg"] if first else str(error))[:160]) from None
    entries: list[Any] = [entry for entry in bundle.entry or [] if entry.resource is not None]
    by_reference: dict[str, Any] = {}
    for entry in entries:
        kind = entry.resource.get_resource_type()
        by_reference[f"{kind}/{entry.resource.id}"] = entry.resource
        if entry.fullUrl:
            by_reference[str(entry.fullUrl)] = entry.resource
    of = lambda kind: [entry.resource for entry in entries if entry.resource.get_resource_type() == kind]  # noqa: E731
    report = next(iter(of("DiagnosticReport")), None)
    observations = of("Observation")
    if not observations:
        raise Wrong("no_wells", wanted="Observation")
    wells: dict[str, PlateWell] = {}
    for one in observations:
        specimen = by_reference.get(one.specimen.reference) if one.specimen else None
        sample = _barcode(specimen) or _order(report)
        if not sample:
            raise Wrong("no_barcode", value=f"Observation/{one.id}")
        outcome = _outcome(one)
        if outcome is None:
            raise Wrong("no_outcome", value=f"Observation/{one.id}")
        at = report.issued if report is not None and report.issued else one.effectiveDateTime
        before = wells.get(sample)
        if before is not None and before.outcome != outcome:
            outcome = "inconclusive"  # its observations contradict each other
        wells[sample] = PlateWell(f"M{len(wells):03d}" if before is None else before.position, "sample", sample[:40], {},
                                  outcome, at if isinstance(at, datetime) else None)  # fmt: skip
    named = getattr(bundle.identifier, "value", None) or bundle.id or (report.id if report is not None else "")
    final = all(one.status in FINAL for one in observations) and (report is None or report.status in FINAL)
    laboratory = next((org.name for org in of("Organization") if org.name), "")
    return Plate(str(named)[-40:], tuple(wells.values()), laboratory=str(laboratory)[:80], whole=False, final=final)


def _barcode(specimen: Any) -> str:
    if specimen is None:
        return ""
    given = [specimen.accessionIdentifier, *(specimen.identifier or [])]
    return next((str(one.value) for one in given if one is not None and one.value), "")


def _order(report: Any) -> str:
    for one in (report.basedOn or []) if report is not None else []:
        if one.identifier is not None and one.identifier.value:
            return str(one.identifier.value)
    return ""


def _outcome(observation: Any) -> str | None:
    codes = {coding.code for concept in observation.interpretation or [] for coding in concept.coding or []}
    if observation.valueCodeableConcept is not None:
        codes |= {coding.code for coding in observation.valueCodeableConcept.coding or []}
    if codes & DOUBTFUL or (codes & POSITIVE and codes & NEGATIVE):
        return "inconclusive"
    if codes & POSITIVE:
        return "positive"
    if codes & NEGATIVE:
        return "negative"
    return "invalid" if observation.dataAbsentReason is not None else None
