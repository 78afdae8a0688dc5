"""The pages in a real browser: drawn, quiet, self-sufficient, live. Screenshots go to build/screenshots to be looked at."""

import os
import shutil
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, WebSocket, expect, sync_playwright

from dashboard.map_component import LEVELS
from dashboard.run import command, environment
from quake.settings import Settings

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
SCREENSHOTS = Path("build") / "screenshots"
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
LAND = {"light": (0xF8, 0xF5, 0xEC), "dark": (0x2A, 0x37, 0x46)}
"""As in assets/world.js."""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium: apt-get install chromium")


@dataclass
class Watched:
    """An open page and what it did behind our back."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)
    received: list[int] = field(default_factory=list)
    """Bytes of every WebSocket frame."""

    def __post_init__(self) -> None:
        self.page.on(
            "console", lambda message: self.complaints.append(message.text) if message.type == "error" else None
        )
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self._asked(request.url))
        self.page.on("websocket", self._listen)

    def _asked(self, url: str) -> None:
        if urlsplit(url).scheme not in ("data", "blob"):
            self.hosts.add(urlsplit(url).netloc)

    def _listen(self, wire: WebSocket) -> None:
        self._asked(wire.url)
        wire.on("framereceived", lambda payload: self.received.append(len(payload)))


@pytest.fixture(scope="module", name="world")
def world_fixture(serve: Callable[[int], Any]) -> Any:
    return serve(300)


@pytest.fixture(scope="module", name="address")
def address_fixture(world: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = Settings(data=tmp_path_factory.mktemp("data"), dashboard_port=port, api_url=world.url)
    with subprocess.Popen(command(settings), env=os.environ | environment(settings)) as process:
        try:
            yield wait_for(f"http://127.0.0.1:{port}")
        finally:
            process.terminate()


@pytest.fixture(scope="module", name="browser")
def browser_fixture() -> Iterator[Browser]:
    expect.set_options(timeout=10_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(name="open_map")
def open_map_fixture(browser: Browser, address: str) -> Iterator[Callable[..., Watched]]:
    contexts = []

    def open_map(size: str = "desktop", scheme: str = "light") -> Watched:
        width, height = SIZES[size]
        contexts.append(browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme))
        watched = Watched(contexts[-1].new_page())
        watched.page.goto(address)
        expect(watched.page.locator(".quake")).to_have_attribute("data-drawn", "300", timeout=30_000)
        return watched

    yield open_map
    for context in contexts:
        context.close()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", LAND)
def test_browser_draws_the_map(
    open_map: Callable[..., Watched], address: str, world: Any, size: str, scheme: str
) -> None:
    watched = open_map(size, scheme)
    page = watched.page
    expect(page.locator(".badges")).to_have_text("LIVE")
    expect(page.locator(".wire")).to_have_text("connected")
    colours = photograph(page, f"map-{size}-{scheme}")
    assert colours[LAND[scheme]] > 0.08, "land is missing"
    assert colours[rgb(LEVELS["yellow"]["colour"])] > 0.0002, "earthquakes are missing"
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]
    assert watched.complaints == []
    assert watched.hosts == {urlsplit(address).netloc, urlsplit(world.url).netloc}


def test_browser_shows_an_alert_without_reload(open_map: Callable[..., Watched], world: Any) -> None:
    page = open_map().page
    page.evaluate("window.notReloaded = true")
    expect(page.locator(".wire")).to_have_text("connected")
    try:
        world.failing = True  # so that nothing but the stream can bring it
        world.publish(datetime.now(UTC), quake_id="q-live")
        expect(page.locator(".alerts li").first).to_contain_text("<i>Kefalonia</i>", timeout=2000)
        expect(page.locator(".quake")).to_have_attribute("data-drawn", "301", timeout=2000)
        assert page.evaluate("window.notReloaded")
    finally:
        world.failing = False
        world.assessments.pop()
        world.alerts.pop()


def test_browser_keyboard_chooses_an_earthquake_and_opens_its_page(
    open_map: Callable[..., Watched], address: str, world: Any
) -> None:
    watched = open_map()
    page = watched.page
    page.locator(".alerts button").first.click()
    page.locator(".quake canvas").press("n")
    expect(page.locator(".chosen h3")).to_contain_text("M ")
    page.locator(".alerts button").filter(has_text="M 7").first.click()
    photograph(page, "map-chosen")
    title = page.locator(".chosen h3").inner_text()
    page.locator(".chosen a").click()
    expect(page.get_by_role("heading", name=title)).to_be_visible(timeout=10_000)
    expect(page.get_by_text("What may follow within 100 km")).to_be_visible()
    expect(page.locator("[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg")).to_have_count(4)
    page.screenshot(path=SCREENSHOTS / "event.png", full_page=True)
    page.get_by_role("link", name="Model").click()
    expect(page.get_by_text("model version")).to_be_visible()
    assert watched.complaints == []
    assert watched.hosts == {urlsplit(address).netloc, urlsplit(world.url).netloc}


def test_browser_map_can_be_moved_and_zoomed(open_map: Callable[..., Watched]) -> None:
    page = open_map().page
    canvas = page.locator(".quake canvas")
    before = canvas.screenshot()
    canvas.press("+")
    zoomed = changed(canvas, before)
    canvas.press("ArrowLeft")
    moved = changed(canvas, zoomed)
    canvas.drag_to(canvas, source_position={"x": 200, "y": 200}, target_position={"x": 320, "y": 260})
    changed(canvas, moved)


def test_browser_says_what_is_wrong_and_recovers(open_map: Callable[..., Watched], world: Any) -> None:
    page = open_map().page
    problem, badges = page.locator(".problem"), page.locator(".badges")
    try:
        world.failing = True
        expect(badges).to_have_text("OFFLINE", timeout=12_000)
        expect(problem).to_contain_text("503")
        photograph(page, "map-offline")
        world.failing, world.feed_age_s, world.mode, world.hindsight = False, 4000.0, "replay", True
        expect(badges).to_have_text("REPLAYHINDSIGHTSTALE", timeout=12_000)
        expect(problem).to_contain_text("silent for 67 minutes")
    finally:
        world.failing, world.feed_age_s, world.mode, world.hindsight = False, 12.0, "live", False
    expect(badges).to_have_text("LIVE", timeout=12_000)
    expect(problem).to_be_hidden()


def test_browser_gets_little_at_each_refresh(open_map: Callable[..., Watched]) -> None:
    watched = open_map()
    watched.page.wait_for_timeout(1000)
    watched.received.clear()
    watched.page.wait_for_timeout(6000)
    assert 0 < sum(watched.received) < 10_000, "a refresh of 300 unchanged earthquakes"


def photograph(page: Page, name: str) -> Counter[tuple[int, int, int]]:
    """Writes a screenshot of the page; the share of each colour on the map's canvas."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")
    page.locator(".quake canvas").screenshot(path=SCREENSHOTS / f"{name}-canvas.png")
    with Image.open(SCREENSHOTS / f"{name}-canvas.png") as image:
        counts = image.convert("RGB").getcolors(maxcolors=2**24) or []
        return Counter({colour: count / (image.width * image.height) for count, colour in counts})


def rgb(colour: str) -> tuple[int, int, int]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


def changed(canvas: Any, before: bytes) -> bytes:
    """The canvas once it differs from `before`."""
    until = time.monotonic() + 5
    while (now := canvas.screenshot()) == before:
        assert time.monotonic() < until, "the map did not move"
    return now


def wait_for(address: str) -> str:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            if httpx.get(f"{address}/_stcore/health").is_success:
                return address
        except httpx.TransportError:
            time.sleep(0.2)
    raise TimeoutError(f"nothing answers at {address}")
