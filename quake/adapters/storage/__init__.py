"""Files of the service behind one URL, on disk or in a bucket, through fsspec; nothing here knows what they hold."""

import hashlib
import os
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

import fsspec


class Storage:
    """Files under one URL, named by relative paths such as `models/aliases.json`."""

    def __init__(self, url: str) -> None:
        """Opens `url` (`file:///...`, `gs://...`); raises ValueError when fsspec knows no such scheme."""
        self.url = url.rstrip("/")
        self.filesystem, root = fsspec.core.url_to_fs(self.url)
        self._root = root.rstrip("/")
        self._local = "file" in self.filesystem.protocol

    def read(self, path: str) -> bytes:
        """The whole file. Raises FileNotFoundError."""
        return self.filesystem.cat_file(self.full(path))

    def open(self, path: str) -> BinaryIO:
        """The file, open for random reading. Raises FileNotFoundError."""
        return self.filesystem.open(self.full(path), "rb")

    def write(self, path: str, data: bytes) -> str:
        """Writes the whole file or none of it, and returns its SHA-256 digest; readers never see a part."""
        if self._local:
            _replace(Path(self.full(path)), data)
        else:
            self.filesystem.pipe_file(self.full(path), data)
        return sha256(data)

    def exists(self, path: str) -> bool:
        """Whether there is such a file."""
        return bool(self.filesystem.isfile(self.full(path)))

    def list(self, folder: str) -> list[str]:
        """Paths of all files under `folder`, sorted; none when there is no such folder."""
        self.filesystem.invalidate_cache()
        found = self.filesystem.find(self.full(folder))
        return sorted(name.removeprefix(self._root + "/") for name in found if not name.endswith(".partial"))

    def delete(self, path: str) -> None:
        """Removes the file; one that is gone already is no error."""
        if self.exists(path):
            self.filesystem.rm_file(self.full(path))

    def digest(self, path: str) -> str:
        """The file's SHA-256 digest, 64 hexadecimal digits. Raises FileNotFoundError."""
        return sha256(self.read(path))

    def full(self, path: str) -> str:
        """`path` as the file system names it. Raises ValueError when it would leave the storage."""
        if path.startswith("/") or ".." in path.split("/"):
            raise ValueError(f"storage path {path!r} must be relative and stay inside {self.url}")
        return f"{self._root}/{path}"


def open_storage(url: str) -> Storage:
    """The storage at `url`, for instance `settings.storage`."""
    return Storage(url)


def sha256(data: bytes) -> str:
    """SHA-256 of `data`, 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def _replace(target: Path, data: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.{uuid4().hex}.partial")
    try:
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
