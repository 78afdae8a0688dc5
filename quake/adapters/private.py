"""Files in storage that only their owner may read: they hold secrets or addresses of people."""

import os
from pathlib import Path
from uuid import uuid4

from quake.adapters.storage import Storage


def write_private(storage: Storage, path: str, data: bytes) -> None:
    """Writes the whole file or none of it; on a disk it is its owner's alone from the first byte on.

    In a bucket that is the bucket's policy.
    """
    if "file" not in storage.filesystem.protocol:
        storage.write(path, data)
        return
    target = Path(storage.full(path))
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.{uuid4().hex}.partial")
    try:
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
