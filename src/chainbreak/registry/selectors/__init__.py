"""Questions to the registry: areas, places, persons by number."""
