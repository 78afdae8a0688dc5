"""Where the pipeline's time goes: `python -m benchmarks.beam_profile [REPORTS]`, shares of samples of one process.

A thread looks every few milliseconds at what the others are doing; those that wait are not counted. The first table
gives the innermost of our own modules on each stack: what a step's time is spent for, libraries it calls included, or
Beam's runner where none of ours is there. The second gives the package of the innermost frame: in whose code it is.
"""

import sys
import threading
from collections import Counter
from collections.abc import Iterator
from types import FrameType

from benchmarks.beam_throughput import piped, plain, stream
from streaming.pipeline import CORE

EVERY_S = 0.005
SHOWN = 14
OURS = ("quake", "streaming", "alerts")
WAITING = ("threading.py", "selectors.py", "queue.py", "concurrent/futures/thread.py", "grpc/_common.py")
RUNNER = "Beam's runner"


class Sampler:
    """Counts stacks of the other threads while it is entered."""

    def __init__(self) -> None:
        self.modules: Counter[str] = Counter()
        self.packages: Counter[str] = Counter()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> "Sampler":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(EVERY_S):
            for (
                thread,
                frame,
            ) in sys._current_frames().items():  # pylint: disable=protected-access  # its documented use
                if thread != threading.get_ident() and not frame.f_code.co_filename.endswith(WAITING):
                    self.modules[_module(frame)] += 1
                    self.packages[_name(frame).split(".", maxsplit=1)[0]] += 1


def _module(frame: FrameType) -> str:
    """The innermost of our own modules."""
    return next((name for name in map(_name, _outwards(frame)) if name.startswith(OURS)), RUNNER)


def _outwards(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _name(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", "?"))


def main(count: int = 5_000) -> None:
    """Prints both tables, for the plain loop and for the bounded pipeline."""
    reports = stream(count)
    for title, run in (("plain loop", lambda: plain(reports)), ("bounded pipeline", lambda: piped(reports, CORE))):
        with Sampler() as found:
            spent = run()
        print(f"\n{title}: {spent / len(reports) * 1e6:.0f} us of CPU a report, {found.modules.total()} samples")
        for counts in (found.modules, found.packages):
            for name, number in counts.most_common(SHOWN):
                print(f"  {number / counts.total():6.1%}  {name}")
            print()


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
