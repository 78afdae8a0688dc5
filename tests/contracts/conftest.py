"""The adapters that the contract suites run on: a new one is one row here, nothing else. And rows to keep in them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_type_hints

import pytest

from benchmarks import emulators
from quake.adapters.bus import Bus, open_bus
from quake.adapters.warehouse import Warehouse, open_warehouse
from quake.schema import TABLES, Exceedance


def _sqlite(folder: Path, options: str = "") -> str:
    return f"sqlite:///{folder / 'quake.db'}{options}"


def _emulated(url: Callable[..., str], *options: float) -> str:
    """The address on an emulator; the test skips where there is none."""
    try:
        return url(*options)
    except emulators.Unavailable as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session", autouse=True)
def _emulators_end() -> Iterator[None]:
    yield
    emulators.stop_all()


def _opened(url: str) -> Bus:
    bus = open_bus(url)
    if url.startswith("pubsub"):
        bus.backlog = lambda _subscription: pytest.skip("Pub/Sub itself tells no backlog, only Cloud Monitoring")
    return bus


BUSES: dict[str, Callable[[Path, float], str]] = {
    "sqlite": lambda folder, lease_s: _sqlite(folder, f"?lease_s={lease_s}&max_attempts=3"),
    "pubsub": lambda _folder, lease_s: _emulated(emulators.pubsub_url, lease_s),
}
"""Adapter -> URL of a fresh bus, by lease, with three attempts; it may skip where its emulator is missing."""

WAREHOUSES: dict[str, Callable[[Path], str]] = {
    "sqlite": _sqlite,
    "bigquery": lambda _folder: _emulated(emulators.bigquery_url),
}
"""Adapter -> URL of a fresh warehouse."""


@pytest.fixture(params=BUSES)
def bus_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return BUSES[request.param](tmp_path, 60)


@pytest.fixture(params=BUSES)
def hasty_bus(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bus]:
    """A bus whose leases run out after 0.5 s."""
    with closing(_opened(BUSES[request.param](tmp_path, 0.5))) as opened:
        yield opened


@pytest.fixture
def bus(bus_url: str) -> Iterator[Bus]:
    with closing(_opened(bus_url)) as opened:
        yield opened


@pytest.fixture(params=WAREHOUSES)
def warehouse_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return WAREHOUSES[request.param](tmp_path)


@pytest.fixture
def warehouse(warehouse_url: str) -> Iterator[Warehouse]:
    with closing(open_warehouse(warehouse_url)) as opened:
        yield opened


@pytest.fixture(params=sorted(BUSES.keys() & WAREHOUSES.keys()))
def one_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Bus, Warehouse]]:
    """Bus and warehouse at one address, as the laptop has them."""
    url = BUSES[request.param](tmp_path, 60)
    with ExitStack() as stack:
        yield stack.enter_context(closing(open_bus(url))), stack.enter_context(closing(open_warehouse(url)))


UNORDERED = "Pub/Sub promises no order between messages, nor a moment for redelivery: tests/adapters/test_pubsub.py"
LONG = "minutes on an emulator; the promise is the service's own"
EXEMPT = {
    "test_after_the_last_attempt_a_message_is_a_dead_letter[pubsub]": UNORDERED,
    "test_a_message_that_kills_its_workers_is_a_dead_letter_too[pubsub]": UNORDERED,
    "test_two_processes_write_the_same_keys_and_every_row_is_there_once[bigquery]": LONG,
    "test_a_killed_writer_loses_nothing_it_was_told_is_kept_chaos[bigquery]": LONG,
    "test_any_text_time_and_number_comes_back[bigquery]": LONG,
    "test_threads_ask_while_rows_arrive[bigquery]": LONG,
}
"""Tests that an adapter is let off, and why."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.name in EXEMPT:
            item.add_marker(pytest.mark.skip(reason=EXEMPT[item.name]))


NOON = datetime(2023, 2, 6, 12, 0, 0, 123_457, tzinfo=UTC)
"""A time whose microseconds count."""
FORECAST = tuple(
    Exceedance(
        horizon_days=days,
        magnitude_min=magnitude,
        expected=0.1 * days,
        probability=0.1 + days / 100,
        baseline_expected=0.001,
        baseline_probability=0.0009995,
        gain=100.0 * days,
    )
    for days in (1, 7, 30)
    for magnitude in (4.0, 5.0)
)
VALUES: dict[Any, Any] = {
    str: "Пазарджик, 地震 'quoted' \"twice\"",
    int: 2**53 + 1,
    float: 0.1 + 0.2,
    bool: True,
    datetime: NOON,
    tuple[str, ...]: ("us6000jllz", "näher"),
    tuple[Exceedance, ...]: FORECAST,
}


@pytest.fixture(scope="session")
def row() -> Callable[..., Any]:
    """`row(table, **columns)`: a row with these columns; the rest is filled by type with what is hard to keep."""
    return _row


def _row(name: str, **given: object) -> Any:
    kind = TABLES[name].row
    return kind(**{column: _value(hint) for column, hint in get_type_hints(kind).items()} | given)


def _value(hint: Any) -> Any:
    return VALUES[next((kind for kind in get_args(hint) if kind is not NoneType), hint) if _nullable(hint) else hint]


def _nullable(hint: Any) -> bool:
    return NoneType in get_args(hint)
