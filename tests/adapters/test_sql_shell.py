"""`quake sql`: what is printed, and how typed parameters are read."""

import csv
import io
import json
from contextlib import closing
from datetime import UTC, datetime

import pytest

from quake.adapters.sql import answer, names
from quake.adapters.warehouse import open_warehouse
from quake.adapters.warehouse.shell import parse_parameter, run_sql
from quake.schema import DeadLetter
from quake.settings import Settings

NOON = datetime(2023, 2, 6, 12, 0, 0, 500_000, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path):
    settings = Settings(data=tmp_path, warehouse=f"sqlite:///{tmp_path / 'quake.db'}")
    with closing(open_warehouse(settings.warehouse)) as warehouse:
        warehouse.insert(
            [
                DeadLetter(source="usgs", payload_hash=str(i), reason=reason, payload="x" * 100, received_at=NOON)
                for i, reason in enumerate(["no id", "no id", 'no\ttime, "quoted"'])
            ]
        )
    return settings


def test_a_table_is_aligned_numbers_to_the_right(settings, capsys):
    run_sql(settings, "SELECT reason, COUNT(*) AS n, 1 / 3 AS third FROM dead_letters GROUP BY reason ORDER BY n DESC")
    assert capsys.readouterr().out.splitlines() == [
        "reason             n     third",
        "-----------------  -  --------",
        "no id              2  0.333333",
        'no time, "quoted"  1  0.333333',
        "(2 rows)",
    ]


def test_a_named_answer_is_printed_like_any_other(settings, capsys):
    run_sql(settings, "dead_letters_by_reason")
    assert "2023-02-06T12:00:00.500000Z" in capsys.readouterr().out


def test_an_empty_answer_still_shows_its_columns(settings, capsys):
    run_sql(settings, "alerts_since", {"epoch": "one", "seq": "0", "limit": "5"})
    printed = capsys.readouterr().out.splitlines()
    assert (printed[0].split()[:3], printed[-1]) == (["alert_id", "seq", "epoch"], "(0 rows)")


def test_csv_can_be_read_back_in_full(settings, capsys):
    run_sql(settings, "SELECT reason, received_at, 1 / 3 AS third, NULL AS nothing FROM dead_letters", format="csv")
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert rows[2]["reason"] == 'no\ttime, "quoted"'
    assert (float(rows[0]["third"]), rows[0]["nothing"]) == (1 / 3, "")
    assert datetime.fromisoformat(rows[0]["received_at"]) == NOON


def test_json_can_be_read_back_in_full(settings, capsys):
    run_sql(settings, "SELECT reason, received_at, [1, 2] AS list FROM dead_letters LIMIT 1", format="json")
    expected = {"reason": "no id", "received_at": "2023-02-06T12:00:00.500000Z", "list": [1, 2]}
    assert json.loads(capsys.readouterr().out) == [expected]


@pytest.mark.parametrize(
    ("text", "reason"),
    [("no_such_answer", "known: alert_"), ("SELECT x FROM nowhere", "no table"), ("alerts_latest", "@limit")],
)
def test_what_cannot_be_answered_says_why(settings, text, reason):
    with pytest.raises(ValueError, match=reason):
        run_sql(settings, text)


def test_an_unknown_format_is_named(settings):
    with pytest.raises(ValueError, match="known: table, csv, json"):
        run_sql(settings, "magnitude_types", format="xml")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7", 7),
        ("-2.5", -2.5),
        ("null", None),
        ('"7"', "7"),
        ("us6000jllz", "us6000jllz"),
        ("2023-02-06", datetime(2023, 2, 6, tzinfo=UTC)),
        ("2023-02-06T12:00:00.5Z", NOON),
        ("2023-02-06T21:00:00.5+09:00", NOON),
    ],
)
def test_parameters_are_read_as_typed(text, value):
    parsed = parse_parameter(text)
    assert parsed == value and type(parsed) is type(value)


def test_answers_are_named_after_their_files():
    assert {"events_latest", "state_reports", "magnitude_types"} <= set(names())
    assert "FROM event_reports" in answer("state_reports")
