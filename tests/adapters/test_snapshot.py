"""Snapshots: what was saved comes back, and damage never does."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from structlog.testing import capture_logs

from quake.adapters import snapshot
from quake.adapters.storage import Storage, open_storage


@pytest.fixture(name="storage")
def _storage(tmp_path: Path) -> Storage:
    return open_storage(f"file://{tmp_path}")


def _save(storage: Storage, sequence: int, value: float = 1.0) -> str:
    meta = {"model_version": "m3-abc", "processed_sequence": sequence, "regions": ["r001"]}
    return snapshot.save(storage, "engine", meta, {"rate": np.full(4, value)})


@given(arrays(st.sampled_from(["f4", "f8", "i8", "u1", "?", "U5", "M8[us]"]), array_shapes(min_dims=0)))
def test_pack_round_trip(array: np.ndarray) -> None:
    found = snapshot.unpack(snapshot.pack({"x": array}))["x"]
    assert found.dtype == array.dtype
    np.testing.assert_array_equal(found, array)


def test_newest_is_the_highest_sequence(storage: Storage) -> None:
    for sequence in (9, 10_000, 200):
        _save(storage, sequence, sequence)
    found = snapshot.newest(storage, "engine")
    assert found is not None
    assert (found.processed_sequence, found.model_version) == (10_000, "m3-abc")
    assert found.meta["regions"] == ["r001"]
    np.testing.assert_array_equal(found.arrays["rate"], np.full(4, 10_000.0))


def test_none_without_snapshots(storage: Storage) -> None:
    assert snapshot.newest(storage, "engine") is None


def test_only_the_last_three_are_kept(storage: Storage) -> None:
    for sequence in range(5):
        _save(storage, sequence)
    names = [Path(path).name[:15] for path in storage.list("snapshots/engine")]
    assert names == [f"{sequence:015d}" for sequence in (2, 2, 3, 3, 4, 4)]


def _flip_a_byte(storage: Storage, stem: str) -> None:
    payload = bytearray(storage.read(f"{stem}.npz"))
    payload[-30] ^= 1
    storage.write(f"{stem}.npz", bytes(payload))


def _swap_arrays(storage: Storage, stem: str) -> None:
    storage.write(f"{stem}.npz", snapshot.pack({"rate": np.zeros(4)}))


def _cut_short(storage: Storage, stem: str) -> None:
    storage.write(f"{stem}.npz", storage.read(f"{stem}.npz")[:50])


def _lose_arrays(storage: Storage, stem: str) -> None:
    storage.delete(f"{stem}.npz")


def _spoil_description(storage: Storage, stem: str) -> None:
    storage.write(f"{stem}.json", b"{")


def _describe_with_a_list(storage: Storage, stem: str) -> None:
    storage.write(f"{stem}.json", b"[]")


def _claim_another_format(storage: Storage, stem: str) -> None:
    storage.write(f"{stem}.json", json.dumps(json.loads(storage.read(f"{stem}.json")) | {"format": 99}).encode())


@pytest.mark.parametrize(
    "damage",
    [
        _flip_a_byte,
        _swap_arrays,
        _cut_short,
        _lose_arrays,
        _spoil_description,
        _describe_with_a_list,
        _claim_another_format,
    ],
)
def test_damaged_newest_gives_way_to_the_one_before(storage: Storage, damage) -> None:
    _save(storage, 1)
    damage(storage, _save(storage, 2).removesuffix(".json"))
    with capture_logs() as logs:
        found = snapshot.newest(storage, "engine")
    assert found is not None and found.processed_sequence == 1
    assert [entry["event"] for entry in logs] == ["snapshot skipped"]


def test_pickle_is_neither_written_nor_read(storage: Storage, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Python objects"):
        snapshot.save(storage, "engine", {"model_version": "m", "processed_sequence": 1}, {"x": np.array([{}])})
    np.savez(tmp_path / "evil.npz", x=np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="allow_pickle"):
        snapshot.unpack((tmp_path / "evil.npz").read_bytes())


def test_meta_must_say_model_and_sequence(storage: Storage) -> None:
    with pytest.raises(ValueError, match="model_version"):
        snapshot.save(storage, "engine", {"processed_sequence": 1}, {})
