"""The in-memory mirror: nothing outside can be reached, Parquet beside the store is read in place, compaction is unseen."""

import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from threading import Thread

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from quake.adapters.warehouse.compact import compact
from quake.adapters.warehouse.dialect import translate
from quake.adapters.warehouse.mirror import locked_duckdb
from quake.adapters.warehouse.sqlite import SqliteWarehouse
from quake.schema import Alert, DeadLetter, Exceedance, HistoryEvent, as_record, from_record

NOON = datetime(2023, 2, 6, 12, tzinfo=UTC)
SLOW = "SELECT COUNT(*) FROM UNNEST(GENERATE_ARRAY(1, 100000)) AS a, UNNEST(GENERATE_ARRAY(1, 100000)) AS b WHERE a * b = 7"


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'quake.db'}"


@pytest.fixture
def warehouse(url):
    with closing(SqliteWarehouse(url)) as opened:
        yield opened


def letters(first: int, last: int) -> list[DeadLetter]:
    def letter(i: int) -> DeadLetter:
        return DeadLetter(source="test", payload_hash=f"{i:06d}", reason="none", payload=str(i), received_at=NOON)

    return [letter(i) for i in range(first, last)]


def event(i: int, place: str = "") -> HistoryEvent:
    return HistoryEvent(
        source="usgs",
        source_event_id=f"us{i}",
        origin_time=NOON + timedelta(hours=i),
        latitude=37.2,
        longitude=37.0,
        depth_km=None if i % 2 else 10.0,
        magnitude=4.5,
        magnitude_type="mww",
        place=place,
    )


def write_history(folder, name: str, events: list[HistoryEvent]) -> None:
    (folder / "history").mkdir(exist_ok=True)
    pq.write_table(pa.Table.from_pylist([as_record(row) for row in events]), folder / "history" / f"{name}.parquet")


def count(warehouse: SqliteWarehouse, table: str) -> int:
    return warehouse.query(f"SELECT COUNT(*) AS n FROM {table}")["n"][0].as_py()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('{file}')",
        "SELECT * FROM read_text('{file}')",
        "SELECT * FROM read_blob('{file}')",
        "SELECT * FROM read_parquet('{file}')",
        "SELECT * FROM glob('{folder}/*')",
        "SELECT * FROM '{file}'",
        "SELECT * FROM `{file}`",
        'SELECT * FROM "{file}"',
        "SELECT * FROM sqlite_scan('{folder}/quake.db', 'dead_letters')",
        "SELECT * FROM query('SELECT 1')",
        "SELECT * FROM query_table('dead_letters_rows')",
        "SELECT * FROM dead_letters_rows",
        "SELECT * FROM duckdb_settings()",
        "SELECT * FROM information_schema.tables",
        "SELECT (SELECT content FROM read_text('{file}')) AS content",
        "WITH leak AS (SELECT * FROM read_text('{file}')) SELECT * FROM leak",
        "SELECT 1 AS a UNION ALL SELECT content FROM read_text('{file}')",
        "SELECT * FROM dead_letters WHERE payload IN (SELECT content FROM read_text('{file}'))",
        "SELECT getenv('HOME') AS home",
        "COPY dead_letters TO '{folder}/out.csv'",
        "COPY (SELECT 1) TO '{folder}/out.csv'",
        "ATTACH '{folder}/quake.db' AS other",
        "PRAGMA database_list",
        "SET threads = 1",
        "INSTALL httpfs",
        "LOAD '{file}'",
        "EXPORT DATABASE '{folder}/out'",
        "CALL pragma_version()",
        "EXECUTE IMMEDIATE 'SELECT 1'",
        "SELECT @@version",
    ],
)
def test_no_sql_reaches_outside_the_tables_adversarial(warehouse, tmp_path, sql):
    secret = tmp_path / "secret.csv"
    secret.write_text("content\nsecret\n")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(ValueError):
        warehouse.query(sql.format(file=secret, folder=tmp_path))
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('{file}')",
        "SELECT * FROM '{file}'",
        "SELECT * FROM read_text('{folder}/history/../secret.csv')",
        "COPY (SELECT 1) TO '{folder}/out.csv'",
        "ATTACH '{folder}/other.db' AS other",
        "SET enable_external_access = true",
        "SET allowed_directories = ['{folder}']",
        "INSTALL httpfs",
        "SELECT * FROM here",
    ],
)
def test_duckdb_itself_is_locked_should_the_translation_let_something_through(tmp_path, sql):
    here = pa.table({"a": [1]})
    (tmp_path / "secret.csv").write_text("content\nsecret\n")
    (tmp_path / "history").mkdir()
    with locked_duckdb(tmp_path, 64) as connection, pytest.raises(duckdb.Error):
        connection.execute(sql.format(file=tmp_path / "secret.csv", folder=tmp_path)).fetchall()
    assert here.num_rows == 1


def test_a_slow_question_ends_at_its_timeout_and_the_next_is_answered(warehouse):
    began = time.monotonic()
    with pytest.raises(TimeoutError, match="longer than 0.2 s"):
        warehouse.query(SLOW, timeout_s=0.2)
    assert time.monotonic() - began < 15
    assert warehouse.query("SELECT 1 AS one", timeout_s=5)["one"].to_pylist() == [1]


def test_a_slow_question_keeps_nobody_waiting(warehouse):
    def ask_slowly() -> None:
        with pytest.raises(TimeoutError):
            warehouse.query(SLOW, timeout_s=3.0)

    warehouse.query("SELECT 1")
    thread = Thread(target=ask_slowly)
    thread.start()
    time.sleep(0.1)
    warehouse.insert(letters(0, 3))
    assert count(warehouse, "dead_letters") == 3
    assert thread.is_alive()
    thread.join()


def test_a_question_beyond_the_memory_fails_alone(tmp_path):
    with closing(SqliteWarehouse(f"sqlite:///{tmp_path / 'quake.db'}?memory_mb=20")) as warehouse:
        with pytest.raises(MemoryError, match="memory_mb"):
            warehouse.query("SELECT ARRAY_AGG(a) AS all_of_it FROM UNNEST(GENERATE_ARRAY(1, 2000000)) AS a")
        assert count(warehouse, "alerts") == 0


def test_bulk_history_is_read_in_place_and_new_files_are_seen(warehouse, tmp_path):
    assert count(warehouse, "history") == 0
    write_history(tmp_path, "first", [event(0), event(1)])
    assert count(warehouse, "history") == 2
    write_history(tmp_path, "second", [event(2)])
    found = warehouse.query("SELECT * FROM history ORDER BY origin_time").to_pylist()
    assert [from_record(HistoryEvent, record) for record in found] == [event(0), event(1), event(2)]


def test_history_rows_join_the_bulk_by_key(warehouse, tmp_path):
    write_history(tmp_path, "first", [event(0, "bulk"), event(1, "bulk")])
    warehouse.insert([event(1, "late"), event(2, "late")])
    found = warehouse.query("SELECT source_event_id, place FROM history ORDER BY origin_time").to_pylist()
    assert [(row["source_event_id"], row["place"]) for row in found] == [
        ("us0", "bulk"),
        ("us1", "bulk"),
        ("us2", "late"),
    ]


def test_compaction_moves_rows_that_readers_go_on_seeing(warehouse, url, tmp_path):
    warehouse.insert(letters(0, 100))
    with closing(SqliteWarehouse(url)) as reader:
        assert count(reader, "dead_letters") == 100
        (done,) = compact(warehouse.store, minimum=50)
        assert (done.table, done.rows) == ("dead_letters", 100)
        assert warehouse.store.read("SELECT COUNT(*) FROM dead_letters") == [(0,)]
        assert compact(warehouse.store, minimum=50) == []
        assert reader.insert(letters(90, 110)) == 10, "compacted keys were forgotten"
        assert count(reader, "dead_letters") == count(warehouse, "dead_letters") == 110
        assert len(compact(warehouse.store, minimum=10)) == 1
        assert warehouse.insert(letters(0, 110)) == 0
    rows = warehouse.query("SELECT * FROM dead_letters ORDER BY payload_hash").to_pylist()
    assert [from_record(DeadLetter, record) for record in rows] == letters(0, 110)
    assert len(list((tmp_path / "compacted" / "dead_letters").iterdir())) == 2


def test_compaction_keeps_nested_records_lists_and_truth(warehouse):
    exceedance = {"horizon_days": 7, "magnitude_min": 5.0, "expected": 0.1, "probability": 0.095}
    baseline = {"baseline_expected": 0.001, "baseline_probability": 0.000999, "gain": 100.0}
    text = "alert_id epoch message_type quake_id model_version reason headline alert_level review_status place mode"
    number = (
        "seq alert_number revision sequence forecast_level latitude longitude probability baseline_probability gain"
    )
    unknown = "superseded_by depth_km magnitude magnitude_type intensity people_mmi6"
    columns = dict.fromkeys(text.split(), "ü") | dict.fromkeys(number.split(), 3) | dict.fromkeys(unknown.split())
    columns |= {"notify": True, "hindsight": False, "drill": True, "references": ("a.1", "a.2")}
    alert = Alert(sent_at=NOON, origin_time=NOON, forecast=(Exceedance(**exceedance, **baseline),), **columns)
    warehouse.insert([alert])
    compact(warehouse.store, minimum=1)
    (record,) = warehouse.query("SELECT * FROM alerts").to_pylist()
    assert from_record(Alert, record) == alert


def test_translation_names_what_a_statement_needs():
    statement = translate(
        "WITH alerts AS (SELECT a.seq FROM `p.d.alerts` AS a WHERE a.sent_at > @since) "
        "SELECT seq FROM alerts JOIN history ON seq = @seq"
    )
    assert (statement.tables, statement.parameters) == (("alerts", "history"), {"since", "seq"})
