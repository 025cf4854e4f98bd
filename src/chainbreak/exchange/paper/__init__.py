"""Paper for a round when nothing else works (纸质备份): roll sheets, tube labels, and a sheet to type up afterwards.

Begin with `roll_sheet` in `sheets.py`; what is typed up goes in as a file of the kind `swabs`.
"""
