"""The other pages in a real browser over the real API: all figures there, quiet, patient; alerts through the whole stack."""

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from batch.score import score_forecasts
from quake.adapters.bus import Message, open_bus
from quake.adapters.commit import commit
from quake.adapters.storage import open_storage
from quake.adapters.warehouse import Warehouse, open_warehouse
from quake.lattice import lattice
from quake.schema import DeadLetter, DriftAlarm, DriftReport, Forecast, ModelDecision, Outcome
from quake.settings import Settings
from serving.__main__ import configuration
from serving.alert_log import ALERT

NOW = datetime.now(UTC)
SUNDAY = datetime.fromordinal(NOW.toordinal() // 7 * 7).replace(tzinfo=UTC)
WEEKS, CELLS = 12, 40
INTRUDER = """<html><head><title>x</title></head><body><p id="p">A report of three columns</p><script>
document.title = "drawn"; let said = [];
try { said.push(parent.document.title) } catch { said.push("no parent") }
try { said.push(document.cookie || "no cookie") } catch { said.push("no cookie") }
document.getElementById("p").textContent += ": " + said.join(", ");
</script></body></html>"""


def forecasts() -> Iterator[Forecast | Outcome]:
    """Weekly grids whose chances mean what they say, and an hourly one that has just been issued."""
    places = lattice()[3000 : 3000 + CELLS]
    for week in range(WEEKS):
        for number, cell in enumerate(places):
            chance = (0.002, 0.02, 0.08, 0.3)[number % 4]
            for role, factor in (("champion", 1.0), ("challenger", 0.6)):
                row = forecast(SUNDAY - timedelta(weeks=week + 6), cell, min(chance * factor, 0.9), role)
                happened = (number * 7 + week * 11) % 100 < 100 * chance
                key = {
                    name: getattr(row, name) for name in ("issued_at", "cell", "horizon_days", "magnitude_min", "role")
                }
                yield from (row, Outcome(**key, observed=int(happened), known_at=row.issued_at + timedelta(days=37)))
    for number, cell in enumerate(lattice()[::3]):
        yield forecast(
            NOW.replace(minute=0, second=0, microsecond=0), cell, 0.0002 * 1.003 ** (number % 2000), "champion"
        )


def forecast(issued_at: datetime, cell: Any, chance: float, role: str) -> Forecast:
    return Forecast(
        issued_at=issued_at, cell=cell.cell, horizon_days=7, magnitude_min=5.0, role=role, model_version="m7",
        latitude=cell.latitude, longitude=cell.longitude, expected=chance, probability=chance, baseline_expected=0.01,
        baseline_probability=0.01, gain=chance / 0.01, processed_sequence=1, mode="live", hindsight=False,
    )  # fmt: skip


def drift() -> Iterator[DriftReport | DriftAlarm | DeadLetter]:
    for day in range(10):
        window = {"window_start": NOW - timedelta(days=day + 30), "window_end": NOW - timedelta(days=day)}
        for name, value, limit in (
            ("drifted share", 0.1 + 0.05 * day, 0.5),
            ("magnitude", 0.2, 0.05),
            ("nst", 0.01, 0.05),
        ):
            drifted = value >= limit if name == "drifted share" else value < limit
            yield DriftReport(name=name, value=value, threshold=limit, drifted=drifted, report_url="x", **window)
    for number, statistic in enumerate(("magnitude", "rate", "silence usgs")):
        raised_at = NOW - timedelta(days=3 * number + 1)
        yield DriftAlarm(
            region="r100", statistic=statistic, processed_sequence=number, raised_at=raised_at, value=0.4, expected=0.2
        )
    yield DeadLetter(source="usgs", payload_hash="h", reason="no id", payload="p", received_at=NOW)


def decisions() -> Iterator[ModelDecision]:
    verdicts = (("promoted", "better than the champion by 0.0100 nats a forecast on unseen data", 0.01),)
    verdicts += (("rejected", "not surely better than the champion: -0.0030 (-0.0049 to -0.0010)", -0.003),)
    for number, (decision, reason, gain) in enumerate(verdicts):
        yield ModelDecision(
            model_version=f"m{7 + number}", decided_at=NOW - timedelta(days=30 - number), decision=decision,
            previous_version=f"m{6 + number}", reason=reason, gain=gain, gain_low=gain - 0.002, gain_high=gain + 0.002,
            run_id="r", dataset_hash="d",
        )  # fmt: skip


def fill(settings: Settings, warehouse: Warehouse, world: Any, fake: Any) -> None:
    reports = [
        replace(fake.report_of(row), depth_km=None if n % 5 else 10.0) for n, row in enumerate(world.assessments)
    ]
    newest = max(world.assessments, key=lambda row: row.origin_time)
    where = {"latitude": 37.23, "longitude": 37.02, "place": "26 km east of Nurdağı, Türkiye"}
    where |= {"magnitude": 7.8, "alert_level": "red"}
    world.assessments[world.assessments.index(newest)] = newest = replace(newest, **where, intensity=9.4)
    first = replace(newest, revision=1, magnitude=7.2, intensity=8.7, probability=0.3)
    world.assessments[world.assessments.index(newest)] = newest = replace(
        newest, revision=2, review_status="reviewed", assessed_at=newest.assessed_at + timedelta(minutes=9)
    )
    warehouse.insert([first, *world.assessments, *world.alerts, *reports])
    warehouse.insert([*forecasts(), *drift(), *decisions()])
    score_forecasts(settings, NOW)
    storage = open_storage(settings.storage)
    storage.write(f"drift/{NOW:%Y%m%dT%H%M%S}-30d.html", INTRUDER.encode())


@pytest.fixture(scope="module", name="stack")
def stack_fixture(
    browser: Any, fake: Any, serve_app: Any, start_dashboard: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Any]]:
    """Store, API and dashboard, each as `quake up` starts them."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = Settings(data=tmp_path_factory.mktemp("data"), dashboard_port=port, rate_limit=0)
    warehouse, bus = open_warehouse(settings.warehouse), open_bus(settings.bus)
    world = fake.FakeWorld(NOW, 120)
    fill(settings, warehouse, world, fake)
    api = serve_app(configuration(settings))
    yield {
        "dashboard": start_dashboard(api, port), "api": api, "world": world, "warehouse": warehouse, "bus": bus,
    }  # fmt: skip
    bus.close()
    warehouse.close()


@pytest.fixture(name="opened")
def opened_fixture(browser: Any, stack: dict[str, Any], watched: Any) -> Iterator[Callable[..., Any]]:
    contexts: list[Any] = []
    yield lambda size="desktop", scheme="light": watched.open_page(browser, contexts, stack["dashboard"], size, scheme)
    for context in contexts:
        context.close()


def go(page: Any, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).click()


@pytest.mark.parametrize("size", ["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_browser_every_page_is_whole_and_quiet(
    opened: Callable[..., Any], stack: dict[str, Any], watched: Any, size: str, scheme: str
) -> None:
    found = opened(size, scheme)
    page = found.page
    expect(page.locator(".quake")).to_have_attribute("data-drawn", "120", timeout=40_000)
    for name, said in (
        ("Earthquake", "What may follow within 100 km"),
        ("Model", "Promotions and refusals"),
        ("Drift", "Messages that could not be read"),
    ):
        go(page, name)
        expect(page.get_by_text(said)).to_be_visible()
        expect(
            page.locator("[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg").nth(1)
        ).to_be_visible()
        look(page, watched, f"{name.lower()}-{size}-{scheme}", size)
    go(page, "Ask")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_test_id("stDownloadButton")).to_be_visible()
    look(page, watched, f"ask-{size}-{scheme}", size)
    assert found.complaints == []
    assert found.hosts == {urlsplit(stack["dashboard"]).netloc, urlsplit(stack["api"]).netloc}


def look(page: Any, watched: Any, name: str, size: str) -> None:
    page.wait_for_timeout(400)  # charts draw themselves after they are there
    watched.photograph(page, name)
    assert page.evaluate("document.documentElement.scrollWidth") <= watched.SIZES[size][0]
    assert page.locator("[data-testid=stException]").count() == 0
    levels = page.locator("h1, h2, h3, h4").evaluate_all("found => found.map(heading => +heading.tagName[1])")
    assert levels[0] == 1 and all(b - a <= 1 for a, b in zip(levels, levels[1:])), "a screen reader's outline has gaps"


def test_browser_alert_through_the_whole_stack_appears_within_2_s(
    opened: Callable[..., Any], stack: dict[str, Any]
) -> None:
    page = opened().page
    expect(page.locator(".wire")).to_have_text("connected", timeout=40_000)
    alert = replace(stack["world"].publish(datetime.now(UTC), quake_id="q-whole"), alert_id="q-whole.1")
    commit(stack["bus"], stack["warehouse"], [alert], {"alerts": [Message(ALERT.dump_json(alert))]}, {})
    expect(page.locator(".alerts li").first).to_contain_text("Kefalonia", timeout=2000)


def test_browser_shows_a_report_from_elsewhere_sealed(opened: Callable[..., Any], watched: Any) -> None:
    found = opened()
    page = found.page
    go(page, "Drift")
    page.get_by_text("Show the report").click()
    frame = page.frame_locator("iframe[title^='Evidently report']")
    expect(frame.locator("#p")).to_have_text("A report of three columns: no parent, no cookie")
    watched.photograph(page, "drift-report")


def test_browser_asks_a_saved_question_and_downloads_the_answer(opened: Callable[..., Any], watched: Any) -> None:
    page = opened().page
    go(page, "Ask")
    page.get_by_role("combobox").first.fill("feed latency")
    page.get_by_role("option", name="feed latency").click()
    expect(page.get_by_label("@since")).to_be_visible()
    page.get_by_label("@since").fill("2000-01-01")
    page.get_by_label("@since").press("Enter")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_text("1 row", exact=True)).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    assert download.value.path().read_text().startswith("source,earthquakes,median_minutes")
    page.get_by_role("tab", name="Chart").click()
    expect(page.locator("[data-testid=stVegaLiteChart]")).to_be_visible()
    watched.photograph(page, "ask-chart")


@pytest.mark.parametrize("name", ["Earthquake", "Model", "Drift", "Ask"])
def test_browser_page_opened_while_the_api_is_away_goes_on_by_itself(
    browser: Any, lonely: tuple[Any, str], watched: Any, name: str
) -> None:
    world, address = lonely
    contexts: list[Any] = []
    page = watched.open_page(browser, contexts, address).page
    try:
        world.failing = True
        go(page, name)
        expect(page.get_by_text("goes on by itself").first).to_be_visible()
        world.failing = False
        expect(page.get_by_text("goes on by itself")).to_have_count(0, timeout=25_000)
        expect(page.get_by_text("LIVE", exact=True).first).to_be_visible(timeout=25_000)
    finally:
        world.failing = False
        contexts[0].close()


def test_browser_ask_page_that_missed_the_services_state_asks_for_it_again(
    browser: Any, lonely: tuple[Any, str], watched: Any
) -> None:
    world, address = lonely
    contexts: list[Any] = []
    page = watched.open_page(browser, contexts, address).page
    try:
        world.failing = "/v1/status"
        go(page, "Ask")
        expect(page.get_by_label("SQL", exact=True)).to_be_visible()
        expect(page.get_by_text("LIVE", exact=True)).to_have_count(0)
        world.failing = False
        expect(page.get_by_text("LIVE", exact=True).first).to_be_visible(timeout=25_000)
    finally:
        world.failing = False
        contexts[0].close()


@pytest.fixture(scope="module", name="lonely")
def lonely_fixture(browser: Any, serve: Callable[[int], Any], start_dashboard: Callable[..., str]) -> tuple[Any, str]:
    world = serve(20)
    return world, start_dashboard(world.url)
