"""Runs the pipeline: a streaming job that takes live reports, or a backfill. Imported for Beam only."""

from dataclasses import replace
from datetime import UTC, datetime

import apache_beam as beam
import structlog
from apache_beam.options.pipeline_options import PipelineOptions, SetupOptions, StandardOptions

from quake.adapters.registry.alias import CHAMPION, read_aliases
from quake.adapters.storage import Storage, open_storage
from streaming.backfill import Backfill, write_messages
from streaming.beam_io import ToBigQuery, ToBus, ToWarehouse, from_parquet, from_pubsub
from streaming.blueprint import Blueprint
from streaming.options import GRID_HOURS, EngineOptions
from streaming.pipeline import Sinks, build
from streaming.snapshots import save_state

log = structlog.get_logger(__name__)


def main(arguments: list[str] | None = None) -> None:
    """The Flex Template's entry point: builds and starts the streaming job that the arguments describe."""
    options = PipelineOptions(arguments, streaming=True)
    options.view_as(SetupOptions).save_main_session = False
    with beam.Pipeline(options=options) as pipeline:
        add_stream(pipeline, options)


def add_stream(pipeline: beam.Pipeline, options: PipelineOptions) -> None:
    """Adds the chain from Pub/Sub to warehouse and bus. Raises ValueError for options that are missing or wrong."""
    chosen = options.view_as(EngineOptions)
    chosen.check()
    written = ToBigQuery if chosen.bigquery_method == "storage_write_api" else ToWarehouse
    sinks = Sinks(written(chosen.warehouse), ToBus(chosen.bus))
    dataflow = "Dataflow" in (options.view_as(StandardOptions).runner or "")
    blueprint = blueprint_of(chosen)
    champion = None if chosen.model_version else blueprint.champion
    build(pipeline, from_pubsub(chosen.bus, dataflow), sinks, blueprint, bounded=False, champion=champion)


def blueprint_of(chosen: EngineOptions) -> Blueprint:
    """What the options say that the workers begin with, the champion's version and the time filled in."""
    version = chosen.model_version or champion_of(open_storage(chosen.storage))
    until = datetime.fromisoformat(chosen.history_until) if chosen.history_until else datetime.now(UTC)
    return Blueprint(
        storage=chosen.storage,
        model_version=version,
        mode=chosen.mode or "live",
        epoch=chosen.epoch,
        history_until=until,
        snapshot=chosen.snapshot or None,
        rules=chosen.rules or "{}",
        grid_hours=int(chosen.grid_hours or GRID_HOURS),
    )


def champion_of(storage: Storage) -> str:
    """The version that serves. Raises LookupError when none does."""
    entries = read_aliases(storage)
    if CHAMPION not in entries:
        raise LookupError(f"no model is champion in {storage.url}: run `quake bootstrap`, or name a --model_version")
    return entries[CHAMPION].version


def run_backfill_on_beam(
    backfill: Backfill, blueprint: Blueprint, name: str, out: str, options: PipelineOptions
) -> None:
    """Scores the period on the runner that `options` name. State and messages travel through the blueprint's storage.

    Running it again writes the same rows again, which readers see once.
    """
    storage = open_storage(blueprint.storage)
    engine, period = backfill.before()
    save_state(storage, f"backfill/{name}", engine)
    path = f"backfill/{name}/messages.parquet"
    count = write_messages(storage, path, period)
    log.info("backfill begins", messages=count, out=out, after=engine.state.identities.processed_sequence)
    begin = replace(blueprint, snapshot=f"backfill/{name}")
    # Beam names buckets as fsspec does, but local files by their path alone.
    source = from_parquet(storage.filesystem.unstrip_protocol(storage.full(path)).removeprefix("file://"))
    with beam.Pipeline(options=options) as pipeline:
        build(pipeline, source, Sinks(ToWarehouse(out), None), begin, bounded=True)
    log.info("backfill done", messages=count, out=out)


def local_options(runner: str) -> PipelineOptions:
    """Options for a runner in this process, by its name."""
    return PipelineOptions(["--runner", runner])
