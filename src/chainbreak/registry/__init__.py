"""People, households, places, areas and units (人员、场所台账).

Identities are kept apart and encrypted; everybody else sees numbers.
Begin with `services/people.py`.
"""
