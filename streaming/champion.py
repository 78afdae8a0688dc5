"""Follows the alias file: a new champion is warmed beside the old one and takes over between two messages.

The old one serves meanwhile and is kept warm for a rollback. A challenger is warmed the same way and then shadows.
"""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import structlog
from numpy.typing import NDArray

from quake.adapters.registry.alias import CHALLENGER, CHAMPION, Entry, load_entry, read_aliases
from quake.adapters.storage import Storage
from quake.live import Entry as Known
from quake.live import LiveWorld
from quake.model import ForecastModel
from quake.world import warmed
from streaming.engine import Engine, Setting, Shadow

POLL_S = 1.0
"""The alias file is looked at so often."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Warm:
    """A model whose world has taken in what was known a moment ago."""

    setting: Setting
    world: LiveWorld


NEVER = "1970-01-01"


def crown(engine: Engine, warm: Warm) -> Warm:
    """Lets the warm model serve, brought up to this moment; returns the one before, for a rollback."""
    warm.world.follow(engine.state.world, engine.state.day or NEVER)
    before = Warm(engine.setting, engine.state.world)
    engine.setting, engine.state.world = warm.setting, warm.world
    return before


class Succession:
    """Call `follow` between batches; it never waits. `setting` is the one that serves, for an engine made anew."""

    def __init__(
        self,
        storage: Storage,
        history: Mapping[str, NDArray],
        setting: Setting,
        setting_of: Callable[[ForecastModel], Setting],
    ) -> None:
        self.setting = setting
        self._storage, self._history, self._setting_of = storage, history, setting_of
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="warm")
        self._warming: dict[str, Future[Warm]] = {}
        self._previous: Warm | None = None
        self._refused: set[str] = set()
        self._looked_at = 0.0

    def follow(self, engine: Engine) -> None:
        """Brings the engine to the champion and challenger that the alias file names, once they are warm."""
        if time.monotonic() - self._looked_at < POLL_S:
            return
        self._looked_at = time.monotonic()
        try:
            entries = read_aliases(self._storage)
        except (OSError, ValueError, TypeError) as error:
            log.error("the alias file can not be read, the champion stays", reason=str(error))
            return
        self._crown(engine, entries.get(CHAMPION))
        self._shadow(engine, entries.get(CHALLENGER))

    def close(self) -> None:
        """Lets nothing be warmed any more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _crown(self, engine: Engine, entry: Entry | None) -> None:
        serving = engine.setting.model.version
        if entry is None or entry.version == serving:
            return
        warm = self._previous
        if warm is None or warm.setting.model.version != entry.version:
            warm = self._warmed(engine, entry)
        if warm is None:
            return
        self._previous = crown(engine, warm)
        self.setting = warm.setting
        log.info("champion changed", model_version=entry.version, before=serving)

    def _shadow(self, engine: Engine, entry: Entry | None) -> None:
        if entry is None or entry.version == engine.setting.model.version:
            engine.shadow = None
        elif engine.shadow is None or engine.shadow.model.version != entry.version:
            warm = self._warmed(engine, entry)
            if warm is not None:
                warm.world.follow(engine.state.world, engine.state.day or NEVER)
                engine.shadow = Shadow(warm.setting.model, warm.world)
                log.info("challenger shadows", model_version=entry.version)

    def _warmed(self, engine: Engine, entry: Entry) -> Warm | None:
        """The model once it is warm; the first call begins to warm it. None while it is not, and if it can not be."""
        if entry.digest in self._refused:
            return None
        if entry.version not in self._warming:
            live, regions = dict(engine.state.world.live), list(engine.state.world.marks())
            self._warming[entry.version] = self._pool.submit(self._warm, entry, live, regions)
        future = self._warming[entry.version]
        if not future.done():
            return None
        del self._warming[entry.version]
        if (error := future.exception()) is not None:
            self._refused.add(entry.digest)
            log.error("model can not serve, the champion stays", model_version=entry.version, reason=repr(error))
            return None
        return future.result()

    def _warm(self, entry: Entry, live: Mapping[str, Known], regions: list[str]) -> Warm:
        began = time.monotonic()
        setting = self._setting_of(load_entry(self._storage, entry))
        world = warmed(setting.model, self._history, live, regions)
        log.info("model warm", model_version=entry.version, seconds=round(time.monotonic() - began, 2))
        return Warm(setting, world)
