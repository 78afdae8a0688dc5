"""The Prefect side: what is deployed, when it runs, and that alarms are announced once."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from quake.adapters.warehouse import open_warehouse
from quake.schema import DriftAlarm
from quake.settings import Settings

# Prefect 3.8 imports parts of pydantic, starlette and websockets that are to go; nothing we can answer.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")

ROOT = Path(__file__).resolve().parents[2]


class Rounds(Event):
    """Stops after so many waits, and does not wait."""

    def __init__(self, rounds: int) -> None:
        super().__init__()
        self.rounds = rounds

    def wait(self, timeout: float | None = None) -> bool:
        self.rounds -= 1
        return self.rounds < 0


def test_prefect_yaml_deploys_what_the_code_serves() -> None:
    import yaml

    from batch.flows import CRONS, DRIFT, FLOWS

    rows = {row["name"]: row for row in yaml.safe_load((ROOT / "prefect.yaml").read_text("utf-8"))["deployments"]}
    assert rows.keys() == FLOWS.keys()
    assert {name: row["schedules"][0]["cron"] for name, row in rows.items() if "schedules" in row} == CRONS
    assert rows["retrain"]["triggers"][0]["expect"] == [DRIFT]
    assert all(row["entrypoint"] == f"batch.flows.{name}" for name, row in rows.items())


def test_alarms_are_announced_once(tmp_path: Path) -> None:
    from batch.flows import DRIFT, announce_drift

    settings, told = Settings(data=tmp_path), []
    alarm: dict[str, Any] = {
        "region": "r",
        "raised_at": datetime(2026, 1, 1, tzinfo=UTC),
        "value": 1.0,
        "expected": 2.0,
    }
    with closing(open_warehouse(settings.warehouse)) as warehouse:
        warehouse.insert([DriftAlarm(**alarm, statistic=name, processed_sequence=7) for name in ("rate", "magnitude")])
    announce_drift(settings, Rounds(3), emit=lambda *given, **named: told.append((given[0], named["payload"])))
    assert told == [(DRIFT, {"alarms": ["r/magnitude", "r/rate"]})]
