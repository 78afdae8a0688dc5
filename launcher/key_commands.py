"""`quake keys add | list | revoke`: who may call the API beyond what is public."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from launcher.context import Data, settings_for, told

if TYPE_CHECKING:
    from quake.adapters.storage import Storage

app = typer.Typer(no_args_is_help=True, help="API keys: made, listed, revoked; servers follow within seconds.")

Scopes = Annotated[list[str] | None, typer.Option("--scope", help="public-read, read, assess or admin; once each")]


@app.command()
def add(
    note: Annotated[str, typer.Argument(help="For whom or what it is")],
    scope: Scopes = None,
    days: Annotated[int | None, typer.Option(min=1, help="Ends after so many days [default: never]")] = None,
    rate_limit: Annotated[int | None, typer.Option(min=0, help="Requests a minute, 0 is no limit")] = None,
    stream_limit: Annotated[int | None, typer.Option(min=0, help="Open streams, 0 is no limit")] = None,
    data: Data = None,
) -> None:
    """Make a key and print it; it is kept nowhere, so this is the only time it is seen. Default scope: read."""
    from serving.keys import add_key

    storage, now = _storage(data), datetime.now(UTC)
    ends, limits = now + timedelta(days=days) if days else None, {
        "rate_limit": rate_limit,
        "stream_limit": stream_limit,
    }
    key, kept = told(lambda: add_key(storage, scope or ["read"], note, now, ends, **limits))
    typer.echo(f"key {kept.id}, scopes {', '.join(kept.scopes)}; send it as Authorization: Bearer KEY", err=True)
    typer.echo(key)


@app.command("list")
def show(data: Data = None) -> None:
    """Every key: id, scopes, state, note; never the key itself."""
    from serving.keys import read_keys

    now = datetime.now(UTC)
    for key in read_keys(_storage(data)).values():
        state = "valid" if key.valid(now) else "revoked" if key.revoked_at else "ended"
        typer.echo(f"{key.id}  {state:7}  {','.join(key.scopes):24}  {key.created_at[:10]}  {key.note}")


@app.command()
def revoke(
    identity: Annotated[str, typer.Argument(help="The id that `quake keys list` shows")], data: Data = None
) -> None:
    """End a key; servers refuse it within seconds. Streams that are open stay until they reconnect."""
    from serving.keys import revoke_key

    storage = _storage(data)
    revoked = told(lambda: revoke_key(storage, identity, datetime.now(UTC)))
    typer.echo(f"revoked {revoked.id} ({revoked.note})")


def _storage(data: Path | None) -> "Storage":
    from quake.adapters.storage import open_storage

    return open_storage(settings_for("keys", data).storage)
