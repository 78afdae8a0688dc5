"""What the flows do, as plain functions: no server, no framework. `batch.flows` shows the same steps to Prefect."""

import hashlib
import inspect
import json
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

import structlog

from batch import train as train_module
from batch.drift import compare
from batch.prepare import Prepared, Split, prepare
from batch.profiling import NoProfiling, profile
from batch.promotion import review
from batch.score import score_forecasts
from batch.train import START, train
from batch.train_provenance import code_digest
from quake.adapters.history import covered_until
from quake.adapters.registry.alias import placed
from quake.adapters.space_time import committed_space_time
from quake.adapters.sql import answer
from quake.adapters.storage import open_storage
from quake.adapters.warehouse import open_warehouse
from quake.schema import ModelDecision
from quake.settings import Settings

HELD_BACK = timedelta(days=365)
"""The newest year is never fitted to: the gate judges on it."""
VALIDATION = timedelta(days=730)
FEATURES_FROM = START.replace(year=2000)

Run = Callable[..., Any]
"""Calls a step: `run(function, *arguments)`. A flow gives one that Prefect sees as a task."""

log = structlog.get_logger(__name__)


def call(step: Callable[..., Any], *arguments: Any) -> Any:
    """The step, called."""
    return step(*arguments)


def chain(settings: Settings, now: datetime, run: Run = call) -> ModelDecision | None:
    """From the raw catalogue to a decided promotion: profile, prepare, train, register, judge, promote or refuse."""
    run(profile_if_installed, settings, now)
    return refit(settings, now, run)


def retrain(settings: Settings, now: datetime, run: Run = call) -> ModelDecision | None:
    """The chain without the profile, if an alarm waits for a decision; drift alone promotes nothing."""
    alarms = run(waiting_alarms, settings)
    if not alarms:
        log.info("no drift to answer")
        return None
    log.info("retraining", alarms=[f"{alarm['region']}/{alarm['statistic']}" for alarm in alarms])
    return refit(settings, now, run)


def refit(settings: Settings, now: datetime, run: Run = call) -> ModelDecision | None:
    """Prepares, trains on all but the newest year, and lets the gate decide; None when the champion came out again."""
    split = run(split_of, settings, now)
    prepared = run(prepare, settings, split)
    run(train_once, settings, prepared, split.validation_end, now)
    return run(review, settings, now)


def score(settings: Settings, now: datetime, run: Run = call) -> int:
    """Joins issued forecasts with what came; the number of new outcomes."""
    return run(score_forecasts, settings, now)


def drift(settings: Settings, now: datetime, run: Run = call) -> int:
    """Compares two windows of the warehouse; the number of figures that drifted."""
    return sum(row.drifted for row in run(compare, settings, now))


def profile_if_installed(settings: Settings, now: datetime) -> str | None:
    """The profile's path; None, with a warning that says why, where it cannot be made."""
    try:
        return profile(settings, now)
    except NoProfiling as error:
        log.warning("not profiled", reason=str(error))
        return None


def waiting_alarms(settings: Settings) -> list[dict[str, Any]]:
    """Drift alarms that no decision has followed."""
    with closing(open_warehouse(settings.warehouse)) as warehouse:
        return warehouse.query(answer("drift_alarms_undecided")).to_pylist()


def split_of(settings: Settings, now: datetime) -> Split:
    """Spans that end with what history knows, on whole days. Raises ValueError without history."""
    end = covered_until(open_storage(settings.storage))
    if end is None:
        raise ValueError("there is no history to train on; run: quake bootstrap")
    end = min(end, now).replace(hour=0, minute=0, second=0, microsecond=0)
    return Split(FEATURES_FROM, end - HELD_BACK - VALIDATION, end - HELD_BACK, end)


def train_once(settings: Settings, prepared: Prepared, end: datetime, now: datetime) -> str:
    """The version fitted to what lies before `end`; not fitted again from the same data and code."""
    storage = open_storage(settings.storage)
    code = f"{code_digest()} {inspect.getsource(train_module)} {committed_space_time()[0].digest}"
    key = hashlib.sha256(f"{prepared.folder} {START} {end} {code}".encode()).hexdigest()[:16]
    note = f"flows/trained-{key}.json"
    if storage.exists(note):
        version = json.loads(storage.read(note))["version"]
        if placed(storage, version):
            log.info("model found", model_version=version)
            return version
    version = str(train(settings, START, end, now=now, prepared=prepared).version)
    storage.write(note, json.dumps({"version": version, "prepared": prepared.folder}).encode())
    return version


STEPS: dict[str, Callable[..., Any]] = {
    "chain": chain,
    "retrain": retrain,
    "score": score,
    "drift": drift,
    "prepare": lambda settings, now, run=call: run(prepare, settings, split_of(settings, now)),
    "profile": lambda settings, now, run=call: run(profile, settings, now),
}
"""What `quake flows run NAME` knows."""
