"""`quake watch`: alerts in a terminal as they come, one short block each."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import aclosing, suppress
from typing import Any

import typer
from pydantic import TypeAdapter

from quake.adapters.client import AlertStream
from quake.schema import Alert

COLOURS = {"none": "white", "green": "green", "yellow": "yellow", "orange": "bright_red", "red": "red"}
ALERT: TypeAdapter[Alert] = TypeAdapter(Alert)


def watch_command(
    url: str,
    *,
    last_seq: int | None = None,
    count: int | None = None,
    timeout: float | None = None,
    as_json: bool = False,
    key: str | None = None,
    **wanted: str | float | None,
) -> int:
    """Prints alerts of the API at `url` until `count` of them, or `timeout` seconds; returns how many.

    `wanted` holds filters as the API names them: min_level, min_magnitude, bbox, latitude, longitude, radius_km,
    min_mmi, min_probability, min_forecast_level; None is none. `last_seq` begins after that message instead of now:
    0 prints the whole log first. A filter that the server refuses ends the command with its message.
    """
    stream = AlertStream(url, wanted, last_seq=last_seq, key=key)
    show = as_line if as_json else as_block
    try:
        return asyncio.run(watch(stream, lambda alert: typer.echo(show(alert)), count, timeout))
    except (ValueError, PermissionError) as error:
        raise typer.BadParameter(str(error)) from error


async def watch(
    stream: AlertStream, show: Callable[[Alert], Any], count: int | None = None, timeout: float | None = None
) -> int:
    """Hands alerts to `show` until there were `count`, or `timeout` seconds have passed; returns how many."""
    shown = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(timeout), aclosing(aiter(stream)) as alerts:
            while count is None or shown < count:
                show(await anext(alerts))
                shown += 1
    return shown


def as_line(alert: Alert) -> str:
    """The alert as one line of JSON."""
    return ALERT.dump_json(alert).decode()


def as_block(alert: Alert) -> str:
    """The alert for a reader: what and when in its level's colour, the sentence, the chance beside a normal day's."""
    size = "M ?" if alert.magnitude is None else f"M {alert.magnitude:.1f}"
    marks = " ".join(word for word, holds in _marks(alert).items() if holds)
    title = f"{alert.message_type:<7} {alert.alert_level.upper():<6} {size}  {alert.place}"
    head = typer.style(title, fg=COLOURS[alert.alert_level], bold=True, dim=not alert.notify)
    when = f"{alert.origin_time:%Y-%m-%d %H:%M:%S} UTC  {alert.alert_id}  seq {alert.seq}  {marks}".rstrip()
    return f"{head}\n  {when}\n  {alert.headline}\n"


def _marks(alert: Alert) -> Mapping[str, bool]:
    return {
        "EXERCISE": alert.drill,
        alert.mode.upper(): alert.mode != "live",
        "HINDSIGHT": alert.hindsight,
        "AUTOMATIC": alert.review_status != "reviewed",
    }
