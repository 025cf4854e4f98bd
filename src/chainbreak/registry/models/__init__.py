"""Tables of the registry: areas, persons and their identities, households, places."""

from .area import Area, AreaLevel
from .person import CareNeed, DuplicateFlag, Household, Identity, Person, Sex
from .place import Place

__all__ = ["Area", "AreaLevel", "CareNeed", "DuplicateFlag", "Household", "Identity", "Person", "Place", "Sex"]
