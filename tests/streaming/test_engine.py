"""The chain of one message, without any shell."""

from dataclasses import replace
from datetime import timedelta

from alerts.table import with_overrides
from quake.event import Tick
from quake.schema import Alert, Assessment, EventReport
from quake.world import no_history
from streaming.engine import Engine, State


def kinds(rows: list) -> list[str]:
    return [type(row).__name__ for row in rows]


def test_one_report_is_a_row_an_assessment_and_when_it_matters_an_alert(new_engine, report):
    engine: Engine = new_engine()
    small = engine.process(report(0, magnitude=3.0))
    assert kinds(small.rows) == ["EventReport", "Assessment"] and not small.alerts
    large = engine.process(report(1, magnitude=7.8, latitude=10.0))
    assert kinds(large.rows) == ["EventReport", "Assessment", "Alert"]
    alert = large.alerts[0]
    assert (alert.message_type, alert.seq, alert.epoch, alert.alert_level) == ("ALERT", 1, "e1", "red")
    assert alert.probability > alert.baseline_probability > 0


def test_a_duplicate_leads_to_nothing_and_a_withdrawal_cancels(new_engine, report):
    engine = new_engine()
    first = report(0, magnitude=7.8)
    engine.process(first)
    assert not engine.process(replace(first, sequence=2, updated_at=first.updated_at + timedelta(hours=1))).rows
    gone = engine.process(replace(first, sequence=3, kind="delete"))
    assert [alert.message_type for alert in gone.alerts] == ["CANCEL"]
    row, assessment = gone.rows[:2]
    assert isinstance(row, EventReport) and row.source_revision == 2 and row.kind == "delete"
    assert isinstance(assessment, Assessment) and assessment.status == "withdrawn" and assessment.alert_level == "none"


def test_an_earthquake_counts_in_its_own_forecast_until_it_is_withdrawn(new_engine, report):
    engine = new_engine()
    first = report(0, magnitude=7.8)
    assessed = next(row for row in engine.process(first).rows if isinstance(row, Assessment))
    assert assessed.gain > 100 and assessed.hindsight is False
    gone = next(
        row for row in engine.process(replace(first, sequence=2, kind="delete")).rows if isinstance(row, Assessment)
    )
    assert gone.gain == 1


def test_the_models_own_years_are_marked_hindsight(new_engine, report):
    old = report(0).origin_time.replace(year=2010)
    assessed = new_engine().process(report(0, origin_time=old)).rows[1]
    assert assessed.hindsight is True


def test_ticks_end_an_alert_in_time(new_engine, report):
    engine = new_engine()
    first = report(0, magnitude=7.8)
    engine.process(first)
    assert not engine.process(Tick(sequence=5, at=first.ingested_at + timedelta(days=1))).alerts
    ended = engine.process(Tick(sequence=9, at=first.ingested_at + timedelta(days=8)))
    assert [alert.message_type for alert in ended.alerts] == ["EXPIRED"]
    assert isinstance(ended.rows[0], Alert) and ended.rows[0].sequence == 9
    assert not engine.process(Tick(sequence=10, at=first.ingested_at + timedelta(days=9))).rows


def test_impossible_combinations_of_text_do_not_stop_it(new_engine, report):
    odd = report(0, place="\u0000\ud7ff <script>", magnitude=None, depth_km=None, aliases=("", "x" * 1000))
    assert kinds(new_engine().process(odd).rows) == ["EventReport", "Assessment"]


def test_other_rules_make_other_alerts(setting, report):
    strict = replace(setting, rules=with_overrides({"alert_level_min": "red", "forecast_level_min": 4}))
    engine = Engine(strict, State.empty(strict.model, no_history(), "e1"))
    assert not engine.process(report(0, magnitude=6.5)).alerts
    assert engine.process(report(1, magnitude=7.8, latitude=10.0)).alerts
