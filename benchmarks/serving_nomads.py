"""Subscribers who are killed, cut off and moved between instances, each following the protocol through our own client.

Runs as a process of its own beside `benchmarks.serving_storm`.
"""

import asyncio
import logging
import random
import socket
import time
from collections.abc import Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from urllib.parse import urlsplit

import structlog

from benchmarks.serving_alerts import filters
from benchmarks.serving_stack import raise_file_limit
from quake.adapters.client import AlertStream

SLOW_SHARE = 10
"""One in so many reads slowly."""
SLOW_BUFFER = 4096
"""Bytes that the kernel keeps for a slow reader."""
PATIENCE_S = 300.0
"""Whoever still misses something after the last message is waited for as long as anyone goes on hearing: this long
without a word is the end."""
LONGEST_S = 3600.0
"""Nobody is waited for longer than this."""


@dataclass(frozen=True, slots=True)
class Weather:
    """What happens to subscribers: mean seconds between blows, and how long a slow reader does not read."""

    seed: int
    subscribers: int
    streams: tuple[str, ...]
    life_s: float
    nap_s: float
    begin: int
    """Everyone has heard up to this message."""


@dataclass(slots=True)
class Nomad:
    """One subscriber over all its lives."""

    number: int
    query: dict[str, str]
    heard: list[int] = field(default_factory=list)
    kills: int = 0
    cuts: int = 0
    naps: int = 0
    connections: int = 0
    stream: "Wandering | None" = None

    @property
    def slow(self) -> bool:
        """Whether it stops reading now and then."""
        return self.number % SLOW_SHARE == 0


class Wandering(AlertStream):
    """Our client; each connection goes to an instance by chance, through a socket that can be cut."""

    def __init__(self, streams: Sequence[str], nomad: Nomad, chance: random.Random, **place: object) -> None:
        super().__init__(streams[0], nomad.query, **place)
        self.socket: socket.socket | None = None
        self._streams, self._chance, self._slow = streams, chance, nomad.slow

    def cut(self) -> None:
        """Ends the connection without a word."""
        if self.socket is not None:
            with suppress(OSError):
                self.socket.shutdown(socket.SHUT_RDWR)

    async def _stream_url(self) -> str:
        self._url = self._chance.choice(self._streams)
        return self._url

    def _options(self) -> dict[str, object]:
        parts = urlsplit(self._url)
        self.socket = socket.socket()
        if self._slow:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SLOW_BUFFER)
        self.socket.settimeout(5)
        self.socket.connect((parts.hostname, parts.port))
        self.socket.setblocking(False)
        return super()._options() | {"sock": self.socket}


def run(weather: Weather, orders: Connection) -> None:
    """Subscribes until `orders` brings how much each should have heard; then sends back what each heard."""
    raise_file_limit()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    asyncio.run(wander(weather, orders))


def queries_of(weather: Weather) -> list[dict[str, str]]:
    """What each subscriber asks for; slow ones want everything."""
    asked = filters(weather.seed, weather.subscribers)
    return [query if number % SLOW_SHARE else {} for number, query in enumerate(asked)]


async def wander(weather: Weather, orders: Connection) -> None:
    """Says `ready` once all have connected; the rest as `run`, in an event loop of the caller's."""
    chance = random.Random(weather.seed)
    nomads = [Nomad(number, query) for number, query in enumerate(queries_of(weather))]
    calm = asyncio.Event()
    lives = [asyncio.create_task(_live(nomad, weather, chance, calm)) for nomad in nomads]
    await _all_connected(nomads)
    orders.send("ready")
    lengths: list[int] = await asyncio.to_thread(orders.recv)
    calm.set()
    waited_s = await _all_heard(nomads, lengths)
    failed = [life.exception() for life in lives if life.done()]
    for life in lives:
        life.cancel()
    await asyncio.gather(*lives, return_exceptions=True)
    happened = {"failed": list(map(repr, failed)), "waited_s": round(waited_s, 1)}
    orders.send(([nomad.heard for nomad in nomads], _counted(nomads) | happened))


async def _live(nomad: Nomad, weather: Weather, chance: random.Random, calm: asyncio.Event) -> None:
    """Life after life: each goes on from what the one before wrote down."""
    place: dict[str, object] = {"last_seq": weather.begin}
    while True:
        nomad.stream = Wandering(weather.streams, nomad, chance, **place)
        life = asyncio.create_task(_read(nomad, nomad.stream, weather.nap_s, calm))
        trouble = asyncio.create_task(_blow(nomad, weather, chance, calm))
        await asyncio.wait({life, trouble}, return_when=asyncio.FIRST_COMPLETED)
        for task in (life, trouble):
            task.cancel()
        if (error := (await asyncio.gather(life, trouble, return_exceptions=True))[0]) is not None:
            if not isinstance(error, asyncio.CancelledError):
                raise error
        nomad.connections += nomad.stream.connections
        place = {"last_seq": nomad.stream.last_seq, "epoch": nomad.stream.epoch}
        await asyncio.sleep(chance.uniform(0, 2))


async def _read(nomad: Nomad, stream: Wandering, nap_s: float, calm: asyncio.Event) -> None:
    async with aclosing(aiter(stream)) as alerts:
        async for alert in alerts:
            nomad.heard.append(alert.seq)
            if nomad.slow and not calm.is_set() and len(nomad.heard) % 50 == 25:
                nomad.naps += 1
                await asyncio.sleep(nap_s)


async def _blow(nomad: Nomad, weather: Weather, chance: random.Random, calm: asyncio.Event) -> None:
    """Cuts the connection a few times, then returns: the process is killed. Slow readers die of their slowness."""
    lives = 8 if nomad.slow else 1
    for _ in range(chance.randint(0, 2)):
        await asyncio.sleep(chance.expovariate(1 / weather.life_s / lives))
        if not calm.is_set() and not nomad.slow:
            nomad.cuts += 1
            nomad.stream.cut()
    await asyncio.sleep(chance.expovariate(1 / weather.life_s / lives))
    if calm.is_set():
        await asyncio.Event().wait()
    nomad.kills += 1


async def _all_connected(nomads: list[Nomad]) -> None:
    while not all(nomad.connections or nomad.stream and nomad.stream.connections for nomad in nomads):
        await asyncio.sleep(0.1)


async def _all_heard(nomads: list[Nomad], lengths: list[int]) -> float:
    """Seconds that it took, or that it was waited in vain."""
    began = last = time.monotonic()
    total = -1
    while any(len(nomad.heard) < length for nomad, length in zip(nomads, lengths, strict=True)):
        if (heard := sum(len(nomad.heard) for nomad in nomads)) != total:
            total, last = heard, time.monotonic()
        if time.monotonic() > min(last + PATIENCE_S, began + LONGEST_S):
            break
        await asyncio.sleep(0.2)
    return time.monotonic() - began


def _counted(nomads: list[Nomad]) -> dict[str, int]:
    return {
        "slow": sum(nomad.slow for nomad in nomads),
        "kills": sum(nomad.kills for nomad in nomads),
        "cuts": sum(nomad.cuts for nomad in nomads),
        "naps": sum(nomad.naps for nomad in nomads),
        "connections": sum(nomad.connections + nomad.stream.connections for nomad in nomads),
    }
