"""100,000 inputs that nobody should send, at query parameters, stream handshakes, frames and the bare socket.

`python -m benchmarks.serving_fuzz [COUNT]`: no answer may be a fault of ours, the process lives, its memory stays flat.
Short form: `tests/serving/test_fuzz.py`.
"""

import asyncio
import json
import random
import string
import sys
import tempfile
from collections import Counter
from pathlib import Path
from urllib.parse import quote_from_bytes, urlsplit

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from benchmarks.serving_world import fill, resident_mb, served
from quake.settings import Settings

COUNT = 100_000
SHARES = {"queries": 0.7, "frames": 0.2, "handshakes": 0.08, "bytes": 0.02}
"""Of all inputs."""
ROUNDS = 5
OPTIONS = {"proxy": None, "compression": None, "open_timeout": 120, "close_timeout": 5}
NASTY = (
    b"", b"0", b"-1", b"NaN", b"inf", b"1e999", b"99999999999999999999", b"-0.0", b"null", b"true", b"[]", b"{}",
    b"'", b'"; DROP TABLE alerts; --', b"../../../../etc/passwd", b"%00", b"\x00", b"\xff\xfe", b"\xed\xa0\x80",
    b"9999-12-31", b"0000-00-00T00:00:00Z", b"2023-02-06T01:17:34+99:99", b"1,2,3", b"nan,nan,nan,nan",
    b"180,90,-180,-90", b"e" * 5000, b"W10", b"WzEsMl0", b"eyJhIjoxfQ", b"${jndi:ldap://x}", b"<script>", b"red",
    b"90.0000001", b"1_000", "\u0663".encode(),
)  # fmt: skip
NAMES = (
    b"since until updated_since as_of min_magnitude bbox status limit cursor quake_id role after_seq epoch last_seq "
    b"min_level min_forecast_level min_probability latitude longitude radius_km min_mmi horizon_days magnitude_min "
    b"ticket magnitude magnitude_type network minutes_since_origin depth_km nst starttime endtime format orderby x"
).split()
PATHS = (
    b"/v1 /v1/status /v1/model /v1/events /v1/events/%s /v1/events/%s/reports /v1/assessments /v1/forecast "
    b"/v1/forecast/grid /v1/magnitude /v1/alerts /v1/alerts/%s /fdsnws/event/1/query /health/ready /%s"
).split()


def bad_bytes(rng: random.Random) -> bytes:
    """Something that is seldom what was asked for."""
    if rng.random() < 0.7:
        return rng.choice(NASTY)
    return rng.randbytes(rng.choice((1, 3, 8, 40, 300)))


def bad_query(rng: random.Random) -> bytes:
    """A query string of up to six parameters, some twice."""
    pairs = (rng.choice(NAMES) + b"=" + _quoted(bad_bytes(rng)) for _ in range(rng.randrange(1, 7)))
    return b"&".join(pairs)


def bad_request(rng: random.Random) -> bytes:
    """One GET as it goes over the wire."""
    path = rng.choice(PATHS)
    path = path % _quoted(bad_bytes(rng)) if b"%s" in path else path
    header = b"If-None-Match: " + _quoted(bad_bytes(rng)) + b"\r\n" if rng.random() < 0.1 else b""
    return b"GET " + path + b"?" + bad_query(rng) + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n" + header + b"\r\n"


async def fuzz(url: str, count: int, rng: random.Random) -> Counter[str]:
    """Sends `count` inputs; what they were answered, by kind and status."""
    place = urlsplit(url)
    host, port = place.hostname or "127.0.0.1", place.port or 80
    shares = {kind: round(share * count) for kind, share in SHARES.items()}
    told = await asyncio.gather(
        *(_queries(host, port, shares["queries"] // 4, rng) for _ in range(4)),
        _frames(f"ws://{host}:{port}/v1/alerts/stream", shares["frames"], rng),
        _handshakes(f"ws://{host}:{port}/v1/alerts/stream", shares["handshakes"], rng),
        _bytes(host, port, shares["bytes"], rng),
    )
    return sum(told, Counter())


async def _queries(host: str, port: int, count: int, rng: random.Random) -> Counter[str]:
    told: Counter[str] = Counter()
    reader, writer = await asyncio.open_connection(host, port)
    for _ in range(count):
        writer.write(bad_request(rng))
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 120)
        told[f"query {head[9:12].decode()}"] += 1
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
        await reader.readexactly(int(fields.get(b"content-length", 0)))
        if fields.get(b"connection") == b"close" or b"transfer-encoding" in fields:
            writer.close()
            reader, writer = await asyncio.open_connection(host, port)
    writer.close()
    return told


async def _frames(stream: str, count: int, rng: random.Random) -> Counter[str]:
    """Whatever a listener says is not listened to; what is too long ends the connection with 1009."""
    told: Counter[str] = Counter()
    while told["frame taken"] < count:
        async with connect(f"{stream}?last_seq=0&epoch=e1", **OPTIONS) as socket:
            try:
                for _ in range(min(500, count - told["frame taken"])):
                    told["frame taken"] += 1
                    await _say(socket, rng)
            except ConnectionClosed:
                told[f"frame closed {socket.close_code}"] += 1
    return told


async def _say(socket: ClientConnection, rng: random.Random) -> None:
    size, kind = rng.choice((0, 1, 10, 100, 5000)), rng.randrange(4)
    if rng.random() < 0.002:
        await socket.send("x" * 70_000)
    elif kind == 0:
        await socket.send(rng.randbytes(size))
    elif kind == 1:
        await socket.send(json.dumps({"type": rng.choice(string.ascii_letters), "seq": rng.random()}))
    elif kind == 2:
        await socket.send(["".join(rng.choices(string.printable, k=3)) for _ in range(3)])
    else:
        await socket.send("".join(chr(rng.randrange(32, 0xD7FF)) for _ in range(min(size, 100))))


async def _handshakes(stream: str, count: int, rng: random.Random) -> Counter[str]:
    told: Counter[str] = Counter()
    for _ in range(count):
        try:
            address = f"{stream}?{bad_query(rng).decode('ascii', 'replace')}"
            async with connect(address, **OPTIONS) as socket:
                first = json.loads(await asyncio.wait_for(socket.recv(), 120))
                told[f"handshake {first['type']}"] += 1
        except InvalidStatus as refused:
            told[f"handshake {refused.response.status_code}"] += 1
    return told


async def _bytes(host: str, port: int, count: int, rng: random.Random) -> Counter[str]:
    """No HTTP at all, or half of it."""
    told: Counter[str] = Counter()
    for _ in range(count):
        reader, writer = await asyncio.open_connection(host, port)
        request = bad_request(rng)
        start = rng.randbytes(rng.randrange(1, 200)) if rng.random() < 0.5 else request[: rng.randrange(len(request))]
        try:
            writer.write(start + rng.choice((b"", b"\r\n\r\n", b"\x00\r\n\r\n")))
            writer.write_eof()
            answer = await asyncio.wait_for(reader.read(200), 60)
            told[f"bytes {answer[9:12].decode('ascii', 'replace') or 'closed'}"] += 1
        except ConnectionError:
            told["bytes closed"] += 1
        finally:
            writer.close()
    return told


def faults(told: Counter[str]) -> int:
    """Answers that are faults of ours; 503 says that there is no forecast, or that a question took too long."""
    return sum(count for what, count in told.items() if what.split()[1].startswith("5") and what[-3:] != "503")


def _quoted(data: bytes) -> bytes:
    return quote_from_bytes(data, safe="").encode()


def main(arguments: list[str]) -> int:
    """Fuzzes in rounds, with the memory after each; 0 when nothing gave way."""
    count, rng, told = int(arguments[0]) if arguments else COUNT, random.Random(8), Counter()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder))
        fill(settings)
        with served(settings) as (url, process):
            memory = [resident_mb(process)]
            for _ in range(ROUNDS):
                told += asyncio.run(fuzz(url, count // ROUNDS, rng))
                memory.append(resident_mb(process))
                print(f"{told.total()} answers, faults {faults(told)}, {memory[-1]:.0f} MB", flush=True)
            alive = process.poll() is None and httpx.get(f"{url}/v1/events", timeout=10).status_code == 200
    grown = memory[-1] / memory[1] - 1
    print(json.dumps({"told": dict(sorted(told.items())), "memory_mb": [round(size, 1) for size in memory]}))
    print(f"{count} inputs, faults {faults(told)}, alive {alive}, memory since the first fifth {grown:+.1%}")
    return int(bool(faults(told)) or not alive or grown > 0.1)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
