"""The model page's tables: what a score, a gain and a decision look like in a row."""

import streamlit as st

from dashboard.api import Row
from dashboard.words import minute
from quake.regions import centres, region_index

HORIZONS = {1: "1 day", 7: "7 days", 30: "30 days"}
PASSES = 0.025
"""Zechar, Gerstenberger and Rhoades (2010): a number test fails where either of its probabilities is below."""
NATS, SHARE = st.column_config.NumberColumn(format="%.4f"), st.column_config.NumberColumn(format="%.3f")
COLUMNS = {
    **dict.fromkeys(("gain (nats)", "95 % from", "to"), NATS),
    **dict.fromkeys(("P(at least)", "P(at most)", "Brier skill", "90 % interval held"), SHARE),
    **dict.fromkeys(("forecasts", "expected"), st.column_config.NumberColumn(format="localized")),
    "reason": st.column_config.TextColumn(width="large"),
}
"""How the columns are written; one that a table lacks does no harm."""


def score_row(row: Row) -> Row:
    """A score of the whole world: counts, number test, skill."""
    at_least, at_most = row["number_test"] or (None, None)
    return {
        "model": row["role"],
        "horizon": HORIZONS.get(row["horizon_days"], f"{row['horizon_days']} days"),
        "magnitude": f"M{row['magnitude_min']:g}+",
        "forecasts": row["forecasts"],
        "expected": round(row["expected"], 1),
        "observed": row["observed"],
        "number test": _verdict(row),
        "P(at least)": at_least,
        "P(at most)": at_most,
        "gain (nats)": row["gain"],
        "95 % from": row.get("gain_low"),
        "to": row.get("gain_high"),
        "Brier skill": row["brier_skill"],
        "90 % interval held": row.get("interval_coverage"),
    }


def gain_row(row: Row) -> Row:
    """Of `batch.score_events`: gains right after earthquakes, or of the challenger over the champion."""
    gain = row["gain"] if isinstance(row["gain"], dict) else {"value": row["gain"]}
    shadow = row["kind"] == "shadow"
    return {
        "model": f"challenger {row['challenger']} over champion {row['champion']}" if shadow else row["role"],
        "region": "" if shadow else _region(row["region"]),
        "forecasts": row["forecasts"],
        "gain (nats)": gain["value"],
        "95 % from": gain.get("low", row.get("gain_low")),
        "to": gain.get("high", row.get("gain_high")),
    }


def region_row(row: Row) -> Row:
    """A score of one region."""
    return {
        "region": _region(row["region"]),
        "forecasts": row["forecasts"],
        "expected": round(row["expected"], 1),
        "observed": row["observed"],
        "number test": _verdict(row),
        "gain (nats)": row["gain"],
    }


def decision_row(row: Row) -> Row:
    """A promotion, refusal or rollback with its reason."""
    return {
        "decided": minute(row["decided_at"]),
        "model": row["model_version"],
        "verdict": row["decision"],
        "instead of": row["previous_version"],
        "reason": row["reason"],
        "gain (nats)": row["gain"],
        "95 % from": row["gain_low"],
        "to": row["gain_high"],
    }


def _region(region: str) -> str:
    """`r100` as `r100, 38°N 22°E`, where its middle lies; whatever is no region as it is."""
    if not region.startswith("r"):
        return region
    latitude, longitude = centres()[region_index(region)]
    return f"{region}, {abs(latitude):.0f}°{'NS'[latitude < 0]} {abs(longitude):.0f}°{'EW'[longitude < 0]}"


def _verdict(row: Row) -> str:
    if not row["number_test"]:
        return "-"
    return "passed" if min(row["number_test"]) > PASSES else "FAILED"
