"""`quake profile`: what the raw catalogue looks like, as a page for people. Needs the extra `profiling`."""

import os
from datetime import UTC, datetime

import structlog

from batch.prepare_sources import Raw, read_raw
from quake.adapters.storage import open_storage
from quake.settings import Settings

FOLDER = "profiles"
ROWS = 20_000
"""Rows of the sample that is described: more shows the same."""
START = datetime(1973, 1, 1, tzinfo=UTC)

log = structlog.get_logger(__name__)


def profile(settings: Settings, now: datetime, source: str = "history", seed: int = 1) -> str:
    """Path in storage of the HTML profile of a catalogue; made once for the same data.

    Raises ModuleNotFoundError naming the extra when the profiling package is not installed.
    """
    storage = open_storage(settings.storage)
    raw = read_raw(storage, source, START, now)
    path = f"{FOLDER}/{raw.digest[:16]}-{seed}.html"
    if not storage.exists(path):
        storage.write(path, _page(raw, seed).encode())
        log.info("catalogue profiled", path=path, rows=raw.rows.num_rows, dropped=dict(raw.dropped))
    return path


def _page(raw: Raw, seed: int) -> str:
    # Without this the package tells its makers' server of every import and every profile.
    os.environ.setdefault("YDATA_PROFILING_NO_ANALYTICS", "true")
    try:
        from data_profiling import ProfileReport
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "profiling needs the extra `profiling`: pip install 'quakestream[profiling]'"
        ) from error
    table = raw.rows.drop_columns(["source_event_id", "place"]).to_pandas()
    sample = table.sample(min(ROWS, len(table)), random_state=seed).sort_index()
    title = f"Catalogue {raw.digest[:16]}: {len(table)} earthquakes"
    return ProfileReport(sample, title=title, minimal=True, progress_bar=False).to_html()
