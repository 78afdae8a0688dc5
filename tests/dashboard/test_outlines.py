"""The map's coastlines: complete, cut at the date line, small."""

import json
import math
from collections.abc import Iterator
from pathlib import Path

import pytest

import dashboard
from dashboard.assets.make_outlines import cut_at_date_line

FILE = Path(dashboard.__file__).with_name("assets") / "outlines.json"
Point = tuple[float, float]


@pytest.fixture(scope="module", name="outlines")
def outlines_fixture() -> dict:
    return json.loads(FILE.read_text())


def lines(outlines: dict, name: str) -> Iterator[list[Point]]:
    for numbers in outlines[name]:
        x = y = 0
        points = []
        for dx, dy in zip(numbers[::2], numbers[1::2]):
            x, y = x + dx, y + dy
            points.append((x / outlines["scale"], y / outlines["scale"]))
        yield points


def test_file_is_small() -> None:
    assert FILE.stat().st_size < 200_000


@pytest.mark.parametrize("name", ["land", "borders"])
def test_no_line_leaves_the_world_or_jumps_across_it(outlines: dict, name: str) -> None:
    for line in lines(outlines, name):
        assert all(-180 <= x <= 180 and -90 <= y <= 90 for x, y in line)
        along_pole = [abs(y0) == abs(y1) == 90 for (_, y0), (_, y1) in zip(line, line[1:])]
        steps = [abs(x1 - x0) for (x0, _), (x1, _) in zip(line, line[1:])]
        assert all(step < 90 or pole for step, pole in zip(steps, along_pole))


def test_land_covers_what_land_covers(outlines: dict) -> None:
    """148.9 million km2 of land (CIA World Factbook), less the Caspian Sea and the like."""
    square = sum(abs(sphere_area(ring)) * (-1 if is_lake(ring) else 1) for ring in lines(outlines, "land"))
    assert square * 6371**2 == pytest.approx(148.9e6, rel=0.02)


@pytest.mark.parametrize(
    ("place", "longitude", "latitude", "land"),
    [
        ("Chukotka, west of the date line", 178.0, 67.0, True),
        ("Chukotka, east of the date line", -178.0, 67.0, True),
        ("Antarctica at the date line", 179.9, -85.0, True),
        ("Ankara", 32.9, 39.9, True),
        ("Caspian Sea", 51.0, 41.5, False),
        ("Pacific at the date line", 180.0, 0.0, False),
        ("Arctic Ocean", 0.0, 88.0, False),
    ],
)
def test_known_places(outlines: dict, place: str, longitude: float, latitude: float, land: bool) -> None:
    crossings = sum(inside(ring, longitude, latitude) for ring in lines(outlines, "land"))
    assert bool(crossings % 2) is land, place


def test_a_ring_across_the_date_line_becomes_two() -> None:
    pieces = cut_at_date_line([(170, 0), (-170, 0), (-170, 10), (170, 10), (170, 0)])
    spans = sorted((min(x for x, _ in piece), max(x for x, _ in piece)) for piece in pieces)
    assert spans == [(-180, -170), (170, 180)]


def test_a_ring_round_a_pole_reaches_it() -> None:
    ring = [(float(x), -70.0) for x in (-180, -90, 0, 90, 180)]
    (piece,) = cut_at_date_line(ring)
    assert min(y for _, y in piece) == -90
    assert {x for x, y in piece if y == -90} == {-180.0, 180.0}


def sphere_area(ring: list[Point]) -> float:
    """Signed area on the unit sphere, by the trapezoidal rule in the sine of latitude."""
    sines = [(math.radians(x), math.sin(math.radians(y))) for x, y in ring]
    return sum((x1 - x0) * (y0 + y1) / 2 for (x0, y0), (x1, y1) in zip(sines, sines[1:] + sines[:1]))


def is_lake(ring: list[Point]) -> bool:
    return inside(ring, 51.0, 41.5) and not inside(ring, 100.0, 60.0)


def inside(ring: list[Point], longitude: float, latitude: float) -> bool:
    crossed = False
    for (x0, y0), (x1, y1) in zip(ring, ring[1:] + ring[:1]):
        if (y0 > latitude) != (y1 > latitude):
            crossed ^= longitude < x0 + (latitude - y0) / (y1 - y0) * (x1 - x0)
    return crossed
