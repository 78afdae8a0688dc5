"""The model that speaks, as the alias file names it: looked at again and again, swapped while requests go on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from quake.adapters.registry.alias import CHAMPION, PREVIOUS, Entry, load_entry, provenance_of, read_aliases
from quake.adapters.storage import Storage
from quake.model import ForecastModel

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Crowned:
    """A champion, whole: its entry in the alias file, where it comes from, and the model itself."""

    entry: Entry
    previous: str | None
    """What `quake rollback` would go back to."""
    provenance: dict[str, Any]
    model: ForecastModel

    @property
    def made_at(self) -> datetime:
        """When it was fitted; when it was registered, where nobody noted that."""
        return datetime.fromisoformat(self.provenance.get("made_at") or self.entry.registered_at)


class Champion:
    """The champion now; None before the first. What cannot be read is told in `problem`, and the old one stays."""

    def __init__(self, storage: Storage) -> None:
        self.now: Crowned | None = None
        self.problem = ""
        self._storage = storage

    def refresh(self) -> None:
        """Looks at the alias file, and loads the model it names when that is another one. Raises nothing."""
        try:
            self._follow()
            self.problem = ""
        except (LookupError, OSError, TypeError, ValueError) as error:
            if not self.problem:
                log.error("champion cannot be read", error=repr(error))
            self.problem = f"the champion cannot be read: {error}"

    def _follow(self) -> None:
        entries = read_aliases(self._storage)
        entry = entries.get(CHAMPION)
        previous = entries[PREVIOUS].version if PREVIOUS in entries else None
        if entry is None or (self.now and (self.now.entry, self.now.previous) == (entry, previous)):
            return
        known = self.now.model if self.now and self.now.entry == entry else load_entry(self._storage, entry)
        self.now = Crowned(entry, previous, provenance_of(self._storage, entry.version), known)
        log.info("champion taken", model_version=entry.version)
