"""The drift page: whether what comes in is still like what came before, and whether it comes in whole."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import altair as alt
import pandas as pd
import streamlit as st

from dashboard.api import Api, Row
from dashboard.charts import ACCENT, BASELINE, time_axis
from dashboard.frame import card, heading, looked_after
from dashboard.patience import insistent
from dashboard.sealed import sealed
from dashboard.words import minute, plain

COLUMNS = {
    "depth_km": "depth",
    "nst": "stations used (nst)",
    "gap_deg": "azimuthal gap",
    "dmin_deg": "nearest station",
    "rms_s": "residual (rms)",
    "median_minutes": "median",
    "p90_minutes": "9 of 10 within",
    "longest_minutes": "longest",
}
"""What the page calls the columns of the warehouse."""
SHARE = "drifted share"
"""The figure of a comparison that sums up the others."""
COMPARED = (
    "Evidently, the newest 30 days of reports beside the 30 before: the share of columns that drifted, each column by "
    "its own test. The value is a p-value; below the threshold the column has drifted"
)
QUALITY_DAYS = 30
HISTORY_DAYS = 365


def drift_page(api: Api) -> None:
    """Alarms of the stream, comparisons of windows, data quality, and Evidently's pages."""
    heading(
        "Drift", "Is what comes in still like what the model has learnt from, and does it come in whole and in time?"
    )
    looked_after(api, lambda: _show(api))
    insistent(lambda: _pages(api))


def _show(api: Api) -> None:
    now = _clock(api.status())
    left, right = st.columns(2)
    with (
        left,
        card("Alarms of the stream", "River's Page-Hinkley tests on earthquakes that stand alone in space and time"),
    ):
        _alarms(api.answer("drift_alarms_latest", limit=200).records())
    with right, card("Comparisons of windows", COMPARED):
        since = (now - timedelta(days=HISTORY_DAYS)).isoformat()
        _history(api.answer("drift_history", since=since, limit=5000).records())
    since = (now - timedelta(days=QUALITY_DAYS)).isoformat()
    with card(f"Data quality, last {QUALITY_DAYS} days"):
        _quality(api, since)


def _clock(status: Row) -> datetime:
    """The feed's own time: in a replay it is the past."""
    told = status.get("feed_time") if status["mode"] != "live" else None
    return datetime.fromisoformat(told) if told else datetime.now(UTC)


def _alarms(alarms: Sequence[Row]) -> None:
    if not alarms:
        st.success("No alarm has been raised.", icon=":material/check_circle:")
        return
    table = pd.DataFrame(alarms).assign(raised_at=lambda rows: pd.to_datetime(rows["raised_at"]))
    chart = alt.Chart(table).mark_point(filled=True, size=70, color=BASELINE, opacity=0.9)
    chart = chart.encode(
        x=time_axis("raised_at", table["raised_at"]),
        y=alt.Y("statistic:N", title=None),
        tooltip=["region:N", "statistic:N", "raised_at:T", "value:Q", "expected:Q"],
    )
    st.altair_chart(chart.properties(height=150), width="stretch")
    shown = pd.DataFrame({"raised": [minute(row["raised_at"]) for row in alarms]})
    shown = shown.join(table[["region", "statistic", "value", "expected"]])
    st.dataframe(shown, hide_index=True, width="stretch")


def _history(figures: Sequence[Row]) -> None:
    if not figures:
        st.info("No windows have been compared yet. The flow `drift` does it daily once there are 100 reports in each.")
        return
    table = pd.DataFrame(figures).assign(window_end=lambda rows: pd.to_datetime(rows["window_end"]))
    shares = table[table["name"] == SHARE]
    if len(shares):
        line = alt.Chart(shares).mark_line(point=True, color=ACCENT)
        share = alt.Y("value:Q", title="drifted", axis=alt.Axis(format="~%"), scale=alt.Scale(domain=[0, 1]))
        line = line.encode(x=time_axis("window_end", shares["window_end"]), y=share)
        limit = alt.Chart(shares).mark_rule(strokeDash=[4, 4], color=BASELINE).encode(y="max(threshold):Q")
        st.altair_chart((line + limit).properties(height=150), width="stretch")
    newest = table[(table["window_end"] == table["window_end"].max()) & (table["name"] != SHARE)]
    shown = newest[["name", "value", "threshold", "drifted"]].rename(columns={"name": "column"})
    shown = shown.replace({"column": COLUMNS}).assign(drifted=shown["drifted"].map({True: "DRIFTED", False: "no"}))
    columns = {"value": st.column_config.NumberColumn(format="%.3g")}
    st.dataframe(shown, hide_index=True, width="stretch", column_config=columns)


def _quality(api: Api, since: str) -> None:
    shares = api.answer("null_shares", since=since).records()
    latency = api.answer("feed_latency", since=since).records()
    letters = api.answer("dead_letters_by_reason").records()
    if not shares and not letters:
        st.info("No report has come in yet. The figures appear with the first.")
        return
    left, right = st.columns(2)
    with left:
        st.markdown("**Share of reports that leave a column empty**")
        st.dataframe(_percent(shares), hide_index=True, width="stretch")
        st.markdown("**Minutes from origin to an agency's first report here**")
        st.dataframe(_rounded(latency), hide_index=True, width="stretch")
    with right:
        st.markdown("**Messages that could not be read, kept whole**")
        if letters:
            names = {"first_received_at": "first", "last_received_at": "last"}
            shown = [row | {new: minute(row[old]) for old, new in names.items()} for row in letters]
            st.dataframe(pd.DataFrame(shown).drop(columns=list(names)), hide_index=True, width="stretch")
        else:
            st.success("Every message so far could be read.", icon=":material/check_circle:")


def _percent(rows: Sequence[Row]) -> pd.DataFrame:
    table = pd.DataFrame(rows)
    for name in table.columns.difference(["source", "reports"]):
        table[name] = [f"{100 * value:.1f} %" for value in table[name]]
    turned = table.astype({"reports": str}).set_index("source").T.rename_axis("empty in").reset_index()
    return turned.replace({"empty in": COLUMNS | {"reports": "of reports"}})


def _rounded(rows: Sequence[Row]) -> pd.DataFrame:
    table = pd.DataFrame(rows)
    return table.round(1).rename(columns=COLUMNS) if len(table) else table


def _pages(api: Api) -> None:
    with card(
        "Evidently's report",
        "Every column by itself; a swarm of earthquakes looks like drift here, so it starts nothing",
    ):
        pages = api.drift_pages()
        if not pages:
            st.info("There is no report yet. The flow `drift` writes one each day.")
            return
        names = [page["name"] for page in pages]
        name = st.selectbox("Report", names, format_func=_label, label_visibility="collapsed")
        if st.toggle("Show the report (some megabytes)", key=f"show {name}"):
            sealed(name, f"Evidently report {_label(name)}", api.drift_page(name))


def _label(name: str) -> str:
    """`20261101T000000-30d.html` as `2026-11-01 00:00 UTC, windows of 30 days`."""
    stamp, _, days = name.removesuffix(".html").partition("-")
    try:
        made = datetime.strptime(stamp, "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return plain(name)
    return f"{minute(made.isoformat())}, windows of {days.removesuffix('d')} days"
