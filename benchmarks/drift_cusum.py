"""The opponent: a CUSUM that knows the rate and the magnitudes before and after the fault, tuned to one alarm a year.

Moustakides (1986), Ann. Statist. 14, 1379-1387, doi:10.1214/aos/1176350164: no test with as few false alarms is faster.
It sees the same independent earthquakes; their rate and histogram are those of the year before and after the fault.
"""

from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from benchmarks.drift_stream import Stream
from streaming.drift import DAY_S
from streaming.drift_sequence import Independence

YEAR = timedelta(days=365)
BIN = 0.1
FLOOR = 1e-3
"""Least share of a bin, so that one surprise is no proof."""


def cusum_delay(stream: Stream, faulty: Stream, at: datetime, end: datetime) -> datetime:
    """When the CUSUM raises its alarm after a fault that begins at `at`; `end` if it never does."""
    before, after = (_alone(part) for part in (stream.between(at - YEAR, at), faulty.between(at, at + YEAR)))
    laws = _law(before), _law(after)
    threshold, thinning = _threshold(laws), laws[0][0] - laws[1][0]
    tail, statistic, previous = _alone(faulty.between(at, end)), 0.0, at.timestamp()
    for at_s, news in zip(tail.at_s, _news(laws)[_bins(tail.magnitude)]):
        # Between earthquakes the ratio moves by rate0 - rate1 a day: silence itself is evidence.
        quiet = thinning * (at_s - previous) / DAY_S
        if statistic + quiet > threshold:
            return datetime.fromtimestamp(previous + DAY_S * (threshold - statistic) / thinning, at.tzinfo)
        statistic = max(0.0, max(0.0, statistic + quiet) + float(news))
        if statistic > threshold:
            return datetime.fromtimestamp(at_s, at.tzinfo)
        previous = at_s
    return end


Law = tuple[float, NDArray[np.float64]]


def _alone(stream: Stream) -> Stream:
    independence = Independence()
    rows = zip(stream.at_s, stream.latitude, stream.longitude, stream.magnitude)
    return stream.where(np.array([independence.take(*row) for row in rows], bool))


def _law(alone: Stream) -> Law:
    """Earthquakes a day, and the share of each magnitude bin."""
    counts = np.bincount(_bins(alone.magnitude), minlength=101)[:101] / len(alone.at_s)
    shares = counts + FLOOR
    return len(alone.at_s) / YEAR.days, shares / shares.sum()


def _bins(magnitude: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.round(np.asarray(magnitude) / BIN).astype(int)


def _news(laws: tuple[Law, Law]) -> NDArray[np.float64]:
    """What one earthquake adds to the log-likelihood ratio, by its magnitude's bin."""
    (rate0, shares0), (rate1, shares1) = laws
    return np.log(rate1 * shares1 / (rate0 * shares0))


def _threshold(laws: tuple[Law, Law], years: int = 150, seed: int = 1) -> float:
    """The threshold at which the CUSUM raises one false alarm a year on a simulated catalogue without a fault."""
    rate, shares = laws[0]
    rng = np.random.default_rng(seed)
    count = int(rate * YEAR.days * years)
    quiet = (rate - laws[1][0]) * rng.exponential(1 / rate, count)
    news = _news(laws)[rng.choice(len(shares), count, p=shares)]
    low, high = 0.0, 15.0
    while high - low > 0.2:
        middle = (low + high) / 2
        low, high = (middle, high) if _alarms(quiet, news, middle) > years else (low, middle)
    return high


def _alarms(quiet: NDArray[np.float64], news: NDArray[np.float64], threshold: float) -> int:
    statistic, found = 0.0, 0
    for waited, told in zip(quiet.tolist(), news.tolist()):
        statistic = max(0.0, max(0.0, statistic + waited) + told)
        if statistic > threshold or statistic + waited > threshold:
            found, statistic = found + 1, 0.0
    return found
