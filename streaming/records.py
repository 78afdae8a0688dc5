"""What travels between the pipeline's steps, and its form as bytes: JSON of dataclasses, checked when read."""

from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, NamedTuple
from zlib import crc32

from pydantic import TypeAdapter

from quake.event import Drill, Tick
from quake.grid import Issue
from quake.identity import Resolution
from quake.risk import Circumstances, Impact
from quake.schema import TABLES, table_of

SHARDS = 64
"""Keys over which the costly, stateless part of the work is spread."""


class Row(NamedTuple):
    """A row of a table on its way to the warehouse."""

    table: str
    record: bytes


@dataclass(frozen=True, slots=True)
class ImpactFields:
    """What `quake.risk.Impact` asks for, and nothing else."""

    intensity: float | None
    intensity_low: float | None
    intensity_high: float | None
    people_mmi6: int | None
    fatalities_low: float | None
    fatalities: float | None
    fatalities_high: float | None
    alert_level: str


IMPACT_FIELDS = tuple(item.name for item in fields(ImpactFields))


@dataclass(frozen=True, slots=True)
class Reign:
    """The model that the alias file names at a tick: it travels to the key of the world, ahead of the tick."""

    model_version: str
    sequence: int
    """Of the tick."""
    day: str
    """ISO date of the tick."""


@dataclass(slots=True, kw_only=True)
class Change:
    """One earthquake that one report changed, a grid that is due, or a new champion, on its way to the regions that
    hear of it."""

    numbers: dict[str, int]
    """Every region that has a share in its forecast, in order -> the share's place among all that the alert step will
    take: 1, 2, ... without a gap."""
    hearing: dict[str, int]
    """Every region that hears or heard of it -> the change's place among all that this region will take."""
    resolution: Resolution | None = None
    circumstances: Circumstances | None = None
    issue: Issue | None = None
    """The grid to issue, where there is no earthquake that changed."""
    impact: ImpactFields | None = None
    """None until it is known, and where it could not be computed."""
    model_version: str = ""
    """The model that serves."""
    reign: Reign | None = None
    """A model to warm, or, where `model_version` names it too, to serve from now on."""

    @property
    def shard(self) -> str:
        """The key under which the impact is computed: the same for every revision of one earthquake."""
        name = self.resolution.quake_id if self.resolution is not None else "grid"
        return f"shard{crc32(name.encode()) % SHARDS:02d}"


@dataclass(frozen=True, slots=True)
class Decided:
    """What the alert step takes, in order of `number`: a tick, a drill, or one region's share of what is expected at a
    change.

    The last of a change's shares brings the change.
    """

    number: int
    tick: Tick | None = None
    processed_sequence: int = 0
    """Of the last report before the tick."""
    share: tuple[float, ...] | None = None
    """COUNTS and FIRSTS by horizon and magnitude, flat; None where the region failed."""
    change: Change | None = None
    drill: Drill | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """What a step yields: rows for the warehouse, and what later steps take."""

    rows: list[Row] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    decided: list[Decided] = field(default_factory=list)


def fields_of(impact: Impact) -> ImpactFields:
    """The impact as plain fields."""
    return ImpactFields(*(getattr(impact, name) for name in IMPACT_FIELDS))


def to_bytes(record: Any) -> bytes:
    """A dataclass as JSON. Raises ValueError for text that is not Unicode."""
    return adapter(type(record)).dump_json(record)


def from_bytes(kind: type, payload: bytes) -> Any:
    """The dataclass that `to_bytes` wrote. Raises ValueError when it is not one of `kind`."""
    return adapter(kind).validate_json(payload)


def as_row(row: Any) -> Row:
    """A row of `quake.schema` with its table's name."""
    return Row(table_of(row).name, to_bytes(row))


def from_row(row: Row) -> Any:
    """The dataclass of `quake.schema` that `as_row` took."""
    return from_bytes(TABLES[row.table].row, row.record)


@cache
def adapter(kind: type) -> TypeAdapter:
    """The reader and writer of one dataclass."""
    return TypeAdapter(kind)
