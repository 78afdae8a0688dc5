"""What every warehouse promises."""

import signal
import subprocess
import sys
from contextlib import closing
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from threading import Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quake.adapters.bus import Message
from quake.adapters.commit import commit, together
from quake.adapters.warehouse import open_warehouse
from quake.schema import TABLES, as_record, from_record

EVERYTHING = {name: f"SELECT * FROM {name}" for name in TABLES}
INSERTER = """
import sys
from datetime import UTC, datetime
from quake.adapters.warehouse import open_warehouse
from quake.schema import DeadLetter
warehouse = open_warehouse(sys.argv[1])
first, count, step = map(int, sys.argv[3:])
for start in range(first, first + count, step):
    warehouse.insert([
        DeadLetter(source=sys.argv[2], payload_hash=str(i), reason="r", payload="p", received_at=datetime.now(UTC))
        for i in range(start, start + step)
    ])
    print(start + step, flush=True)
"""


def inserter(url: str, source: str, count: int, step: int, first: int = 0) -> subprocess.Popen:
    """Another process that inserts dead letters and prints how far it has got after each insert."""
    command = [sys.executable, "-c", INSERTER, url, source, str(first), str(count), str(step)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def count(warehouse, where: str = "TRUE") -> int:
    return warehouse.query(f"SELECT COUNT(*) AS n FROM dead_letters WHERE {where}")["n"][0].as_py()


@pytest.mark.parametrize("name", TABLES)
def test_a_row_of_every_table_comes_back_as_it_was(warehouse, row, name):
    given_row = row(name)
    assert warehouse.insert([given_row]) == 1
    (record,) = warehouse.query(EVERYTHING[name]).to_pylist()
    assert from_record(TABLES[name].row, record) == given_row
    assert list(record) == [field.name for field in fields(given_row)]


def test_nulls_and_empty_lists_come_back(warehouse, row):
    unknown = row("event_reports", depth_km=None, magnitude=None, magnitude_type=None, nst=None, aliases=(), place="")
    silent = row("assessments", intensity=None, people_mmi6=None, superseded_by=None, forecast=())
    warehouse.insert([unknown, silent])
    assert warehouse.query("SELECT * FROM event_reports").to_pylist() == [as_record(unknown)]
    assert warehouse.query("SELECT * FROM assessments").to_pylist() == [as_record(silent)]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(),
    moment=st.datetimes(datetime(1800, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),
    number=st.floats(allow_nan=False, allow_infinity=False),
    whole=st.integers(-(2**63), 2**63 - 1),
)
def test_any_text_time_and_number_comes_back(warehouse, row, text, moment, number, whole):
    example = str(warehouse.query("SELECT region FROM drift_alarms").num_rows)
    columns = {"region": text, "raised_at": moment, "value": number, "processed_sequence": whole}
    alarm = row("drift_alarms", statistic=example, **columns)
    assert warehouse.insert([alarm]) == 1
    sql = "SELECT * FROM drift_alarms WHERE region = @region AND statistic = @statistic"
    answer = warehouse.query(sql, {"region": text, "statistic": example})
    assert answer.to_pylist() == [as_record(alarm)]


def test_text_that_is_not_unicode_is_kept_escaped(warehouse, row):
    warehouse.insert([row("dead_letters", payload='"\ud800"')])
    assert warehouse.query("SELECT payload FROM dead_letters")["payload"].to_pylist() == ['"\\ud800"']


@pytest.mark.parametrize("name", TABLES)
def test_inserting_twice_shows_one(warehouse, row, name):
    assert warehouse.insert([row(name), row(name)]) == 1
    assert warehouse.insert([row(name)]) == 0
    assert warehouse.query(EVERYTHING[name]).num_rows == 1


def test_the_first_row_of_a_key_wins(warehouse, row):
    warehouse.insert([row("assessments", place="first"), row("assessments", place="second")])
    warehouse.insert([row("assessments", place="third"), row("assessments", revision=2, place="fourth")])
    answer = warehouse.query("SELECT place FROM assessments ORDER BY place")
    assert answer["place"].to_pylist() == ["first", "fourth"]


def test_rows_of_several_tables_go_in_together(warehouse, row):
    mixed = [row("dead_letters"), row("alerts"), row("dead_letters", reason="other"), row("alerts")]
    assert warehouse.insert(mixed) == 3
    assert warehouse.insert([]) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"gain": float("nan")},
        {"probability": float("inf")},
        {"quake_id": None},
        {"revision": "one"},
        {"reports": 2**63},
        {"place": 7},
        {"assessed_at": datetime(2023, 2, 6)},
        {"hindsight": 2},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_value_without_a_place_is_refused_and_nothing_is_kept(warehouse, row, wrong):
    (column,) = wrong
    with pytest.raises(ValueError, match=f"assessments.{column} cannot hold"):
        warehouse.insert([row("assessments", revision=9), row("assessments", **wrong)])
    assert warehouse.query("SELECT quake_id FROM assessments").num_rows == 0


def test_a_forecast_with_a_number_that_is_none_is_refused(warehouse, row):
    broken = row("assessments")
    broken = replace(broken, forecast=(replace(broken.forecast[0], gain=float("nan")),))
    with pytest.raises(ValueError, match="assessments.forecast cannot hold"):
        warehouse.insert([broken])


def test_something_that_is_no_row_is_refused(warehouse):
    with pytest.raises(ValueError, match="str is the row of no table"):
        warehouse.insert(["assessment"])


def test_nested_forecasts_can_be_asked(warehouse, row):
    warehouse.insert([row("assessments", quake_id="a"), row("assessments", quake_id="b", forecast=())])
    answer = warehouse.query(
        "SELECT quake_id, f.probability FROM assessments, UNNEST(forecast) AS f "
        "WHERE f.horizon_days = 7 AND f.magnitude_min = 5"
    )
    assert answer.to_pylist() == [{"quake_id": "a", "probability": 0.1 + 7 / 100}]
    inner = "SELECT (SELECT MAX(f.gain) FROM UNNEST(forecast) AS f) AS g FROM assessments ORDER BY quake_id"
    assert warehouse.query(inner)["g"].to_pylist() == [3000.0, None]


def test_times_are_asked_in_utc(warehouse, row):
    warehouse.insert([row("dead_letters", received_at=datetime(2023, 2, 6, 23, 30, tzinfo=UTC))])
    tokyo = datetime(2023, 2, 7, 8, 30, tzinfo=timezone(timedelta(hours=9)))
    sql = (
        "SELECT TIMESTAMP_TRUNC(received_at, DAY) AS day, FORMAT_TIMESTAMP('%H', received_at) AS hour, "
        "EXTRACT(DAY FROM received_at) AS number, "
        "TIMESTAMP_DIFF(received_at, TIMESTAMP '2023-02-06 00:00:00+00', MINUTE) AS minutes "
        "FROM dead_letters WHERE received_at = @moment AND received_at > TIMESTAMP_SUB(@moment, INTERVAL 1 HOUR)"
    )
    (answer,) = warehouse.query(sql, {"moment": tokyo}).to_pylist()
    assert answer == {"day": datetime(2023, 2, 6, tzinfo=UTC), "hour": "23", "number": 6, "minutes": 1410}


def test_parameters_of_every_type_are_bound_as_values(warehouse, row):
    warehouse.insert([row("dead_letters", payload="'; DROP TABLE dead_letters; --")])
    sql = (
        "SELECT payload = @text AS text, @whole + 1 AS whole, @number * 2 AS number, @truth AS truth, "
        "@nothing IS NULL AS nothing, source IN UNNEST(@texts) AS listed FROM dead_letters"
    )
    values = {"text": "'; DROP TABLE dead_letters; --", "whole": 1, "number": 0.25, "truth": True, "nothing": None}
    (answer,) = warehouse.query(sql, values | {"texts": [row("dead_letters").source, "x"]}).to_pylist()
    assert answer == {"text": True, "whole": 2, "number": 0.5, "truth": True, "nothing": True, "listed": True}


def test_a_missing_parameter_is_named(warehouse):
    with pytest.raises(ValueError, match="@since"):
        warehouse.query("SELECT * FROM alerts WHERE sent_at > @since AND seq > @seq", {"seq": 1})


def test_numbers_are_bigquerys(warehouse, row):
    warehouse.insert([row("dead_letters"), row("dead_letters", reason="other")])
    sql = (
        "SELECT COUNTIF(reason = 'other') AS counted, SUM(2) AS whole, SUM(2.5) AS number, 1 / 2 AS half, "
        "1.1 * 1.1 AS product, SAFE_DIVIDE(1, 0) AS nothing FROM dead_letters"
    )
    answer = warehouse.query(sql)
    assert [str(kind) for kind in answer.schema.types] == ["int64", "int64", "double", "double", "double", "double"]
    expected = {"counted": 1, "whole": 4, "number": 5.0, "half": 0.5, "product": 1.1 * 1.1, "nothing": None}
    assert answer.to_pylist() == [expected]


def test_project_and_dataset_may_be_named(warehouse, row):
    warehouse.insert([row("alerts")])
    sql = "SELECT a.alert_id, a.`references` FROM `my-project.quake.alerts` AS a WHERE a.notify"
    assert warehouse.query(sql).to_pylist() == [
        {"alert_id": row("alerts").alert_id, "references": ["us6000jllz", "näher"]}
    ]


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM alerts WHERE TRUE",
        "INSERT INTO alerts (seq) VALUES (1)",
        "UPDATE alerts SET seq = 1 WHERE TRUE",
        "DROP TABLE alerts",
        "CREATE TABLE copy AS SELECT * FROM alerts",
        "SELECT 1; DROP TABLE alerts",
        "SELECT 1; SELECT 2",
        "EXPORT DATA OPTIONS(uri='file.csv') AS SELECT 1",
        "SELECT * FROM alerts WHERE seq = ?",
        "SELECT nonsense FROM alerts",
        "SELECT * FROM no_such_table",
        "SELEC 1",
        "",
    ],
)
def test_anything_but_one_readable_question_is_refused(warehouse, row, sql):
    warehouse.insert([row("alerts")])
    with pytest.raises(ValueError):
        warehouse.query(sql)
    assert warehouse.query("SELECT seq FROM alerts").num_rows == 1


def test_max_rows_gives_the_first_in_order(warehouse, row):
    warehouse.insert([row("dead_letters", payload_hash=f"{i:03d}") for i in range(50)])
    sql = "SELECT payload_hash FROM dead_letters ORDER BY payload_hash DESC"
    assert warehouse.query(sql, max_rows=3)["payload_hash"].to_pylist() == ["049", "048", "047"]
    assert warehouse.query(sql, max_rows=500).num_rows == 50


def test_every_insert_is_seen_by_the_next_question(warehouse, warehouse_url, row):
    with closing(open_warehouse(warehouse_url)) as other:
        for i in range(1, 6):
            warehouse.insert([row("dead_letters", payload_hash=str(i))])
            assert count(warehouse) == count(other) == i


def test_two_processes_write_the_same_keys_and_every_row_is_there_once(warehouse, warehouse_url):
    writers = [inserter(warehouse_url, "both", 400, 4), inserter(warehouse_url, "both", 400, 4, first=200)]
    seen = [count(warehouse) for _ in range(10)]
    for writer in writers:
        writer.communicate(timeout=60)
        assert writer.returncode == 0
    assert seen == sorted(seen)
    assert count(warehouse) == count(warehouse, "source = 'both'") == 600


def test_threads_ask_while_rows_arrive(warehouse, row):
    wrong: list[str] = []

    def ask() -> None:
        seen = 0
        for _ in range(15):
            answer = warehouse.query("SELECT COUNT(*) AS n, COUNT(DISTINCT payload_hash) AS d FROM dead_letters")
            rows, distinct = (answer[name][0].as_py() for name in ("n", "d"))
            if rows != distinct or rows < seen:
                wrong.append(f"{rows} rows, {distinct} keys, after {seen}")
            seen = rows

    threads = [Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for i in range(60):
        warehouse.insert([row("dead_letters", payload_hash=str(i))])
    for thread in threads:
        thread.join()
    assert (wrong, count(warehouse)) == ([], 60)


def test_a_killed_writer_loses_nothing_it_was_told_is_kept_chaos(warehouse, warehouse_url):
    for life in range(2):
        source = f"life {life}"
        writer = inserter(warehouse_url, source, 1_000_000, 10)
        acknowledged = [int(writer.stdout.readline()) for _ in range(30)][-1]
        writer.send_signal(signal.SIGKILL)
        acknowledged = max([acknowledged, *(int(line) for line in writer.communicate()[0].splitlines())])
        kept = count(warehouse, f"source = '{source}'")
        assert kept >= acknowledged
        assert kept % 10 == 0, "half an insert was kept"


def test_rows_messages_and_acks_go_in_together(one_store, row):
    bus, warehouse = one_store
    bus.subscribe("events", "engine")
    bus.subscribe("alerts", "hub")
    bus.publish("events", [Message(b"report")])
    received = bus.pull("engine")
    commit(bus, warehouse, [row("alerts")], {"alerts": [Message(b"alert")]}, {"engine": [received[0].lease]})
    assert (bus.backlog("engine"), bus.backlog("hub")) == (0, 1)
    assert warehouse.query("SELECT seq FROM alerts").num_rows == 1


def test_a_failure_inside_takes_everything_back(one_store, row):
    bus, warehouse = one_store
    if not hasattr(bus, "store"):
        pytest.skip("bus and warehouse are not one store here: the order of calls carries the promise")
    bus.subscribe("events", "engine")
    bus.subscribe("alerts", "hub")
    bus.publish("events", [Message(b"report")])
    received = bus.pull("engine")
    with pytest.raises(ZeroDivisionError), together(bus, warehouse):
        warehouse.insert([row("alerts")])
        bus.publish("alerts", [Message(b"alert")])
        bus.ack("engine", [received[0].lease])
        assert warehouse.query("SELECT seq FROM alerts").num_rows == 0, "seen before it was kept"
        raise ZeroDivisionError
    assert (bus.backlog("engine"), bus.backlog("hub")) == (1, 0)
    assert warehouse.query("SELECT seq FROM alerts").num_rows == 0
    bus.ack("engine", [received[0].lease])
    assert bus.backlog("engine") == 0
