"""Where a report's time goes in the steps: `python -m benchmarks.beam_profile [REPORTS]`, by `cProfile`.

Of the engine in a loop: the pipeline's steps call the same functions, in threads, on which the profiler sees nothing.
What Beam adds is what `python -m benchmarks.beam_throughput` measures. Profiled code is some times slower, small
functions more so: shares, no times.
"""

import cProfile
import pstats
import sys

from benchmarks.beam_throughput import plain, stream

SHOWN = 30


def main(count: int = 3_000) -> None:
    """Prints our own functions by their time, what they call included."""
    reports = stream(count)
    plain(reports[:100])
    with cProfile.Profile() as profile:
        plain(reports)
    pstats.Stats(profile).sort_stats("cumulative").print_stats("/(quake|streaming|alerts)/", SHOWN)


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
