"""The page of one earthquake: what is known, how it changed, what may follow, what was said."""

from collections.abc import Iterable, Sequence

import pandas as pd
import streamlit as st

from dashboard.api import Api, Row
from dashboard.charts import people_chart, probability_chart, revision_charts
from dashboard.frame import card, figures as show_figures, heading, looked_after
from dashboard.patience import insistent
from dashboard.words import agency_link, chance, minute, number, plain, times, title
from quake.levels import level_rank

CHOICES = 200
"""Earthquakes to choose from."""


def event_page(api: Api) -> None:
    """The earthquake that the address names (`?quake_id=`), or one of the newest."""
    heading("Earthquake", "What is known of one earthquake, how it changed, whom it shook, and what may follow.")
    insistent(lambda: _choose(api))
    looked_after(api, lambda: _named(api))


def _choose(api: Api) -> None:
    rows = {row["quake_id"]: row for row in api.events(CHOICES)}
    named = st.query_params.get("quake_id") or _gravest(rows.values())
    if not named:
        return
    ids = list(dict.fromkeys([named, *rows]))
    st.query_params["quake_id"] = st.selectbox(
        "Earthquake", ids, format_func=lambda quake_id: _label(rows.get(quake_id), quake_id)
    )


def _gravest(rows: Iterable[Row]) -> str | None:
    """The earthquake that a reader without a choice probably came for: the highest level, then the largest."""
    found = max(rows, key=lambda row: (level_rank(row["alert_level"]), row["magnitude"] or 0.0), default=None)
    return found and found["quake_id"]


def _label(row: Row | None, quake_id: str) -> str:
    return f"{title(row)}, {minute(row['origin_time'])}" if row else quake_id


def _named(api: Api) -> None:
    if quake_id := st.query_params.get("quake_id"):
        _show(api, quake_id)
    else:
        st.info("No earthquakes yet. They appear here as soon as the feed brings the first report.")


def _show(api: Api, quake_id: str) -> None:
    row = api.event(quake_id)
    if row is None:
        st.warning(f"No earthquake {quake_id!r} is known. Perhaps its agency gave it another id; choose one above.")
        return
    _headline(row)
    left, right = st.columns(2)
    with left:
        _forecast(row)
        _revisions(api.assessments(quake_id))
    with right:
        _people(api.places(quake_id))
        _alerts(api.alerts(100, quake_id))
    _reports(api.reports(quake_id))


def _headline(row: Row) -> None:
    st.subheader(title(row))
    if row["status"] != "active":
        merged = f" Now part of {row['superseded_by']}." if row["superseded_by"] else ""
        st.warning(f"This earthquake was {row['status']}; what stands here no longer holds.{merged}")
    kinds = [
        row["review_status"],
        f"{row['reports']} report{'s' if row['reports'] != 1 else ''}",
        f"revision {row['revision']}",
        row["mode"],
    ]
    kinds += ["HINDSIGHT: the model had seen this time"] if row["hindsight"] else []
    st.markdown(f"{minute(row['origin_time'])} · {' · '.join(kinds)} {agency_link(row)}")
    figures = {
        "Magnitude": f"{number(row['magnitude'])} {row['magnitude_type'] or ''}",
        "Depth": f"{number(row['depth_km'], 0)} km",
        "Level": row["alert_level"],
        "Intensity (MMI)": f"{number(row['intensity'])}",
        "People at MMI VI+": number(row["people_mmi6"], 0),
        "M5+ in 7 days": chance(row["probability"]),
        "… a normal day": chance(row["baseline_probability"]),
    }
    show_figures(figures)


def _revisions(assessments: Sequence[Row]) -> None:
    with card("How it changed"):
        if len(assessments) == 1:
            st.write("It has not: there is one assessment so far.")
            return
        for chart in revision_charts(assessments):
            st.altair_chart(chart, width="stretch")


def _people(found: Row | None) -> None:
    with card("Whom it shook", "Expected from the magnitude, depth and tectonic setting; not measured"):
        if not found or not found["places"]:
            st.write("No place is expected to have felt it (MMI III or more).")
            return
        st.altair_chart(people_chart(found["people_mmi"]), width="stretch")
        towns = pd.DataFrame(found["places"])[["name", "intensity", "distance_km", "population"]]
        towns = towns.rename(
            columns={"name": "town", "intensity": "MMI", "distance_km": "km away", "population": "people"}
        )
        formats = {"MMI": "%.1f", "km away": "%d", "people": "localized"}
        columns = {name: st.column_config.NumberColumn(format=kind) for name, kind in formats.items()}
        st.dataframe(towns, hide_index=True, width="stretch", column_config=columns)


def _forecast(row: Row) -> None:
    with card("What may follow within 100 km", "Chances with those of a normal day beside them; nobody can predict"):
        st.altair_chart(probability_chart(row["forecast"]), width="stretch")
        table = pd.DataFrame(
            {
                "days": item["horizon_days"],
                "magnitude": f"{item['magnitude_min']:.0f}+",
                "expected": f"{item['expected']:.3g}",
                "chance": chance(item["probability"]),
                "a normal day": chance(item["baseline_probability"]),
                "gain": times(item["gain"]),
            }
            for item in row["forecast"]
        )
        st.dataframe(table, hide_index=True, width="stretch")


def _alerts(alerts: Sequence[Row]) -> None:
    with card("Alerts sent"):
        if not alerts:
            st.write("None. No alert does not mean no danger.")
        for alert in alerts:
            st.markdown(
                f"{minute(alert['sent_at'])} · **{alert['message_type']}** {alert['alert_level']} · "
                + plain(alert["reason"])
            )


def _reports(reports: Sequence[Row]) -> None:
    columns = [
        "source",
        "source_revision",
        "ingested_at",
        "kind",
        "magnitude",
        "magnitude_type",
        "latitude",
        "longitude",
    ]
    columns += ["depth_km", "review_status", "nst", "network"]
    with st.expander(f"Reports of the agencies ({len(reports)})"):
        st.dataframe(pd.DataFrame(reports, columns=columns), hide_index=True)
