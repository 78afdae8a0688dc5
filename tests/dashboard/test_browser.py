"""The map in a real browser: drawn, quiet, self-sufficient, live, honest about the past."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import expect

from dashboard.map_component import LEVELS

KEY = "a-key-that-no-browser-may-see"


@pytest.fixture(scope="module", name="world")
def world_fixture(browser: Any, serve: Callable[[int], Any]) -> Any:
    return serve(300)


@pytest.fixture(scope="module", name="address")
def address_fixture(world: Any, start_dashboard: Callable[..., str]) -> str:
    return start_dashboard(world.url)


@pytest.fixture(name="open_map")
def open_map_fixture(browser: Any, address: str, watched: Any) -> Iterator[Callable[..., Any]]:
    contexts: list[Any] = []

    def open_map(size: str = "desktop", scheme: str = "light", at: str = "", drawn: int = 300) -> Any:
        opened = watched.open_page(browser, contexts, at or address, size, scheme)
        expect(opened.page.locator(".quake")).to_have_attribute("data-drawn", str(drawn), timeout=40_000)
        return opened

    yield open_map
    for context in contexts:
        context.close()


@pytest.mark.parametrize("size", ["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_browser_draws_the_map(
    open_map: Callable[..., Any], address: str, world: Any, watched: Any, size: str, scheme: str
) -> None:
    opened = open_map(size, scheme)
    page = opened.page
    expect(page.locator(".badges")).to_have_text("LIVE")
    expect(page.locator(".wire")).to_have_text("connected")
    colours = watched.colours_of(page, f"map-{size}-{scheme}")
    assert colours[watched.LAND[scheme]] > 0.08, "land is missing"
    assert colours[watched.rgb(LEVELS["yellow"]["colour"])] > 0.0002, "earthquakes are missing"
    page.get_by_role("button", name="Chance").click()
    expect(page.locator(".key")).to_contain_text("issued")
    page.locator(".alerts button").filter(has_text="M 7").first.click()
    expect(page.locator(".towns li")).to_contain_text("Nearby, 65 k people")
    watched.photograph(page, f"map-chosen-{size}-{scheme}")
    assert page.evaluate("document.documentElement.scrollWidth") <= watched.SIZES[size][0]
    assert opened.complaints == []
    assert opened.hosts == {urlsplit(address).netloc, urlsplit(world.url).netloc}


def test_browser_shows_an_alert_without_reload(open_map: Callable[..., Any], world: Any) -> None:
    page = open_map().page
    page.evaluate("window.notReloaded = true")
    expect(page.locator(".wire")).to_have_text("connected")
    page.locator(".alerts button").last.focus()
    before = page.locator(".alerts button").last.inner_text()
    page.locator(".alerts").evaluate("list => (list.scrollTop = 0)")
    try:
        world.failing = True  # so that nothing but the stream can bring it
        world.publish(datetime.now(UTC), quake_id="q-live")
        expect(page.locator(".alerts li").first).to_contain_text("<i>Kefalonia</i>", timeout=2000)
        expect(page.locator(".quake")).to_have_attribute("data-drawn", "301", timeout=2000)
        expect(page.get_by_role("log")).to_contain_text("New: ALERT M 7.4 <i>Kefalonia</i>, Greece, impact red")
        expect(page.locator(".alerts button:focus")).to_have_text(before, use_inner_text=True)
        assert page.locator(".alerts").evaluate("list => list.scrollTop") == 0, "the focus stays, and scrolls nothing"
        assert page.evaluate("window.notReloaded")
    finally:
        world.failing = False
        world.assessments.pop()
        world.alerts.pop()


def test_browser_keyboard_chooses_an_earthquake_and_opens_its_page(
    open_map: Callable[..., Any], address: str, world: Any
) -> None:
    opened = open_map()
    page = opened.page
    page.get_by_role("button", name="Week").press("Enter")
    expect(page.get_by_role("button", name="Week", pressed=True)).to_be_focused()
    page.locator(".quake canvas").press("n")
    expect(page.locator(".chosen h3")).to_contain_text("M ")
    page.get_by_role("button", name="Close").press("Enter")
    expect(page.locator(".quake canvas")).to_be_focused()
    page.locator(".alerts button").filter(has_text="M 7").first.click()
    title = page.locator(".chosen h3").inner_text()
    page.locator(".chosen a").click()
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    expect(page.get_by_text("What may follow within 100 km")).to_be_visible()
    page.get_by_role("link", name="Live map").click()
    expect(page.locator(".quake")).to_have_attribute("data-drawn", "300")
    assert opened.complaints == []
    assert opened.hosts == {urlsplit(address).netloc, urlsplit(world.url).netloc}


def test_browser_map_can_be_moved_and_zoomed(open_map: Callable[..., Any], watched: Any) -> None:
    page = open_map().page
    canvas = page.locator(".quake canvas")
    before = canvas.screenshot()
    canvas.press("+")
    zoomed = watched.changed(canvas, before)
    canvas.press("ArrowLeft")
    moved = watched.changed(canvas, zoomed)
    canvas.drag_to(canvas, source_position={"x": 200, "y": 200}, target_position={"x": 320, "y": 260})
    watched.changed(canvas, moved)


def test_browser_layer_magnitude_and_past(open_map: Callable[..., Any], world: Any, watched: Any) -> None:
    opened = open_map()
    page, quake = opened.page, opened.page.locator(".quake")
    large = sum((row.magnitude or 0) >= 4.5 for row in world.assessments)
    page.get_by_role("button", name="M4.5+").click()
    expect(quake).to_have_attribute("data-drawn", str(large))
    page.get_by_role("button", name="All", exact=True).click()
    page.get_by_role("button", name="Gain").click()
    expect(quake).not_to_have_attribute("data-cells", "0")
    page.locator(".time input").focus()
    for _ in range(30):
        page.keyboard.press("ArrowLeft")
    expect(page.locator(".badges")).to_have_text("AS KNOWN THEN")
    then = datetime.fromisoformat(page.locator(".time output").inner_text()[9:25] + "+00:00")
    known = sum(row.assessed_at <= then for row in world.assessments)
    assert 0 < known < 300
    expect(quake).to_have_attribute("data-drawn", str(known))
    expect(page.locator(".alerts li")).to_have_count(min(50, sum(alert.sent_at <= then for alert in world.alerts)))
    watched.photograph(page, "map-past")
    page.locator(".play").click()
    expect(page.locator(".play")).to_have_attribute("aria-label", "Pause")
    page.locator(".now").click()
    expect(page.locator(".badges")).to_have_text("LIVE")
    expect(quake).to_have_attribute("data-drawn", "300")
    assert opened.complaints == []


def test_browser_says_what_is_wrong_and_recovers(open_map: Callable[..., Any], world: Any, watched: Any) -> None:
    page = open_map().page
    problem, badges = page.locator(".problem"), page.locator(".badges")
    try:
        world.failing = True
        expect(badges).to_have_text("OFFLINE")
        expect(problem).to_contain_text("503")
        watched.photograph(page, "map-offline")
        world.failing, world.feed_age_s, world.mode, world.hindsight = False, 4000.0, "replay", True
        expect(badges).to_have_text("REPLAYHINDSIGHTSTALE")
        expect(problem).to_contain_text("silent for 67 minutes")
    finally:
        world.failing, world.feed_age_s, world.mode, world.hindsight = False, 12.0, "live", False
    expect(badges).to_have_text("LIVE")
    expect(problem).to_be_hidden()


def test_browser_pages_over_an_empty_warehouse_say_so_and_fill_themselves(
    open_map: Callable[..., Any], serve: Callable[[int], Any], start_dashboard: Callable[..., str], watched: Any
) -> None:
    world = serve(0)
    cells, world.cells, world.model_version = world.cells, None, None
    opened = open_map(at=start_dashboard(world.url), drawn=0)
    page = opened.page
    for name, said in (
        ("Earthquake", "No earthquakes yet"),
        ("Model", "No model has assessed an earthquake yet"),
        ("Drift", "No report has come in yet"),
        ("Ask", "Choose a question"),
    ):
        page.get_by_role("link", name=name, exact=True).click()
        expect(page.get_by_text(said)).to_be_visible()
        watched.photograph(page, f"{name.lower()}-empty")
    page.get_by_role("link", name="Live map").click()
    expect(page.locator(".empty")).to_contain_text("No earthquakes yet")
    page.get_by_role("button", name="Chance").click()
    expect(page.locator(".key")).to_contain_text("No forecast of the world has been issued yet")
    watched.photograph(page, "map-empty")
    world.publish(datetime.now(UTC))
    world.cells = cells
    expect(page.locator(".quake")).to_have_attribute("data-drawn", "1")
    expect(page.locator(".empty")).to_be_hidden()
    expect(page.locator(".key")).to_contain_text("issued 2")
    world.assessments.clear()
    page.get_by_role("link", name="Earthquake", exact=True).click()
    expect(page.get_by_text("No earthquakes yet")).to_be_visible()
    world.publish(datetime.now(UTC))
    expect(page.get_by_role("heading", name="M 7.4")).to_be_visible(timeout=25_000)
    assert opened.complaints == []


def test_browser_gets_little_at_each_refresh(open_map: Callable[..., Any]) -> None:
    opened = open_map()
    opened.page.get_by_role("button", name="Chance").click()
    expect(opened.page.locator(".key")).to_contain_text("issued")
    opened.page.wait_for_timeout(1000)
    opened.received.clear()
    opened.page.wait_for_timeout(6000)
    assert 0 < sum(opened.received) < 10_000, "a refresh of 300 unchanged earthquakes and an unchanged forecast"


def test_browser_gets_a_ticket_and_never_the_key(
    open_map: Callable[..., Any], serve: Callable[[int], Any], start_dashboard: Callable[..., str]
) -> None:
    world = serve(20)
    world.key = KEY
    opened = open_map(at=start_dashboard(world.url, QUAKE_API_KEY=KEY), drawn=20)
    page = opened.page
    expect(page.locator(".wire")).to_have_text("connected")
    assert world.knocked == ["ticket-1"]
    loop, queue = world.listeners.pop()
    loop.call_soon_threadsafe(queue.put_nowait, None)  # the stream breaks: the page has to knock anew
    expect(page.locator(".wire")).not_to_have_text("connected")
    expect(page.locator(".wire")).to_have_text("connected")
    assert world.knocked == ["ticket-1", "ticket-2"]
    assert "ticket-2" in opened.everything()
    for name in ("Earthquake", "Model", "Drift", "Ask"):
        page.get_by_role("link", name=name, exact=True).click()
        expect(page.get_by_role("heading", name=name).first).to_be_visible()
        expect(page.get_by_text("LIVE", exact=True)).to_be_visible()
        assert KEY not in page.content()
    assert KEY not in opened.everything()
    assert all(KEY not in httpx.get(url).text for url in opened.loaded), "a file that the page loads"
