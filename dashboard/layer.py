"""The forecast layer: the lattice of places as the browser gets it, few bytes each."""

from typing import Any

from dashboard.api import Row
from dashboard.compact import short
from quake.lattice import SPACING_DEG

FAINTEST = 1e-4
"""Places with a smaller chance, and no more than twice a normal day's, are not drawn."""
PLAIN_GAIN = 2.0


def compact_grid(grid: Row | None) -> dict[str, Any] | None:
    """`issued_at`, `size_deg`, `cells`: [longitude, latitude, chance, normal chance, gain] each; None without one."""
    if not grid or not grid["features"]:
        return None
    cells = [_cell(feature) for feature in grid["features"]]
    drawn = [cell for cell in cells if cell[2] >= FAINTEST or cell[4] > PLAIN_GAIN]
    return {"issued_at": grid["issued_at"], "size_deg": SPACING_DEG, "hindsight": grid["hindsight"], "cells": drawn}


def _cell(feature: Row) -> list[float]:
    about, (longitude, latitude) = feature["properties"], feature["geometry"]["coordinates"]
    chances = [short(about["probability"]), short(about["baseline_probability"])]
    return [round(longitude, 2), round(latitude, 2), *chances, round(about["gain"], 1)]
