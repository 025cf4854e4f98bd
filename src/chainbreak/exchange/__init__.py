"""Files in and out: CSV, XLSX, FHIR, PDF, DOCX (数据交换).

A file format is one small class, with a sample file beside its test.
Nothing is ever half written.
"""
