"""Supervisor's event listener: every line a part writes, with the part's name before it."""

import os
import sys
from typing import BinaryIO, TextIO

COLOURS = {"ingest": 36, "score": 33, "serve": 32, "gateway": 92, "dashboard": 35, "notify": 34}
"""ANSI colour of each part's prefix."""


def prefixed(part: str, text: str, colour: bool) -> str:
    """Each line of `text` with `part |` before it."""
    tag = f"{part:>9} |"
    if colour:
        tag = f"\x1b[{COLOURS.get(part, 37)}m{tag}\x1b[0m"
    return "".join(f"{tag} {line}\n" for line in text.splitlines() if line.strip())


def listen(events: BinaryIO, answers: TextIO, log: TextIO) -> None:
    """Reads Supervisor's PROCESS_LOG events until they end, and writes their lines to `log`."""
    colour = bool(os.environ.get("FORCE_COLOR"))
    while True:
        answers.write("READY\n")
        answers.flush()
        header = events.readline()
        if not header:
            return
        fields = dict(item.split(":", 1) for item in header.decode().split())
        body = events.read(int(fields["len"])).decode("utf-8", "replace")
        about, _, text = body.partition("\n")
        part = dict(item.split(":", 1) for item in about.split()).get("processname", "?")
        log.write(prefixed(part, text, colour))
        log.flush()
        answers.write("RESULT 2\nOK")


if __name__ == "__main__":
    listen(sys.stdin.buffer, sys.stdout, sys.stderr)
