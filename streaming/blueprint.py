"""What a Beam worker is told, in a few words that can be sent to it, and what it makes of them once a process."""

import json
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import structlog

from quake.adapters.history import load_world_history
from quake.adapters.registry.alias import CHAMPION, Entry, find, load_entry, read_aliases
from quake.adapters.snapshot import newest
from quake.adapters.storage import open_storage
from quake.event import Tick
from quake.model import ForecastModel
from quake.world import no_history
from streaming.engine import Setting, State
from streaming.score import setting_of
from streaming.snapshots import unpack_state
from streaming.steps import Beginning

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Blueprint:
    """Names of what a pipeline begins with; called, it gives the thing itself."""

    storage: str
    model_version: str
    mode: str
    epoch: str
    """Of the alert log, where no snapshot says it."""
    history_until: datetime | None = None
    """None: no history."""
    snapshot: str | None = None
    """Name of the snapshot of the state before the first message; nobody else may write under it. None: no state."""
    rules: str = "{}"
    """Alert rules that differ from the table, as JSON."""
    grid_hours: int = 0
    """Hours between grid forecasts; 0 is none."""

    def __call__(self) -> Beginning:
        """Raises LookupError or FileNotFoundError for a model or a snapshot that is not in the storage."""
        return _beginning(self)

    def champion(self, _tick: Tick) -> str | None:
        """The version that the alias file names as the tick comes, where it can be loaded; None where it can not."""
        storage = open_storage(self.storage)
        try:
            entry = read_aliases(storage)[CHAMPION]
            _model(storage.url, entry)
        except (KeyError, OSError, TypeError, ValueError) as error:
            log.error("the champion can not be had, the one before stays", reason=repr(error))
            return None
        return entry.version


@lru_cache(4)
def _beginning(blueprint: Blueprint) -> Beginning:
    storage = open_storage(blueprint.storage)
    model = _model(storage.url, find(storage, blueprint.model_version))
    until = blueprint.history_until
    history = no_history() if until is None else load_world_history(storage, end=until)
    state = State.empty(model, history, blueprint.epoch)
    if blueprint.snapshot is not None:
        snapshot = newest(storage, blueprint.snapshot)
        if snapshot is None:
            raise FileNotFoundError(f"no snapshot {blueprint.snapshot} in {blueprint.storage}")
        state = unpack_state(snapshot, model, history)

    @lru_cache(4)
    def under(version: str) -> Setting:
        chosen = _model(storage.url, find(storage, version))
        return setting_of(storage, chosen, blueprint.mode, json.loads(blueprint.rules), blueprint.grid_hours)

    return Beginning(under(blueprint.model_version), history, state, under)


@lru_cache(4)
def _model(url: str, entry: Entry) -> ForecastModel:
    return load_entry(open_storage(url), entry)
