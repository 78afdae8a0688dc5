"""One connection from its hello to its end."""

import asyncio
import json

from websockets.exceptions import ConnectionClosed
from websockets.protocol import State

from serving.alert_log import Frame
from serving.config import WRITE_TIMEOUT_S
from serving.gateway.connection import StreamConnection, wire
from serving.gateway.fanout import Fanout
from serving.gateway.groups import Listener
from serving.metrics import Metrics
from serving.stream_query import Asked, Misunderstood
from serving.subscriber import StreamClosed, Subscriber, start_of


async def refuse(connection: StreamConnection, wrong: Misunderstood) -> None:
    """Says what was wrong, and closes."""
    errors = [error.model_dump() for error in wrong.errors]
    connection.transport.write(wire(Frame("error", json.dumps({"type": "error", "errors": errors}), 0)))
    await connection.dismiss(4400, str(wrong)[:100])


async def converse(connection: StreamConnection, asked: Asked, fanout: Fanout, mode: str, metrics: Metrics) -> None:
    """Sends until the client leaves, or has to."""
    start = start_of(fanout, asked.last_seq, asked.epoch)
    place = Subscriber(fanout, asked.wanted, start, mode)
    if start.seq == fanout.reached and (audience := fanout.known(asked.wanted)):
        place.adopt(audience, fanout.reached, start.seq)
    listener = Listener(connection, place)
    connection.on_lost = lambda: fanout.leave(listener)
    try:
        await _send(connection, place.hello(), metrics)
        while connection.protocol.state is State.OPEN:
            await _catch_up(listener, fanout, metrics)
    except StreamClosed as closed:
        metrics.closed.labels(closed.code).inc()
        await connection.dismiss(closed.code, str(closed)[:100])
    except (ConnectionClosed, OSError):
        return  # it has left; there is nobody to tell


async def _catch_up(listener: Listener, fanout: Fanout, metrics: Metrics) -> None:
    """Sends what was missed, and once all of it is taken, hands over to the fan-out until it hands back."""
    connection = listener.connection
    await _drained(connection)
    async for frame in listener.place.missed():
        await _send(connection, frame, metrics)
    if connection.paused or connection.protocol.state is not State.OPEN:
        return
    if fanout.join(listener):
        await listener.moved
    else:
        await fanout.wait()


async def _send(connection: StreamConnection, frame: Frame, metrics: Metrics) -> None:
    """Writes the frame when the ones before have been taken. Raises StreamClosed when that takes too long."""
    await _drained(connection)
    if connection.protocol.state is State.OPEN:
        connection.transport.write(wire(frame))
        metrics.frames[frame.type].inc()


async def _drained(connection: StreamConnection) -> None:
    if not connection.paused:
        return
    try:
        async with asyncio.timeout(WRITE_TIMEOUT_S):
            await connection.drain()
    except TimeoutError:
        raise StreamClosed(4408, f"a frame was not taken within {WRITE_TIMEOUT_S:.0f} s") from None
