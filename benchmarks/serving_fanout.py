"""Fan-out beside bare `broadcast()`: `python -m benchmarks.serving_fanout [--subscribers 1000 5000] [--messages 60]`.

Gateway and bare server stand on one bus in one run, each with as many connections, held by one process each. Messages
go to both by turns, to as many connections: what the gateway finds by asking filters (most shared by many, a quarter
with a point of their own, see `serving_alerts.filters`) the bare server is told. CPU per delivery counts everything
that the process did meanwhile: reading the bus, filters, frames, sockets. Latency is from before the commit to the
frame's arrival; both sides' messages are committed with the alert's row.
"""

import argparse
import json
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from urllib.parse import urlencode

import numpy as np

from benchmarks.serving_alerts import filters, simulated_alerts
from benchmarks.serving_bare import TOPIC
from benchmarks.serving_crowd import run
from benchmarks.serving_stack import Part, Stack
from benchmarks.serving_storm import Expected
from quake.adapters.bus import Message
from quake.adapters.commit import commit
from quake.schema import Alert
from serving.alert_log import ALERT

BEGIN = 200
"""Messages of the log before anyone comes."""
SIDES = ("gateway", "bare")
WARM = 5
"""Messages that are not counted."""


class Crowd:
    """A process full of readers."""

    def __init__(self, urls: Sequence[str], name: str = "seq") -> None:
        context = multiprocessing.get_context("spawn")
        self._orders, theirs = context.Pipe()
        self._process = context.Process(target=run, args=(urls, theirs, name))
        self._process.start()
        assert self._orders.recv() == "ready"

    def heard(self, count: int) -> list[tuple[int, int, float]]:
        """Waits until `count` frames have come since the last time; reader, seq and time of each."""
        self._orders.send(count)
        return self._orders.recv()

    def end(self) -> None:
        """Sends everyone home."""
        self._orders.send(0)
        self._process.join(60)
        self._process.terminate()


def measure(subscribers: int, messages: int, pause_s: float, seed: int = 1) -> dict:
    """One run with so many subscribers on each side."""
    queries = filters(seed, subscribers)
    log = list(islice(simulated_alerts(seed), BEGIN + WARM + messages))
    counts = _counts(log, queries)
    with Stack() as stack:
        stack.publish(*log[:BEGIN])
        parts = [
            *stack.start("gateway"),
            stack.run([sys.executable, "-m", "benchmarks.serving_bare"], "QUAKE_STREAM_PORT"),
        ]
        stack.until_ready(*parts)
        crowds, grown_mb = _crowds(parts, queries)
        _play(stack, crowds, log[BEGIN : BEGIN + WARM], counts, pause_s)
        found = _timed(stack, parts, crowds, log[BEGIN + WARM :], counts, pause_s)
        for crowd in crowds:
            crowd.end()
        found["bare"]["broadcast_call_us"] = 1e6 * _spent(stack, parts[1]) / sum(counts[a.seq] for a in log[BEGIN:])
    for side, grown in zip(SIDES, grown_mb):
        found[side]["kb_a_connection"] = 1e3 * grown / subscribers
    return {"subscribers": subscribers, "messages": messages, **_told(found)}


def _crowds(parts: list, queries: list) -> tuple[list[Crowd], list[float]]:
    """Both sides' listeners, and the megabytes that each server grew by for them."""
    empty = [part.resident_mb() for part in parts]
    crowds = [
        Crowd([f"{parts[0].stream}?{urlencode(query)}" for query in queries]),
        Crowd([parts[1].stream] * len(queries)),
    ]
    return crowds, [part.resident_mb() - before for part, before in zip(parts, empty)]


def _told(found: dict[str, dict]) -> dict[str, dict]:
    """Rounded, and the gateway over the bare server."""
    ratio = {name: found["gateway"][name] / found["bare"][name] for name in ("cpu_us", "p50_ms", "p99_ms")}
    return {side: {k: round(float(v), 2) for k, v in row.items()} for side, row in (found | {"ratio": ratio}).items()}


def _counts(log: Sequence[Alert], queries: Sequence[dict[str, str]]) -> dict[int, int]:
    """Deliveries of each message, by the pure function."""
    expected = Expected(list(queries), 0)
    for alert in log:
        expected.offer(alert)
    return Counter(seq for heard in expected.heard() for seq in heard)


def _play(
    stack: Stack, crowds: Sequence[Crowd], log: Sequence[Alert], counts: dict[int, int], pause_s: float
) -> tuple[list[list[tuple[int, int, float]]], list[dict[int, float]]]:
    """Publishes to both by turns; what was heard and when it was sent, of each side."""
    sent: list[dict[int, float]] = [{}, {}]
    for alert in log:
        sent[0][alert.seq] = time.monotonic()
        stack.publish(alert)
        time.sleep(pause_s)
        sent[1][alert.seq] = time.monotonic()
        body = f'{{"type":"alert","previous_seq":{alert.seq - 1},"alert":{ALERT.dump_json(alert).decode()}}}'
        message = Message(body.encode(), {"count": str(counts[alert.seq])})
        commit(stack.bus, stack.warehouse, [alert], {TOPIC: [message]}, {})
        time.sleep(pause_s)
    expected = sum(counts[alert.seq] for alert in log)
    return [crowd.heard(expected) for crowd in crowds], sent


def _timed(
    stack: Stack,
    parts: tuple[Part, Part],
    crowds: list[Crowd],
    log: list[Alert],
    counts: dict[int, int],
    pause_s: float,
) -> dict[str, dict]:
    before = [part.cpu_s() for part in parts]
    heard, sent = _play(stack, crowds, log, counts, pause_s)
    spent = [part.cpu_s() - start for part, start in zip(parts, before, strict=True)]
    rows = zip(SIDES, heard, sent, spent, strict=True)
    return {side: _figures(got, at, cpu, sum(counts[alert.seq] for alert in log)) for side, got, at, cpu in rows}


def _figures(heard: list[tuple[int, int, float]], sent: dict[int, float], cpu_s: float, expected: int) -> dict:
    took = np.array([at - sent[seq] for _, seq, at in heard if seq in sent]) * 1e3
    half, most = np.percentile(took, [50, 99])
    figures = {"deliveries": len(heard), "missing": expected - len(heard), "cpu_us": 1e6 * cpu_s / len(heard)}
    return figures | {"p50_ms": half, "p99_ms": most}


def _spent(stack: Stack, bare: Part) -> float:
    bare.process.terminate()
    bare.process.wait(60)
    return json.loads((stack.folder / f"bare-{bare.process.pid}.json").read_text())["broadcast_s"]


def main() -> None:
    """Prints one JSON object for each number of subscribers."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--subscribers", type=int, nargs="+", default=[1000, 5000])
    parser.add_argument("--messages", type=int, default=60)
    parser.add_argument("--pause", type=float, default=0.25, help="seconds between messages")
    given = parser.parse_args()
    for subscribers in given.subscribers:
        print(json.dumps(measure(subscribers, given.messages, given.pause * max(1, subscribers / 1000))), flush=True)


if __name__ == "__main__":
    main()
