"""The past as a feed: catalogues, the revision log, stored history, the simulator; order, clock and speed."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from quake.adapters.feeds import Batch, open_feed
from quake.adapters.feeds.catalogue import delay
from quake.adapters.feeds.replay import ReplayFeed, by_minute, replay_events
from quake.adapters.history import SCHEMA, write_history
from quake.adapters.storage import open_storage
from quake.schema import HistoryEvent
from quake.settings import Settings

FIXTURES = Path(__file__).parent / "fixtures"
PAZARCIK = datetime(2023, 2, 6, 1, 17, 34, 342_000, tzinfo=UTC)
"""Origin time of the M7.8 Pazarcik earthquake (USGS, us6000jllz)."""
MINUTE = timedelta(minutes=1)


def clock() -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC)


def played(feed: ReplayFeed) -> list[Batch]:
    async def collect() -> list[Batch]:
        return [batch async for batch in feed.batches()]

    return asyncio.run(collect())


def replayed(url: str, **settings: object) -> list[Batch]:
    return played(open_feed(url, Settings(**settings), clock))


def reports_of(batches: list[Batch]) -> list:
    return [report for batch in batches for report in batch.reports]


def test_a_usgs_csv_is_reported_after_a_delay_with_its_faults_refused() -> None:
    batches = replayed(f"replay:{FIXTURES}/catalogue_usgs.csv?speed=0")
    first, second = reports_of(batches)
    assert (first.source, first.source_event_id, first.magnitude, first.nst) == ("usgs", "us6000jllz", 7.8, 295)
    assert (second.magnitude_type, second.review_status, second.nst) == ("mww", "automatic", None)
    assert [len(batch.rejects) for batch in batches if batch.rejects] == [4]
    assert batches[0].generated_at == PAZARCIK + delay("us6000jllz") == first.updated_at


def test_a_span_is_cut_by_origin_time() -> None:
    url = f"replay:{FIXTURES}/catalogue_usgs.csv?speed=0&start=2023-02-06T10:00:00Z&end=2023-02-07"
    assert [report.source_event_id for report in reports_of(replayed(url))] == ["us6000jlqa"]


def test_a_benchmark_csv_without_ids_gets_stable_ones() -> None:
    url = f"replay:{FIXTURES}/catalogue_benchmark.csv?speed=0"
    first, second = reports_of(replayed(url))
    assert (first.source_event_id, first.magnitude, first.depth_km) == (
        "19810101T071806880000.38.217.-118.438",
        2.78,
        None,
    )
    assert second.origin_time == datetime(1981, 1, 1, 9, 44, 8, tzinfo=UTC)


def test_every_minute_between_batches_is_there_once_and_time_never_runs_back() -> None:
    batches = replayed(f"replay:{FIXTURES}/catalogue_usgs.csv?speed=0")
    times = [batch.generated_at for batch in batches]
    assert times == sorted(set(times))
    span = times[-1].replace(second=0, microsecond=0) - times[0].replace(second=0, microsecond=0)
    assert len([batch for batch in batches if not batch.reports]) == span // MINUTE


def test_a_batch_on_the_minute_is_not_doubled() -> None:
    start = datetime(2023, 2, 6, 1, 0, tzinfo=UTC)
    batches = [Batch(start), Batch(start + MINUTE), Batch(start + 2.5 * MINUTE)]
    assert [(batch.generated_at - start) / MINUTE for batch in by_minute(batches)] == [0, 1, 2, 2.5]


def test_speed_stretches_time() -> None:
    start = datetime(2023, 2, 6, tzinfo=UTC)
    feed = ReplayFeed("replay", "replay", [Batch(start), Batch(start + 10 * MINUTE)], speed=3000)

    async def seconds() -> float:
        loop = asyncio.get_running_loop()
        began = loop.time()
        async for _ in feed.batches():
            pass
        return loop.time() - began

    assert 0.2 <= asyncio.run(seconds()) < 2.0


def test_loaded_rows_and_stored_history_replay_the_same(tmp_path: Path) -> None:
    rows = [
        {"source": "usgs", "source_event_id": name, "origin_time": PAZARCIK + hour * timedelta(hours=1), "latitude": 37.0,
         "longitude": 37.0, "depth_km": depth, "magnitude": 5.0, "magnitude_type": "mb", "place": "Türkiye"}
        for name, hour, depth in (("a", -1, 10.0), ("b", 0, None), ("c", 1, 10.0), ("d", 2, 10.0))
    ]  # fmt: skip
    import pyarrow as pa

    storage = f"file://{tmp_path}"
    table = pa.Table.from_pylist(rows, SCHEMA)
    write_history(open_storage(storage), "history/catalogue.parquet", table, clock(), {})
    span = (PAZARCIK, PAZARCIK + timedelta(hours=2))
    loaded = played(replay_events([HistoryEvent(**row) for row in rows], *span))
    url = f"replay:history?start={span[0]:%Y-%m-%dT%H:%M:%S.%f}Z&end={span[1]:%Y-%m-%dT%H:%M:%S.%f}Z&speed=0"
    assert replayed(url, storage=storage) == loaded
    assert [report.source_event_id for report in reports_of(loaded)] == ["b", "c"]
    assert reports_of(loaded)[0].review_status == "reviewed"
    file = replayed(f"replay:{tmp_path}/history/catalogue.parquet?speed=0&start={span[0]:%Y-%m-%dT%H:%M:%S.%f}Z")
    assert [report.source_event_id for report in reports_of(file)] == ["b", "c", "d"]


def test_delay_is_the_same_for_one_id_and_between_1_and_60_minutes() -> None:
    delays = sorted(delay(f"us{number}") for number in range(2000))
    assert delay("us6000jllz") == delay("us6000jllz")
    assert MINUTE <= delays[0] and delays[-1] <= 60 * MINUTE
    assert 7 * MINUTE < delays[1000] < 9 * MINUTE


def test_revision_log_rename_is_a_deletion_and_a_return() -> None:
    batches = replayed(f"replay:{FIXTURES}/revision_log.jsonl?speed=0")
    story = [
        (report.source_event_id, report.kind, (batch.generated_at - batches[0].generated_at) / timedelta(hours=1))
        for batch in batches for report in batch.reports
    ]  # fmt: skip
    assert story == [
        ("us7000aaaa", "create", 0.0),
        ("ci40000001", "create", 0.0),
        ("ci40000001", "update", 1.0),
        ("ak00000001", "create", 1.0),  # the same earthquake across the antimeridian: us7000aaaa has left the list
        ("ci40000003", "create", 2.0),
        ("us7000aaaa", "delete", 2.0),  # missing in a second look
        ("us7000aaaa", "update", 3.0),  # back; now ak00000001 has left, too late in the log to be sure
    ]
    assert sum(len(batch.rejects) for batch in batches) == 2


def test_real_revision_log_is_told_in_order(shared_data) -> None:
    batches = replayed(f"replay:{shared_data}/feeds/usgs_hourly_revision_log.jsonl.gz?speed=0")
    kinds = [report.kind for report in reports_of(batches)]
    # 3,490 ids (shared/data); 1,488 of the 1,956 further rows change nothing but `updated`.
    assert (kinds.count("create"), kinds.count("update"), kinds.count("delete")) == (3490, 468, 22)
    assert not any(batch.rejects for batch in batches)


def test_a_restarted_replay_goes_on_after_the_last_sequence() -> None:
    feed = open_feed(f"replay:{FIXTURES}/revision_log.jsonl?speed=0", Settings(), clock)
    second = feed.history[1]
    left = feed.after(int(second.generated_at.timestamp() * 1000) * 1024 + 5)
    assert feed.after(0) == feed
    assert left.history == feed.history[2:]
    assert played(feed.after(2**60)) == []


def test_adversarial_catalogue_rows_cost_only_themselves(tmp_path: Path) -> None:
    good = "2023-02-06T01:17:34Z,37.2,37.0,7.8"
    bad = ["", f"{'9' * 200_000},37,37,5", "9999-12-31T23:59:59Z,37,37,5", "2023-02-06,91,37,5", "2023-02-06,inf,37,5"]
    bad += ["2023-02-06,37,37,high", "2023-02-06,37", "2023-02-06,37,37,5,6", "2023-02-06,\udcff,37,5", "\0,,,"]
    lines = ["time,latitude,longitude,mag", good, *bad, good.replace("7.8", "7.5")]
    (tmp_path / "bad.csv").write_bytes("\n".join(lines).encode(errors="surrogateescape"))
    batches = replayed(f"replay:{tmp_path}/bad.csv?speed=0")
    assert [report.magnitude for report in reports_of(batches)] == [7.8, 7.5]
    # An empty line is no row in CSV.
    assert len(batches[0].rejects) == len(bad) - 1


def test_adversarial_log_lines_cost_only_themselves(tmp_path: Path) -> None:
    good = (FIXTURES / "revision_log.jsonl").read_bytes().splitlines()[0]
    faults = [b'"id": 7', b'"id": null', b'"lat": 91', b'"lat": NaN', b'"mag": 1e999', b'"seen": "now"', b'"lon": []']
    bad = [good[:-1] + b", " + fault + b"}" for fault in faults] + [b"\xff\xfe", b"[" * 50_000, b"null", good[:40]]
    (tmp_path / "bad.jsonl").write_bytes(b"\n".join([*bad, good]))
    [batch] = replayed(f"replay:{tmp_path}/bad.jsonl?speed=0")
    assert (len(batch.reports), len(batch.rejects)) == (1, len(bad))


@pytest.mark.parametrize(
    ("url", "error", "words"),
    [
        ("oracle://x", ValueError, "known: emsc, replay, simulate, usgs"),
        ("replay:earthquakes.xls", ValueError, "cannot replay 'earthquakes.xls'"),
        ("replay:missing.csv", FileNotFoundError, "missing.csv"),
        ("replay:missing.jsonl.gz", FileNotFoundError, "missing.jsonl.gz"),
        ("replay:missing.parquet", FileNotFoundError, "missing.parquet"),
        (f"replay:{FIXTURES}/catalogue_usgs.csv?speed=-1", ValueError, "speed must be"),
        (f"replay:{FIXTURES}/catalogue_usgs.csv?speed=nan", ValueError, "speed must be"),
        (f"replay:{FIXTURES}/catalogue_usgs.csv?speed=fast", ValueError, "must be a number, got 'fast'"),
        (f"replay:{FIXTURES}/catalogue_usgs.csv?start=then", ValueError, "'then' is no ISO 8601 time"),
        (f"replay:{FIXTURES}/catalogue_usgs.csv?start=2024-01-01", ValueError, "nothing to replay"),
        ("simulate:rate=-1", ValueError, "rate > 0"),
    ],
)
def test_a_wrong_address_says_what_would_be_right(url: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        open_feed(url, Settings(), clock)


def test_simulation_is_its_options() -> None:
    first = replayed("simulate:seed=5&rate=20&days=2&speed=0")
    assert first == replayed("simulate:?seed=5&rate=20&days=2&speed=0")
    assert reports_of(first) != reports_of(replayed("simulate:seed=6&rate=20&days=2&speed=0"))
    assert all(report.ingested_at == batch.generated_at for batch in first for report in batch.reports)
