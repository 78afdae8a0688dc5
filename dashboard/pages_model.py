"""The model page: what computes the probabilities, how well that has gone, and who decided what."""

from collections.abc import Iterable, Sequence

import pandas as pd
import streamlit as st

from dashboard.api import Api, Row
from dashboard.charts_model import reliability_chart, running_chart
from dashboard.frame import card, figures, heading, looked_after
from dashboard.tables_model import COLUMNS, HORIZONS, decision_row, gain_row, region_row, score_row
from dashboard.words import number, plain

MAGNITUDES = {4.0: "M4+", 5.0: "M5+", 6.0: "M6+", 7.0: "M7+"}
UNSCORED = (
    "No forecast has been scored yet: outcomes count 30 days after a forecast's window has closed. "
    "The flow `score` fills this page by itself."
)
UNCHOSEN = "No forecast of this horizon and magnitude has been scored yet."
UNCHALLENGED = "No earthquake has been scored yet, or no challenger watches. The flow `score` fills this by itself."
UNJUDGED = "No model has been judged yet. A challenger is judged after each training, and every verdict stands here."
BESIDE = ("event-triggered", "shadow")
"""Kinds of scores that set models beside each other."""
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
    chosen = [row for row in scheduled if (row["horizon_days"], row["magnitude_min"]) == (days, magnitude)]
    world = [row for row in chosen if row.get("region", WORLD) == WORLD]
    _champion(api.about(), {row["role"]: row for row in world})
    if scheduled:
        rows = api.answer("running_score", horizon_days=days, magnitude_min=magnitude).records()
        _charts(rows, [row for row in world if row.get("reliability")])
        with card("Number tests and skill", "As many as expected? Both probabilities must exceed 0.025"):
            _table(map(score_row, (row for row in scheduled if row.get("region", WORLD) == WORLD)))
        _beside(scores, [row for row in chosen if row.get("region", WORLD) != WORLD and row["role"] == "champion"])
    else:
        st.info(UNSCORED)
    with card("Promotions and refusals"):
        _table(map(decision_row, api.answer("model_decisions_latest", limit=50).records()), UNJUDGED)


def _charts(running: Sequence[Row], reliable: Sequence[Row]) -> None:
    left, right = st.columns(2)
    with (
        left,
        card("Running score", "Mean log-likelihood gain over the normal day, nats a forecast; above 0 is better"),
    ):
        _chart(running_chart(running) if running else None)
    with right, card("Reliability", "How often it happened; on the line, chances mean what they say (95 % intervals)"):
        _chart(reliability_chart(reliable) if reliable else None)


def _beside(scores: Sequence[Row], regional: Sequence[Row]) -> None:
    left, right = st.columns(2)
    with left, card("Champion and challenger", "Right after earthquakes, and on the same ones; windows overlap there"):
        _table(map(gain_row, (row for row in scores if row.get("kind") in BESIDE)), UNCHALLENGED)
    with right, card("By region", "Scheduled forecasts of the champion, horizon and magnitude as chosen above"):
        _table(map(region_row, sorted(regional, key=lambda row: -row["forecasts"])))


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
        st.info(UNCHOSEN)
    else:
        st.altair_chart(chart, width="stretch")


def _table(rows: Iterable[Row], nothing: str = UNCHOSEN) -> None:
    table = pd.DataFrame(rows)
    if table.empty:
        st.info(nothing)
    else:
        st.dataframe(table, hide_index=True, width="stretch", column_config=COLUMNS)
