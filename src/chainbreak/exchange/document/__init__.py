"""Documents (文书): reports and bulletins as one plain structure, written as PDF (`pdf.py`) and as Word (`docx.py`).

Begin with `content.py`: a document is a title, when it holds, a few blocks, and who took it out.
"""
