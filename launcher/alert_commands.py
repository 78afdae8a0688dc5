"""`quake subscribe`, `quake notify`, `quake drill`: alerts to people and machines, and exercises."""

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from launcher.context import Data, last_started, settings_for, told

if TYPE_CHECKING:
    from alerts.subscriptions import Subscription
    from quake.settings import Settings

app = typer.Typer(no_args_is_help=True)
subscriptions = typer.Typer(no_args_is_help=True, help="Who gets alerts by mail or webhook: add, list, remove, test.")
app.add_typer(subscriptions, name="subscribe")

Point = Annotated[str | None, typer.Option(help="LAT,LON in degrees; needs --radius-km or --min-mmi")]
Identity = Annotated[str, typer.Argument(help="The id that `quake subscribe list` shows")]


@subscriptions.command()
def add(  # pylint: disable=too-many-arguments,too-many-positional-arguments,too-many-locals  # one for each option
    channel: Annotated[str, typer.Option(help="email or webhook")],
    to: Annotated[str, typer.Option(help="A mail address, or an https URL")],
    min_level: Annotated[str | None, typer.Option(help="This level or higher: green, yellow, orange, red")] = None,
    min_forecast_level: Annotated[int | None, typer.Option(help="This forecast level or higher: 1 to 3")] = None,
    min_magnitude: Annotated[float | None, typer.Option(help="This magnitude or larger")] = None,
    min_probability: Annotated[float | None, typer.Option(help="This P(M>=5, 7 days, 100 km) or higher")] = None,
    bbox: Annotated[str | None, typer.Option(help="west,south,east,north in degrees")] = None,
    point: Point = None,
    radius_km: Annotated[float | None, typer.Option(help="Epicentre within so many km of --point")] = None,
    min_mmi: Annotated[float | None, typer.Option(help="Intensity expected at --point, 1 to 12")] = None,
    replays: Annotated[bool, typer.Option(help="Replayed and simulated alerts too, marked as such")] = False,
    data: Data = None,
) -> None:
    """Send alerts to an address from now on. A webhook's secret is printed once and never again."""
    settings = last_started(settings_for("subscribe", data))
    wanted = {
        "min_level": min_level,
        "min_forecast_level": min_forecast_level,
        "min_magnitude": min_magnitude,
        "min_probability": min_probability,
        "bbox": bbox,
        "radius_km": radius_km,
        "min_mmi": min_mmi,
    }
    given = {name: str(value) for name, value in wanted.items() if value is not None}
    made = told(lambda: _added(settings, channel, to, given | _point(point), replays))
    typer.echo(f"subscription {made.id}: {_described(made)}", err=True)
    if channel == "email" and not settings.smtp:
        typer.echo("No mail server is set: `quake notify` needs QUAKE_SMTP (docs/alerts.md).", err=True)
    if made.secret:
        typer.echo("The secret that signs its messages (docs/alerts.md says how to verify them):", err=True)
        typer.echo(made.secret)


@subscriptions.command("list")
def show(data: Data = None) -> None:
    """Every subscription: id, channel, address in short, filter; never a secret."""
    from alerts.subscriptions import read_subscriptions
    from quake.adapters.storage import open_storage

    for each in read_subscriptions(open_storage(settings_for("subscribe", data).storage)).values():
        typer.echo(f"{each.id}  {each.created_at[:10]}  {each.recipient}  {_described(each)}")


@subscriptions.command()
def remove(identity: Identity, data: Data = None) -> None:
    """End a subscription: nothing more is sent for it, no cancellation either."""
    from alerts.subscriptions import remove_subscription
    from quake.adapters.storage import open_storage

    settings = settings_for("subscribe", data)
    removed = told(lambda: remove_subscription(open_storage(settings.storage), identity))
    typer.echo(f"removed {removed.id}: {_described(removed)}")


@subscriptions.command("test")
def try_out(identity: Identity, data: Data = None) -> None:
    """Send one message marked as exercise to one subscription now, and say what came of it."""
    from alerts.trial import try_subscription

    settings = settings_for("subscribe", data)
    to = told(lambda: asyncio.run(try_subscription(settings, identity, datetime.now(UTC))))
    typer.echo(f"delivered to {to.shown}")


@app.command()
def notify(data: Data = None) -> None:
    """Deliver alerts to the subscribers; `quake up` starts it too. One of it serves one alert log."""
    from alerts.__main__ import run_notifier

    settings = settings_for("notify", data)
    told(lambda: run_notifier(settings))


@app.command()
def drill(  # pylint: disable=too-many-arguments,too-many-positional-arguments,too-many-locals  # one for each option
    at: Annotated[str | None, typer.Option(help="LAT,LON of the epicentre in degrees")] = None,
    magnitude: Annotated[float | None, typer.Option(min=0, max=10, help="Moment magnitude")] = None,
    depth_km: Annotated[float, typer.Option(min=0, max=700)] = 10.0,
    place: Annotated[str, typer.Option(help="What to call the place [default: its coordinates]")] = "",
    cancel: Annotated[bool, typer.Option("--cancel", help="Cancel it at once, or the one that --id names")] = False,
    identity: Annotated[str | None, typer.Option("--id", help="A drill that goes on, to cancel")] = None,
    data: Data = None,
) -> None:
    """Rehearse: an alert marked EXERCISE on all channels, stream and map; no earthquake is stored. Ends in an hour."""
    from streaming.drill import begin_drill, end_drill

    settings = last_started(settings_for("drill", data))
    if identity:
        told(lambda: end_drill(settings, datetime.now(UTC), identity))
        typer.echo(f"cancelled {identity}")
        return
    if at is None or magnitude is None:
        raise typer.BadParameter("a drill needs --at LAT,LON and --magnitude, or --id ID --cancel")
    where = {"latitude": _pair(at, "--at")[0], "longitude": _pair(at, "--at")[1], "depth_km": depth_km}
    earthquake = where | {"magnitude": magnitude, "place": place}
    typer.echo(told(lambda: begin_drill(settings, datetime.now(UTC), cancel, **earthquake)))


def _added(settings: "Settings", channel: str, to: str, wanted: dict[str, str], replays: bool) -> "Subscription":
    from alerts.channels import open_channel
    from alerts.subscriptions import add_subscription
    from quake.adapters.storage import open_storage

    address = open_channel(channel, settings).check(to)
    place, now = _log_end(settings), datetime.now(UTC)
    return add_subscription(
        open_storage(settings.storage), channel, address, wanted, now, replays=replays, epoch=place[0], seq=place[1]
    )


def _log_end(settings: "Settings") -> tuple[str, int]:
    """Epoch and seq of the newest alert."""
    from quake.adapters.sql import answer
    from quake.adapters.warehouse import open_warehouse

    warehouse = open_warehouse(settings.warehouse)
    ends = warehouse.query(answer("alert_log_end")).to_pylist()
    warehouse.close()
    return (ends[0]["epoch"], ends[0]["last_seq"]) if ends else ("", 0)


def _described(subscription: "Subscription") -> str:
    wanted = " ".join(f"{name}={value}" for name, value in subscription.wanted.items()) or "every alert"
    return f"{subscription.channel} {subscription.shown}  {wanted}{'  replays too' if subscription.replays else ''}"


def _point(text: str | None) -> dict[str, str]:
    if text is None:
        return {}
    latitude, longitude = _pair(text, "--point")
    return {"latitude": str(latitude), "longitude": str(longitude)}


def _pair(text: str, option: str) -> tuple[float, float]:
    """Two numbers with a comma between them."""
    try:
        latitude, longitude = (float(part) for part in text.split(","))
    except ValueError as error:
        raise typer.BadParameter(f"{option} must read LAT,LON in degrees, like 35.0,139.0; got {text!r}") from error
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise typer.BadParameter(f"{option} {text}: latitude is -90 to 90, longitude -180 to 180, in this order")
    return latitude, longitude
