"""The ask page: saved questions and SQL of one's own, read only; the answer as table, chart and file."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta

import streamlit as st

from dashboard.api import Answer, Api, ApiError, Refused, Row
from dashboard.frame import card, heading, looked_after
from dashboard.patience import insistent
from dashboard.tables import as_csv, as_frame, chart_of, numeric
from quake.schema import TABLES

OWN = "SQL of my own"
EXAMPLE = """SELECT place, magnitude, origin_time, alert_level, probability
FROM assessments
WHERE role = 'champion' AND magnitude >= @magnitude
ORDER BY origin_time DESC
LIMIT 100"""
MOST_ROWS = 5000
ANSWER = "answer"
"""Where the last answer is kept, so that charting it asks nothing again."""


def ask_page(api: Api) -> None:
    """A question, its parameters, its answer."""
    heading(
        "Ask",
        "The warehouse in BigQuery's SQL: read only, 10 seconds, 5,000 rows. The same text works with quake sql.",
    )
    looked_after(api)
    left, right = st.columns([2, 3])
    with left:
        insistent(lambda: _question(api))
    with right:
        _answer()


def _question(api: Api) -> None:
    saved = {row["name"]: row for row in api.answers()}
    with card("Question"):
        name = st.selectbox("Saved question", [OWN, *saved], format_func=lambda name: name.replace("_", " "))
        row = saved.get(name)
        if row:
            st.caption(row["meaning"])
        sql = st.text_area("SQL", row["sql"] if row else EXAMPLE, height=260, key=f"sql {name}")
        parameters = _parameters(row["parameters"] if row else _named(sql))
        if st.button("Ask", type="primary", width="stretch"):
            _ask(api, sql, parameters)
        with st.expander("Tables and columns"):
            st.markdown("\n".join(f"- **{table.name}** {_columns(table.row)}" for table in TABLES.values()))


def _columns(row: type) -> str:
    return ", ".join(f"`{field.name}`" for field in fields(row))


def _named(sql: str) -> list[str]:
    """Names after `@` in the text."""
    words = (part.split()[0] if part.split() else "" for part in sql.split("@")[1:])
    return sorted({"".join(letter for letter in word if letter.isalnum() or letter == "_") for word in words} - {""})


def _parameters(names: list[str]) -> dict[str, str]:
    defaults = _defaults(datetime.now(UTC))
    given = {name: st.text_input(f"@{name}", defaults.get(name, ""), key=f"parameter {name}") for name in names}
    if names:
        st.caption("Times as ISO 8601 in UTC; numbers as they are; `null` for none.")
    return given


def _defaults(now: datetime) -> Row:
    week, day = f"{now - timedelta(days=7):%Y-%m-%dT00:00:00Z}", f"{now:%Y-%m-%dT%H:%M:00Z}"
    return {
        "since": week, "as_of": day, "until": day, "limit": "100", "role": "champion", "source": "usgs",
        "magnitude": "5", "horizon_days": "7", "magnitude_min": "5", "after": "0", "seq": "0", "status": "active",
    }  # fmt: skip


def _ask(api: Api, sql: str, parameters: dict[str, str]) -> None:
    try:
        st.session_state[ANSWER] = api.query(sql, parameters, MOST_ROWS)
    except Refused as error:
        st.session_state[ANSWER] = f"The question was not answered: {error}"
    except ApiError as error:
        st.session_state[ANSWER] = f"{error} Ask again when it is back."


def _answer() -> None:
    answer = st.session_state.get(ANSWER)
    with card("Answer"):
        if answer is None:
            st.info("Choose a question, or write one, and press Ask.")
        elif isinstance(answer, str):
            st.error(answer)
        else:
            _show(answer)


def _show(answer: Answer) -> None:
    table = as_frame(answer)
    cut = {"rows": f"; there are more, these are the first {len(table):,}", "bytes": "; cut, the rest is too large"}
    st.caption(f"{len(table):,} row{'s' * (len(table) != 1)}{cut.get(answer.cut, '')}")
    shown, drawn = st.tabs(["Table", "Chart"])
    with shown:
        st.dataframe(table, hide_index=True, width="stretch")
        st.download_button("Download CSV", as_csv(table), "answer.csv", "text/csv", icon=":material/download:")
    with drawn:
        numbers = numeric(table)
        if not numbers or table.empty:
            st.info("There is no number to draw.")
            return
        across, up = st.columns(2)
        x = across.selectbox("Across", list(table.columns))
        y = up.selectbox("Up", numbers)
        st.altair_chart(chart_of(table, x, y), width="stretch")
