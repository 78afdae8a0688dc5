"""`quake up`: history, model, then every part under one supervisor until Ctrl-C."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Thread
from typing import BinaryIO
from zlib import crc32

import httpx
import typer

from launcher.context import remember
from launcher.parts import configuration, parts
from quake.settings import Settings

READY_WITHIN_S = 180.0
"""How long the parts may take to answer before we say that they do not."""
LIVE_WITHIN_S = 10.0
"""How long the agencies may take to answer before we replay instead."""
REPLAYED = "2023-02-06T00:00:00Z", "2023-02-27T00:00:00Z"
"""What runs when no agency answers: three weeks from the earthquakes of 6 February 2023 in Türkiye and Syria on."""
REPLAY_SPEED = 300.0


def up(settings: Settings, dashboard: bool) -> None:
    """Prepares what is missing, starts every part, prints the addresses; returns when Ctrl-C has ended them all."""
    settings.data.mkdir(parents=True, exist_ok=True)
    with _compiling(settings):
        _prepare(settings)
        _run(settings, dashboard)


def _run(settings: Settings, dashboard: bool) -> None:
    settings = _with_gateway(_with_feed(settings))
    remember(settings)
    running = parts(settings, dashboard)
    file = settings.data / "supervisor.conf"
    file.write_text(configuration(running, settings.data), encoding="utf-8")
    # In a session of its own, because Ctrl-C is ours to hand on; its log comes through us, wherever ours goes.
    command = [sys.executable, "-m", "supervisor.supervisord", "-n", "-c", str(file)]
    with subprocess.Popen(
        command, env=environment(settings), start_new_session=True, stderr=subprocess.PIPE
    ) as supervisor:
        Thread(target=_copy, args=(supervisor.stderr, sys.stderr.buffer), daemon=True).start()
        _until_interrupted(settings, dashboard, supervisor)


def _until_interrupted(settings: Settings, dashboard: bool, supervisor: subprocess.Popen) -> None:
    for stop in (signal.SIGTERM, signal.SIGINT):  # a shell in the background leaves Ctrl-C ignored
        signal.signal(stop, signal.default_int_handler)
    try:
        _announce(settings, dashboard, supervisor)
        supervisor.wait()
    except KeyboardInterrupt:
        typer.echo("\nStopping: the engine writes its snapshot, nothing is lost.", err=True)
    finally:
        _end(supervisor)


def _prepare(settings: Settings) -> None:
    """History and model, in a process of its own: what it imports for that is not kept in memory while we wait."""
    typer.echo("Quakestream: preparing the history and the model.", err=True)
    subprocess.run([sys.executable, "-m", "launcher", "bootstrap"], env=environment(settings), check=True)


@contextmanager
def _compiling(settings: Settings) -> Iterator[None]:
    """Compiles the forecast meanwhile, where it is not yet: at its first report the engine would wait for that."""
    with subprocess.Popen([sys.executable, "-m", "quake.etas_compile"], env=environment(settings)) as compiler:
        Thread(target=compiler.wait, daemon=True).start()  # ended, it is to be gone, not a zombie
        try:
            yield
        finally:
            compiler.terminate()


def _with_feed(settings: Settings) -> Settings:
    """Live where an agency answers; else the settings of a replay."""
    if settings.feed != "live":
        return rewound(settings)
    from streaming.ingest import live_feed_answers

    typer.echo("Quakestream: asking the agencies.", err=True)
    if asyncio.run(live_feed_answers(settings, LIVE_WITHIN_S)):
        return settings
    typer.echo(
        f"No live feed answered within {LIVE_WITHIN_S:.0f} s. REPLAYING February 2023 in Türkiye and Syria from "
        f"the catalogue at {REPLAY_SPEED:.0f} times its speed instead; everything is marked REPLAY. "
        "To replay on purpose: quake up --feed replay.",
        err=True,
    )
    return rewound(settings.model_copy(update={"feed": "replay"}))


def _with_gateway(settings: Settings) -> Settings:
    """The API announces the gateway, which is a part of its own here."""
    url = settings.stream_url or f"ws://{{host}}:{settings.stream_port}/v1/alerts/stream"
    return settings.model_copy(update={"stream_url": url})


def rewound(settings: Settings) -> Settings:
    """Settings of a replay or simulation: its start, a history that ends there, and rows that never mix with others."""
    feed, speed = settings.feed, settings.speed
    if feed == "replay":
        start, end = REPLAYED
        feed = f"replay:{settings.data}/history/catalogue.parquet?start={start}&end={end}"
        speed = REPLAY_SPEED if speed == 1.0 else speed
    if settings.mode == "simulate" and "start=" not in feed:
        feed += f"{'&' if '?' in feed else ':?'}start={datetime.now(UTC):%Y-%m-%d}"
    store = f"sqlite:///{settings.data / f'{settings.mode}-{crc32(feed.encode()):08x}.db'}"
    changed = {"feed": feed, "speed": speed, "bus": store, "warehouse": store, "history_until": _starts(settings, feed)}
    return settings.model_copy(update=changed)


def _starts(settings: Settings, feed: str) -> datetime:
    """The time of the feed's first batch. Raises what opening the feed raises."""
    from quake.adapters.feeds import open_feed

    return open_feed(feed, settings, lambda: datetime.now(UTC)).history[0].generated_at


def environment(settings: Settings) -> dict[str, str]:
    """The `QUAKE_*` variables that give a part these settings."""
    own = {
        "QUAKE_" + name.upper(): value for name, value in settings.model_dump(mode="json", exclude_none=True).items()
    }
    values = {name: _as_variable(value) for name, value in own.items()}
    colour = {"FORCE_COLOR": "1"} if sys.stderr.isatty() else {}
    return {**os.environ, **colour, "PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": "1", **values}


def _as_variable(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _copy(lines: BinaryIO, log: BinaryIO) -> None:
    for line in lines:
        log.write(line)
        log.flush()


def _announce(settings: Settings, dashboard: bool, supervisor: subprocess.Popen) -> None:
    started = time.monotonic()
    waiting = {
        "API": f"{settings.api_url}/health/live",
        "stream": f"http://127.0.0.1:{settings.stream_port}/health/live",
    }
    if dashboard:
        waiting["map"] = f"http://127.0.0.1:{settings.dashboard_port}/_stcore/health"
    for name, url in waiting.items():
        if not _wait_until(lambda url=url: _answers(url), supervisor):
            typer.echo(f"The {name} did not answer at {url} within {READY_WITHIN_S:.0f} s: see the log.", err=True)
            return
    typer.echo(addresses(settings, dashboard, time.monotonic() - started), err=True)


def addresses(settings: Settings, dashboard: bool, seconds: float) -> str:
    """Where to look, in a few lines."""
    lines = [f"Quakestream is up after {seconds:.0f} s, feed {settings.feed}. Ctrl-C stops it."]
    if dashboard:
        lines.append(f"  map     http://127.0.0.1:{settings.dashboard_port}")
    lines += [
        f"  API     {settings.api_url}/docs",
        f"  alerts  ws://127.0.0.1:{settings.stream_port}/v1/alerts/stream   or: quake watch",
        "  SQL     quake sql magnitude_types",
    ]
    return "\n".join(lines)


def _wait_until(ready: Callable[[], bool], supervisor: subprocess.Popen) -> bool:
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline and supervisor.poll() is None:
        if ready():
            return True
        time.sleep(0.2)
    return False


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def _end(supervisor: subprocess.Popen) -> None:
    if supervisor.poll() is None:
        supervisor.send_signal(signal.SIGTERM)
    supervisor.wait(timeout=60)
