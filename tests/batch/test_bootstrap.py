"""The first start, against an agency that answers, one that does not, and one that talks nonsense."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs

import batch.bootstrap as module
from batch.bootstrap import SETTLING, bootstrap, windows
from quake.adapters.history import covered_until, read_history
from quake.adapters.storage import open_storage
from quake.settings import Settings

CSV = (
    "event_id,place,mag,mag_type,longitude,time,depth,source,latitude\n"
    "us1,A,5.0,mb,20.5,2025-09-01 00:00:00+00:00,10,USGS,38\n"
    "us2,B,2.0,mb,20.5,2025-09-01 00:00:00+00:00,10,USGS,38\n"
)
LAST = datetime(2025, 9, 1, tzinfo=UTC)
NOW = LAST + timedelta(days=70)


class Agency:
    """A FDSN service with one earthquake a day, 11:00 UTC; counts what it is asked."""

    def __init__(self) -> None:
        self.requests = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        start, end = (
            datetime.fromisoformat(request.url.params[name]).replace(tzinfo=UTC) for name in ("starttime", "endtime")
        )
        first = start.replace(hour=11, minute=0, second=0, microsecond=0)
        days = [first + timedelta(days=count) for count in range(40)]
        times = [time for time in days if start <= time < end]
        if request.url.path.endswith("/count"):
            return httpx.Response(200, text=str(len(times)))
        rows = [f"{time:%Y-%m-%dT%H:%M:%S}.000Z,1,2,10,4.5,mb,us{time:%m%d},place,earthquake" for time in times]
        return httpx.Response(200, text="time,latitude,longitude,depth,mag,magType,id,place,type\n" + "\n".join(rows))


@pytest.fixture(name="settings")
def _settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    (tmp_path / "catalogue.csv").write_text(CSV, encoding="utf-8")
    monkeypatch.setattr(module, "catalogue_file", lambda: (tmp_path / "catalogue.csv", "1.0"))
    return Settings(data=tmp_path / "data")


def _run(settings: Settings, agency: Callable[[httpx.Request], httpx.Response], now: datetime = NOW):
    return bootstrap(settings, progress=False, now=now, transport=httpx.MockTransport(agency))


def test_catalogue_and_top_up_tile_time(settings: Settings) -> None:
    report = _run(settings, Agency())
    rows = read_history(open_storage(settings.storage))
    assert rows.num_rows == 1 + 70 == len(set(rows["source_event_id"].to_pylist()))
    assert report.dropped == {"magnitude too small": 1}
    assert sum(report.added.values()) == 71 and len(report.added) == 4
    assert covered_until(open_storage(settings.storage)) == NOW - SETTLING


def test_again_asks_nobody_and_adds_nothing(settings: Settings) -> None:
    _run(settings, Agency())
    agency = Agency()
    for hours in (0, 11):
        assert _run(settings, agency, NOW + timedelta(hours=hours)).added == {}
    assert agency.requests == 0


def test_later_only_what_is_new(settings: Settings) -> None:
    _run(settings, Agency())
    assert sum(_run(settings, Agency(), NOW + timedelta(days=3)).added.values()) == 3
    rows = read_history(open_storage(settings.storage))
    assert rows.num_rows == 74 == len(set(rows["source_event_id"].to_pylist()))


def _unreachable(_request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("Name or service not known")


def _overloaded(_request: httpx.Request) -> httpx.Response:
    return httpx.Response(503)


def _captive(_request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, text="<html>Please log in to the hotel</html>")


def _captive_after_count(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, text="7" if request.url.path.endswith("/count") else "<html>\nlog in</html>")


@pytest.mark.parametrize("agency", [_unreachable, _overloaded, _captive, _captive_after_count])
def test_silent_agency_leaves_the_catalogue_and_says_so(settings: Settings, agency) -> None:
    with capture_logs() as logs:
        report = _run(settings, agency)
    assert list(report.added) == ["history/catalogue.parquet"]
    assert [entry["event"] for entry in logs] == ["history kept", "history not topped up"]


def test_interrupted_top_up_goes_on_where_it_stopped(settings: Settings) -> None:
    agency = Agency()
    _run(settings, lambda request: agency(request) if agency.requests < 2 else _overloaded(request))
    assert read_history(open_storage(settings.storage)).num_rows == 31
    _run(settings, Agency())
    assert read_history(open_storage(settings.storage)).num_rows == 71


def test_without_a_catalogue_a_year_of_the_agency(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "catalogue_file", lambda: None)
    with capture_logs() as logs:
        _run(settings, Agency())
    assert logs[0]["event"] == "no installed catalogue"
    assert read_history(open_storage(settings.storage)).num_rows == 365


def test_windows_tile() -> None:
    spans = list(windows(LAST, NOW))
    assert spans[0][0] == LAST and spans[-1][1] == NOW
    assert all(before[1] == after[0] for before, after in zip(spans, spans[1:]))
    assert not list(windows(NOW, NOW))
