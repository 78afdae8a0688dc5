"""Files behind one URL: whole or not at all."""

import hashlib
from pathlib import Path

import pytest

from quake.adapters.storage import Storage, open_storage


@pytest.fixture(params=["file", "memory"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    return open_storage(f"{request.param}://{tmp_path}")


def test_bytes_come_back(storage: Storage) -> None:
    digest = storage.write("models/a/model.npz", b"first")
    storage.write("models/a/model.npz", b"second")
    assert storage.read("models/a/model.npz") == b"second"
    assert digest == hashlib.sha256(b"first").hexdigest()
    assert storage.digest("models/a/model.npz") == hashlib.sha256(b"second").hexdigest()
    with storage.open("models/a/model.npz") as file:
        assert file.read(3) == b"sec"


def test_list_names_what_is_there(storage: Storage) -> None:
    assert storage.list("models") == []
    for path in ("models/b", "models/a/x", "other/c"):
        storage.write(path, b"")
    assert storage.list("models") == ["models/a/x", "models/b"]
    storage.delete("models/b")
    storage.delete("models/b")
    assert storage.list("models") == ["models/a/x"]
    assert not storage.exists("models/b") and storage.exists("other/c")


def test_missing_file_is_named(storage: Storage) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        storage.read("nowhere")


@pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "a/../../b"])
def test_paths_stay_inside(storage: Storage, path: str) -> None:
    with pytest.raises(ValueError, match="stay inside"):
        storage.write(path, b"")


def test_failed_write_leaves_the_old_file_and_no_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = open_storage(f"file://{tmp_path}")
    storage.write("a", b"old")

    def full_disk(_descriptor: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(OSError, match="no space"):
        storage.write("a", b"new")
    assert storage.read("a") == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_unknown_scheme_is_refused() -> None:
    with pytest.raises(ValueError, match="carrier"):
        open_storage("carrier-pigeon://x")
