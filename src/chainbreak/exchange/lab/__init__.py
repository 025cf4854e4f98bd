"""Files and messages of laboratories (实验室报文): instrument exports, FHIR R4B, HL7 v2.

Each reader gives the same `Plate`; `screening.services.laboratory` takes it in.
Begin with `reading.py`.
"""
