"""Every page runs: with data, with none, with the API away, a stale feed, no model; and goes on when that is over."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

import dashboard
from dashboard.api import Api
from dashboard.run import command, environment
from quake.settings import Settings

APP = str(Path(dashboard.__file__).with_name("app.py"))
PAGES = ("event", "model", "drift", "ask")


def show(page, api):
    """The script that AppTest runs."""
    from importlib import import_module

    getattr(import_module(f"dashboard.pages_{page}"), f"{page}_page")(api)


def words(app: AppTest) -> str:
    """All that a page says outside charts and tables."""
    kinds = ("error", "warning", "info", "success", "markdown", "caption", "subheader")
    said = [element.value for kind in kinds for element in getattr(app, kind)]
    return "\n".join([*said, *(f"{metric.label}: {metric.value}" for metric in app.metric)])


@pytest.fixture(scope="module", name="world")
def world_fixture(serve: Callable[[int], Any]) -> Any:
    return serve(30)


@pytest.fixture(name="open_page")
def open_page_fixture(world: Any, client: Callable[..., Api]) -> Iterator[Callable[[str], AppTest]]:
    kept = (list(world.assessments), list(world.alerts))

    def open_page(page: str) -> AppTest:
        return AppTest.from_function(show, default_timeout=60, args=(page, client(world.url))).run()

    yield open_page
    world.assessments[:], world.alerts[:] = kept
    world.failing, world.feed_age_s, world.model_version = False, 12.0, "3"


@pytest.fixture(name="open_app")
def open_app_fixture(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., AppTest]]:
    def open_app(url: str) -> AppTest:
        st.cache_resource.clear()
        monkeypatch.setenv("QUAKE_API_URL", url)
        return AppTest.from_file(APP, default_timeout=60).run()

    yield open_app
    st.cache_resource.clear()


def test_map_page_runs(open_app: Callable[..., AppTest], world: Any) -> None:
    app = open_app(world.url)
    assert not app.exception
    assert len(app.session_state["base"]["known"].events) == 30


def test_map_page_waits_for_an_api_that_is_away(open_app: Callable[..., AppTest]) -> None:
    app = open_app("http://127.0.0.1:9")
    assert not app.exception
    assert app.session_state["base"]["known"].events == {}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_says_that_the_api_is_away_and_goes_on_when_it_is_back(
    open_page: Callable[[str], AppTest], world: Any, page: str
) -> None:
    world.failing = True
    app = open_page(page)
    assert not app.exception
    assert "answered /v1" in words(app) and "goes on by itself" in words(app)
    world.failing = False
    app.run()
    assert not app.exception and not app.error
    assert "LIVE" in words(app)


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("event", "No earthquakes yet. They appear here as soon as"),
        ("model", "No forecast has been scored yet"),
        ("drift", "No report has come in yet"),
        ("ask", "Choose a question, or write one"),
    ],
)
def test_a_page_over_an_empty_warehouse_says_so(
    open_page: Callable[[str], AppTest], world: Any, page: str, said: str
) -> None:
    world.assessments.clear()
    world.alerts.clear()
    app = open_page(page)
    assert not app.exception and not app.error
    assert said in words(app)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_says_that_the_feed_is_stale_until_it_is_not(
    open_page: Callable[[str], AppTest], world: Any, page: str
) -> None:
    world.feed_age_s = 4000.0
    app = open_page(page)
    assert "silent for 67 minutes" in words(app)
    world.feed_age_s = 3.0
    assert "silent" not in words(app.run())


def test_the_model_page_says_that_there_is_no_model_until_there_is(
    open_page: Callable[[str], AppTest], world: Any
) -> None:
    world.model_version = None
    app = open_page("model")
    assert "No model has assessed an earthquake yet" in words(app)
    world.model_version = "7"
    assert "Champion: 7" in words(app.run())


def test_the_event_page_shows_one_earthquake_and_says_when_there_is_none_of_that_name(
    open_page: Callable[[str], AppTest],
) -> None:
    app = open_page("event")
    assert not app.exception
    labels = {metric.label for metric in app.metric}
    assert {"Magnitude", "Depth", "Impact"} <= labels and any("M5+ in 7 days (normally " in label for label in labels)
    app.query_params["quake_id"] = "nowhere"
    assert r"No earthquake 'nowhere' is known" in words(app.run())


def test_a_question_is_answered_in_a_table(open_page: Callable[[str], AppTest]) -> None:
    app = open_page("ask")
    app.button[0].click().run()
    assert not app.exception
    assert "1 row" in words(app)
    assert app.dataframe[0].value.to_dict("list") == {"one": [1]}


def test_a_question_that_cannot_be_asked_says_why(open_page: Callable[[str], AppTest], world: Any) -> None:
    app = open_page("ask")
    world.failing = True
    app.button[0].click().run()
    assert not app.exception
    assert "503" in words(app)


def test_the_command_names_script_port_and_loopback(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, dashboard_port=8765, api_port=8123)
    line = command(settings)
    assert APP in line and "--server.port=8765" in line and "--server.address=127.0.0.1" in line
    assert "--browser.gatherUsageStats=false" in line
    assert environment(settings) == {"QUAKE_API_URL": "http://127.0.0.1:8123"}
