"""A storm of subscribers: `python -m benchmarks.serving_storm [--minutes 10] [--subscribers 1000] [--rate 2]`.

Two gateways and an API stand on one log that grows by `--rate` messages a second. Subscribers with filters, through our
own client, are cut off without a word, killed and born again from the place they wrote down, each time at another
instance by chance; one in ten stops reading for longer than a server waits. At the end each must have heard exactly
what `alerts.audience` says of the whole log: every message once, in order. Memory of the servers is sampled throughout.
"""

import argparse
import json
import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from alerts.audience import Audience
from alerts.filter import Filter
from benchmarks.serving_alerts import simulated_alerts, wanted
from benchmarks.serving_nomads import LONGEST_S, Weather, queries_of, run
from benchmarks.serving_stack import READY_S, Part, Stack
from quake.intensity import intensity_at
from quake.schema import Alert
from serving.gateway.points import Points

KINDS = ("gateway", "gateway", "api")
BEGIN = 6000
"""Messages before the storm: more than servers keep at hand, so that what they keep no longer grows."""
PAGE = 500
SETTLE = 3
"""Memory counts as flat from this part of the run on: one third is for getting up to speed."""


@dataclass(slots=True)
class Samples:
    """Resident memory of each server, MB, by seconds since the start."""

    parts: list[Part]
    started: float = field(default_factory=time.monotonic)
    rows: list[list[float]] = field(default_factory=list)

    def take(self) -> None:
        """One more row, every second at most."""
        at = time.monotonic() - self.started
        if not self.rows or at - self.rows[-1][0] >= 1:
            self.rows.append([at, *(part.resident_mb() for part in self.parts)])

    def growth(self) -> list[dict[str, float]]:
        """Of each server: MB after a third of the run, at its end and at most, and the trend in MB a minute."""
        rows = np.array(self.rows)
        settled = rows[len(rows) // SETTLE :]
        slopes = np.polyfit(settled[:, 0] / 60, settled[:, 1:], 1)[0]
        columns = zip(settled[0, 1:], settled[-1, 1:], rows[:, 1:].max(0), slopes, strict=True)
        names = ("after_a_third_mb", "end_mb", "most_mb", "mb_a_minute")
        return [{name: round(float(value), 2) for name, value in zip(names, column, strict=True)} for column in columns]


class Expected:
    """What each subscriber should hear, by the pure function; filters with a point are asked all at once."""

    def __init__(self, queries: list[dict[str, str]], begin: int) -> None:
        self._points, self._begin = Points(), begin
        self._audiences: dict[Filter, Audience] = {}
        self._filters = [wanted(query) for query in queries]
        self._heard: dict[Filter, list[int]] = {one: [] for one in self._filters}
        for one in self._heard:
            stand_in = one if one.latitude is None else self._points.add(one)
            self._audiences[one] = Audience(stand_in, intensity_at)

    def offer(self, alert: Alert) -> None:
        """The next message of the log."""
        self._points.ask(alert)
        for one, audience in self._audiences.items():
            if audience.offer(alert) and alert.seq > self._begin:
                self._heard[one].append(alert.seq)

    def heard(self) -> list[list[int]]:
        """Of each subscriber."""
        return [self._heard[one] for one in self._filters]


def storm(seconds: float, subscribers: int, rate: float, begin: int = BEGIN, seed: int = 1) -> dict:
    """Runs it over a log of `begin` messages; returns what happened. Raises EOFError when the clients' process ends
    before its time."""
    weather = Weather(seed, subscribers, (), min(60.0, seconds / 3), min(240 / rate, seconds / 2), begin)
    with Stack() as stack:
        log, expected = simulated_alerts(seed), Expected(queries_of(weather), begin)
        _fill(stack, log, expected, begin)
        parts = stack.start(*KINDS)
        with _clients(replace(weather, streams=tuple(part.stream for part in parts))) as orders:
            _answer(orders, READY_S)
            samples = Samples(parts)
            happened = {"messages": _publish(stack, log, expected, samples, seconds, rate), "subscribers": subscribers}
            orders.send([len(one) for one in expected.heard()])
            heard, more = _answer(orders, 2 * LONGEST_S)
        happened |= more | {"memory": samples.growth(), "servers": KINDS}
        return _judge(heard, expected.heard()) | happened | _servers(parts)


def _answer(orders: Connection, within_s: float) -> Any:
    """What the clients say next. Raises EOFError when their process has ended, TimeoutError when they say nothing."""
    if not orders.poll(within_s):
        raise TimeoutError(f"the clients said nothing for {within_s:.0f} s")
    return orders.recv()


def _fill(stack: Stack, log: Iterator[Alert], expected: Expected, count: int) -> None:
    for done in range(0, count, PAGE):
        some = list(islice(log, min(PAGE, count - done)))
        stack.publish(*some)
        for alert in some:
            expected.offer(alert)


def _servers(parts: list[Part]) -> dict:
    names = {str(code): f'quake_streams_closed_total{{code="{code}"}}' for code in (4408, 4410)}
    closed = {code: sum(part.counted(name) for part in parts) for code, name in names.items()}
    return {"closed": closed, "cpu_s": [round(part.cpu_s(), 1) for part in parts]}


@contextmanager
def _clients(weather: Weather) -> Iterator[Connection]:
    context = multiprocessing.get_context("spawn")
    orders, theirs = context.Pipe()
    clients = context.Process(target=run, args=(weather, theirs))
    clients.start()
    # Else nobody would notice their end: a pipe ends when the last holder of its other side does.
    theirs.close()
    try:
        yield orders
    finally:
        clients.terminate()
        clients.join()


def _publish(
    stack: Stack, log: Iterator[Alert], expected: Expected, samples: Samples, seconds: float, rate: float
) -> int:
    """Publishes more of the log at its pace; returns how much."""
    count = 0
    while (at := time.monotonic() - samples.started) < seconds:
        if count >= at * rate:
            samples.take()
            time.sleep(0.005)
            continue
        alert = next(log)
        stack.publish(alert)
        expected.offer(alert)
        count += 1
    return count


def _judge(heard: list[list[int]], expected: list[list[int]]) -> dict[str, int]:
    """Subscribers who did not hear what was meant, and how: missed the end, or worse."""
    pairs = list(zip(heard, expected, strict=True))
    wrong = [(got, meant) for got, meant in pairs if got != meant]
    late = sum(got == meant[: len(got)] for got, meant in wrong)
    return {"delivered": sum(map(len, heard)), "wrong": len(wrong), "wrong_only_unfinished": late}


def main() -> None:
    """Prints one JSON object; fails when anyone heard anything but what was meant."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--subscribers", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=2.0)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    found = storm(60 * given.minutes, given.subscribers, given.rate, seed=given.seed)
    print(json.dumps(found, indent=1))
    raise SystemExit(found["wrong"] > 0 or found["failed"] != [])


if __name__ == "__main__":
    main()
