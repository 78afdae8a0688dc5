"""The model page: what computes the probabilities, and how the service is doing."""

import streamlit as st

from dashboard.api import Api, Row
from dashboard.badge import NOTICE, header
from dashboard.patience import patient
from dashboard.words import plain

REFRESH_S = 15.0


def model_page(api: Api) -> None:
    """The champion and the service's figures; scores join them once they are published."""
    st.subheader("Model")
    _refresh(api)


@st.fragment(run_every=REFRESH_S)
def _refresh(api: Api) -> None:
    patient(lambda: _show(api.about(), api.status()))


def _show(about: Row, status: Row) -> None:
    line = header(status)
    st.markdown(" ".join(f":gray-badge[{label}]" for label in line.badges))
    if line.problem:
        st.warning(line.problem)
    champion = about.get("champion") or {}
    if not champion.get("model_version"):
        st.info("No model has assessed an earthquake yet. This page fills as soon as one has.")
    with st.container(horizontal=True):
        for name, value in champion.items():
            st.metric(name.replace("_", " "), plain(str(value or "none yet")), width="content")
    st.markdown("##### Rows kept")
    with st.container(horizontal=True):
        for name, value in status["counts"].items():
            st.metric(name.replace("_", " "), f"{value:,}", width="content")
    st.caption(NOTICE)
