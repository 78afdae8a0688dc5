"""Every page runs, with earthquakes, without, and with the API away. What they look like is test_browser.py's."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

import dashboard
from dashboard.run import command, environment
from quake.settings import Settings

APP = str(Path(dashboard.__file__).with_name("app.py"))


@pytest.fixture(name="open_app")
def open_app_fixture(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., AppTest]]:
    def open_app(url: str, page: str = "", **query: str) -> AppTest:
        st.cache_resource.clear()
        monkeypatch.setenv("QUAKE_API_URL", url)
        app = AppTest.from_file(APP, default_timeout=20)
        app.query_params.update(query)
        app.run()
        return app.switch_page(page).run() if page else app

    yield open_app
    st.cache_resource.clear()


def test_map_page_runs(open_app: Callable[..., AppTest], serve: Callable[[int], Any]) -> None:
    app = open_app(serve(30).url)
    assert not app.exception
    assert len(app.session_state["base"]["known"].events) == 30


def test_map_page_waits_for_an_api_that_is_away(open_app: Callable[..., AppTest]) -> None:
    app = open_app("http://127.0.0.1:9")
    assert not app.exception
    assert app.session_state["base"]["known"].events == {}


def test_the_command_names_script_port_and_loopback(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, dashboard_port=8765, api_port=8123)
    line = command(settings)
    assert APP in line and "--server.port=8765" in line and "--server.address=127.0.0.1" in line
    assert "--browser.gatherUsageStats=false" in line
    assert environment(settings) == {"QUAKE_API_URL": "http://127.0.0.1:8123"}
