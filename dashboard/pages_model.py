"""The model page: what computes the probabilities, how well that has gone, and who decided what."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard.api import Api, Row
from dashboard.charts_model import reliability_chart, running_chart
from dashboard.frame import card, figures, heading, looked_after
from dashboard.words import minute, number, plain

HORIZONS = {1: "1 day", 7: "7 days", 30: "30 days"}
MAGNITUDES = {4.0: "M4+", 5.0: "M5+", 6.0: "M6+", 7.0: "M7+"}
PASSES = 0.025
"""Zechar, Gerstenberger and Rhoades (2010): a number test fails where either of its probabilities is below."""
UNSCORED = (
    "No forecast has been scored yet: outcomes count 30 days after a forecast's window has closed. "
    "The flow `score` fills this page by itself."
)


UNCHALLENGED = "No earthquake has been scored yet, or no challenger watches. The flow `score` fills this by itself."
WORLD = "world"
"""The region of scores that are about all of them."""


def model_page(api: Api) -> None:
    """Champion, running score, reliability, number tests, champion beside challenger, decisions."""
    heading(
        "Model", "What computes the probabilities, how they fared against a normal day, and which model was let in."
    )
    with st.container(horizontal=True):
        days = _choice("Horizon", HORIZONS, 7)
        magnitude = _choice("Magnitude", MAGNITUDES, 5.0)
    looked_after(api, lambda: _show(api, int(days), float(magnitude)))


def _choice(label: str, options: Row, default: float) -> float:
    return st.segmented_control(
        label, list(options), default=default, format_func=options.get, required=True, label_visibility="collapsed"
    )


def _show(api: Api, days: int, magnitude: float) -> None:
    runs = api.scores()
    scores = runs[0]["scores"] if runs else []
    scheduled = [row for row in scores if row.get("kind", "scheduled") == "scheduled" and row["forecasts"]]
    world = [row for row in scheduled if row.get("region", WORLD) == WORLD]
    chosen = [row for row in scheduled if (row["horizon_days"], row["magnitude_min"]) == (days, magnitude)]
    whole = [row for row in chosen if row.get("region", WORLD) == WORLD]
    _champion(api.about(), {row["role"]: row for row in whole})
    left, right = st.columns(2)
    with (
        left,
        card("Running score", "Mean log-likelihood gain over the normal day, nats a forecast; above 0 is better"),
    ):
        rows = api.answer("running_score", horizon_days=days, magnitude_min=magnitude).records()
        _chart(running_chart(rows) if rows else None)
    with right, card("Reliability", "How often it happened; on the line, chances mean what they say (95 % intervals)"):
        found = [row for row in whole if row.get("reliability")]
        _chart(reliability_chart(found) if found else None)
    with card("Number tests and skill", "As many as expected? Both probabilities must exceed 0.025"):
        _table([_test(row) for row in world])
    left, right = st.columns(2)
    with left, card("Champion and challenger", "Right after earthquakes, and on the same ones; windows overlap there"):
        _table([_gain(row) for row in scores if row.get("kind") in ("event-triggered", "shadow")], UNCHALLENGED)
    with right, card("By region", "Scheduled forecasts of the champion, horizon and magnitude as chosen above"):
        regional = [row for row in chosen if row.get("region", WORLD) != WORLD and row["role"] == "champion"]
        _table([_region(row) for row in sorted(regional, key=lambda row: -row["forecasts"])])
    with card("Promotions and refusals"):
        _decisions(api.answer("model_decisions_latest", limit=50).records())


def _champion(about: Row, scores: dict[str, Row]) -> None:
    version = (about.get("champion") or {}).get("model_version")
    if not version:
        st.info("No model has assessed an earthquake yet. This page fills as soon as one has.")
    score = scores.get("champion", {})
    figures(
        {
            "Champion": plain(str(version or "none yet")),
            "Forecasts scored": number(score.get("forecasts"), 0) if score else "none yet",
            "Gain over a normal day": f"{number(score.get('gain'), 4)} nats" if score.get("forecasts") else "not yet",
            "Brier skill": number(score.get("brier_skill"), 3) if score.get("forecasts") else "not yet",
            "Expected / observed": (
                f"{number(score['expected'])} / {score['observed']}" if score.get("forecasts") else "not yet"
            ),
        }
    )


def _chart(chart: object | None) -> None:
    if chart is None:
        st.info(UNSCORED)
    else:
        st.altair_chart(chart, width="stretch")


def _table(rows: Sequence[Row], nothing: str = "") -> None:
    if rows:
        st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch")
    else:
        st.info(nothing or UNSCORED)


def _test(row: Row) -> Row:
    at_least, at_most = row["number_test"] or (None, None)
    passed = "-" if at_least is None else "passed" if min(at_least, at_most) > PASSES else "FAILED"
    return {
        "model": row["role"],
        "horizon": HORIZONS.get(row["horizon_days"], f"{row['horizon_days']} days"),
        "magnitude": f"M{row['magnitude_min']:g}+",
        "forecasts": row["forecasts"],
        "expected": round(row["expected"], 1),
        "observed": row["observed"],
        "number test": passed,
        "P(at least)": at_least,
        "P(at most)": at_most,
        "gain (nats)": row["gain"],
        "95 % from": row.get("gain_low"),
        "to": row.get("gain_high"),
        "Brier skill": row["brier_skill"],
        "90 % interval held": row.get("interval_coverage"),
    }


def _gain(row: Row) -> Row:
    """Of `batch.score_events`: gains right after earthquakes, or of the challenger over the champion."""
    gain = row["gain"] if isinstance(row["gain"], dict) else {"value": row["gain"]}
    shadow = row["kind"] == "shadow"
    return {
        "model": f"challenger {row['challenger']} over champion {row['champion']}" if shadow else row["role"],
        "region": "" if shadow else row["region"],
        "forecasts": row["forecasts"],
        "gain (nats)": gain["value"],
        "95 % from": gain.get("low", row.get("gain_low")),
        "to": gain.get("high", row.get("gain_high")),
    }


def _region(row: Row) -> Row:
    at_least, at_most = row["number_test"] or (None, None)
    failed = at_least is not None and min(at_least, at_most) <= PASSES
    return {
        "region": row["region"],
        "forecasts": row["forecasts"],
        "expected": round(row["expected"], 1),
        "observed": row["observed"],
        "number test": "FAILED" if failed else "passed",
        "gain (nats)": row["gain"],
    }


def _decisions(decisions: Sequence[Row]) -> None:
    if not decisions:
        st.info(
            "No model has been judged yet. A challenger is judged after each training, and every verdict stands here."
        )
        return
    table = pd.DataFrame(
        {
            "decided": minute(row["decided_at"]),
            "model": row["model_version"],
            "verdict": row["decision"],
            "instead of": row["previous_version"],
            "reason": row["reason"],
            "gain (nats)": row["gain"],
            "95 % from": row["gain_low"],
            "to": row["gain_high"],
        }
        for row in decisions
    )
    st.dataframe(
        table, hide_index=True, width="stretch", column_config={"reason": st.column_config.TextColumn(width="large")}
    )
