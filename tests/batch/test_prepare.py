"""Sets for fitting and testing: split by time with an embargo, nothing from the future, kept once, lineage beside."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

import batch.prepare as module
from batch.prepare import Split, prepare, quakes_of, read_set
from batch.prepare_sources import read_raw
from quake.adapters.history import CATALOGUE, read_history, write_history
from quake.adapters.storage import open_storage
from quake.features import FEATURES
from quake.settings import Settings


def day(year: int, month: int = 1) -> datetime:
    return datetime(year, month, 1, tzinfo=UTC)


SPLIT = Split(day(2000), day(2006), day(2008), day(2010))
CSV = """time,latitude,longitude,depth,mag,magType,id,place
2001-01-01T00:00:00Z,1,2,10,5.5,mb,a,X
2001-01-02T00:00:00Z,1,2,10,5.5,mb,a,X
2001-01-03T00:00:00Z,1,2,10,,mb,b,X
2001-01-04T00:00:00Z,99,2,10,5.5,mb,c,X
2001-01-05T00:00:00Z,1,2,10,4.0,mb,d,X
2008-06-05T00:00:00Z,1,2,10,5.0,mb,e,X
2011-06-05T00:00:00Z,1,2,10,5.0,mb,f,X
"""


def test_leakage_sets_follow_each_other_with_an_embargo(settings: Settings) -> None:
    storage, prepared = open_storage(settings.storage), prepare(settings, SPLIT, progress=False)
    sets = [read_set(storage, prepared, name) for name in ("train", "validation", "test")]
    assert all(rows.num_rows > 100 for rows in sets)
    for earlier, later in zip(sets, sets[1:]):
        gap = pc.min(later["origin_time"]).as_py() - pc.max(earlier["origin_time"]).as_py()
        assert gap >= SPLIT.embargo


def test_every_feature_is_a_column_and_outcomes_are_counted(settings: Settings) -> None:
    rows = read_set(open_storage(settings.storage), prepare(settings, SPLIT, progress=False), "train")
    assert set(FEATURES) <= set(rows.column_names)
    # Half the earthquakes are main shocks with one aftershock in two days, most after the 20 minutes' delay.
    assert 0.3 < float(pc.mean(pc.greater(rows["observed_7d"], 0)).as_py()) < 0.7


def test_leakage_features_do_not_know_the_future(settings: Settings) -> None:
    storage = open_storage(settings.storage)
    train = read_set(storage, prepare(settings, SPLIT, progress=False), "train")
    past = read_history(storage, end=day(2006))
    write_history(storage, CATALOGUE, past, day(2006), {})
    cut = Split(day(2000), day(2004), day(2005), day(2006))
    again = read_set(storage, prepare(settings, cut, progress=False), "train")
    for name in FEATURES:
        np.testing.assert_array_equal(again[name].to_numpy(), train[name].to_numpy()[: again.num_rows])


def test_the_same_is_not_made_twice_and_changed_data_is(settings: Settings, monkeypatch) -> None:
    storage, first = open_storage(settings.storage), prepare(settings, SPLIT, progress=False)
    made = []
    monkeypatch.setattr(module, "features", lambda *given: made.append(given) or dict.fromkeys(FEATURES, 0.0))
    second = prepare(settings, SPLIT, progress=False)
    assert not made and second.reused and second.digests == first.digests and second.dropped == first.dropped
    rows = read_history(storage).slice(1)
    write_history(storage, CATALOGUE, rows, day(2010), {})
    assert prepare(settings, SPLIT, progress=False).folder != first.folder and made


def test_a_damaged_set_is_refused_and_made_again(settings: Settings) -> None:
    storage, first = open_storage(settings.storage), prepare(settings, SPLIT, progress=False)
    storage.write(f"{first.folder}/test.parquet", b"half a fi")
    with pytest.raises(ValueError, match="not what was prepared"):
        read_set(storage, first, "test")
    again = prepare(settings, SPLIT, progress=False)
    assert not again.reused and again.digests == first.digests


def test_every_row_is_kept_or_counted_with_its_reason(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "raw.csv").write_text(CSV)
    prepared = prepare(settings, SPLIT, f"file://{tmp_path}/raw.csv", progress=False)
    assert prepared.rows == {"train": 1, "validation": 0, "test": 1, "catalogue": 3}
    assert {name: count for name, count in prepared.dropped.items() if count} == {
        "repeated id": 1,
        "no magnitude": 1,
        "no such place": 1,
        "magnitude below mc": 1,
    }


def test_lineage_leads_back_to_data_and_code(settings: Settings) -> None:
    prepared = prepare(settings, SPLIT, progress=False)
    about = json.loads(open_storage(settings.storage).read(f"{prepared.folder}/lineage.json"))
    assert about["source"] == "history" and len(about["source_sha256"]) == len(about["code_sha256"]) == 64
    assert about["digests"] == prepared.digests and about["features"]["rate_1d"] == "1/day"


@pytest.mark.parametrize(
    "split",
    [
        Split(day(2000), day(2000), day(2008), day(2010)),
        Split(day(2000), day(2008), day(2006), day(2010)),
        Split(day(2000), day(2006), day(2008), day(2010), timedelta(days=6)),
    ],
)
def test_a_split_that_would_leak_or_be_empty_is_refused(split: Split) -> None:
    with pytest.raises(ValueError, match="spans must follow"):
        split.spans()


def test_an_empty_catalogue_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="quake bootstrap"):
        read_raw(open_storage(f"file://{tmp_path}"), "history", day(2000), day(2001))


def test_quakes_are_in_seconds_and_of_an_unknown_depth_shallow() -> None:
    rows = pa.table(
        {"origin_time": pa.array([day(1970)], pa.timestamp("us", tz="UTC"))}
        | {name: [1.0] for name in ("latitude", "longitude", "magnitude")}
        | {"depth_km": pa.array([None], pa.float64())}
    )
    quakes = quakes_of(rows)
    assert (quakes.origin_s.tolist(), quakes.depth_km.tolist()) == ([0.0], [0.0])
