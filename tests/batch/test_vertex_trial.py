"""A trial as the tuning service starts it: values as `--NAME=VALUE`, the gain in a file of JSON lines."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from batch.tune import SPACE
from batch.vertex import METRIC
from batch.vertex_trial import FILE, TRIAL, main, report
from quake.etas_models import WorldParameters
from quake.settings import Settings

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(name="file")
def _file(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, space_time: WorldParameters) -> Path:
    """Where a trial of the small history reports to."""
    monkeypatch.setenv("QUAKE_DATA", str(settings.data))
    monkeypatch.setenv(FILE, str(tmp_path / "hypertune" / "output.metrics"))
    monkeypatch.setenv(TRIAL, "7")
    monkeypatch.setattr("batch.tune.START", datetime(2000, 1, 1, tzinfo=UTC))
    monkeypatch.setattr("batch.flow_steps.FEATURES_FROM", datetime(2004, 1, 1, tzinfo=UTC))
    monkeypatch.setattr("batch.flow_steps.VALIDATION", timedelta(days=150))
    return tmp_path / "hypertune" / "output.metrics"


def lines(file: Path) -> list[dict]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def test_the_plain_fit_gains_nothing_and_values_change_it(file: Path) -> None:
    """The service appends `--NAME=VALUE` to the command for each parameter of the study."""
    assert main([f"--{name}=0" for name in SPACE], NOW) == 0.0
    gain = main(["--log_productivity=0.3", "--a_time=0.1", "--log_d=-0.2"], NOW)
    assert [row[METRIC] for row in lines(file)] == ["0.0", str(gain)] and gain != 0


def test_a_report_is_as_cloudml_hypertune_writes_it(file: Path) -> None:
    """Its `report_hyperparameter_tuning_metric`: time, trial, the metric by its tag as text, step, checkpoint."""
    report("gain", 0.25, NOW)
    (row,) = lines(file)
    expected = {"trial": "7", "gain": "0.25", "global_step": "0", "checkpoint_path": "", "timestamp": NOW.timestamp()}
    assert row == expected


def test_an_unknown_parameter_ends_the_trial(file: Path) -> None:
    with pytest.raises(SystemExit):
        main(["--b_value=1"], NOW)
    assert not file.exists()
