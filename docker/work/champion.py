"""Makes the committed model champion where QUAKE_STORAGE says, without MLflow: what an engine needs to begin."""

from datetime import UTC, datetime

from quake.adapters.registry import committed
from quake.adapters.registry.alias import CHAMPION, place, write_aliases
from quake.adapters.storage import open_storage
from quake.settings import Settings


def crown(settings: Settings) -> str:
    """Puts model and alias there; returns the version."""
    storage, (payload, provenance) = open_storage(settings.storage), committed()
    entry = place(storage, "committed", payload, provenance, datetime.now(UTC).isoformat())
    write_aliases(storage, {CHAMPION: entry})
    return entry.version


if __name__ == "__main__":
    print(crown(Settings()))
