"""What every command starts with: its settings, its log, and the service that was started last."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from quake.settings import Settings

Data = Annotated[Path | None, typer.Option(help="Folder of all local state [default: ./data or QUAKE_DATA]")]

LAST = "service.json"
"""In the data folder: where the service started last keeps its rows and answers."""
SHARED = ("feed", "bus", "warehouse", "api_url", "history_until", "api_port", "dashboard_port")


def settings_for(part: str, data: Path | None = None, **changed: object) -> Settings:
    """The settings of this process, with logging set up under the part's name."""
    from quake.adapters.log import configure

    overrides = {name: value for name, value in changed.items() if value is not None}
    settings = Settings(**({"data": data} if data else {}), **overrides)
    configure(part, settings.log_json)
    return settings


def remember(settings: Settings) -> None:
    """Notes what was started, for commands that ask it later."""
    chosen = settings.model_dump(mode="json", include=set(SHARED))
    (settings.data / LAST).write_text(json.dumps(chosen, indent=2), encoding="utf-8")


def last_started(settings: Settings) -> Settings:
    """The same settings, but with the rows and the address of the service that was started last in this folder.

    What `QUAKE_*` variables or options name is kept.
    """
    file = settings.data / LAST
    if not file.exists():
        return settings
    noted = json.loads(file.read_text(encoding="utf-8"))
    return Settings(**noted | settings.model_dump(include=settings.model_fields_set))


def told(act: Callable[[], Any]) -> Any:
    """Runs `act`; an error of what was asked is one clear line and exit code 2, not a traceback."""
    try:
        return act()
    except (IndexError, KeyError):
        raise  # mistakes of ours, unlike a plain LookupError
    except (ValueError, LookupError, TimeoutError, FileNotFoundError) as error:
        typer.echo(f"quake: {error}", err=True)
        raise typer.Exit(2) from error
