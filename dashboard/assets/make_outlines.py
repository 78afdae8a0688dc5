"""Writes `outlines.json` from world-atlas TopoJSON: land cut at the date line, and the borders between countries.

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    python dashboard/assets/make_outlines.py package/countries-50m.json dashboard/assets/outlines.json

Lines are lists of integers `[x0, y0, dx1, dy1, ...]` in `1 / SCALE` degrees; rings are closed by who draws them.
"""

import json
import math
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

Point = tuple[float, float]
SCALE = 50
"""Units in a degree: a step is 2 km, a pixel on a map 18,000 pixels wide."""
TOLERANCE_DEG = 0.04
"""No drawn line lies further from the given one."""
CREDIT = "Natural Earth 4.1.0 through world-atlas 2.0.2"


def outlines(topology: dict[str, Any]) -> dict[str, Any]:
    """What the map draws of a world-atlas `countries-*.json`."""
    arcs = [_simplified(arc) for arc in _arcs(topology)]
    countries, land = topology["objects"]["countries"], topology["objects"]["land"]
    rings = (piece for ring in _rings(land) for piece in cut_at_date_line(_joined(ring, arcs)))
    uses = Counter(index if index >= 0 else ~index for ring in _rings(countries) for index in ring)
    borders = (arcs[index] for index, count in uses.items() if count > 1)
    return {"credit": CREDIT, "scale": SCALE, "land": _packed(rings, 4), "borders": _packed(borders, 2)}


def cut_at_date_line(ring: list[Point]) -> list[list[Point]]:
    """A closed ring of (longitude, latitude) as rings that stay within -180 to 180; a ring round a pole reaches it."""
    ring = _around_pole(_unwrapped(ring))
    west, east = (math.floor((f(x for x, _ in ring) + 180) / 360) for f in (min, max))
    pieces = []
    for turn in range(west, east + 1):
        shifted = [(x - 360 * turn, y) for x, y in ring]
        pieces.append(_clipped(_clipped(shifted, 180, 1), -180, -1))
    return [piece for piece in pieces if len(piece) > 2 and _width(piece) > 0]


def _arcs(topology: dict[str, Any]) -> Iterator[list[Point]]:
    (scale_x, scale_y), (west, south) = topology["transform"]["scale"], topology["transform"]["translate"]
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for step_x, step_y in arc:
            x, y = x + step_x, y + step_y
            points.append((west + x * scale_x, south + y * scale_y))
        yield points


def _rings(geometry: dict[str, Any]) -> Iterator[list[int]]:
    """Every ring under `geometry`, as indices of arcs; a negative index is an arc run backwards."""
    if geometry["type"] == "GeometryCollection":
        for member in geometry["geometries"]:
            yield from _rings(member)
    elif geometry["type"] == "MultiPolygon":
        yield from (ring for polygon in geometry["arcs"] for ring in polygon)
    else:
        yield from geometry["arcs"]


def _joined(ring: list[int], arcs: list[list[Point]]) -> list[Point]:
    points: list[Point] = []
    for index in ring:
        arc = arcs[index] if index >= 0 else arcs[~index][::-1]
        points += arc[1 if points else 0 :]
    return points


def _simplified(line: list[Point]) -> list[Point]:
    """Douglas and Peucker (1973), doi:10.3138/FM57-6770-U75U-7727; ends stay, so neighbours still meet."""
    kept, parts = {0, len(line) - 1}, [(0, len(line) - 1)]
    while parts:
        first, last = parts.pop()
        distance, index = max(
            ((_distance(line[i], line[first], line[last]), i) for i in range(first + 1, last)), default=(0, 0)
        )
        if distance > TOLERANCE_DEG:
            kept.add(index)
            parts += [(first, index), (index, last)]
    closed = line[0] == line[-1]
    return line if closed and len(kept) < 4 else [line[i] for i in sorted(kept)]


def _distance(point: Point, start: Point, end: Point) -> float:
    (x, y), (x0, y0), (x1, y1) = point, start, end
    length = math.hypot(x1 - x0, y1 - y0)
    if length == 0:
        return math.hypot(x - x0, y - y0)
    along = max(0.0, min(1.0, ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length**2))
    return math.hypot(x - x0 - along * (x1 - x0), y - y0 - along * (y1 - y0))


def _unwrapped(ring: list[Point]) -> list[Point]:
    """Longitudes carried on past 180, so that no step is longer than half a turn."""
    unwrapped = [ring[0]]
    for x, y in ring[1:]:
        last = unwrapped[-1][0]
        unwrapped.append((last + (x - last + 180) % 360 - 180, y))
    return unwrapped


def _around_pole(ring: list[Point]) -> list[Point]:
    if abs(ring[-1][0] - ring[0][0]) < 1:
        return ring
    pole = math.copysign(90, ring[0][1])
    return [*ring, (ring[-1][0], pole), (ring[0][0], pole)]


def _clipped(ring: list[Point], limit: float, side: int) -> list[Point]:
    """The part of a ring on one side of a meridian: Sutherland and Hodgman (1974), doi:10.1145/360767.360802."""
    kept: list[Point] = []
    for (x0, y0), (x1, y1) in zip([ring[-1], *ring[:-1]] if ring else [], ring):
        if (side * x0 > side * limit) != (side * x1 > side * limit):
            kept.append((limit, y0 + (y1 - y0) * (limit - x0) / (x1 - x0)))
        if side * x1 <= side * limit:
            kept.append((x1, y1))
    return kept


def _width(ring: list[Point]) -> float:
    return max(x for x, _ in ring) - min(x for x, _ in ring)


def _packed(lines: Iterable[list[Point]], at_least: int) -> list[list[int]]:
    packed = []
    for line in lines:
        points = [(round(x * SCALE), round(y * SCALE)) for x, y in line]
        points = [point for point, last in zip(points, [None, *points]) if point != last]
        if len(points) >= at_least:
            steps = [(x - x0, y - y0) for (x, y), (x0, y0) in zip(points, [(0, 0), *points])]
            packed.append([number for step in steps for number in step])
    return packed


if __name__ == "__main__":
    source, target = (Path(argument) for argument in sys.argv[1:])
    target.write_text(json.dumps(outlines(json.loads(source.read_text())), separators=(",", ":")) + "\n")
