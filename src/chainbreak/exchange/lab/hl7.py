"""Results as HL7 v2 messages (HL7 v2 ORU^R01): specimen, OBX with coded result or Ct, status of each."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from chainbreak.screening.services.plate import Plate, PlateWell, Wrong

POSITIVE = {"POS", "POSITIVE", "DETECTED", "LA11882-0", "260373001", "阳性"}
NEGATIVE = {"NEG", "NEGATIVE", "NOT DETECTED", "LA11883-8", "260415000", "阴性"}
DOUBTFUL = {"IND", "INCONCLUSIVE", "EQUIVOCAL", "LA11885-3", "419984006", "可疑"}
INVALID = {"INV", "INVALID", "无效"}
CHINA = timezone(timedelta(hours=8))


def read(text: str) -> Plate:
    """Read one ORU^R01 message.

    The tube is the specimen's id (SPM-2), else the filler's or placer's order number (OBR-3, OBR-2).

    Raises:
        Wrong: no HL7 message, another kind of message, no result in it, a result that means nothing.
    """
    from hl7apy.exceptions import HL7apyException
    from hl7apy.parser import parse_message

    text = "\r".join(
        line for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n") if line.strip("\x0b\x1c ")
    )
    text = text.strip("\x0b\x1c")
    try:
        message = parse_message(text, find_groups=False)
        kind = message.msh.msh_9.value or ""
    except (HL7apyException, IndexError, KeyError, AttributeError, ValueError) as error:
        raise Wrong("not_hl7", message=str(error)[:120]) from None
    if not kind.startswith("ORU"):
        raise Wrong("not_oru", value=kind[:20])
    wells: dict[str, PlateWell] = {}
    order, final, at = "", True, None
    segments = list(message.children)
    specimens = _specimens(segments)
    for place, segment in enumerate(segments):
        if segment.name == "OBR":
            order = specimens.get(place) or _first(segment, "obr_3") or _first(segment, "obr_2")
            at = _instant(_field(segment, "obr_22")) or _instant(_field(segment, "obr_7"))
        elif segment.name == "OBX":
            if not order:
                raise Wrong("no_barcode", value=f"OBX {_field(segment, 'obx_1')}")
            final &= _field(segment, "obx_11") in ("F", "C", "")
            _obx(wells, segment, order, at)
    if not wells:
        raise Wrong("no_wells", wanted="OBX")
    if bare := next((well.sample for well in wells.values() if well.outcome is None and not well.ct), None):
        raise Wrong("no_outcome", value=bare)
    number = (message.msh.msh_10.value or "")[:40]
    return Plate(
        number, tuple(wells.values()), laboratory=(message.msh.msh_4.value or "")[:80], whole=False, final=final
    )


def _obx(wells: dict[str, PlateWell], segment: Any, order: str, at: datetime | None) -> None:
    value, kind = _field(segment, "obx_5"), _field(segment, "obx_2")
    before = wells.get(order) or PlateWell(f"M{len(wells):03d}", "sample", order[:40], {}, None, at)
    outcome, ct = before.outcome, dict(before.ct)
    if kind == "NM":
        target = _field(segment, "obx_3").split("^")
        try:
            ct[(target[1] if len(target) > 1 else target[0])[:20]] = float(value)
        except ValueError:
            raise Wrong("bad_ct", row=_field(segment, "obx_1"), column="OBX-5", value=value[:20]) from None
    else:
        words = {part.strip().upper() for part in [*value.split("^"), *_field(segment, "obx_8").split("~")]}
        said = next(
            (name for name, known in (("inconclusive", DOUBTFUL), ("negative", NEGATIVE), ("positive", POSITIVE), ("invalid", INVALID)) if words & known),
            None,
        )  # fmt: skip
        if said is None:
            raise Wrong("no_outcome", value=value[:40])
        outcome = said if outcome in (None, said) else "inconclusive"
    wells[order] = PlateWell(
        before.position, "sample", before.sample, ct, outcome, _instant(_field(segment, "obx_14")) or before.reported_at
    )


def _specimens(segments: list[Any]) -> dict[int, str]:
    """The specimen that follows each order, by the order's place."""
    found, order = {}, None
    for place, segment in enumerate(segments):
        if segment.name == "OBR":
            order = place
        elif segment.name == "SPM" and order is not None:
            given = _field(segment, "spm_2").replace("&", "^").split("^")
            found[order] = next((part for part in given if part), "")
    return {place: barcode for place, barcode in found.items() if barcode}


def _field(segment: Any, name: str) -> str:
    try:
        return str(getattr(segment, name).to_er7() or "").strip()
    except Exception:  # noqa: BLE001  (a field that this version of the segment does not have)
        return ""


def _first(segment: Any, name: str) -> str:
    return _field(segment, name).split("^")[0].strip()


def _instant(text: str) -> datetime | None:
    digits, zone = text[:14], text[-5:] if len(text) > 14 and text[-5] in "+-" else ""
    try:
        at = datetime.strptime(digits.ljust(14, "0"), "%Y%m%d%H%M%S") if len(digits) >= 8 else None  # noqa: DTZ007
        if at is None:
            return None
        return datetime.strptime(f"{at:%Y%m%d%H%M%S}{zone}", "%Y%m%d%H%M%S%z") if zone else at.replace(tzinfo=CHINA)
    except ValueError:
        return None
