"""One table of metric names: what it says is emitted is emitted."""

from pathlib import Path

import pytest

from quake.monitoring import MEASURED, METRICS, measured
from serving.metrics import Metrics

ROOT = Path(__file__).resolve().parents[2]


def test_the_api_emits_its_rows_and_no_others():
    emitted = {family.name for family in Metrics().registry.collect()}
    assert emitted == {name for name, metric in METRICS.items() if metric.emitted == "serving.metrics"}


@pytest.mark.parametrize(
    "metric", [row for row in METRICS.values() if row.event not in ("", MEASURED)], ids=lambda metric: metric.name
)
def test_a_logged_metric_is_logged_where_the_table_says(metric):
    source = (ROOT / (metric.emitted.replace(".", "/") + ".py")).read_text("utf-8")
    assert f'"{metric.event}"' in source
    assert not metric.field or f"{metric.field}=" in source


def test_every_figure_of_the_table_is_measured_by_some_flow():
    sources = "".join(file.read_text("utf-8") for file in (ROOT / "batch").glob("*.py"))
    figures = {name for name, metric in METRICS.items() if metric.event == MEASURED}
    assert {name for name in figures if f'measured("{name}"' in sources} == figures


def test_a_metric_reaches_the_cloud_in_one_way():
    for metric in METRICS.values():
        assert not (metric.google and metric.event), metric.name
        assert not metric.field or metric.event, metric.name
        assert metric.kind in ("gauge", "counter", "histogram") and metric.unit and metric.meaning


def test_a_figure_is_logged_under_a_name_of_the_table_only():
    assert measured("information_gain", 1) == {"metric": "information_gain", "value": 1.0}
    with pytest.raises(ValueError, match="known: drift_share"):
        measured("information_gian", 1)
