"""A laboratory's file read by what it is (按内容识别): FHIR JSON, HL7 v2, or an instrument's export; with its fingerprint."""

from __future__ import annotations

import hashlib

from chainbreak.screening.services.plate import Plate, Wrong

from . import fhir, hl7, qpcr

MOST_BYTES = 10_000_000


def read(data: bytes) -> tuple[Plate, str]:
    """The run in a file, and the fingerprint (SHA-256) of the file.

    Raises:
        Wrong: empty, too large, in no encoding of the field, or not to be read as what it seems to be.
    """
    if not data.strip():
        raise Wrong("file_empty")
    if len(data) > MOST_BYTES:
        raise Wrong("file_too_large", bytes=len(data), most=MOST_BYTES)
    text = _text(data)
    fingerprint = hashlib.sha256(data).hexdigest()
    start = text.lstrip("\ufeff\x0b \t\r\n")
    reader = fhir if start.startswith(("{", "[")) else hl7 if start.startswith("MSH") else qpcr
    return reader.read(start), fingerprint


def _text(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Wrong("not_text")
